// How fast a quota window is used, beside how fast its time passes. What that means for hosts is the server's verdict.
import type { Schemas } from "../api/client";
import type { State } from "./words";

type Window = Schemas["QuotaWindow"];
type Reason = Schemas["QuotaReason"];

/** `week`, or `code review: week`: as the server names it in its reasons. */
export const windowName = (window: { label: string; limit_name?: string | null }) => (window.limit_name ? `${window.limit_name}: ${window.label}` : window.label);

/** How much of its time has passed, in percent; `undefined`: nobody knows. */
export function elapsed(window: Window, now: number): number | undefined {
  if (!window.resets_at || !window.limit_seconds) return undefined;
  const left = (Date.parse(window.resets_at) - now) / 1000;
  const passed = (1 - left / window.limit_seconds) * 100;
  return Number.isNaN(passed) ? undefined : Math.min(100, Math.max(0, passed));
}

/** Its use beside its time, in words. */
export function paceWords(window: Window, now: number): string {
  if (window.was_reset) return "It has started anew since the last check: nothing is used yet.";
  if (window.used_percent == null) return "How much is used is not known.";
  const time = elapsed(window, now);
  if (time === undefined) return "When it starts anew is not known.";
  const ahead = Math.round(window.used_percent - time);
  const words = Math.abs(ahead) < 2 ? "as fast as its time passes" : ahead > 0 ? `${ahead} points ahead of its time` : `${-ahead} points behind its time`;
  return `${Math.round(time)} % of its time has passed: used ${words}.`;
}

/** What it comes to at this pace, as the server projects it. */
export function projection(window: Window): string {
  const by = window.projected_percent;
  if (by == null || window.was_reset) return "";
  if ((window.used_percent ?? 0) >= 100) return "";
  return by >= 100 ? "At this pace it is used up before it resets." : `At this pace about ${by} % by the reset.`;
}

/** The word for it: what the server warns of goes first, then the pace. */
export function windowState(window: Window, reasons: Reason[]): State {
  const reason = reasons.find((reason) => reason.subject === "window" && reason.label === windowName(window));
  if (reason?.is_over) return { word: "over the limit", tone: "bad", why: reason.may_stop ? "" : "It counts only some use and stops no host." };
  if (reason) return { word: "near the limit", tone: "warn", why: "" };
  if (window.used_percent == null) return { word: "not known", tone: "quiet", why: "" };
  if (window.was_reset) return { word: "started anew", tone: "good", why: "" };
  if (window.projected_percent == null) return { word: "too early to tell", tone: "quiet", why: "" };
  return window.projected_percent >= 100 ? { word: "too fast", tone: "warn", why: projection(window) } : { word: "lasts", tone: "good", why: projection(window) };
}

/** A number of percent without needless digits: "42", "7.5". */
export const percent = (value: number) => String(Math.round(value * 10) / 10);
