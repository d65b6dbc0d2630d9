import type { Schemas } from "../../api/client";
import type { State } from "../../lib/words";

/** Whether a token or certificate still works. */
export function principalState(it: Schemas["Listed"], now: number): State {
  if (it.revoked_at) return { word: "revoked", tone: "quiet", why: "Somebody revoked it." };
  if (it.expires_at && Date.parse(it.expires_at) <= now) return { word: "ended", tone: "quiet", why: "Its time is over." };
  return { word: "works", tone: "good", why: "" };
}

/** "90" as days; nothing as no end. */
export function days(text: string): number | null {
  const count = Number.parseInt(text, 10);
  return Number.isFinite(count) ? count : null;
}
