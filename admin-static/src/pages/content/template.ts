import type { Kind } from "../../services/documents";

/** What a new document starts as. */
export function template(kind: Kind, name: string): string {
  if (kind === "agents") return "";
  if (kind === "command") return "---\ndescription: What it does\nargument-hint: \"[what to give it]\"\n---\n\n$ARGUMENTS\n";
  return `---\nname: ${name}\ndescription: What it does, and when to use it\n---\n\n# ${name}\n`;
}
