/** The tabs of this page, for it and for the command palette. */
export const tabs = [
  { name: "memories", href: "#/memory", label: "Memories" },
  { name: "grants", href: "#/memory?tab=grants", label: "Grants" },
  { name: "files", href: "#/memory?tab=files", label: "Files" },
  { name: "log", href: "#/memory?tab=log", label: "Log" },
];
