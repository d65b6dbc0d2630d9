import { describe, expect, it } from "vitest";

import { alertTasks, fleetState } from "./fleet";

type Fleet = Parameters<typeof fleetState>[0];
const fleet = (change: Partial<Fleet> = {}): Fleet => ({
  api_disabled: false,
  auth_state: "ok",
  seed_required: false,
  alerts: [],
  totals: { hosts: 3, unprovisioned: 0 },
  budget: { month: 100, warn_percent: 80, stops: true, used: 10, state: "" },
  chatgpt_usage: { verdict: { verdict: "allow" }, reasons: [] },
  ...change,
});
const quota = (verdict: string) => ({ verdict: { verdict }, reasons: ["week: 97 % used"] });
const over = { month: 100, warn_percent: 80, stops: true, used: 110, state: "over" };

describe("whether the fleet can work", () => {
  it("what stops everybody goes first", () => {
    const all = { api_disabled: true, seed_required: true, auth_state: "needs_login", chatgpt_usage: quota("stop"), budget: over };
    expect(fleetState(fleet(all))).toMatchObject({ word: "No", href: "#/operations" });
    expect(fleetState(fleet({ ...all, api_disabled: false }))).toMatchObject({ word: "Not yet", href: "#/login?tab=seed" });
    expect(fleetState(fleet({ ...all, api_disabled: false, seed_required: false }))).toMatchObject({ word: "Not for long", tone: "bad" });
  });
  it("a stop leaves VIP hosts, and says why", () => {
    expect(fleetState(fleet({ chatgpt_usage: quota("stop") }))).toMatchObject({ word: "Only VIP hosts", why: "The quota stops the others: week: 97 % used." });
    expect(fleetState(fleet({ budget: over }))).toMatchObject({ word: "Only VIP hosts", href: "#/usage?tab=budget" });
  });
  it("a warning is a yes", () => {
    expect(fleetState(fleet({ chatgpt_usage: quota("warn"), budget: { ...over, stops: false } }))).toMatchObject({ word: "Yes, with a warning", tone: "warn", why: "Week: 97 % used; the month's budget is used up, which only warns.", href: "#/quota" });
    expect(fleetState(fleet({ auth_state: "uncertain" }))).toMatchObject({ tone: "warn", href: "#/login" });
  });
  it("yes only when a host has called", () => {
    expect(fleetState(fleet())).toMatchObject({ word: "Yes", tone: "good" });
    expect(fleetState(fleet({ totals: { hosts: 2, unprovisioned: 2 } }))).toMatchObject({ word: "Not yet" });
  });
});

describe("alerts as tasks", () => {
  const alert = (kind: string, subject: string) => ({ kind, subject, summary: `${kind} of ${subject}`, details: {} });
  it("over its limit is not told a second time as near it", () => {
    expect(alertTasks([alert("budget_crossed", "fleet (over)"), alert("budget_crossed", "fleet"), alert("budget_crossed", "build-1")]).map((task) => task.subject)).toEqual(["fleet (over)", "build-1"]);
  });
  it("many of a kind are one, and what is told elsewhere is left out", () => {
    const many = Array.from({ length: 5 }, (_, n) => alert("host_silent", `build-${n}`));
    expect(alertTasks([...many, alert("conflict_waiting", "reviews")], ["conflict_waiting"])).toEqual([{ kind: "host_silent", text: "5 alerts: host_silent of build-0; host_silent of build-1 …" }]);
  });
});
