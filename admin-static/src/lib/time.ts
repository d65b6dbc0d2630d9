// Times in words. Exact ones are shown on hover.

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A length of time: "40 s", "5 min", "3 h", "12 days". */
export function span(ms: number): string {
  const length = Math.abs(ms);
  if (length < MINUTE) return `${Math.max(1, Math.round(length / 1000))} s`;
  if (length < 90 * MINUTE) return `${Math.round(length / MINUTE)} min`;
  if (length < 2 * DAY) return `${Math.round(length / HOUR)} h`;
  return `${Math.round(length / DAY)} days`;
}

/** When, seen from now: "5 min ago", "in 3 h", "just now". */
export function relative(at: string | number, now: number): string {
  const then = typeof at === "number" ? at : Date.parse(at);
  if (Number.isNaN(then)) return "at an unknown time";
  const distance = then - now;
  if (Math.abs(distance) < 10_000) return "just now";
  return distance < 0 ? `${span(distance)} ago` : `in ${span(distance)}`;
}

/** The exact time in the person's zone, with the zone; then in UTC. */
export function exact(at: string | number): string {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return String(at);
  const local = date.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "medium" });
  const zone = new Intl.DateTimeFormat(undefined, { timeZoneName: "short" }).formatToParts(date).find((part) => part.type === "timeZoneName");
  return `${local} ${zone?.value ?? ""} (${date.toISOString().replace(/\.\d+Z$/, "Z")})`;
}

/** Whether a time lies ahead; no time does not. */
export function ahead(at: string | null | undefined, now: number): boolean {
  return at != null && Date.parse(at) > now;
}
