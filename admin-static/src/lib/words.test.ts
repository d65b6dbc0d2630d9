import { describe, expect, it } from "vitest";

import { actionWords, bytes, changes, hostNotes, hostState, loginSentence, plural, spendWord, type Host, alertHref, alertKind, alertKinds, alertTone, budgetState, deliveryState, isEverything, priceSource, usageSource } from "./words";

const NOW = Date.parse("2026-11-24T12:00:00Z");
const host = (more: Partial<Host>): Host =>
  ({ fqdn: "a.example", status: "active", secure: true, authed: true, auth_outdated: false, last_contact_at: "2026-11-24T11:00:00Z", warnings: [], ...more }) as Host;

describe("the state of a host", () => {
  it.each<[string, Partial<Host>]>([
    ["up to date", {}],
    ["archived", { archived_at: "2026-11-24T11:00:00Z", status: "suspended" }],
    ["suspended", { status: "suspended", last_contact_at: null }],
    ["waiting for its first run", { last_contact_at: null, authed: false }],
    ["refused", { refused_at: "2026-11-24T11:30:00Z", refused_code: "ip_mismatch" }],
    ["up to date", { refused_at: "2026-11-24T10:30:00Z", refused_code: "ip_mismatch" }],
    ["window closed", { secure: false, insecure_enabled_until: "2026-11-24T11:59:00Z" }],
    ["up to date", { secure: false, insecure_enabled_until: "2026-11-24T12:30:00Z" }],
    ["no login", { authed: false }],
    ["older login", { auth_outdated: true }],
  ])("is %s", (word, more) => expect(hostState(host(more), NOW).word).toBe(word));

  it("names what is coming", () => {
    const notes = hostNotes(host({ warnings: ["careful"], prune_at: "2026-11-26T12:00:00Z", prune_reason: "inactive" }), NOW);

    expect(notes).toEqual(["careful", "Will be archived in 2 days: nobody used it."]);
    expect(hostNotes(host({ prune_at: "2026-12-24T12:00:00Z" }), NOW)).toEqual([]);
  });
});

describe("the login in a sentence", () => {
  const login = (more: object) => ({ generation: 3, state: "ok", refreshable: true, access_ends_at: "2026-12-04T12:00:00Z", refresh_due_at: "2026-11-29T12:00:00Z", refresh_mode: "broker", direct_hosts: [], warnings: [], spends: [], ...more }) as Parameters<typeof loginSentence>[0];

  it.each<[string, string, object]>([
    ["The login works", "good", {}],
    ["The login works", "warn", { warnings: ["x"] }],
    ["No login yet", "warn", { generation: 0 }],
    ["Somebody has to sign in again", "bad", { state: "needs_login", advice: "sign in" }],
    ["Nobody knows whether the last refresh arrived", "warn", { state: "uncertain" }],
    ["The login is odd", "warn", { state: "odd" }],
  ])("%s (%s)", (word, tone, more) => expect(loginSentence(login(more), NOW)).toMatchObject({ word, tone }));

  it("says when it ends and when it is refreshed", () => {
    expect(loginSentence(login({}), NOW).why).toBe("Generation 3. Its access token ends in 10 days, and it is refreshed in 5 days.");
    expect(loginSentence(login({ refreshable: false, access_ends_at: null }), NOW).why).toBe("Generation 3. It does not say when its access token ends. It cannot be refreshed.");
  });
});

it("says what became of a refresh", () => {
  expect(["promoted", "refused", "lost", null, "new"].map((outcome) => spendWord(outcome).word)).toEqual(["refreshed", "refused", "no answer", "under way", "under way"]);
});

it("says what changed, and shortens digests", () => {
  const digest = "0123456789abcdef".repeat(4);

  expect(changes({ vip: false, same: 1 }, { vip: true, same: 1, digest, none: {} })).toEqual([
    { name: "vip", from: "false", to: "true" },
    { name: "digest", from: undefined, to: "0123456789ab…" },
  ]);
  expect(changes(null, null)).toEqual([]);
  expect(changes({ gone: "x" }, null)).toEqual([{ name: "gone", from: "x", to: "–" }]);
  expect(changes(null, { long: "x".repeat(500) })[0]?.to).toHaveLength(120);
});

it("counts and measures", () => {
  expect([plural(1, "host"), plural(0, "host"), plural(1200, "copy", "copies")]).toEqual(["1 host", "0 hosts", "1,200 copies"]);
  expect([bytes(900), bytes(2048), bytes(3 * 1024 * 1024)]).toEqual(["900 B", "2.0 KiB", "3.0 MiB"]);
  expect(actionWords("admin.host.insecure_window")).toBe("host · insecure window");
});

describe("alerts, deliveries and budgets", () => {
  it("every kind has a word and a place, also one that this dashboard does not know", () => {
    expect(alertKinds.every((known) => known.word && known.when && known.href.startsWith("#/"))).toBe(true);
    expect(alertKind("job_failing").href).toBe("#/operations?tab=jobs");
    expect(alertKind("disk_full")).toMatchObject({ word: "disk full", href: "#/alerts" });
  });
  it("what is about a host leads to it, and what is over its limit is bad", () => {
    expect(alertHref("budget_crossed", "build-1 (over)")).toBe("#/hosts?q=build-1");
    expect(alertHref("budget_crossed", "fleet (over)")).toBe("#/usage?tab=budget");
    expect(alertHref("host_silent")).toBe("#/hosts");
    expect([alertTone("budget_crossed", "fleet (over)"), alertTone("budget_crossed", "fleet"), alertTone("needs_login", "fleet")]).toEqual(["bad", "warn", "bad"]);
  });
  it("all kinds are everything, and so is none", () => {
    expect([isEverything([]), isEverything(alertKinds.map((known) => known.kind)), isEverything(["job_failing"])]).toEqual([true, true, false]);
  });
  it("what is not known is never good", () => {
    expect([deliveryState("delivered"), deliveryState("given_up"), deliveryState("new")].map((state) => state.tone)).toEqual(["good", "bad", "busy"]);
  });
  it("a budget that is used up says what hosts do", () => {
    expect(budgetState("over", true).why).toContain("do not start");
    expect(budgetState("over", false).why).toContain("go on");
    expect(budgetState("over", true, true).why).toContain("The host does not start");
    expect([budgetState("warn", true).tone, budgetState("", true).tone]).toEqual(["warn", "good"]);
  });
  it("sources in words", () => {
    expect(["session", "otel", "usage", "odd"].map(usageSource)).toEqual(["session files", "telemetry", "client's report", "odd"]);
    expect(["operator", "released", "list", "env", "builtin"].map((source) => priceSource(source).word)).toEqual(["an operator's", "taken back", "list", "environment", "built in"]);
  });
});
