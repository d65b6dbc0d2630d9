import { expect, it } from "vitest";

import { find, place, tabPlaces } from "./places";

it("makes places of tabs, but for the one that is the page", () => {
  const tabs = [
    { href: "#/memory", label: "Memories" },
    { href: "#/memory?tab=grants", label: "Grants" },
  ];

  expect(tabPlaces("Memory", tabs, "operator")).toEqual([{ label: "Memory: Grants", kind: "tab", needs: "operator", path: "memory", query: { tab: "grants" } }]);
  expect(place("#/content/commands/a%20b")).toEqual({ path: "content/commands/a%20b", query: {} });
});

it("finds by all words in any order, and puts first what begins with them", () => {
  const places = ["Overview", "Operations: Jobs", "Run a job", "Jobs"].map((label) => ({ label, kind: "page" }));

  expect(find(places, "job").map(({ label }) => label)).toEqual(["Jobs", "Operations: Jobs", "Run a job"]);
  expect(find(places, " JOBS oper ").map(({ label }) => label)).toEqual(["Operations: Jobs"]);
  expect(find(places, "")).toEqual(places);
  expect(find(places, "nothing")).toEqual([]);
});
