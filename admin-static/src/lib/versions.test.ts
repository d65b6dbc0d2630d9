import { describe, expect, it } from "vitest";

import type { Schemas } from "../api/client";
import type { Overview } from "../services/overview";
import type { RolloutState } from "../services/rollout";
import { byVersion, knownVersions, nextRing, rate, reachWords, rings, sourceWords, stoppedItself } from "./versions";

const record = (more: Partial<Schemas["Record"]>) => ({ id: 1, version: "0.170.0", state: "stopped", started_at: "", started_by: "ada", ...more }) as Schemas["Record"];
const line = (more: Partial<Schemas["VersionStatus"]>) => ({ version: "0.9.0", hosts: 0, hosts_that_ran: 0, launches: 0, failures: 0, ...more }) as Schemas["VersionStatus"];
const state = (more: Partial<RolloutState>) => ({ hosts_in_ring: 0, hosts: 0, versions: [], history: [], ...more }) as RolloutState;

it("puts the newest version first, by number", () => {
  const sorted = ["0.9.0", "0.170.0-alpha.2", "0.169.1", "0.169.12", "odd"].map((version) => ({ version })).sort(byVersion);

  expect(sorted.map(({ version }) => version)).toEqual(["0.170.0-alpha.2", "0.169.12", "0.169.1", "0.9.0", "odd"]);
});

it("offers each version that the server told of once, with what is known of it", () => {
  const fleet = { client_version_lock: "0.134.0", versions: { client_version: "0.134.0", reported_client_version: "0.169.0" } } as Overview;
  const rollout = state({ rollout: record({ version: "0.169.0", state: "running" }), versions: [line({ version: "0.169.0", hosts: 7 }), line({ version: "0.121.0", hosts: 1 })], history: [record({ version: "0.80.0" })] });

  expect(knownVersions(fleet, rollout, "0.170.0")).toEqual([
    { version: "0.170.0", label: "the newest release" },
    { version: "0.169.0", label: "7 hosts have it, rolled out" },
    { version: "0.134.0", label: "pinned" },
    { version: "0.121.0", label: "1 host has it" },
    { version: "0.80.0", label: "" },
  ]);
  expect(knownVersions(undefined, undefined, undefined)).toEqual([]);
});

describe("a roll-out in words", () => {
  it("says whom it reaches and what comes next", () => {
    expect([reachWords({ percent: 20 }), reachWords({ percent: 100 }), reachWords({ tag: "ring-0", percent: null })]).toEqual(["20 % of the fleet", "all hosts", "hosts with the tag ring-0"]);
    expect([nextRing(undefined), nextRing(5), nextRing(33), nextRing(100)]).toEqual([5, 20, 50, 100]);
    expect([rings(40), rings(20)]).toEqual([
      [5, 20, 40, 50, 100],
      [5, 20, 50, 100],
    ]);
  });

  it("warns of one that stopped by itself, until another begins", () => {
    const stopped = record({ ended_by: "rollout" });

    expect(stoppedItself(state({ history: [stopped] }))).toBe(stopped);
    expect(stoppedItself(state({ history: [record({ ended_by: "ada" })] }))).toBeUndefined();
    expect(stoppedItself(state({ history: [stopped], rollout: record({ state: "running" }) }))).toBeUndefined();
    expect(stoppedItself(state({}))).toBeUndefined();
  });

  it("says how often launches failed", () => {
    expect([rate(line({})), rate(line({ failures: 0, failure_rate: 0 })), rate(line({ failures: 3, failure_rate: 0.015 })), rate(line({ failures: 1200, failure_rate: 0.5 }))]).toEqual(["–", "0 (0 %)", "3 (1.5 %)", "1,200 (50 %)"]);
  });

  it("says where a version comes from", () => expect([sourceWords("locked"), sourceWords("new")]).toEqual(["pinned", "new"]));
});
