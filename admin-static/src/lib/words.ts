// What states mean, in words a person on call understands.
import type { Schemas } from "../api/client";
import { ahead, relative } from "./time";

export type Host = Schemas["ListedHost"];
export type Tone = "good" | "busy" | "warn" | "bad" | "quiet";
export type State = { word: string; tone: Tone; why: string };

/** The one state of a host that matters most. */
export function hostState(host: Host, now: number): State {
  if (host.archived_at) return { word: "archived", tone: "quiet", why: archivedWhy(host.archived_reason) };
  if (host.status === "suspended") return { word: "suspended", tone: "bad", why: "Its key is refused until it is resumed." };
  if (!host.last_contact_at) return { word: "waiting for its first run", tone: "busy", why: "Registered, and never called: its installer has not been run." };
  if (host.refused_at && Date.parse(host.refused_at) >= Date.parse(host.last_contact_at)) {
    return { word: "refused", tone: "bad", why: `${refusalWhy(host.refused_code)} It called from ${host.refused_from ?? "somewhere"}.` };
  }
  if (!host.secure && !ahead(host.insecure_enabled_until, now)) {
    return { word: "window closed", tone: "warn", why: "An insecure host may call only while its window is open." };
  }
  if (!host.authed) return { word: "no login", tone: "warn", why: "It has not been given the fleet's login." };
  if (host.auth_outdated) return { word: "older login", tone: "warn", why: "It gets the current login with its next run." };
  return { word: "up to date", tone: "good", why: "It holds the current login." };
}

/** Further things a person should know about a host. */
export function hostNotes(host: Host, now: number): string[] {
  const notes = [...host.warnings];
  if (host.prune_at && Date.parse(host.prune_at) - now < 7 * 86_400_000) notes.push(`Will be archived ${relative(host.prune_at, now)}: ${pruneWhy(host.prune_reason)}.`);
  if (!host.secure && ahead(host.insecure_enabled_until, now)) notes.push(`Its window closes ${relative(host.insecure_enabled_until ?? "", now)}.`);
  return notes;
}

export function pruneWhy(reason: string | null | undefined): string {
  if (reason === "expired") return "its time is over";
  if (reason === "inactive") return "nobody used it";
  if (reason === "unprovisioned") return "its installer was never run";
  return reason ?? "unknown";
}

function archivedWhy(reason: string | null | undefined): string {
  return reason ? `Its keys no longer work (${reason}).` : "Its keys no longer work.";
}

/** Why a host was refused. */
export function refusalWhy(code: string | null | undefined): string {
  if (code === "ip_mismatch") return "It called from an address it is not bound to.";
  if (code === "insecure_api_disabled") return "It is insecure and its window was closed.";
  if (code === "host_suspended") return "It was suspended.";
  if (code === "api_disabled") return "The host API was switched off.";
  return `It was refused${code ? ` (${code})` : ""}.`;
}

/** How the fleet's login is doing, as one sentence. */
export function loginSentence(login: Schemas["Status"], now: number): State {
  if (login.generation === 0) return { word: "No login yet", tone: "warn", why: "Seed one: hosts cannot start Codex before." };
  switch (login.state) {
    case "ok": {
      const ends = login.access_ends_at ? ` Its access token ends ${relative(login.access_ends_at, now)}` : " It does not say when its access token ends";
      const next = login.refreshable ? `, and it is refreshed ${login.refresh_due_at ? relative(login.refresh_due_at, now) : "in time"}.` : ". It cannot be refreshed.";
      return { word: "The login works", tone: login.warnings.length ? "warn" : "good", why: `Generation ${login.generation}.${ends}${next}` };
    }
    case "refreshing":
      return { word: "The login is being refreshed", tone: "busy", why: "Hosts go on with the one they have." };
    case "uncertain":
      return { word: "Nobody knows whether the last refresh arrived", tone: "warn", why: login.advice ?? "The server tries once more." };
    case "needs_login":
      return { word: "Somebody has to sign in again", tone: "bad", why: login.advice ?? "The refresh token no longer works." };
    default:
      return { word: `The login is ${login.state}`, tone: "warn", why: login.advice ?? "" };
  }
}

