// The filters of the audit, as the address has them and as the server wants them.
import type { AuditQuery } from "../services/audit";

const HOURS: Record<string, number> = { "1h": 1, "24h": 24, "7d": 168, "30d": 720 };

/** How far back, and its words. */
export const windows: [string, string][] = [
  ["", "any time"],
  ["1h", "the last hour"],
  ["24h", "the last 24 hours"],
  ["7d", "the last 7 days"],
  ["30d", "the last 30 days"],
];

/** When "24h" began; `undefined`: no such window. */
export function since(window: string | undefined, now: number): string | undefined {
  const hours = HOURS[window ?? ""];
  return hours ? new Date(now - hours * 3_600_000).toISOString() : undefined;
}

/** What the server is asked, at this moment. */
export function toAuditQuery(address: Record<string, string>, now: number): AuditQuery {
  const query: AuditQuery = { limit: 50 };
  for (const name of ["actor", "action", "target", "request_id"] as const) {
    const value = address[name]?.trim();
    if (value) query[name] = value;
  }
  const from = since(address.since, now);
  if (from) query.since = from;
  if (/^\d+$/.test(address.before ?? "")) query.before = Number(address.before);
  return query;
}
