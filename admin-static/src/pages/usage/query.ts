// What the address asks for, as the API takes it.
import { rangeOf } from "../../lib/days";
import type { IngestQuery, RowsQuery, SumsQuery } from "../../services/usage";

type Address = Record<string, string>;
const PAGE = 50;

const count = (text: string | undefined) => (text && /^\d{1,15}$/.test(text) ? Number(text) : undefined);
const direction = (address: Address) => (address.sort && !address.desc ? { direction: "asc" } : {});

/** Sums of a range, the dearest first. */
export function ofAddress(address: Address, now: number): SumsQuery {
  const by = (["host", "model", "user", "day"] as const).find((by) => by === address.by) ?? "host";
  const sort = (["cost", "total", "events", "key"] as const).find((sort) => sort === address.sort);
  return { ...rangeOf(address, now), by, limit: PAGE, ...(sort ? { sort } : {}), ...direction(address), ...(count(address.after) ? { offset: count(address.after) ?? 0 } : {}) };
}

/** Answers, newest first. A range of days is one of moments here. */
export function rowsQuery(address: Address, now: number): RowsQuery {
  const { since, until } = rangeOf(address, now);
  const end = new Date(Date.parse(until) + 86_400_000);
  const [host, before] = [count(address.host), count(address.before)];
  return {
    since: `${since}T00:00:00Z`,
    until: end.toISOString(),
    limit: PAGE,
    ...(host ? { host_id: host } : {}),
    ...(address.model ? { model: address.model } : {}),
    ...(address.user ? { user: address.user } : {}),
    ...(before ? { before } : {}),
  };
}

/** Deliveries, newest first. */
export function reportsQuery(address: Address): IngestQuery {
  return { per_page: PAGE, page: count(address.after) ?? 1, ...(address.q ? { q: address.q } : {}), ...(address.sort ? { sort: address.sort } : {}), ...direction(address) };
}
