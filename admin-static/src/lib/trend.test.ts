import { expect, it } from "vitest";

import { byKey, byKind, summary, totals } from "./trend";

const point = (date: string, n: number) => ({ date, tokens: { input: n, cached: 2 * n, output: 3 * n, total: 6 * n }, costs: { input: n / 10, cached: 0, output: n / 10, total: n / 5 } });
const sum = (key: string, cost: number) => ({ key, cost, input: 10, cached: 20, output: 5 });

it("by kind: the last days only, all before its parts", () => {
  const trend = byKind([point("2026-11-24", 1), point("2026-11-25", 2), point("2026-11-26", 3)], "tokens", 2);
  expect(trend.times).toEqual([Date.UTC(2026, 10, 25) / 1000, Date.UTC(2026, 10, 26) / 1000]);
  expect(trend.lines.map((line) => [line.label, line.values])).toEqual([["All", [12, 18]], ["Input", [2, 3]], ["Cached input", [4, 6]], ["Output", [6, 9]]]);
  expect(byKind([point("2026-11-24", 1)], "cost", 7).lines[0]?.values).toEqual([0.2]);
  expect(totals(trend, true)).toEqual([12, 18]);
});

it("by key: days without usage are 0, what the parts leave is the others'", () => {
  const trend = byKey("2026-11-20", "2026-11-26", "cost", [sum("2026-11-24", 5), sum("2026-11-26", 0.3)], [{ label: "a", days: [sum("2026-11-24", 3)] }, { label: "", days: [sum("2026-11-26", 0.1)] }]);
  expect(trend.lines).toEqual([{ label: "a", values: [3, 0, 0] }, { label: "not said", values: [0, 0, 0.1] }, { label: "Others", values: [2, 0, 0.2] }]);
  expect(totals(trend, false)).toEqual([5, 0, expect.closeTo(0.3)]);
});

it("by key: no line for others when the parts are all, even if they were read later", () => {
  const trend = byKey("2026-11-24", "2026-11-24", "tokens", [sum("2026-11-24", 0.3)], [{ label: "a", days: [sum("2026-11-24", 0.3), sum("2026-11-25", 1)] }]);
  expect(trend.lines).toEqual([{ label: "a", values: [35] }]);
});

it("nothing used is nothing to draw", () => {
  expect(byKey("2026-11-24", "2026-11-26", "cost", [], [])).toEqual({ times: [], lines: [] });
  expect(byKind([], "cost", 30).times).toEqual([]);
});

it("a range in numbers, also an empty one", () => {
  expect(summary([1, 2, 3])).toEqual({ total: 6, perDay: 2, most: 3 });
  expect(summary([])).toEqual({ total: 0, perDay: 0, most: 0 });
});
