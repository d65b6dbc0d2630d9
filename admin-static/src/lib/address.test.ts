import { expect, it } from "vitest";

import { parse, print, signInToken } from "./address";

it.each([
  ["", { path: [], query: {} }],
  ["#/", { path: [], query: {} }],
  ["#/hosts/3?tab=users", { path: ["hosts", "3"], query: { tab: "users" } }],
  ["#/hosts?q=a%26b&desc=1", { path: ["hosts"], query: { q: "a&b", desc: "1" } }],
  ["#/content/commands/a%20b.md", { path: ["content", "commands", "a b.md"], query: {} }],
  ["#/content/commands/%E0%A4%A", { path: ["content", "commands", "%E0%A4%A"], query: {} }],
  ["#sometoken", { path: [], query: {} }],
  ["#/hosts?q=a?b", { path: ["hosts"], query: { q: "a?b" } }],
])("reads %s", (hash, place) => expect(parse(hash)).toEqual(place));

it("writes what it reads, and leaves out what is empty", () => {
  const hash = print("hosts", { q: "a&b?c=d", tag: "", status: undefined, desc: "1" });

  expect(hash).toBe("#/hosts?q=a%26b%3Fc%3Dd&desc=1");
  expect(parse(hash)).toEqual({ path: ["hosts"], query: { q: "a&b?c=d", desc: "1" } });
  expect(print("/hosts")).toBe("#/hosts");
});

it.each([
  ["#caa_0123456789abcdef", "caa_0123456789abcdef"],
  ["#/hosts", undefined],
  ["", undefined],
  ["#main", undefined],
  ["#<script>alert(1)</script>", undefined],
])("the token in %s is %s", (hash, token) => expect(signInToken(hash)).toBe(token));
