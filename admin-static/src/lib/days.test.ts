import { expect, it } from "vitest";

import { dayOf, daysBetween, firstOf, firstOfMonth, rangeOf, seconds } from "./days";

const now = Date.UTC(2026, 10, 27, 3, 30);

it("a day is a UTC day, and today counts", () => {
  expect(dayOf(now)).toBe("2026-11-27");
  expect(firstOf(1, now)).toBe("2026-11-27");
  expect(firstOf(7, now)).toBe("2026-11-21");
  expect(firstOfMonth(now)).toBe("2026-11-01");
  expect(seconds("1970-01-02")).toBe(86_400);
});

it("days between include both ends, over the end of summer time and of months", () => {
  expect(daysBetween("2026-10-24", "2026-10-26")).toEqual(["2026-10-24", "2026-10-25", "2026-10-26"]);
  expect(daysBetween("2026-02-28", "2026-03-01")).toEqual(["2026-02-28", "2026-03-01"]);
  expect(daysBetween("2026-03-02", "2026-03-01")).toEqual([]);
  expect(daysBetween("nonsense", "2026-03-01")).toEqual([]);
});

it("a range comes out of the address, and nonsense is 30 days", () => {
  const thirty = { since: "2026-10-29", until: "2026-11-27" };
  expect(rangeOf({}, now)).toEqual(thirty);
  expect(rangeOf({ range: "900" }, now)).toEqual(thirty);
  expect(rangeOf({ range: "month" }, now)).toEqual({ since: "2026-11-01", until: "2026-11-27" });
  expect(rangeOf({ range: "own", since: "2026-01-02", until: "2026-01-03" }, now)).toEqual({ since: "2026-01-02", until: "2026-01-03" });
  expect(rangeOf({ range: "own", since: "<b>", until: "2026-13-40" }, now)).toEqual(thirty);
});
