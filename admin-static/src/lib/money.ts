// Amounts, tokens and prices as people read them. The server computes; here they are only written down.

/** An amount: "$12.40", "$0.0036". Cents are not enough for one answer of a model. */
export function money(amount: number, currency = "USD"): string {
  const small = amount !== 0 && Math.abs(amount) < 0.1;
  const digits = small ? { maximumSignificantDigits: 2 } : { minimumFractionDigits: 2, maximumFractionDigits: 2 };
  try {
    return new Intl.NumberFormat("en", { style: "currency", currency, ...digits }).format(amount);
  } catch {
    return `${amount} ${currency}`;
  }
}

/** A number and its unit stay together. */
const NB = "\u00a0";

/** A number of tokens: "812", "12.3 k", "1.73 B". */
export function tokens(count: number | null | undefined): string {
  if (count == null) return "–";
  for (const [size, unit] of [[1e9, "B"], [1e6, "M"], [1e3, "k"]] as const) {
    if (Math.abs(count) >= size) return `${new Intl.NumberFormat("en", { maximumSignificantDigits: 3 }).format(count / size)}${NB}${unit}`;
  }
  return String(count);
}

/** A whole number with its thousands set apart. */
export function whole(count: number | null | undefined): string {
  return count == null ? "–" : count.toLocaleString("en");
}

/** What 1,000 tokens cost, said for a million, as price lists do. Twelve digits are more than any price has. */
export function perMillion(perThousand: number): number {
  return Number((perThousand * 1000).toPrecision(12));
}

/** The way back. */
export function perThousand(perMillion: number): number {
  return Number((perMillion / 1000).toPrecision(12));
}

/** A price of a million tokens with all its digits: "$1.25", "$0.0375". */
export function price(perThousand: number, currency = "USD"): string {
  try {
    return new Intl.NumberFormat("en", { style: "currency", currency, minimumFractionDigits: 2, maximumFractionDigits: 8 }).format(perMillion(perThousand));
  } catch {
    return `${perMillion(perThousand)} ${currency}`;
  }
}

/** A share in percent: "0.4 %", "12 %". Nothing of nothing is none. */
export function share(part: number, all: number): string {
  if (all === 0) return "–";
  const percent = (part / all) * 100;
  return `${percent !== 0 && Math.abs(percent) < 10 ? percent.toFixed(1) : Math.round(percent)}${NB}%`;
}

/** What a plan that costs so much a month has cost in the month up to now, by UTC time. */
export function prorated(monthly: number, now: number): number {
  const date = new Date(now);
  const start = Date.UTC(date.getUTCFullYear(), date.getUTCMonth());
  const end = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1);
  return (monthly * (now - start)) / (end - start);
}

/** The monthly price of a plan, for the plans whose price the server names. */
export function planCost(plan: string | null | undefined, plans: { plus_cost: number; pro_cost: number }): number | undefined {
  return new Map([["plus", plans.plus_cost], ["pro", plans.pro_cost]]).get(plan?.toLowerCase() ?? "");
}

/** How usage compares with the plan: "$530.58 of usage for $173.42 of the plan: 3.1 times its price". */
export function planSentence(used: number, planPart: number, currency = "USD"): string {
  if (planPart <= 0) return "";
  const times = used / planPart;
  const words = times >= 1.05 ? `${times.toFixed(1)} times what the plan has cost so far` : times > 0.95 ? "about what the plan has cost so far" : `${share(used, planPart)} of what the plan has cost so far`;
  return `${money(used, currency)} at list prices is ${words} (${money(planPart, currency)}).`;
}
