import { describe, expect, it } from "vitest";

import type { Schemas } from "../api/client";
import { elapsed, paceWords, percent, projection, windowName, windowState } from "./pace";

const now = Date.UTC(2026, 10, 27);
const hour = 3_600_000;
const window = (change: Partial<Schemas["QuotaWindow"]> = {}): Schemas["QuotaWindow"] => ({ limit_name: null, label: "5 hours", limit_seconds: 18_000, used_percent: 34, resets_at: new Date(now + hour).toISOString(), reset_after_seconds: 3600, was_reset: false, projected_percent: 43, ...change });
const reason = (change: Partial<Schemas["QuotaReason"]>): Schemas["QuotaReason"] => ({ subject: "window", label: "5 hours", is_over: false, may_stop: true, used_percent: 95, limit_percent: 100, resets_at: null, ...change });

describe("time", () => {
  it("passes from the absolute reset time, and not beyond the window", () => {
    expect(elapsed(window(), now)).toBeCloseTo(80);
    expect(elapsed(window(), now + 5 * hour)).toBe(100);
    expect(elapsed(window(), now - 50 * hour)).toBe(0);
    expect(elapsed(window({ resets_at: null }), now)).toBeUndefined();
    expect(elapsed(window({ limit_seconds: null }), now)).toBeUndefined();
  });
});

describe("pace", () => {
  it("is said beside the time", () => {
    expect(paceWords(window(), now)).toBe("80 % of its time has passed: used 46 points behind its time.");
    expect(paceWords(window({ used_percent: 95 }), now)).toContain("15 points ahead");
    expect(paceWords(window({ used_percent: 81 }), now)).toContain("as fast as its time passes");
  });
  it("what is not known is not 0", () => {
    expect(paceWords(window({ used_percent: null }), now)).toContain("not known");
    expect(paceWords(window({ resets_at: null }), now)).toContain("not known");
    expect(paceWords(window({ was_reset: true }), now)).toContain("started anew");
  });
  it("the projection is the server's", () => {
    expect(projection(window())).toBe("At this pace about 43 % by the reset.");
    expect(projection(window({ projected_percent: 120 }))).toContain("used up before");
    expect(projection(window({ projected_percent: null }))).toBe("");
    expect(projection(window({ projected_percent: 120, used_percent: 100 }))).toBe("");
  });
});

describe("the word for a window", () => {
  it("is the server's warning before anything else", () => {
    expect(windowState(window(), [reason({ is_over: true })])).toMatchObject({ word: "over the limit", tone: "bad" });
    expect(windowState(window(), [reason({})])).toMatchObject({ word: "near the limit", tone: "warn" });
    expect(windowState(window({ limit_name: "code review" }), [reason({})])).toMatchObject({ word: "lasts" });
    expect(windowName(window({ limit_name: "code review" }))).toBe("code review: 5 hours");
  });
  it("then its pace", () => {
    expect([window(), window({ projected_percent: 100 }), window({ projected_percent: null }), window({ used_percent: null }), window({ was_reset: true })].map((it) => windowState(it, []).word)).toEqual(["lasts", "too fast", "too early to tell", "not known", "started anew"]);
  });
});

it("percent has no needless digits", () => {
  expect([42, 7.5, 99.96].map(percent)).toEqual(["42", "7.5", "100"]);
});
