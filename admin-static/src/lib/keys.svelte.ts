// The keyboard: single keys go places, unless somebody types or has switched them off.
import { pages } from "../pages";
import { keep, kept } from "./kept";
import { refreshAll } from "./live.svelte";
import { go } from "./router.svelte";

class Keys {
  /** Single keys can disturb people who speak to their computer. */
  on = $state(kept("keys") !== "off");
  palette = $state(false);
  help = $state(false);
  #leader = 0;

  set(on: boolean) {
    this.on = on;
    keep("keys", on ? undefined : "off");
  }

  press(event: KeyboardEvent) {
    if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "k") {
      event.preventDefault();
      this.palette = true;
      return;
    }
    if (!this.on || event.ctrlKey || event.metaKey || event.altKey || typing(event) || document.querySelector("dialog[open]")) return;
    if (Date.now() - this.#leader < 1500) {
      this.#leader = 0;
      const page = pages.find((page) => page.key === event.key);
      if (page) {
        event.preventDefault();
        go(page.path);
      }
      return;
    }
    this.#single(event);
  }

  #single(event: KeyboardEvent) {
    switch (event.key) {
      case "g":
        this.#leader = Date.now();
        break;
      case "/": {
        event.preventDefault();
        const search = document.querySelector<HTMLInputElement>("main input[type=search]");
        if (search) search.focus();
        else this.palette = true;
        break;
      }
      case "?":
        this.help = true;
        break;
      case "r":
        void refreshAll();
        break;
      case "n":
        go("hosts/new");
        break;
    }
  }
}

function typing(event: KeyboardEvent): boolean {
  const target = event.composedPath()[0];
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
}

export const keys = new Keys();
