// What the server tells while it is watched: that something has changed, never what. Where answers cannot last (on Lambda)
// it says nothing, and the pages ask from time to time.

/** Two refreshes are at least so far apart, in milliseconds: a large fleet changes all the time. */
const APART = 3000;

type Stream = Pick<EventSource, "close" | "addEventListener" | "readyState">;

/** Calls `changed` soon after each change and never twice within `APART`; `told` is the server's list of topics. */
export class Pulse {
  #last = -Infinity;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly changed: () => void) {}

  told(topics: string) {
    if (topics === "[]" || this.#timer) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#last = Date.now();
      this.changed();
    }, Math.max(0, this.#last + APART - Date.now()));
  }

  stop() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}

/** Follows while the page is seen: a browser has few connections to a server, and hidden tabs need none. Returns what ends it. */
export function follow(changed: () => void, state: (live: boolean) => void, open: () => Stream = () => new EventSource("/admin/events")): () => void {
  const pulse = new Pulse(changed);
  let stream: Stream | undefined;
  let known = false;
  const close = () => {
    stream?.close();
    stream = undefined;
    pulse.stop();
    state(false);
  };
  const look = () => {
    if (document.hidden) return close();
    if (stream && stream.readyState !== EventSource.CLOSED) return;
    stream = open();
    stream.addEventListener("changed", (event) => {
      state(true);
      const topics = (event as MessageEvent<string>).data;
      // A stream that begins anew does not tell what happened in between.
      pulse.told(known && topics === "[]" ? "[\"anything\"]" : topics);
      known = true;
    });
    stream.addEventListener("error", () => state(false));
  };
  document.addEventListener("visibilitychange", look);
  look();
  return () => {
    document.removeEventListener("visibilitychange", look);
    close();
  };
}
