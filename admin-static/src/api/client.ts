// How the dashboard talks to the server. Types come from the API's document; failures become `Problem`.
import createClient from "openapi-fetch";

import type { components, paths } from "./schema";

export type Schemas = components["schemas"];
type Failure = Schemas["Failure"];

/** What went wrong, in the server's words. */
export class Problem extends Error {
  constructor(
    message: string,
    readonly code: string,
    readonly status: number,
    readonly requestId: string,
    /** Messages by field, of a 422. */
    readonly fields: Record<string, string[]> = {},
  ) {
    super(message);
  }
}

export const api = createClient<paths>({ baseUrl: location.origin });

let onSignedOut = () => {};

/** Says what to do when the server no longer knows who asks. */
export function whenSignedOut(then: () => void) {
  onSignedOut = then;
}

type Answer<T> = { data?: { data: T }; error?: unknown; response: Response };

/** Waits for an answer and gives its `data`, or throws a `Problem`. */
export async function ask<T>(call: Promise<Answer<T>>): Promise<T> {
  const { data, error, response } = await call.catch((cause: unknown): never => {
    if (cause instanceof DOMException && cause.name === "AbortError") throw cause;
    throw new Problem("The server cannot be reached. Is it running, and are you online?", "unreachable", 0, "");
  });
  if (data !== undefined) return data.data;
  const problem = asProblem(error, response);
  if (problem.status === 401) onSignedOut();
  throw problem;
}

function asProblem(error: unknown, response: Response): Problem {
  const id = response.headers.get("x-request-id") ?? "";
  if (typeof error !== "object" || error === null || !("code" in error)) {
    return new Problem(`The server answered ${response.status} in a form that is not its own; something in between may have.`, "foreign", response.status, id);
  }
  const failure = error as Failure;
  const fields = (failure.errors ?? {}) as Record<string, string[]>;
  return new Problem(failure.message, failure.code, response.status, failure.request_id || id, fields);
}

/** Any thrown thing as a `Problem`, to be shown. */
export function toProblem(cause: unknown): Problem {
  return cause instanceof Problem ? cause : new Problem(cause instanceof Error ? cause.message : String(cause), "page", 0, "");
}
