// Whether the fleet can work, in one sentence. Every part of it is what the server says; here is only what goes first.
import type { Schemas } from "../api/client";
import type { State } from "./words";

type Overview = Pick<Schemas["Envelope_Overview"]["data"], "api_disabled" | "auth_state" | "budget" | "seed_required" | "alerts"> & { totals: { hosts: number; unprovisioned: number }; chatgpt_usage: { verdict: { verdict: string }; reasons: string[] } };

/** The state of the fleet; `href` is where it is dealt with. */
export function fleetState(fleet: Overview): State & { href: string } {
  const { budget, chatgpt_usage: quota } = fleet;
  if (fleet.api_disabled) return { word: "No", tone: "bad", why: "The host API is switched off: no host gets anything.", href: "#/operations" };
  if (fleet.seed_required) return { word: "Not yet", tone: "warn", why: "The server has no login: hosts cannot start Codex.", href: "#/login?tab=seed" };
  if (fleet.auth_state === "needs_login") return { word: "Not for long", tone: "bad", why: "The login cannot be renewed: somebody has to sign in before the access token ends.", href: "#/login" };
  if (quota.verdict.verdict === "stop") return { word: "Only VIP hosts", tone: "bad", why: `The quota stops the others: ${quota.reasons.join("; ")}.`, href: "#/quota" };
  if (budget.state === "over" && budget.stops) return { word: "Only VIP hosts", tone: "bad", why: "The month's budget is used up and stops the others.", href: "#/usage?tab=budget" };
  if (fleet.totals.hosts - fleet.totals.unprovisioned === 0) return { word: "Not yet", tone: "warn", why: "No host has called.", href: "#/hosts" };
  return works(fleet);
}

function works(fleet: Overview): State & { href: string } {
  const { budget, chatgpt_usage: quota } = fleet;
  const but = [
    fleet.auth_state === "uncertain" ? { why: "nobody knows whether the last refresh of the login arrived", href: "#/login" } : undefined,
    quota.verdict.verdict === "warn" ? { why: quota.reasons.join("; "), href: "#/quota" } : undefined,
    budget.state === "over" ? { why: "the month's budget is used up, which only warns", href: "#/usage?tab=budget" } : undefined,
    budget.state === "warn" ? { why: "most of the month's budget is used", href: "#/usage?tab=budget" } : undefined,
  ].filter((part) => part !== undefined);
  if (but.length) return { word: "Yes, with a warning", tone: "warn", why: upper(`${but.map((part) => part.why).join("; ")}.`), href: but[0]?.href ?? "#/" };
  return { word: "Yes", tone: "good", why: "The login works, and nothing stops a host.", href: "#/hosts" };
}

/** With a capital at its beginning. */
export const upper = (text: string) => text.replace(/^./u, (letter) => letter.toUpperCase());

type Alert = Pick<Schemas["Alert"], "kind" | "subject" | "summary" | "details">;
export type Task = { kind: string; text: string; subject?: string | undefined };

/** Open alerts as tasks, one for each thing: what is over its limit goes before what nears it, many of a kind are one. */
export function alertTasks(alerts: Alert[], told: string[] = []): Task[] {
  const over = new Set(alerts.filter((alert) => alert.subject.endsWith(" (over)")).map((alert) => `${alert.kind} ${alert.subject.replace(/ \(over\)$/, "")}`));
  const left = alerts.filter((alert) => !told.includes(alert.kind) && !over.has(`${alert.kind} ${alert.subject}`));
  const kinds = [...new Set(left.map((alert) => alert.kind))];
  return kinds.flatMap((kind): Task[] => {
    const same = left.filter((alert) => alert.kind === kind);
    if (same.length > 3) return [{ kind, text: `${same.length} alerts: ${same.slice(0, 2).map((alert) => alert.summary).join("; ")} …` }];
    return same.map((alert) => ({ kind, text: alert.summary, subject: alert.subject }));
  });
}
