import { keep, kept } from "./kept";

export type Choice = "system" | "light" | "dark";

class Theme {
  choice = $state<Choice>((kept("theme") as Choice | undefined) ?? "system");

  apply() {
    if (this.choice === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = this.choice;
  }

  set(choice: Choice) {
    this.choice = choice;
    keep("theme", choice === "system" ? undefined : choice);
    this.apply();
  }
}

export const theme = new Theme();
