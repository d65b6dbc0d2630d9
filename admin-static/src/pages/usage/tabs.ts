/** The tabs of this page, for it and for the command palette. */
export const tabs = [
  { name: "trend", href: "#/usage", label: "Trend" },
  { name: "sums", href: "#/usage?tab=sums", label: "Sums" },
  { name: "rows", href: "#/usage?tab=rows", label: "Answers" },
  { name: "reports", href: "#/usage?tab=reports", label: "Client reports" },
  { name: "prices", href: "#/usage?tab=prices", label: "Prices" },
  { name: "budget", href: "#/usage?tab=budget", label: "Budget" },
];
