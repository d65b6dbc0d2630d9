// Files of hosts: where one is, in the address and in words.
import { print } from "./address";

export type Crumb = { name: string; path: string };

/** The directories down to a path, itself included. */
export function crumbs(path: string): Crumb[] {
  const names = path.split("/").filter(Boolean);
  return names.map((name, at) => ({ name, path: names.slice(0, at + 1).join("/") }));
}

/** The directory that something lies in; "": the root. */
export const parent = (path: string) => path.split("/").slice(0, -1).join("/");

/** The directory that is still there once this is deleted: one goes with the last thing in it. `count` says how many lie in one. */
export async function above(path: string, count: (directory: string) => Promise<number>): Promise<string> {
  let at = parent(path);
  while (at && (await count(at)) <= 1) at = parent(at);
  return at;
}

/** What it is called where it lies. */
export const leaf = (path: string) => path.split("/").at(-1) ?? path;

/** The address of a directory or, with `file`, of a file. */
export function fileLink(host: string, path: string, kind: "dir" | "file" = "dir"): string {
  return print("memory", { tab: "files", host, ...(kind === "file" ? { file: path } : { path }) });
}

/** Whether others may read it, as far as its place says. */
export const isShared = (path: string) => path === "shared" || path.startsWith("shared/");

/** A file as bytes. */
export function toBytes(content: string, encoding: string): Uint8Array<ArrayBuffer> {
  return encoding === "base64" ? Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0)) : new Uint8Array(new TextEncoder().encode(content));
}

/** How an editor colours it. */
export function speech(path: string): "markdown" | "toml" | "text" {
  if (/\.(md|markdown)$/i.test(path)) return "markdown";
  return /\.toml$/i.test(path) ? "toml" : "text";
}
