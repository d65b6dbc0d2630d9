/** The tabs of this page, for it and for the command palette. */
export const tabs = [
  { name: "switches", href: "#/operations", label: "Switches" },
  { name: "versions", href: "#/operations?tab=versions", label: "Versions" },
  { name: "jobs", href: "#/operations?tab=jobs", label: "Jobs" },
  { name: "runner", href: "#/operations?tab=runner", label: "Runner" },
];
