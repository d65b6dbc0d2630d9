import { describe, expect, it } from "vitest";

import { merge, undecided } from "./merge";

const names = { ours: "the fleet", theirs: "a.example" };
const base = "one\ntwo\nthree\nfour\nfive\n";

describe("two texts that come from one", () => {
  it.each([
    ["nothing changed", base, base, base],
    ["the fleet changed a line", "one\nTWO\nthree\nfour\nfive\n", base, "one\nTWO\nthree\nfour\nfive\n"],
    ["the host changed a line", base, "one\nTWO\nthree\nfour\nfive\n", "one\nTWO\nthree\nfour\nfive\n"],
    ["both changed other lines", "ONE\ntwo\nthree\nfour\nfive\n", "one\ntwo\nthree\nfour\nFIVE\nsix\n", "ONE\ntwo\nthree\nfour\nFIVE\nsix\n"],
    ["both changed it alike", "one\nTWO\nthree\nfour\nfive\n", "one\nTWO\nthree\nfour\nfive\n", "one\nTWO\nthree\nfour\nfive\n"],
    ["one removed, one added", "one\nthree\nfour\nfive\n", "one\ntwo\nthree\nfour\nfour and a half\nfive\n", "one\nthree\nfour\nfour and a half\nfive\n"],
  ])("%s", (_, ours, theirs, merged) => expect(merge(base, ours, theirs, names)).toBe(merged));

  it("leaves what both changed for a person to decide", () => {
    const merged = merge(base, "one\n2\nthree\nfour\nfive\n", "one\nzwei\nthree\nfour\nfive!\n", names);

    expect(merged).toBe("one\n<<<<<<< the fleet\n2\n=======\nzwei\n>>>>>>> a.example\nthree\nfour\nfive!\n");
    expect(undecided(merged, base, base)).toBe(1);
    expect(undecided(base, base)).toBe(0);
  });

  it("keeps what either has where there is no common past", () => {
    expect(merge(undefined, "one\ntwo\n", "one\ntwo\nthree\n", names)).toBe("one\ntwo\nthree\n");
    expect(undecided(merge(undefined, "one\n2\n", "one\nzwei\n", names))).toBe(1);
  });

  it("loses no line and makes none up, whatever the texts are", () => {
    let seed = 7;
    const random = (below: number) => (seed = (seed * 1103515245 + 12345) % 2147483648) % below;
    const text = () => Array.from({ length: random(8) }, () => "abcd"[random(4)]).join("\n");
    for (let turn = 0; turn < 2000; turn++) {
      const [past, ours, theirs] = [text(), text(), text()];
      expect(merge(past, ours, past, names)).toBe(ours);
      expect(merge(past, past, theirs, names)).toBe(theirs);
      expect(merge(past, ours, ours, names)).toBe(ours);
      const known = new Set([past, ours, theirs].flatMap((side) => side.split("\n")));
      expect(merge(past, ours, theirs, names).split("\n").filter((line) => !known.has(line) && !/^(<{7} |={7}$|>{7} )/.test(line))).toEqual([]);
    }
  });

  it("takes texts that are too long to compare for one place", () => {
    const long = (word: string) => Array.from({ length: 3000 }, (_, at) => `${word} ${at}`).join("\n");

    expect(undecided(merge(long("a"), long("b"), long("c"), names))).toBe(1);
  });

  it("counts only marks that the texts do not have themselves", () => {
    const about = "How to read marks:\n<<<<<<< ours\n=======\n>>>>>>> theirs\n";

    expect(undecided(about, about, "x")).toBe(0);
  });
});
