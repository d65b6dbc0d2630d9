// The filters of the host list, as the address has them and as the server wants them.
import type { HostQuery } from "../../services/hosts";

export const PAGE = 50;

const STATUS = ["active", "suspended", "archived"] as const;
const ONLY = ["secure", "insecure", "unprovisioned", "outdated", "refused"] as const;
const SORT = ["name", "contact", "codex", "created"] as const;

const one = <T extends string>(value: string | undefined, known: readonly T[]): T | undefined => known.find((word) => word === value);

/** What the server is asked. What the address has and nobody knows is left out, so that an old link still works. */
export function toQuery(address: Record<string, string>): HostQuery {
  const query: HostQuery = { limit: PAGE };
  if (address.q?.trim()) query.q = address.q.trim();
  if (address.tag?.trim()) query.tag = address.tag.trim();
  const [status, only, sort] = [one(address.status, STATUS), one(address.only, ONLY), one(address.sort, SORT)];
  if (status) query.status = status;
  if (only) query.only = only;
  if (sort && sort !== "name") query.sort = sort;
  if (address.desc) query.descending = true;
  if (address.after) query.after = address.after;
  return query;
}

/** Whether anything is filtered. */
export function isFiltered(address: Record<string, string>): boolean {
  return Boolean(address.q || address.tag || address.status || address.only);
}

export type Kind = { value: string; label: string; change: { status?: string; only?: string } };

/** One choice of the two filters together, as people think of them. */
export const kinds: Kind[] = [
  { value: "", label: "all but archived", change: {} },
  { value: "active", label: "active", change: { status: "active" } },
  { value: "suspended", label: "suspended", change: { status: "suspended" } },
  { value: "unprovisioned", label: "never called", change: { only: "unprovisioned" } },
  { value: "outdated", label: "with an older login", change: { only: "outdated" } },
  { value: "refused", label: "refused", change: { only: "refused" } },
  { value: "secure", label: "secure", change: { only: "secure" } },
  { value: "insecure", label: "insecure", change: { only: "insecure" } },
  { value: "archived", label: "archived", change: { status: "archived" } },
];

/** The choice that the address stands for. */
export function kindOf(address: Record<string, string>): string {
  return kinds.find(({ change }) => (change.status ?? "") === (address.status ?? "") && (change.only ?? "") === (address.only ?? ""))?.value ?? "";
}
