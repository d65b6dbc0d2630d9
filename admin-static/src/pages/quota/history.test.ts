import { expect, it } from "vitest";

import { linesOf } from "./history";

const window = (label: string, used_percent: number | null, limit_name: string | null = null) => ({ label, used_percent, limit_name, limit_seconds: null });

it("each window is a line, the plan's own first, and what was not said is a gap", () => {
  const { times, lines } = linesOf([
    { fetched_at: "1970-01-01T00:01:00+00:00", windows: [window("week", 5, "code review"), window("week", 40)] },
    { fetched_at: "1970-01-01T00:02:00+00:00", windows: [] },
    { fetched_at: "1970-01-01T00:03:00+00:00", windows: [window("week", 41), window("5 hours", null)] },
  ]);
  expect(times).toEqual([60, 180]);
  expect(lines).toEqual([{ label: "week", values: [40, 41] }, { label: "5 hours", values: [null, null] }, { label: "code review: week", values: [5, null] }]);
});

it("no more lines than can be told apart", () => {
  expect(linesOf([{ fetched_at: "1970-01-01T00:01:00Z", windows: Array.from({ length: 9 }, (_, n) => window(`w${n}`, n)) }]).lines).toHaveLength(5);
});
