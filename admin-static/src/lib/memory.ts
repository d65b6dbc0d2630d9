// Memories and calls of MCP: filters as the address has them, and what scopes and grants mean in words.
import type { LogQuery, Memory, MemoryQuery } from "../services/memory";
import { since } from "./audit";

export const PAGE = 50;

/** What the server is asked for. With words or tags it gives one page, the best first. */
export function toMemoryQuery(address: Record<string, string>, host: number | undefined): MemoryQuery {
  const query: MemoryQuery = { limit: String(PAGE) };
  for (const name of ["q", "tags", "scope"] as const) {
    const value = address[name]?.trim();
    if (value) query[name] = value;
  }
  if (host !== undefined) query.host_id = String(host);
  if (address.deleted) query.deleted = true;
  if (/^\d+$/.test(address.before ?? "") && !query.q && !query.tags) query.before = Number(address.before);
  return query;
}

/** Whether the server gives the best matches instead of pages. */
export const isSearch = (address: Record<string, string>) => Boolean(address.q?.trim() || address.tags?.trim());
export const isFiltered = (address: Record<string, string>, names: string[]) => names.some((name) => address[name]);

/** The calls to show. */
export function toLogQuery(address: Record<string, string>, host: number | undefined, now: number): LogQuery {
  const query: LogQuery = { limit: PAGE };
  for (const name of ["method", "name"] as const) {
    const value = address[name]?.trim();
    if (value) query[name] = value;
  }
  if (host !== undefined) query.host_id = host;
  if (address.outcome === "ok" || address.outcome === "failed") query.success = address.outcome === "ok";
  const from = since(address.since, now);
  if (from) query.since = from;
  if (/^\d+$/.test(address.before ?? "")) query.before = Number(address.before);
  return query;
}

/** Whose a memory is. */
export function scopeWords(scope: string): string {
  if (scope === "fleet") return "the fleet's";
  if (scope.startsWith("tag:")) return `shared: ${scope}`;
  return "the host's own";
}

/** The beginning of a text in one line. */
export function excerpt(text: string, length = 160): string {
  const line = text.slice(0, length * 4).replace(/\s+/g, " ").trim();
  return line.length > length ? `${line.slice(0, length - 1).trimEnd()}…` : line;
}

/** Tags as somebody writes them. */
export function toTags(text: string): string[] {
  return text.split(/[,\n]/).map((tag) => tag.trim()).filter(Boolean);
}

/** Metadata as somebody writes it: an object, or nothing. */
export function toMetadata(text: string): { value: Memory["metadata"]; wrong: string } {
  if (!text.trim()) return { value: null, wrong: "" };
  try {
    return { value: JSON.parse(text) as Memory["metadata"], wrong: "" };
  } catch (cause) {
    return { value: null, wrong: `This is no JSON: ${cause instanceof Error ? cause.message : String(cause)}` };
  }
}

/** How long a call took. */
export function took(us: number): string {
  if (us < 1000) return `${us} µs`;
  if (us < 1_000_000) return `${(us / 1000).toFixed(us < 10_000 ? 1 : 0)} ms`;
  return `${(us / 1_000_000).toFixed(1)} s`;
}

export type Grantee = { host?: number; tag?: string };

/** `host:7` or `tag:ci`, as a grant has it. */
export function toGrantee(text: string): Grantee {
  const [kind, ...rest] = text.split(":");
  return kind === "host" ? { host: Number(rest.join(":")) } : { tag: rest.join(":") };
}

/** What a grant lets its hosts do. */
export function grantWords(who: string, scope: string, access: string): string {
  const what = scope === "fleet" ? "the memories of the fleet" : `the memories of ${scope}`;
  const may = access === "read" ? `read ${what}` : `read, change and delete ${what}`;
  const files = scope === "fleet" ? ", and read the files that other hosts put below shared/" : "";
  return `${who} may ${may}${files}.`;
}
