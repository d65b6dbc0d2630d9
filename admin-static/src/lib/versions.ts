// Codex versions and roll-outs, for people. Which one a host runs is the server's to say.
import type { Schemas } from "../api/client";
import type { Overview } from "../services/overview";
import type { RolloutState } from "../services/rollout";
import { plural } from "./words";

/** The steps that a roll-out is usually taken through, in percent of the fleet. */
export const RINGS = [5, 20, 50, 100];

/** The step after this one. */
export const nextRing = (percent: number | undefined) => RINGS.find((ring) => ring > (percent ?? 0)) ?? 100;

/** The usual steps and the present one, in order. */
export const rings = (percent: number) => [...new Set([...RINGS, percent])].sort((a, b) => a - b);

type Versioned = { version: string };

/** Newest first. */
export function byVersion(a: Versioned, b: Versioned): number {
  const [one, two] = [a, b].map(({ version }) => version.split(/[.-]/).map((part) => Number.parseInt(part, 10)));
  for (let at = 0; at < 3; at++) {
    const difference = (two?.[at] || 0) - (one?.[at] || 0);
    if (difference) return difference;
  }
  return b.version < a.version ? -1 : b.version > a.version ? 1 : 0;
}

/** All versions that the server has told of, with what it knows of each: what can be chosen without typing. */
export function knownVersions(fleet: Overview | undefined, rollout: RolloutState | undefined, newest: string | undefined): { version: string; label: string }[] {
  const known = new Map<string, string[]>();
  const say = (version: string | null | undefined, words: string) => {
    if (version) known.set(version, [...(known.get(version) ?? []), ...(words ? [words] : [])]);
  };
  say(newest, "the newest release");
  say(fleet?.client_version_lock, "pinned");
  if (!fleet?.client_version_lock) say(fleet?.versions.client_version, "what hosts get");
  say(fleet?.versions.reported_client_version, "");
  for (const line of rollout?.versions ?? []) say(line.version, line.hosts ? `${plural(line.hosts, "host has", "hosts have")} it` : "");
  say(rollout?.rollout?.version, "rolled out");
  for (const record of rollout?.history ?? []) say(record.version, "");
  return [...known].map(([version, words]) => ({ version, label: words.join(", ") })).sort(byVersion);
}

/** Where the version comes from. */
export function sourceWords(source: string): string {
  const words: Record<string, string> = {
    locked: "pinned",
    github: "the newest release",
    cache: "the newest release",
    cache_stale: "the newest release that is known; upstream has not answered for a while",
    unknown: "upstream was never reached",
  };
  return words[source] ?? source;
}

/** Whom a roll-out reaches. */
export function reachWords({ percent, tag }: { percent?: number | null; tag?: string | null }): string {
  if (tag != null) return `hosts with the tag ${tag}`;
  return percent === 100 ? "all hosts" : `${percent} % of the fleet`;
}

/** How many launches failed, and which part that is. */
export function rate(line: Schemas["VersionStatus"]): string {
  if (line.failure_rate == null) return "–";
  return `${line.failures.toLocaleString("en")} (${(line.failure_rate * 100).toFixed(line.failure_rate > 0 && line.failure_rate < 0.1 ? 1 : 0)} %)`;
}

/** The last roll-out, if it stopped by itself and nobody has begun another. */
export function stoppedItself(state: RolloutState): Schemas["Record"] | undefined {
  const last = state.history[0];
  return !state.rollout && last?.state === "stopped" && last.ended_by === "rollout" ? last : undefined;
}
