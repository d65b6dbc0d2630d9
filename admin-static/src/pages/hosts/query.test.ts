import { expect, it } from "vitest";

import { isFiltered, kindOf, kinds, toQuery } from "./query";

it("asks the server for what the address says", () => {
  const address = { q: " web ", tag: "ci", status: "suspended", only: "insecure", sort: "codex", desc: "1", after: "m.example" };

  expect(toQuery(address)).toEqual({ limit: 50, q: "web", tag: "ci", status: "suspended", only: "insecure", sort: "codex", descending: true, after: "m.example" });
});

it("leaves out what nobody knows, so that an old link still works", () => {
  expect(toQuery({ status: "lost", only: "odd", sort: "ip", q: " ", tab: "x" })).toEqual({ limit: 50 });
  expect(toQuery({ sort: "name" })).toEqual({ limit: 50 });
});

it("finds each choice again in the address it makes", () => {
  for (const kind of kinds) expect(kindOf({ ...kind.change })).toBe(kind.value);
  expect(kindOf({ status: "active", only: "secure" })).toBe("");
});

it("knows whether anything is filtered", () => {
  expect(isFiltered({ sort: "codex", after: "x" })).toBe(false);
  expect(isFiltered({ only: "refused" })).toBe(true);
});
