import { describe, expect, it } from "vitest";

import { callState, jobState, rolloutState, runnerState } from "./words";

const NOW = Date.parse("2026-11-24T12:00:00Z");

describe("what runs by itself", () => {
  const job = (more: object) => ({ name: "sweep", running: false, failures: 0, ...more }) as Parameters<typeof jobState>[0];
  const record = (more: object) => ({ state: "stopped", ...more }) as Parameters<typeof rolloutState>[0];

  it.each<[string, string, object]>([
    ["never ran", "quiet", {}],
    ["ok", "good", { ended_at: "x" }],
    ["failed", "bad", { ended_at: "x", error: "no", failures: 1 }],
    ["failed 3 times", "bad", { ended_at: "x", error: "no", failures: 3 }],
    ["running", "busy", { running: true, error: "no", due_at: "2026-11-24T11:00:00Z" }],
    ["overdue", "warn", { ended_at: "x", due_at: "2026-11-24T11:54:00Z" }],
    ["ok", "good", { ended_at: "x", due_at: "2026-11-24T11:56:00Z" }],
  ])("a job is %s (%s)", (word, tone, more) => expect(jobState(job(more), NOW)).toMatchObject({ word, tone }));

  it.each<[string, string, object]>([
    ["stopped by itself", "bad", { ended_by: "rollout" }],
    ["stopped", "warn", { ended_by: "ada" }],
    ["finished", "good", { state: "finished" }],
    ["odd", "quiet", { state: "odd" }],
  ])("a roll-out is %s (%s)", (word, tone, more) => expect(rolloutState(record(more))).toMatchObject({ word, tone }));

  it("has tones for verdicts and calls", () => {
    expect([runnerState("verified").tone, runnerState("rejected").tone, runnerState("odd").tone]).toEqual(["good", "bad", "quiet"]);
    const call = (more: object) => callState(more as Parameters<typeof callState>[0]);
    expect([call({ success: 1 }).word, call({ success: 0, error_code: -32601 }).why]).toEqual(["ok", "JSON-RPC -32601"]);
  });
});
