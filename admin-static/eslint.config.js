import svelte from "eslint-plugin-svelte";
import ts from "typescript-eslint";

import svelteConfig from "./svelte.config.js";

// What turns text into markup. Data becomes text, everywhere.
const markup = ["innerHTML", "outerHTML", "insertAdjacentHTML", "srcdoc", "write", "createContextualFragment"];

export default ts.config(
  { ignores: ["dist", "node_modules", "src/api/schema.d.ts"] },
  ...ts.configs.recommended,
  ...svelte.configs.recommended,
  { files: ["**/*.svelte", "**/*.svelte.ts"], languageOptions: { parserOptions: { parser: ts.parser, svelteConfig } } },
  {
    rules: {
      "svelte/no-at-html-tags": "error",
      // Links are hashes; SvelteKit's resolve() is not here.
      "svelte/no-navigation-without-resolve": "off",
      // Dates, maps and sets that nothing watches.
      "svelte/prefer-svelte-reactivity": "off",
      "no-alert": "error",
      "no-eval": "error",
      "no-undef": "off",
      "no-restricted-globals": ["error", "alert", "confirm", "prompt"],
      "no-restricted-properties": ["error", ...markup.map((property) => ({ property, message: "Data becomes text, never markup." }))],
    },
  },
);
