// What people do: it is told as it succeeds or fails, and the page catches up without a reload.
import { toProblem, type Problem } from "../api/client";
import { refreshAll } from "./live.svelte";

export type Toast = { id: number; text: string; requestId?: string; tone: "good" | "bad" };

class Toasts {
  list = $state<Toast[]>([]);
  #next = 0;

  say(text: string, tone: Toast["tone"] = "good", requestId?: string) {
    const toast: Toast = { id: ++this.#next, text, tone, ...(requestId ? { requestId } : {}) };
    this.list.push(toast);
    // Failures stay until they are read.
    if (tone === "good") setTimeout(() => this.drop(toast.id), 6000);
  }

  drop(id: number) {
    this.list = this.list.filter((toast) => toast.id !== id);
  }
}

export const toasts = new Toasts();

/** All that a problem says, in one line. */
export function inWords(problem: Problem): string {
  const fields = Object.entries(problem.fields).flatMap(([field, messages]) => messages.map((message) => (message.includes(field) ? message : `${field}: ${message}`)));
  return fields.length ? fields.join(" ") : problem.message;
}

/** Does something and says `done`, or why not. Gives whether it worked. */
export async function act(done: string | undefined, action: () => Promise<unknown>): Promise<boolean> {
  try {
    await action();
  } catch (cause) {
    const problem = toProblem(cause);
    toasts.say(inWords(problem), "bad", problem.requestId);
    return false;
  }
  if (done) toasts.say(done);
  await refreshAll();
  return true;
}

export type Question = {
  title: string;
  /** What will happen, naming the thing. */
  consequence: string;
  /** What the button says. */
  verb: string;
  danger?: boolean;
  /** What has to be typed first. */
  typed?: string;
};

class Asking {
  question = $state.raw<Question>();
  #settle: (yes: boolean) => void = () => {};

  ask(question: Question): Promise<boolean> {
    this.#settle(false);
    this.question = question;
    return new Promise((settle) => (this.#settle = settle));
  }

  answer(yes: boolean) {
    this.question = undefined;
    this.#settle(yes);
    this.#settle = () => {};
  }
}

export const asking = new Asking();

/** Asks first, then acts. */
export async function confirmed(question: Question, done: string, action: () => Promise<unknown>): Promise<boolean> {
  return (await asking.ask(question)) && (await act(done, action));
}
