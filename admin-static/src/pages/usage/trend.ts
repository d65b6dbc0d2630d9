import { dayOf, firstOf } from "../../lib/days";
import { byKey, byKind, type Measure, type Trend } from "../../lib/trend";
import { getCostHistory, listSums } from "../../services/usage";

export type Split = "kind" | "model" | "host";
/** So many have a line of their own. */
const LINES = 4;

/** Loads usage by day. */
export async function loadTrend(days: number, measure: Measure, split: Split, host: number | undefined, now: number): Promise<Trend & { currency: string }> {
  if (split === "kind") {
    const history = await getCostHistory(days, host);
    return { ...byKind(history.points, measure, days), currency: history.currency };
  }
  const range = { since: firstOf(days, now), until: dayOf(now), ...(host ? { host_id: host } : {}) };
  const [most, all] = await Promise.all([listSums({ ...range, by: split, sort: measure === "cost" ? "cost" : "total", limit: LINES }), listSums({ ...range, by: "day", limit: 1000 })]);
  const parts = await Promise.all(
    most.sums.map(async (sum) => {
      // A model without a name cannot be asked for: it stays among the others.
      if (split === "model" && !sum.key) return undefined;
      const only = split === "model" ? { model: sum.key } : { host_id: sum.host_id ?? 0 };
      return { label: sum.key, days: (await listSums({ ...range, ...only, by: "day", limit: 1000 })).sums };
    }),
  );
  return { ...byKey(range.since, range.until, measure, all.sums, parts.filter((part) => part !== undefined)), currency: "USD" };
}
