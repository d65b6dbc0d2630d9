import type { Schemas } from "../../api/client";
import { upper } from "../../lib/fleet";
import type { State } from "../../lib/words";

/** What becomes of a host that is not VIP, in the server's words. */
export function verdictState(quota: Pick<Schemas["ChatGptUsageAnswer"], "reasons"> & { verdict: Pick<Schemas["QuotaJudgement"], "verdict" | "ground"> }): State {
  const why = quota.reasons.length ? upper(`${quota.reasons.join("; ")}.`) : "";
  if (quota.verdict.ground === "missing") return { word: "not known", tone: "quiet", why: "ChatGPT was never asked with success: nobody is stopped." };
  if (quota.verdict.ground === "stale") return { word: "not known", tone: "warn", why: "The last good check is too old to say anything: nobody is stopped." };
  if (quota.verdict.verdict === "stop") return { word: "hosts are stopped", tone: "bad", why };
  if (quota.verdict.verdict === "warn") return { word: "hosts are warned", tone: "warn", why };
  return { word: "enough left", tone: "good", why: "Nothing is near its limit." };
}
