// Data that stays fresh: loaded when a panel appears, again when what it depends on changes, after every action, when the
// server tells that something has changed, and from time to time. What is shown stays until the new data is there, so nothing jumps or loses its focus.
import { untrack } from "svelte";

import { toProblem, type Problem } from "../api/client";
import { follow } from "./events";

const shown = new Set<Live<unknown>>();

/** While nobody is signed in nothing is asked: refusals would count against this address. */
export const gate = { open: true };

class Freshness {
  /** When the oldest data on the page was loaded; `undefined`: nothing is yet. */
  at = $state<number>();
  /** The last try to load something failed. */
  stale = $state(false);
  busy = $state(false);
  /** The server tells when something changes. */
  told = $state(false);

  look() {
    const times = [...shown].map((live) => live.at).filter((at) => at !== undefined);
    this.at = times.length ? Math.min(...times) : undefined;
    this.stale = [...shown].some((live) => live.problem);
    this.busy = [...shown].some((live) => live.busy);
  }
}

export const freshness = new Freshness();

/** One thing that the server knows. */
export class Live<T> {
  data = $state.raw<T>();
  problem = $state.raw<Problem>();
  busy = $state(false);
  at: number | undefined;
  #load: () => Promise<T>;
  #run = 0;

  constructor(load: () => Promise<T>) {
    this.#load = load;
  }

  /** Loads it now. An answer that a later one has overtaken is dropped. */
  async refresh() {
    if (!gate.open) return;
    const run = ++this.#run;
    this.busy = true;
    // What the loader reads before its first wait is what it depends on.
    const loading = this.#load();
    untrack(() => freshness.look());
    try {
      const data = await loading;
      if (run !== this.#run) return;
      this.data = data;
      this.at = Date.now();
      this.problem = undefined;
    } catch (cause) {
      if (run === this.#run) this.problem = toProblem(cause);
    } finally {
      if (run === this.#run) this.busy = false;
      freshness.look();
    }
  }

  /** Forgets what an outdated question would still bring. */
  cancel() {
    this.#run++;
  }
}

/** While the server tells of changes, asking by the clock is for what moves without one: so many times rarer. */
const RARER = 4;

/** Keeps something fresh as long as the calling component is there. `every` is in milliseconds. */
export function live<T>(load: () => Promise<T>, every = 15_000): Live<T> {
  const subject = new Live(load);
  $effect(() => {
    shown.add(subject as Live<unknown>);
    void subject.refresh();
    let round = 0;
    const timer = setInterval(() => {
      if (!document.hidden && (!freshness.told || ++round % RARER === 0)) void subject.refresh();
    }, every);
    return () => {
      clearInterval(timer);
      subject.cancel();
      shown.delete(subject as Live<unknown>);
      freshness.look();
    };
  });
  return subject;
}

/** Loads everything on the page again. */
export async function refreshAll() {
  await Promise.all([...shown].map((live) => live.refresh()));
}

/** Follows what the server tells for as long as somebody is signed in. Returns what ends it. */
export const watch = () => follow(() => void refreshAll(), (live) => (freshness.told = live));

addEventListener("visibilitychange", () => {
  if (!document.hidden) void refreshAll();
});
