// All that the command palette offers without looking anything up.
import { tabPlaces, type Place } from "../lib/places";
import { tabs as alertTabs } from "../pages/alerts/tabs";
import { tabs as memoryTabs } from "../pages/memory/tabs";
import { tabs as operationsTabs } from "../pages/operations/tabs";
import { tabs as usageTabs } from "../pages/usage/tabs";

const action = (label: string, path: string, query: Record<string, string> = {}, needs: Place["needs"] = "viewer"): Place => ({ label, kind: "action", path, query, needs });
const tab = (label: string, path: string, query: Record<string, string> = {}, needs: Place["needs"] = "viewer"): Place => ({ label, kind: "tab", path, query, needs });

export const places: Place[] = [
  action("Add a host", "hosts/new", {}, "operator"),
  action("Edit config.toml", "content/config"),
  action("Edit AGENTS.md", "content/agents"),
  action("Decide what hosts pushed", "content/reviews"),
  action("Seed a login", "login", { tab: "seed" }, "owner"),
  action("Pin the fleet's Codex", "operations", { tab: "versions" }, "operator"),
  action("Roll a Codex version out", "operations", { tab: "versions" }, "operator"),
  action("Run a job now", "operations", { tab: "jobs" }, "operator"),
  action("Prove the login now", "operations", { tab: "runner" }, "operator"),
  action("Switch the host API off or on", "operations", {}, "operator"),
  action("Verify the audit", "audit", { verify: "1" }),
  action("Make an admin token", "access", {}, "owner"),
  { label: "Hosts with an older login", kind: "hosts", path: "hosts", query: { only: "outdated" } },
  { label: "Hosts that never called", kind: "hosts", path: "hosts", query: { only: "unprovisioned" } },
  { label: "Hosts that were refused", kind: "hosts", path: "hosts", query: { only: "refused" } },
  { label: "Suspended hosts", kind: "hosts", path: "hosts", query: { status: "suspended" } },
  { label: "Archived hosts", kind: "hosts", path: "hosts", query: { status: "archived" } },
  tab("Hosts: Installers", "hosts/installers"),
  tab("Login: History", "login", { tab: "history" }),
  tab("Login: Pushed by hosts", "login", { tab: "candidates" }),
  tab("Login: Exposure", "login", { tab: "exposure" }),
  tab("Content: Slash commands", "content/commands"),
  tab("Content: Skills", "content/skills"),
  tab("Content: Drift", "content/drift"),
  tab("Content: Versions of config.toml", "content/config", { view: "versions" }),
  ...tabPlaces("Usage", usageTabs),
  ...tabPlaces("Alerts", alertTabs),
  ...tabPlaces("Memory", memoryTabs),
  ...tabPlaces("Operations", operationsTabs),
  tab("Access: Certificates", "access", { tab: "certificates" }, "owner"),
  tab("Access: Sessions", "access", { tab: "sessions" }, "owner"),
];
