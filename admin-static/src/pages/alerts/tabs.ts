/** The tabs of this page, for it and for the command palette. */
export const tabs = [
  { name: "now", href: "#/alerts", label: "What is wrong" },
  { name: "webhooks", href: "#/alerts?tab=webhooks", label: "Webhooks" },
  { name: "deliveries", href: "#/alerts?tab=deliveries", label: "Deliveries" },
];
