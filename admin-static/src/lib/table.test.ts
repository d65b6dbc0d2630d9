import { expect, it } from "vitest";

import { nextSort, still, toggled, visible, type Column } from "./table";

const columns: Column<unknown>[] = [
  { key: "name", label: "Name", text: () => "" },
  { key: "codex", label: "Codex", text: () => "" },
  { key: "added", label: "Added", text: () => "", extra: true },
];

it("shows the usual columns, or those chosen before, and always the first", () => {
  expect(visible(columns, undefined)).toEqual(["name", "codex"]);
  expect(visible(columns, "added,gone")).toEqual(["name", "added"]);
  expect(visible(columns, "")).toEqual(["name"]);
});

it("shows and hides one", () => {
  expect(toggled(["name"], "added")).toEqual(["name", "added"]);
  expect(toggled(["name", "added"], "added")).toEqual(["name"]);
});

it("sorts up, then down, then as at the start", () => {
  const first = nextSort({}, "codex", "name");
  const second = nextSort({ sort: "codex" }, "codex", "name");
  const third = nextSort({ sort: "codex", desc: "1" }, "codex", "name");

  expect([first, second, third]).toEqual([
    { sort: "codex", desc: undefined },
    { sort: "codex", desc: "1" },
    { sort: undefined, desc: undefined },
  ]);
  expect(nextSort({}, "name", "name")).toEqual({ sort: undefined, desc: "1" });
  expect(nextSort({ sort: "codex", desc: "1" }, "name", "name")).toEqual({ sort: undefined, desc: undefined });
});

it("keeps of a selection what is still there", () => {
  expect(still([1, 2, 3], [3, 1, 9])).toEqual([1, 3]);
});

it("where the largest come first, a title goes down, up, and back to the start", () => {
  const first = nextSort({}, "cost", "time", true);
  expect(first).toEqual({ sort: "cost", desc: "1" });
  const second = nextSort({ sort: "cost", desc: "1" }, "cost", "time", true);
  expect(second).toEqual({ sort: "cost", desc: undefined });
  expect(nextSort({ sort: "cost" }, "cost", "time", true)).toEqual({ sort: undefined, desc: undefined });
  expect(nextSort({ sort: "cost" }, "time", "time", true)).toEqual({ sort: "time", desc: "1" });
});
