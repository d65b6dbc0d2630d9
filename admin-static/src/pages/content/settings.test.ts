import { expect, it } from "vitest";

import { collections, get, groups, put, read, show, setCount, written, type Kind } from "./settings";

it.each<[Kind, string, unknown]>([
  ["text", "gpt-5", "gpt-5"],
  ["text", "  ", null],
  ["number", "12", 12],
  ["number", "", null],
  ["number", "12k", "12k"],
  ["flag", "", null],
  ["flag", "false", false],
  ["switch", "true", true],
  ["list", "a\n\n b \n", ["a", " b "]],
  ["texts", "A = 1=2\nB=x", { A: "1=2", B: "x" }],
  ["flags", "x = true\ny = maybe", { x: true, y: "maybe" }],
])("%s: %j is %j", (kind, text, value) => expect(read(kind, text)).toEqual(value));

it.each<[Kind, unknown]>([
  ["text", "a b"],
  ["number", 7],
  ["flag", false],
  ["list", ["a", "b"]],
  ["texts", { A: "1 = 2" }],
  ["flags", { x: true, y: false }],
])("%s comes out as it went in: %j", (kind, value) => expect(read(kind, show(kind, value))).toEqual(value));

it("changes one value and leaves the rest, what has no field included", () => {
  const before = { model: "m", otel: { endpoint: "e", unknown: 1 }, mcp_servers: [{ name: "a" }, { name: "b" }] };

  const after = put(before, ["mcp_servers", 1, "command"], "run");

  expect(after).toEqual({ ...before, mcp_servers: [{ name: "a" }, { name: "b", command: "run" }] });
  expect(put(after, ["otel", "endpoint"], null)).toMatchObject({ otel: { endpoint: null, unknown: 1 } });
  expect(put(undefined, ["managed", "no_daemon"], false)).toEqual({ managed: { no_daemon: false } });
  expect(before.mcp_servers[1]).toEqual({ name: "b" });
});

it("writes paths as the server does", () => {
  expect(written(["mcp_servers", 0, "command"])).toBe("mcp_servers[0].command");
  expect(get({ a: [{ b: 1 }] }, ["a", 0, "b"])).toBe(1);
  expect(get(null, ["a"])).toBeUndefined();
});

it("has each setting once", () => {
  const paths = groups.flatMap((group) => group.fields.map((field) => written([...group.at, field.key])));
  expect(new Set(paths).size).toBe(paths.length);
  for (const collection of collections) expect(collection.groups.flatMap((group) => group.fields.map((field) => written([...group.at, field.key])))).toContain(collection.name);
});

it("counts what is set", () => {
  expect(setCount({ model: "m", model_provider: null }, groups[0] ?? { title: "", at: [], fields: [] })).toBe(1);
});
