// Hosts by name or number: the address of a page may have either, the server's filters take the number.
import { Problem } from "../api/client";
import { getHost, listHosts } from "../services/hosts";

const names = new Map<number, string>();

/** The number of the host that `text` names; `undefined`: it names none. A name that no host has is a `Problem`. */
export async function hostId(text: string | undefined): Promise<number | undefined> {
  const wanted = text?.trim().toLowerCase();
  if (!wanted) return undefined;
  if (/^\d+$/.test(wanted)) return Number(wanted);
  for (const more of [{}, { status: "archived" as const }]) {
    const { hosts } = await listHosts({ q: wanted, limit: 1000, ...more });
    const host = hosts.find(({ fqdn }) => fqdn.toLowerCase() === wanted);
    if (host) {
      names.set(host.id, host.fqdn);
      return host.id;
    }
  }
  throw new Problem(`No host is called ${wanted}.`, "no_such_host", 404, "");
}

/** The names of hosts by number. One that is gone is called by its number. */
export async function hostNames(ids: number[]): Promise<Record<number, string>> {
  const unknown = [...new Set(ids)].filter((id) => !names.has(id));
  await Promise.all(unknown.map(async (id) => names.set(id, await nameOf(id))));
  return Object.fromEntries(ids.map((id) => [id, names.get(id) ?? `host ${id}`]));
}

async function nameOf(id: number): Promise<string> {
  try {
    return (await getHost(id)).fqdn;
  } catch (cause) {
    if (cause instanceof Problem && cause.status === 404) return `host ${id}`;
    throw cause;
  }
}
