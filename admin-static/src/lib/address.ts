// The address in the hash, to and fro.

export type Place = { path: string[]; query: Record<string, string> };

/** Reads `#/hosts/3?tab=users`. What is no place of ours is the start. */
export function parse(hash: string): Place {
  if (!hash.startsWith("#/")) return { path: [], query: {} };
  const [path = "", search = ""] = hash.slice(2).split(/\?(.*)/s);
  return { path: path.split("/").filter(Boolean).map(decode), query: Object.fromEntries(new URLSearchParams(search)) };
}

/** Writes it; empty values are left out. */
export function print(path: string, query: Record<string, string | undefined> = {}): string {
  const kept = Object.entries(query).filter((pair): pair is [string, string] => pair[1] !== undefined && pair[1] !== "");
  const search = new URLSearchParams(kept).toString();
  return `#/${path.replace(/^\/+/, "")}${search ? `?${search}` : ""}`;
}

/** The token of a sign-in link, `#cas_…`: it is never a place. */
export function signInToken(hash: string): string | undefined {
  const token = hash.slice(1);
  return token && !token.startsWith("/") && /^[\w.-]{16,256}$/.test(token) ? token : undefined;
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
