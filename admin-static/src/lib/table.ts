// What a table remembers: which columns somebody wants to see.
import { keep, kept } from "./kept";

export type Column<T> = {
  key: string;
  label: string;
  /** As the server calls it, when it can sort by it. */
  sort?: string;
  /** For files, and for cells that no snippet shows. */
  text: (row: T) => string | number | null | undefined;
  /** Hidden until somebody asks for it. */
  extra?: boolean;
  /** Numbers stand under each other. */
  number?: boolean;
  /** Left out where a row is a card, on narrow screens. */
  minor?: boolean;
};

/** The columns to show, by what was chosen before. The first one always stays. */
export function visible<T>(columns: Column<T>[], chosen: string | undefined): string[] {
  const known = columns.map((column) => column.key);
  const wanted = chosen === undefined ? columns.filter((column) => !column.extra).map((column) => column.key) : chosen.split(",");
  return known.filter((key, at) => at === 0 || wanted.includes(key));
}

/** Shows or hides one. */
export function toggled(shown: string[], key: string): string[] {
  return shown.includes(key) ? shown.filter((other) => other !== key) : [...shown, key];
}

export const keptColumns = (table: string) => kept(`columns.${table}`);
export const keepColumns = (table: string, shown: string[]) => keep(`columns.${table}`, shown.join(","));

/** What a click on a column's title asks for: up, down, and back to the start. With `falling` the largest come first. */
export function nextSort(current: { sort?: string; desc?: string }, column: string, start: string, falling = false): { sort: string | undefined; desc: string | undefined } {
  if (falling) {
    if (current.sort !== column) return { sort: column, desc: "1" };
    return current.desc ? { sort: column, desc: undefined } : { sort: undefined, desc: undefined };
  }
  const now = current.sort ?? start;
  if (now !== column) return { sort: column === start ? undefined : column, desc: undefined };
  if (current.desc) return { sort: undefined, desc: undefined };
  return { sort: current.sort, desc: "1" };
}

/** The members of a selection that are still in the list. */
export function still(selected: number[], ids: number[]): number[] {
  return selected.filter((id) => ids.includes(id));
}
