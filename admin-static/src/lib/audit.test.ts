import { expect, it } from "vitest";

import { toAuditQuery } from "./audit";

const NOW = Date.parse("2026-11-24T12:00:00Z");

it("asks for what the address says and for nothing else", () => {
  expect(toAuditQuery({ actor: " olivia ", action: "", since: "24h", before: "9", sort: "x" }, NOW)).toEqual({ limit: 50, actor: "olivia", since: "2026-11-23T12:00:00.000Z", before: 9 });
  expect(toAuditQuery({ since: "century", before: "x" }, NOW)).toEqual({ limit: 50 });
});
