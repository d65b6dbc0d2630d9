// Texts that somebody has begun and not stored. They stay while other pages are looked at; closing the tab asks first.

const begun = new Map<string, unknown>();

/** The draft of this name, if there is one. */
export function draftOf<T>(name: string): T | undefined {
  return begun.get(name) as T | undefined;
}

/** Keeps a draft; `undefined`: there is none any more. */
export function keepDraft(name: string, draft: unknown) {
  if (draft === undefined) begun.delete(name);
  else begun.set(name, draft);
}

if (typeof addEventListener === "function") {
  addEventListener("beforeunload", (event) => {
    if (begun.size) event.preventDefault();
  });
}
