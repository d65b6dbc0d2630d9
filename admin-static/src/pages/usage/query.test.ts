import { describe, expect, it } from "vitest";

import { ofAddress, reportsQuery, rowsQuery } from "./query";

const now = Date.UTC(2026, 10, 27, 3);

describe("what the address asks for", () => {
  it("is the dearest hosts of 30 days without a choice", () => {
    expect(ofAddress({}, now)).toEqual({ by: "host", since: "2026-10-29", until: "2026-11-27", limit: 50 });
  });
  it("sorts and pages as it says, and leaves out what is nonsense", () => {
    expect(ofAddress({ by: "model", sort: "total", desc: "1", after: "50" }, now)).toMatchObject({ by: "model", sort: "total", offset: 50 });
    expect(ofAddress({ by: "model", sort: "total" }, now)).toMatchObject({ sort: "total", direction: "asc" });
    expect(ofAddress({ by: "'; DROP", sort: "x", after: "-1", desc: "1" }, now)).toEqual({ by: "host", since: "2026-10-29", until: "2026-11-27", limit: 50 });
  });
  it("answers have moments: the last day is included", () => {
    expect(rowsQuery({ range: "own", since: "2026-11-01", until: "2026-11-02", host: "3", model: "m", user: "ada", before: "9" }, now)).toEqual({ since: "2026-11-01T00:00:00Z", until: "2026-11-03T00:00:00.000Z", limit: 50, host_id: 3, model: "m", user: "ada", before: 9 });
    expect(rowsQuery({ host: "abc" }, now)).not.toHaveProperty("host_id");
  });
  it("deliveries come by page", () => {
    expect(reportsQuery({})).toEqual({ per_page: 50, page: 1 });
    expect(reportsQuery({ after: "3", q: "build", sort: "cost" })).toEqual({ per_page: 50, page: 3, q: "build", sort: "cost", direction: "asc" });
  });
});
