// UTC days, as usage is summed up.

const DAY = 86_400_000;

/** The UTC day: "2026-11-27". */
export const dayOf = (now: number) => new Date(now).toISOString().slice(0, 10);

/** The first of `days` days of which today is the last. */
export const firstOf = (days: number, now: number) => dayOf(now - (days - 1) * DAY);

/** The first day of the UTC month. */
export const firstOfMonth = (now: number) => `${dayOf(now).slice(0, 8)}01`;

/** All days from one to another, both included; none when they are the wrong way round. */
export function daysBetween(since: string, until: string): string[] {
  const [start, end] = [Date.parse(since), Date.parse(until)];
  if (Number.isNaN(start) || Number.isNaN(end) || end < start) return [];
  return Array.from({ length: Math.round((end - start) / DAY) + 1 }, (_, at) => dayOf(start + at * DAY));
}

/** When a day begins, in seconds, as charts count. */
export const seconds = (day: string) => Date.parse(day) / 1000;

/** The ranges people choose from; "" is what a page starts with. */
export const ranges: { value: string; label: string; days?: number }[] = [
  { value: "1", label: "today", days: 1 },
  { value: "7", label: "7 days", days: 7 },
  { value: "", label: "30 days", days: 30 },
  { value: "month", label: "this month" },
  { value: "60", label: "60 days", days: 60 },
  { value: "180", label: "180 days", days: 180 },
  { value: "own", label: "from … to …" },
];

/** From when to when the address asks for. */
export function rangeOf(address: Record<string, string>, now: number): { since: string; until: string } {
  const until = dayOf(now);
  if (address.range === "month") return { since: firstOfMonth(now), until };
  if (address.range === "own") return { since: day(address.since) ?? firstOf(30, now), until: day(address.until) ?? until };
  return { since: firstOf(ranges.find((range) => range.value === (address.range ?? ""))?.days ?? 30, now), until };
}

function day(text: string | undefined): string | undefined {
  return text && /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text)) ? text : undefined;
}
