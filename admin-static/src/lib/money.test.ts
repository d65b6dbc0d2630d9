import { describe, expect, it } from "vitest";

import { money, perMillion, perThousand, planCost, planSentence, price, prorated, share, tokens, whole } from "./money";

describe("amounts", () => {
  it("have cents, and more digits where cents say nothing", () => {
    expect([0, 1234.5, 0.5, 0.003613, -2].map((amount) => money(amount))).toEqual(["$0.00", "$1,234.50", "$0.50", "$0.0036", "-$2.00"]);
  });
  it("of a currency that is none are numbers", () => {
    expect(money(3, "nonsense")).toBe("3 nonsense");
  });
});

describe("tokens", () => {
  it("are short, whole numbers are exact", () => {
    expect([null, 0, 812, 12_345, 4_500_000, 1_731_642_431].map(tokens)).toEqual(["–", "0", "812", "12.3\u00a0k", "4.5\u00a0M", "1.73\u00a0B"]);
    expect(whole(1_731_642_431)).toBe("1,731,642,431");
  });
});

describe("prices", () => {
  it("of a million and of a thousand tokens are the same price", () => {
    for (const perK of [0.00125, 0.000175, 0.0000375, 0.01, 0]) expect(perThousand(perMillion(perK))).toBe(perK);
    expect(perMillion(0.000175)).toBe(0.175);
  });
  it("keep their digits", () => {
    expect([0.00125, 0.0000375].map((perK) => price(perK))).toEqual(["$1.25", "$0.0375"]);
  });
});

it("a share of nothing is none", () => {
  expect([share(1, 0), share(1, 300), share(50, 100), share(150, 100), share(0, 5)]).toEqual(["–", "0.3\u00a0%", "50\u00a0%", "150\u00a0%", "0\u00a0%"]);
});

describe("the plan", () => {
  it("costs by the day", () => {
    expect(prorated(300, Date.UTC(2026, 10, 1))).toBe(0);
    expect(prorated(300, Date.UTC(2026, 10, 16))).toBe(150);
    expect(Math.round(prorated(280, Date.UTC(2026, 1, 28, 23, 59)))).toBe(280);
  });
  it("has a price only when it is one of those the server names", () => {
    const plans = { plus_cost: 20, pro_cost: 200 };
    expect([planCost("Pro", plans), planCost("plus", plans), planCost("team", plans), planCost(null, plans), planCost("constructor", plans)]).toEqual([200, 20, undefined, undefined, undefined]);
  });
  it("is compared in words", () => {
    expect(planSentence(530, 170)).toBe("$530.00 at list prices is 3.1 times what the plan has cost so far ($170.00).");
    expect(planSentence(17, 170)).toContain("is 10\u00a0% of what");
    expect(planSentence(170, 170)).toContain("about what");
    expect(planSentence(1, 0)).toBe("");
  });
});
