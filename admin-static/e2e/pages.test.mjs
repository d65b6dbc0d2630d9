// Every page, wide and narrow, light and dark: nothing on the console, no failed request, no markup out of data, no
// sideways scrolling, and nothing that axe finds.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";

import { HOSTILE, callTool, contact, fill, launch, open, start, startDemo } from "./harness.mjs";
import { settled } from "./settled.mjs";

/** What the navigation leads to; a new page is looked at without a line here. */
const PAGES = [...readFileSync(new URL("../src/pages/index.ts", import.meta.url), "utf8").matchAll(/\{ path: "([^"]*)"/g)].map(([, path]) => path);
/** Places within them, of the demo. */
const PLACES = [
  "hosts?only=unprovisioned&sort=codex&desc=1", "hosts?q=nothing-has-this-name", "hosts/1", "hosts/7", "hosts/8", "hosts/9?tab=settings", "hosts/12?tab=content",
  "hosts/12?tab=exposure", "hosts/26?tab=users", "hosts/3?tab=audit", "hosts/new", "hosts/installers", "login?tab=history", "login?tab=candidates", "login?tab=exposure",
  "login?tab=seed", "content/config?view=json", "content/config?view=versions", "content/agents", "content/commands", "content/commands/review.md", "content/commands/standup.md",
  "content/skills", "content/skills/deploy", "content/skills/new-one?new=1", "content/reviews", "content/drift", "audit?action=admin.host.&since=24h",
  "access?tab=certificates", "access?tab=sessions", "nowhere",
  "usage?split=model&of=tokens&days=180", "usage?split=host&days=7", "usage?tab=sums", "usage?tab=sums&by=model&range=month", "usage?tab=sums&by=user&range=own",
  "usage?tab=sums&by=day&range=180", "usage?tab=sums&by=line", "usage?tab=rows", "usage?tab=rows&host=1", "usage?tab=reports&sort=cost&desc=1", "usage?tab=prices", "usage?tab=budget",
  "alerts?tab=webhooks", "alerts?tab=deliveries", "hosts/3?tab=usage", "hosts/3?tab=memories", "memory?q=deploy", "memory?host=1", "memory?deleted=1", "memory/1", "memory?tab=grants",
  "memory?tab=log", "memory?tab=log&outcome=failed", "memory?tab=files", "memory?tab=files&host=1", "operations?tab=versions", "operations?tab=jobs", "operations?tab=runner",
];
/** The same of a server whose hosts are hostile. */
const HOSTILE_PLACES = [
  "hosts/1", "hosts/2", "hosts/3", "hosts/1?tab=users", "hosts/1?tab=content", "hosts/1?tab=audit", "hosts/24", "content/agents", "content/config?view=versions", "content/commands/review.md",
  "content/reviews", "content/drift", "login?tab=candidates", "audit", "access",
  "hosts/1?tab=usage", "hosts/1?tab=memories", "usage?split=model", "usage?split=host", "usage?tab=sums&by=model", "usage?tab=sums&by=user", "usage?tab=sums&by=line", "usage?tab=rows",
  "usage?tab=reports", "usage?tab=prices", "memory", "memory/1", "memory?tab=grants", "memory?tab=log", "memory?tab=files", "memory?tab=files&host=1&path=shared", "operations?tab=versions",
];
const axe = readFileSync(new URL("../node_modules/axe-core/axe.min.js", import.meta.url), "utf8");

let demo, hostile, browser;
before(async () => {
  [demo, hostile, browser] = await Promise.all([startDemo(), start(), launch()]);
  const { keys } = await fill(hostile);
  await attack(hostile, keys["build-1.example.com"]);
});
after(async () => {
  await browser?.close();
  await Promise.all([demo?.stop(), hostile?.stop()]);
});

/** A host that sends markup in every text that it controls. */
async function attack(server, key) {
  const id = (await server.send("GET", "/admin/hosts?q=build-1.example.com")).hosts.find((host) => host.fqdn === "build-1.example.com").id;
  for (const scope of ["fleet", "tag:ci"]) await server.send("POST", "/admin/mcp/grants", { scope, host_id: id, access: "write" });
  await contact(server, key, HOSTILE).catch(() => {});
  await server.send("POST", "/host/users", { username: HOSTILE.slice(0, 40), hostname: HOSTILE }, key);
  await server.send("POST", "/usage", { usages: [{ line: `Token usage: ${HOSTILE}`, total: 5, input: 3, output: 2, model: HOSTILE }, { line: HOSTILE, model: "</script>" }] }, key);
  const tool = (name, args) => callTool(server, key, name, args);
  for (const scope of ["host", "fleet", "tag:ci"]) {
    const stored = await tool("memory_store", { content: HOSTILE, tags: [HOSTILE.slice(0, 60)], metadata: { [HOSTILE]: HOSTILE }, scope });
    assert.equal(stored.result.isError, false, JSON.stringify(stored));
  }
  const written = await tool("fs_write_file", { path: "shared/<img src=x onerror=window.pwned=1>.md", content: HOSTILE });
  assert.equal(written.result.isError, false, JSON.stringify(written));
  await tool(HOSTILE, {});
  await tool("fs_read_file", { path: HOSTILE });
  const manifest = `protocol 1\nrun ${"0".repeat(32)}\nreason launch\nwrapper ${HOSTILE}\ncodex ${HOSTILE}\nplatform ${HOSTILE}\nuser ${HOSTILE}\nhostname ${HOSTILE}\nlast ${HOSTILE} 1 1\n`;
  const form = new FormData();
  form.set("manifest", manifest);
  form.set("usage", `session 11111111-2222-7333-a444-555555555555\nmodel ${HOSTILE}\n${JSON.stringify({ timestamp: new Date().toISOString(), type: "token_usage_record", payload: { usage: { input_tokens: 5, output_tokens: 2 } } })}\n`);
  const synced = await fetch(`${server.url}/sync`, { method: "POST", headers: { "x-api-key": key }, body: form });
  assert.equal(synced.status, 200, await synced.text());
}

async function violations(page) {
  await page.evaluate(axe);
  const found = await page.evaluate(() => window.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }));
  return found.violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.slice(0, 3).map((node) => `${node.target} ${node.any[0]?.message ?? ""}`).join(" | ")}`);
}

/** What must hold of the place that is open. */
async function sound({ page, problems }) {
  await settled(page);
  const wide = () => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.equal(await wide(), 0, "the page scrolls sideways");
  assert.equal(await page.evaluate(() => window.pwned), undefined, "data became markup");
  assert.deepEqual(problems.splice(0), []);
}

describe("the demo", { concurrency: 2 }, () => {
  for (const [width, height] of [[1440, 900], [390, 844]]) {
    describe(`${width} px`, { concurrency: 1 }, () => {
      let window;
      before(async () => {
        window = await open(browser, demo, { width, height });
        await window.goto("");
      });
      after(() => window?.context.close());
      for (const place of [...PAGES, ...PLACES]) {
        test(place || "overview", async () => {
          const { page } = window;
          await page.evaluate((to) => (location.hash = `#/${to}`), place);
          await sound(window);
          if (width < 1000) {
            await page.setViewportSize({ width: 360, height });
            await sound(window);
            await page.setViewportSize({ width, height });
          }
          for (const colorScheme of ["light", "dark"]) {
            await page.emulateMedia({ colorScheme });
            await sound(window);
            assert.deepEqual(await violations(page), [], colorScheme);
          }
        });
      }
    });
  }
});

test("what a hostile host sends stays text on every page", async () => {
  const window = await open(browser, hostile);
  await window.goto("");
  for (const place of [...PAGES, ...HOSTILE_PLACES]) {
    await window.page.evaluate((to) => (location.hash = `#/${to}`), place);
    await sound(window);
  }
  // It was there to be shown.
  await window.page.evaluate(() => (location.hash = "#/hosts/1?tab=users"));
  await window.page.getByText("<img src=x onerror=").first().waitFor();
  await window.context.close();
});

describe("signed out", () => {
  for (const scheme of ["light", "dark"]) {
    test(`the sign-in page, ${scheme}`, async () => {
      const { page, context, problems, goto } = await open(browser, demo, { scheme, width: 390, token: "", expected: ["401"] });
      await goto("hosts");
      await page.getByRole("button", { name: "Sign in" }).waitFor();
      assert.deepEqual(await violations(page), []);
      assert.deepEqual(problems, []);
      await context.close();
    });
  }
});