/** What became of one time the refresh token was sent. */
export function spendWord(outcome: string | null | undefined): State {
  const words: Record<string, State> = {
    promoted: { word: "refreshed", tone: "good", why: "The answer became the next generation." },
    refused: { word: "refused", tone: "bad", why: "OpenAI does not take the token." },
    turned_away: { word: "turned away", tone: "warn", why: "Nothing was spent; it is tried again." },
    lost: { word: "no answer", tone: "warn", why: "Nobody knows whether it was spent." },
    superseded: { word: "overtaken", tone: "quiet", why: "Another login came in between." },
  };
  return words[outcome ?? ""] ?? { word: "under way", tone: "busy", why: "" };
}

/** How a call of MCP went. */
export function callState(call: Schemas["Logged"]): State {
  return call.success ? { word: "ok", tone: "good", why: "" } : { word: "failed", tone: "bad", why: call.error_code ? `JSON-RPC ${call.error_code}` : "" };
}

/** How a job is doing. */
export function jobState(job: Schemas["ListedJob"], now: number): State {
  if (job.running) return { word: "running", tone: "busy", why: "" };
  if (job.due_at && now - Date.parse(job.due_at) > 300_000) return { word: "overdue", tone: "warn", why: "No scheduler has taken it: is one running?" };
  if (job.error) return { word: job.failures > 1 ? `failed ${job.failures} times` : "failed", tone: "bad", why: job.error };
  if (!job.ended_at) return { word: "never ran", tone: "quiet", why: "" };
  return { word: "ok", tone: "good", why: "" };
}

/** What the runner says of a login, or how it is doing itself. */
export function runnerState(word: string): State {
  const tones: Record<string, Tone> = { verified: "good", ok: "good", rejected: "bad", fail: "bad", unknown: "warn" };
  return { word, tone: tones[word] ?? "quiet", why: "" };
}

/** What became of a roll-out. */
export function rolloutState(record: Schemas["Record"]): State {
  const words: Record<string, State> = {
    running: { word: "running", tone: "busy", why: "" },
    finished: { word: "finished", tone: "good", why: "Its version became the fleet's pin." },
    replaced: { word: "replaced", tone: "quiet", why: "Another version took its place." },
  };
  const stopped: State = record.ended_by === "rollout" ? { word: "stopped by itself", tone: "bad", why: "" } : { word: "stopped", tone: "warn", why: "" };
  return record.state === "stopped" ? stopped : (words[record.state] ?? { word: record.state, tone: "quiet", why: "" });
}

/** An audited action in words; the code is shown beside it. */
export function actionWords(action: string): string {
  return action.replace(/^admin\./, "").replaceAll(".", " · ").replaceAll("_", " ");
}

/** What changed, member by member. */
export type Change = { name: string; from: string | undefined; to: string };
export function changes(before: unknown, after: unknown): Change[] {
  const [old, next] = [asObject(before), asObject(after)];
  const names = [...new Set([...Object.keys(old), ...Object.keys(next)])];
  return names.map((name) => ({ name, from: name in old ? brief(old[name]) : undefined, to: brief(next[name]) })).filter(({ from, to }) => from !== to && to !== "{}");
}

