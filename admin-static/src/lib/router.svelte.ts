// Where the person is: `#/hosts/3?tab=users`. A hash, because /admin/hosts is the API's.
import { parse, print } from "./address";

const first = parse(location.hash);

class Route {
  path = $state.raw<string[]>(first.path);
  query = $state.raw<Record<string, string>>(first.query);

  read() {
    const next = parse(location.hash);
    if (next.path.join("/") !== this.path.join("/")) this.path = next.path;
    if (JSON.stringify(next.query) !== JSON.stringify(this.query)) this.query = next.query;
  }
}

export const route = new Route();
addEventListener("hashchange", () => route.read());
addEventListener("popstate", () => route.read());

/** Goes to a place. */
export function go(path: string, query: Record<string, string | undefined> = {}) {
  location.hash = print(path, query);
}

/** Changes what is in the address without a new entry in the history. `undefined` and "" take a value away. */
export function refine(change: Record<string, string | undefined>) {
  history.replaceState(null, "", print(route.path.join("/"), { ...route.query, ...change }));
  route.read();
}

/** The same, as a place to come back to. */
export function turn(change: Record<string, string | undefined>) {
  go(route.path.join("/"), { ...route.query, ...change });
}
