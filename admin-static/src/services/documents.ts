// AGENTS.md, slash commands and skills: three resources that behave the same.
import { api, ask, type Schemas } from "../api/client";

export type Kind = "agents" | "command" | "skill";
export type Document = { name: string; version: number; text: string; retired: boolean; updatedAt: string; sizeBytes: number; files: Record<string, string> };
export type Row = { name: string; title: string; description: string; version: number; updatedAt: string; sizeBytes: number; retired: boolean };

const ifMatch = (version: number) => ({ "If-Match": `"v${version}"` });

/** All commands or skills, retired ones too. */
export async function listDocuments(kind: "command" | "skill"): Promise<Row[]> {
  const query = { params: { query: { retired: true } } };
  if (kind === "command") {
    const { commands } = await ask(api.GET("/admin/slash-commands", query));
    return commands.map((row) => asRow(row, row.filename, `/${row.filename.replace(/\.md$/, "")} ${row.argument_hint ?? ""}`.trim()));
  }
  const { skills } = await ask(api.GET("/admin/skills", query));
  return skills.map((row) => asRow(row, row.slug, row.display_name ?? row.slug));
}

function asRow(row: Schemas["SkillRow"] | Schemas["SlashCommandRow"], name: string, title: string): Row {
  return { name, title, description: row.description ?? "", version: row.version, updatedAt: row.updated_at, sizeBytes: row.size_bytes, retired: row.deleted_at != null };
}

/** Whether there is a document of this name, retired or not. */
export const isThere = async (kind: Kind, name: string) => (kind === "agents" ? false : (await listDocuments(kind)).some((row) => row.name === name));

/** One document with its text; `undefined`: the fleet has no AGENTS.md. */
export async function getDocument(kind: Kind, name: string): Promise<Document | undefined> {
  if (kind === "agents") {
    const found = await ask(api.GET("/admin/agents"));
    if (!("content" in found)) return undefined;
    return { name: "AGENTS.md", version: found.version, text: found.content, retired: false, updatedAt: found.updated_at, sizeBytes: found.size_bytes, files: {} };
  }
  if (kind === "command") {
    const found = await ask(api.GET("/admin/slash-commands/{filename}", { params: { path: { filename: name } } }));
    return { name, version: found.version, text: found.prompt, retired: found.deleted_at != null, updatedAt: found.updated_at, sizeBytes: found.size_bytes, files: {} };
  }
  const found = await ask(api.GET("/admin/skills/{slug}", { params: { path: { slug: name } } }));
  const files = Object.fromEntries(Object.entries(found.files).map(([path, text]) => [path, String(text)]));
  return { name, version: found.version, text: found.manifest, retired: found.deleted_at != null, updatedAt: found.updated_at, sizeBytes: found.size_bytes, files };
}

/** Stores a text that was made from `version` (0: it is new). A newer one of somebody else is not overwritten (412). */
export function storeDocument(kind: Kind, name: string, text: string, note: string, version: number, files?: Record<string, string>) {
  const headers = version > 0 ? ifMatch(version) : {};
  const why = note || null;
  if (kind === "agents") return ask(api.POST("/admin/agents/store", { body: { content: text, note: why }, headers }));
  if (kind === "command") return ask(api.POST("/admin/slash-commands/store", { body: { filename: name, prompt: text, note: why }, headers }));
  const body = { slug: name, manifest: text, note: why, ...(files ? { files: files as Record<string, never> } : {}) };
  return ask(api.POST("/admin/skills/store", { body, headers }));
}

export function listVersions(kind: Kind, name: string) {
  if (kind === "agents") return ask(api.GET("/admin/agents/versions"));
  if (kind === "command") return ask(api.GET("/admin/slash-commands/{filename}/versions", { params: { path: { filename: name } } }));
  return ask(api.GET("/admin/skills/{slug}/versions", { params: { path: { slug: name } } }));
}

export function difference(kind: Kind, name: string, from: number, to: number) {
  const query = { from, to };
  if (kind === "agents") return ask(api.GET("/admin/agents/diff", { params: { query } }));
  if (kind === "command") return ask(api.GET("/admin/slash-commands/{filename}/diff", { params: { path: { filename: name }, query } }));
  return ask(api.GET("/admin/skills/{slug}/diff", { params: { path: { slug: name }, query } }));
}

export function restoreDocument(kind: Kind, name: string, version?: number) {
  const body = { version: version ?? null };
  if (kind === "agents") return ask(api.POST("/admin/agents/restore", { body }));
  if (kind === "command") return ask(api.POST("/admin/slash-commands/{filename}/restore", { params: { path: { filename: name } }, body }));
  return ask(api.POST("/admin/skills/{slug}/restore", { params: { path: { slug: name } }, body }));
}

export function retireDocument(kind: Kind, name: string) {
  if (kind === "agents") return ask(api.DELETE("/admin/agents"));
  if (kind === "command") return ask(api.DELETE("/admin/slash-commands/{filename}", { params: { path: { filename: name } } }));
  return ask(api.DELETE("/admin/skills/{slug}", { params: { path: { slug: name } } }));
}

export const listReviews = async () => (await ask(api.GET("/admin/reviews"))).reviews;
export const resolveReview = (id: number, body: Schemas["Resolve"]) => ask(api.POST("/admin/reviews/{id}/resolve", { params: { path: { id } }, body }));
export const getPushPolicy = async () => (await ask(api.GET("/admin/push-policy"))).push;
export const setPushPolicy = (push: Schemas["Policy"]) => ask(api.POST("/admin/push-policy", { body: { push } }));
export const getDrift = () => ask(api.GET("/admin/content/drift"));
