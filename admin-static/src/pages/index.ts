// The pages, in the order of the navigation. A new page is one line here and a component.
import type { Component } from "svelte";

import type { Role } from "../lib/session.svelte";

export type Page = {
  path: string;
  label: string;
  /** After `g`. */
  key: string;
  /** The least role that sees it. */
  role: Role;
  load: () => Promise<{ default: Component }>;
};

export const pages: Page[] = [
  { path: "", label: "Overview", key: "o", role: "viewer", load: () => import("./Overview.svelte") },
  { path: "hosts", label: "Hosts", key: "h", role: "viewer", load: () => import("./hosts/Hosts.svelte") },
  { path: "login", label: "Login", key: "l", role: "viewer", load: () => import("./login/Login.svelte") },
  { path: "usage", label: "Usage", key: "u", role: "viewer", load: () => import("./usage/Usage.svelte") },
  { path: "quota", label: "Quota", key: "q", role: "viewer", load: () => import("./quota/Quota.svelte") },
  { path: "alerts", label: "Alerts", key: "w", role: "viewer", load: () => import("./alerts/Alerts.svelte") },
  { path: "content", label: "Content", key: "c", role: "viewer", load: () => import("./content/Content.svelte") },
  { path: "memory", label: "Memory", key: "m", role: "viewer", load: () => import("./memory/Memory.svelte") },
  { path: "operations", label: "Operations", key: "p", role: "viewer", load: () => import("./operations/Operations.svelte") },
  { path: "audit", label: "Audit", key: "a", role: "viewer", load: () => import("./Audit.svelte") },
  { path: "access", label: "Access", key: "s", role: "owner", load: () => import("./access/Access.svelte") },
];
