import { expect, it } from "vitest";

import { verdictState } from "./verdict";

const of = (verdict: "allow" | "warn" | "stop", ground: "fresh" | "stale" | "missing") => verdictState({ reasons: ["week: 97 % used"], verdict: { verdict, ground } });

it("what is not known is never good, and stops nobody", () => {
  expect([of("allow", "missing"), of("allow", "stale")].map((state) => state.tone)).toEqual(["quiet", "warn"]);
  expect(of("allow", "stale").why).toContain("nobody is stopped");
});

it("a verdict comes with the server's reasons", () => {
  expect(of("stop", "fresh")).toEqual({ word: "hosts are stopped", tone: "bad", why: "Week: 97 % used." });
  expect(of("warn", "fresh").tone).toBe("warn");
  expect(of("allow", "fresh").tone).toBe("good");
});
