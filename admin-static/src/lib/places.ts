// Where the command palette leads: pages, their tabs, and what people often do.
import { parse } from "./address";
import type { Role } from "./session.svelte";

export type Place = { label: string; kind: string; path: string; query?: Record<string, string>; needs?: Role };
type Tab = { href: string; label: string };

/** The tabs of a page. The first one is the page itself. */
export function tabPlaces(page: string, tabs: Tab[], needs: Role = "viewer"): Place[] {
  return tabs.slice(1).map(({ href, label }) => ({ label: `${page}: ${label}`, kind: "tab", needs, ...place(href) }));
}

/** A link as a place. */
export function place(href: string): { path: string; query: Record<string, string> } {
  const { path, query } = parse(href);
  return { path: path.map(encodeURIComponent).join("/"), query };
}

/** Those that have all of the words, the ones that begin with them first. */
export function find<T extends { label: string; kind: string }>(places: T[], text: string): T[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const found = places.filter(({ label, kind }) => words.every((word) => `${label} ${kind}`.toLowerCase().includes(word)));
  const begins = ({ label }: T) => Number(label.toLowerCase().startsWith(words.join(" ")));
  return words.length ? found.sort((a, b) => begins(b) - begins(a)) : found;
}
