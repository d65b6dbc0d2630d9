import { describe, expect, it } from "vitest";

import { excerpt, grantWords, isSearch, scopeWords, toGrantee, toLogQuery, toMemoryQuery, toMetadata, took, toTags } from "./memory";

const NOW = Date.parse("2026-11-24T12:00:00Z");

describe("what the server is asked", () => {
  it("has the filters of the address and nothing else", () => {
    expect(toMemoryQuery({ q: " cache ", tags: "", scope: "fleet", deleted: "1", tab: "x" }, 7)).toEqual({ limit: "50", q: "cache", scope: "fleet", host_id: "7", deleted: true });
    expect(toLogQuery({ outcome: "failed", name: "memory_store", since: "1h", before: "12" }, undefined, NOW)).toEqual({ limit: 50, name: "memory_store", success: false, since: "2026-11-24T11:00:00.000Z", before: 12 });
    expect(toLogQuery({ outcome: "odd", since: "odd", before: "odd" }, 3, NOW)).toEqual({ limit: 50, host_id: 3 });
  });

  it("pages only where nothing is looked for", () => {
    expect(toMemoryQuery({ before: "40" }, undefined).before).toBe(40);
    expect(toMemoryQuery({ before: "40", q: "x" }, undefined).before).toBeUndefined();
    expect([isSearch({ tags: "a" }), isSearch({ q: " " }), isSearch({ scope: "fleet" })]).toEqual([true, false, false]);
  });
});

describe("in words", () => {
  it.each([
    ["fleet", "the fleet's"],
    ["tag:ci", "shared: tag:ci"],
    ["host:7", "the host's own"],
  ])("%s is %s", (scope, words) => expect(scopeWords(scope)).toBe(words));

  it("says what a grant lets people do", () => {
    expect(grantWords("a.example", "fleet", "read")).toBe("a.example may read the memories of the fleet, and read the files that other hosts put below shared/.");
    expect(grantWords("Every host with the tag ci", "tag:ops", "write")).toBe("Every host with the tag ci may read, change and delete the memories of tag:ops.");
    expect([toGrantee("host:7"), toGrantee("tag:a:b")]).toEqual([{ host: 7 }, { tag: "a:b" }]);
  });

  it("shortens texts and measures time", () => {
    expect(excerpt("a\n\n  b")).toBe("a b");
    expect(excerpt("word ".repeat(100), 12)).toBe("word word w…");
    expect([took(640), took(6400), took(64_000), took(1_640_000)]).toEqual(["640 µs", "6.4 ms", "64 ms", "1.6 s"]);
  });
});

it("reads tags and metadata as they are written", () => {
  expect(toTags("ci, ops\n two words ,,")).toEqual(["ci", "ops", "two words"]);
  expect(toMetadata(" ")).toEqual({ value: null, wrong: "" });
  expect(toMetadata('{"a":1}')).toEqual({ value: { a: 1 }, wrong: "" });
  expect(toMetadata("{").wrong).toMatch(/^This is no JSON/);
});
