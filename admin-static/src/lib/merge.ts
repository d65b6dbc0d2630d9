// Two texts that come from one, put together line by line. It is a proposal that a person reads before it counts.

/** More comparisons than this are not made: what differs then is one place. */
const MOST = 4_000_000;

type Lines = string[];
type Pair = [number, number];

/** A text with both sides' changes; where both changed the same lines, both are there between marks. */
export function merge(base: string | undefined, ours: string, theirs: string, names: { ours: string; theirs: string }): string {
  const [a, b] = [ours.split("\n"), theirs.split("\n")];
  // Without a common past: what both have is taken for it.
  const past = base === undefined ? common(a, b).map(([at]) => a[at] ?? "") : base.split("\n");
  const [inA, inB] = [new Map(common(past, a)), new Map(common(past, b))];
  const out: Lines = [];
  let [done, doneA, doneB] = [0, 0, 0];
  for (let at = 0; at <= past.length; at++) {
    const [toA, toB] = at === past.length ? [a.length, b.length] : [inA.get(at), inB.get(at)];
    if (toA === undefined || toB === undefined) continue;
    out.push(...place(past.slice(done, at), a.slice(doneA, toA), b.slice(doneB, toB), names));
    if (at < past.length) out.push(past[at] ?? "");
    [done, doneA, doneB] = [at + 1, toA + 1, toB + 1];
  }
  return out.join("\n");
}

/** One place between lines that all three have. */
function place(past: Lines, a: Lines, b: Lines, names: { ours: string; theirs: string }): Lines {
  if (same(a, b) || same(b, past)) return a;
  if (same(a, past)) return b;
  return [`<<<<<<< ${names.ours}`, ...a, "=======", ...b, `>>>>>>> ${names.theirs}`];
}

const same = (a: Lines, b: Lines) => a.length === b.length && a.every((line, at) => line === b[at]);

/** How many places wait for a decision: marks that neither side's own text has. */
export function undecided(text: string, ...sides: string[]): number {
  return Math.max(0, marks(text) - Math.max(0, ...sides.map(marks)));
}

const marks = (text: string) => text.split("\n").filter((line) => line.startsWith("<<<<<<< ")).length;

/** The longest run of lines that both have in this order, as pairs of places. */
function common(a: Lines, b: Lines): Pair[] {
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head++;
  let tail = 0;
  while (tail < a.length - head && tail < b.length - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail++;
  const [middleA, middleB] = [a.slice(head, a.length - tail), b.slice(head, b.length - tail)];
  return [
    ...Array.from({ length: head }, (_, at): Pair => [at, at]),
    ...longest(middleA, middleB).map(([x, y]): Pair => [x + head, y + head]),
    ...Array.from({ length: tail }, (_, at): Pair => [a.length - tail + at, b.length - tail + at]),
  ];
}

function longest(a: Lines, b: Lines): Pair[] {
  if (a.length * b.length > MOST) return [];
  const wide = b.length + 1;
  const best = new Uint32Array((a.length + 1) * wide);
  const at = (x: number, y: number) => best[x * wide + y] ?? 0;
  for (let x = a.length - 1; x >= 0; x--) {
    for (let y = b.length - 1; y >= 0; y--) best[x * wide + y] = a[x] === b[y] ? at(x + 1, y + 1) + 1 : Math.max(at(x + 1, y), at(x, y + 1));
  }
  const pairs: Pair[] = [];
  for (let [x, y] = [0, 0]; x < a.length && y < b.length; ) {
    if (a[x] === b[y]) pairs.push([x++, y++]);
    else if (at(x + 1, y) >= at(x, y + 1)) x++;
    else y++;
  }
  return pairs;
}