function asObject(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

function brief(value: unknown): string {
  if (value == null) return "–";
  const text = (typeof value === "string" ? value : JSON.stringify(value)).replace(/\b([0-9a-f]{12})[0-9a-f]{28,}\b/g, "$1…");
  return text.length > 120 ? `${text.slice(0, 119)}…` : text;
}

export function bytes(size: number): string {
  return size < 1024 ? `${size} B` : size < 1024 * 1024 ? `${(size / 1024).toFixed(1)} KiB` : `${(size / 1024 / 1024).toFixed(1)} MiB`;
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
}

/** What an alert is about, where it is dealt with, and when a webhook is told. */
export type AlertKind = { kind: string; word: string; when: string; href: string };
export const alertKinds: AlertKind[] = [
  { kind: "needs_login", word: "sign-in needed", when: "the login cannot be renewed: somebody has to sign in", href: "#/login" },
  { kind: "runner_failing", word: "runner fails", when: "the runner could not prove the login", href: "#/operations?tab=runner" },
  { kind: "budget_crossed", word: "budget", when: "most of a budget of this month is used, or all of it", href: "#/usage?tab=budget" },
  { kind: "quota_near_limit", word: "quota", when: "a quota window is near its limit, or over it", href: "#/quota" },
  { kind: "host_silent", word: "host silent", when: "an active host was not seen for days", href: "#/hosts" },
  { kind: "address_refused", word: "address refused", when: "a host called from an address it is not bound to", href: "#/hosts?only=refused" },
  { kind: "conflict_waiting", word: "decision waits", when: "texts or logins that hosts pushed wait for a person", href: "#/content/reviews" },
  { kind: "job_failing", word: "job fails", when: "the last run of a job of the scheduler failed", href: "#/operations?tab=jobs" },
  { kind: "backup_late", word: "no backups", when: "copies were made by themselves, and the next is late", href: "#/operations?tab=jobs" },
];

/** An alert's kind in words; one that a newer server has is shown as it is called. */
export function alertKind(kind: string): AlertKind {
  return alertKinds.find((known) => known.kind === kind) ?? { kind, word: kind.replaceAll("_", " "), when: kind.replaceAll("_", " "), href: "#/alerts" };
}

/** Where one alert is dealt with: what is about a host leads to that host. */
export function alertHref(kind: string, subject = ""): string {
  const name = subject.replace(/ \(over\)$/, "");
  const isHost = ["host_silent", "address_refused"].includes(kind) || (kind === "budget_crossed" && name !== "fleet");
  return isHost && name ? `#/hosts?q=${encodeURIComponent(name)}` : alertKind(kind).href;
}

/** How bad an alert is. */
export function alertTone(kind: string, subject = ""): Tone {
  return subject.endsWith(" (over)") || ["needs_login", "runner_failing", "job_failing", "backup_late"].includes(kind) ? "bad" : "warn";
}

/** A webhook that never chose is told everything; the server names all kinds then. */
export function isEverything(kinds: string[]): boolean {
  return kinds.length === 0 || alertKinds.every((known) => kinds.includes(known.kind));
}

/** How far a delivery to a webhook is. */
export function deliveryState(state: string): State {
  if (state === "delivered") return { word: "delivered", tone: "good", why: "The receiver answered with success." };
  if (state === "given_up") return { word: "given up", tone: "bad", why: "It failed for a day and is not tried again." };
  return { word: "waiting", tone: "busy", why: "It is tried again." };
}

/** Who named a price. */
export function priceSource(source: string): State {
  if (source === "operator") return { word: "an operator's", tone: "busy", why: "It goes before every list until it is taken back." };
  if (source === "released") return { word: "taken back", tone: "quiet", why: "An operator's, until it was taken back." };
  if (source === "list") return { word: "list", tone: "quiet", why: "From the list at PRICING_URL." };
  if (source === "env") return { word: "environment", tone: "quiet", why: "From the server's environment." };
  return { word: "built in", tone: "quiet", why: "OpenAI's public price as this server knows it." };
}

/** Where a delivery of usage came from. */
export function usageSource(source: string): string {
  if (source === "session") return "session files";
  if (source === "otel") return "telemetry";
  return source === "usage" ? "client's report" : source;
}

/** How a budget is doing: the fleet's, or that of one host. */
export function budgetState(state: string, stops: boolean, isHost = false): State {
  const goOn = isHost ? "The host is warned and goes on." : "Hosts are warned and go on.";
  const stop = isHost ? "The host does not start Codex, unless it is VIP." : "Hosts that are not VIP do not start Codex.";
  if (state === "over") return { word: "used up", tone: "bad", why: stops ? stop : goOn };
  if (state === "warn") return { word: "nearly used", tone: "warn", why: goOn };
  return { word: "enough left", tone: "good", why: "" };
}
