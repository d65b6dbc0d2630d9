import { beforeEach, expect, it, vi } from "vitest";

const services = vi.hoisted(() => ({ listHosts: vi.fn(), getHost: vi.fn() }));
vi.mock("../services/hosts", () => services);
vi.mock("../api/client", () => ({
  Problem: class extends Error {
    constructor(
      message: string,
      readonly code: string,
      readonly status: number,
    ) {
      super(message);
    }
  },
}));
import { Problem } from "../api/client";
import { hostId, hostNames } from "./hostname";

beforeEach(() => {
  services.listHosts.mockReset().mockResolvedValue({ hosts: [] });
  services.getHost.mockReset();
});

it("takes a number as it is and nothing as nothing", async () => {
  expect([await hostId(" 12 "), await hostId(""), await hostId(undefined)]).toEqual([12, undefined, undefined]);
  expect(services.listHosts).not.toHaveBeenCalled();
});

it("finds exactly the host of this name, archived ones too", async () => {
  services.listHosts.mockImplementation(async ({ status }: { status?: string }) => ({ hosts: status === "archived" ? [{ id: 7, fqdn: "a.example" }] : [{ id: 1, fqdn: "aa.example" }] }));

  expect(await hostId("A.example")).toBe(7);
});

it("says that no host is called so", async () => {
  await expect(hostId("nobody.example")).rejects.toThrow("No host is called nobody.example.");
});

it("asks once for a name, and calls a host that is gone by its number", async () => {
  services.getHost.mockImplementation(async (id: number) => {
    if (id === 32) throw new Problem("there is no such host", "not_found", 404, "");
    return { fqdn: `h${id}.example` };
  });

  expect(await hostNames([31, 32, 31])).toEqual({ 31: "h31.example", 32: "host 32" });
  await hostNames([31, 32]);
  expect(services.getHost).toHaveBeenCalledTimes(2);
});
