import { describe, expect, it } from "vitest";

import { ahead, exact, relative, span } from "./time";

const NOW = Date.parse("2026-11-24T12:00:00Z");

describe("time in words", () => {
  it.each([
    [0, "1 s"],
    [59_000, "59 s"],
    [60_000, "1 min"],
    [89 * 60_000, "89 min"],
    [90 * 60_000, "2 h"],
    [47 * 3_600_000, "47 h"],
    [48 * 3_600_000, "2 days"],
    [-5 * 60_000, "5 min"],
  ])("%d ms are %s", (ms, words) => expect(span(ms)).toBe(words));

  it.each([
    ["2026-11-24T12:00:05Z", "just now"],
    ["2026-11-24T11:55:00Z", "5 min ago"],
    ["2026-11-24T15:00:00+00:00", "in 3 h"],
    ["never", "at an unknown time"],
  ])("%s is %s", (at, words) => expect(relative(at, NOW)).toBe(words));

  it("says the exact time with its zone and in UTC", () => {
    expect(exact("2026-11-24T11:55:00.123Z")).toMatch(/2026.*\(2026-11-24T11:55:00Z\)$/);
    expect(exact("never")).toBe("never");
  });

  it("knows what lies ahead", () => {
    expect(ahead("2026-11-24T12:00:01Z", NOW)).toBe(true);
    expect(ahead("2026-11-24T12:00:00Z", NOW)).toBe(false);
    expect(ahead(null, NOW)).toBe(false);
    expect(ahead("never", NOW)).toBe(false);
  });
});
