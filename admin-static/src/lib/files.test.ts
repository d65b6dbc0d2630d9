import { expect, it } from "vitest";

import { above, crumbs, fileLink, isShared, leaf, parent, speech, toBytes } from "./files";

it("goes up and down", () => {
  expect(crumbs("src/deep/a.py")).toEqual([
    { name: "src", path: "src" },
    { name: "deep", path: "src/deep" },
    { name: "a.py", path: "src/deep/a.py" },
  ]);
  expect([crumbs(""), parent("src/deep/a.py"), parent("a.py"), leaf("src/a.py"), leaf("a.py")]).toEqual([[], "src/deep", "", "a.py", "a.py"]);
});

it("finds the directory that stays when the last file of one goes", async () => {
  const sizes: Record<string, number> = { a: 2, "a/b": 1, "a/b/c": 1, d: 1 };
  const count = async (directory: string) => sizes[directory] ?? 0;

  expect([await above("a/b/c/x", count), await above("a/x", count), await above("d/x", count), await above("x", count)]).toEqual(["a", "a", "", ""]);
});

it("has an address for each place, whatever its name", () => {
  expect(fileLink("7", "")).toBe("#/memory?tab=files&host=7");
  expect(fileLink("7", "a b/c&d")).toBe("#/memory?tab=files&host=7&path=a+b%2Fc%26d");
  expect(fileLink("a.example", "x.md", "file")).toBe("#/memory?tab=files&host=a.example&file=x.md");
});

it("knows what is shared, and how to show it", () => {
  expect(["shared", "shared/a", "sharedness", "a/shared"].map(isShared)).toEqual([true, true, false, false]);
  expect(["a.md", "a.TOML", "a.py"].map(speech)).toEqual(["markdown", "toml", "text"]);
});

it("gives the bytes of texts and of what is none", () => {
  expect([...toBytes("AAEC/w==", "base64")]).toEqual([0, 1, 2, 255]);
  expect([...toBytes("é", "utf-8")]).toEqual([0xc3, 0xa9]);
});
