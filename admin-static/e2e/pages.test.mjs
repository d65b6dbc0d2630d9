// Every page, wide and narrow, light and dark: nothing on the console, no failed request, no markup out of data, no
// sideways scrolling, and nothing that axe finds.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";

import { fill, launch, open, start } from "./harness.mjs";

const PLACES = [
  "", "hosts", "hosts?only=unprovisioned&sort=codex&desc=1", "hosts?q=nothing-has-this-name", "hosts/1", "hosts/4", "hosts/24", "hosts/7?tab=settings", "hosts/1?tab=content",
  "hosts/1?tab=exposure", "hosts/1?tab=users", "hosts/3?tab=audit", "hosts/new", "hosts/installers", "login", "login?tab=history", "login?tab=candidates", "login?tab=exposure",
  "login?tab=seed", "content", "content/config?view=json", "content/config?view=versions", "content/agents", "content/commands", "content/commands/review.md", "content/commands/old.md",
  "content/skills", "content/skills/deploy", "content/skills/new-one?new=1", "content/reviews", "content/drift", "operations", "audit", "audit?action=admin.host.&since=24h", "access",
  "access?tab=certificates", "access?tab=sessions", "nowhere",
];
const axe = readFileSync(new URL("../node_modules/axe-core/axe.min.js", import.meta.url), "utf8");

let server, browser;
before(async () => {
  [server, browser] = await Promise.all([start(), launch()]);
  await fill(server);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

/** Waits until nothing loads and every editor is there. */
export async function settled(page) {
  await page.waitForFunction(() => {
    const main = document.querySelector("main");
    if (!main?.firstElementChild || main.textContent.includes("Loading…")) return false;
    return [...document.querySelectorAll(".editor")].every((host) => host.shadowRoot?.querySelector(".cm-content"));
  });
}

async function violations(page) {
  await page.evaluate(axe);
  const found = await page.evaluate(() => window.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }));
  return found.violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.slice(0, 3).map((node) => `${node.target} ${node.any[0]?.message ?? ""}`).join(" | ")}`);
}

for (const [width, height, scheme, checked] of [
  [1440, 900, "light", true],
  [1440, 900, "dark", false],
  [390, 844, "light", false],
  [390, 844, "dark", true],
]) {
  describe(`${width} px, ${scheme}`, () => {
    let window;
    before(async () => {
      window = await open(browser, server, { width, height, scheme });
      await window.goto("");
    });
    after(() => window?.context.close());
    for (const place of PLACES) {
      test(place || "overview", async () => {
        const { page, problems } = window;
        await page.evaluate((to) => (location.hash = `#/${to}`), place);
        await settled(page);
        const wide = () => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        assert.equal(await wide(), 0, "the page scrolls sideways");
        if (width < 1000) {
          await page.setViewportSize({ width: 360, height });
          assert.equal(await wide(), 0, "the page scrolls sideways at 360 px");
          await page.setViewportSize({ width, height });
        }
        if (checked) assert.deepEqual(await violations(page), []);
        assert.equal(await page.evaluate(() => window.pwned), undefined, "data became markup");
        assert.deepEqual(problems.splice(0), []);
      });
    }
  });
}

describe("signed out", () => {
  for (const scheme of ["light", "dark"]) {
    test(`the sign-in page, ${scheme}`, async () => {
      const { page, context, problems, goto } = await open(browser, server, { scheme, width: 390, token: "", expected: ["401"] });
      await goto("hosts");
      await page.getByRole("button", { name: "Sign in" }).waitFor();
      assert.deepEqual(await violations(page), []);
      assert.deepEqual(problems, []);
      await context.close();
    });
  }
});
