// Usage by day as lines of a chart.
import type { Schemas } from "../api/client";
import { daysBetween, seconds } from "./days";

export type Measure = "cost" | "tokens";
export type Series = { label: string; values: number[] };
export type Trend = { times: number[]; lines: Series[] };

type Sum = Pick<Schemas["Sum"], "key" | "cost" | "input" | "output" | "cached">;

/** All tokens of a sum. Its own `total` counts input that was not cached. */
export const allTokens = (sum: { input: number; output: number; cached: number }) => sum.input + sum.output + sum.cached;

/** By kind of token: the first line is all of them. */
export function byKind(points: Schemas["Point"][], measure: Measure, days: number): Trend {
  const last = points.slice(-days);
  const of = (kind: "total" | "input" | "cached" | "output") => last.map((point) => (measure === "cost" ? point.costs[kind] : point.tokens[kind]));
  const names = { total: "All", input: "Input", cached: "Cached input", output: "Output" } as const;
  return { times: last.map((point) => seconds(point.date)), lines: (["total", "input", "cached", "output"] as const).map((kind) => ({ label: names[kind], values: of(kind) })) };
}

/** By model or host: a line for each of those that used most, and one for all others together. */
export function byKey(since: string, until: string, measure: Measure, all: Sum[], parts: { label: string; days: Sum[] }[]): Trend {
  // Before anything was used there is nothing to show, as in the history by kind.
  const first = all.map((sum) => sum.key).sort()[0];
  if (!first) return { times: [], lines: [] };
  const days = daysBetween(first > since ? first : since, until);
  const values = (sums: Sum[]) => {
    const found = new Map(sums.map((sum) => [sum.key, measure === "cost" ? sum.cost : allTokens(sum)]));
    return days.map((day) => found.get(day) ?? 0);
  };
  const lines = parts.map((part) => ({ label: part.label || "not said", values: values(part.days) }));
  const others = values(all).map((total, at) => rest(total, lines.map((line) => line.values[at] ?? 0)));
  return { times: days.map(seconds), lines: others.some((value) => value > 0) ? [...lines, { label: "Others", values: others }] : lines };
}

/** What is left of a total; parts that were read a moment later may be more, and the last digits are not worth a line. */
function rest(total: number, parts: number[]): number {
  const left = total - parts.reduce((sum, part) => sum + part, 0);
  return left > 1e-6 ? Number(left.toPrecision(12)) : 0;
}

/** What a range comes to. */
export function summary(values: number[]): { total: number; perDay: number; most: number } {
  const total = values.reduce((sum, value) => sum + value, 0);
  return { total, perDay: values.length ? total / values.length : 0, most: Math.max(0, ...values) };
}

/** Everything of a trend, by day. */
export const totals = (trend: Trend, isKind: boolean) => trend.times.map((_, at) => (isKind ? (trend.lines[0]?.values[at] ?? 0) : trend.lines.reduce((sum, line) => sum + (line.values[at] ?? 0), 0)));
