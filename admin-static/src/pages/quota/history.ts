import type { Schemas } from "../../api/client";
import { windowName } from "../../lib/pace";

type Point = Pick<Schemas["QuotaPoint"], "fetched_at" | "windows">;
export type Lines = { times: number[]; lines: { label: string; values: (number | null)[] }[] };
/** More lines than a chart can tell apart. */
const MOST = 5;

/** A line for each window, the plan's own first; where a check does not name one, there is nothing. */
export function linesOf(points: Point[]): Lines {
  const told = points.filter((point) => point.windows.length > 0);
  const windows = told.flatMap((point) => point.windows);
  const names = [...new Set([...windows.filter((window) => !window.limit_name), ...windows].map(windowName))].slice(0, MOST);
  const lines = names.map((label) => ({ label, values: told.map((point) => point.windows.find((window) => windowName(window) === label)?.used_percent ?? null) }));
  return { times: told.map((point) => Date.parse(point.fetched_at) / 1000), lines };
}
