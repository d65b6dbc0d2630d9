// What operators come for on the pages of usage, quota, alerts, memory and operations, and that pages follow what happens elsewhere.
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import { callTool, fill, launch, open, start } from "./harness.mjs";
import { answer, becomes, button, confirm, dialog } from "./steps.mjs";

/** The Codex releases there are. */
const [OLD, NEW] = ["0.168.0", "0.169.0"];
/** What the server tells is shown within this; asking by the clock alone would take longer. */
const SOON = { timeout: 8000 };
let server, browser, filled, window;
before(async () => {
  [server, browser] = await Promise.all([start({ versions: [OLD, NEW] }), launch()]);
  filled = await fill(server);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});
beforeEach(async () => (window = await open(browser, server, { expected: ["412", "422"] })));
afterEach(async () => {
  await window.context.close();
  assert.deepEqual(window.problems, []);
});

const key = (n) => filled.keys[`build-${n}.example.com`];
const tool = (n, name, args) => callTool(server, key(n), name, args);
const dollars = (amount) => `$${amount.toFixed(2)}`;
const report = (n, ...usages) => server.send("POST", "/usage", { usages }, key(n));

test("usage: what hosts report is in the trend, its table, the sums and the report", async () => {
  const { page, goto } = window;
  const model = "gpt-5.1";
  const most = await report(10, { total: 2_100_000, input: 2_000_000, output: 100_000, model });
  const least = await report(3, { total: 450_000, input: 400_000, output: 50_000, model });
  const all = dollars(most.cost + least.cost);
  await goto("usage");
  await page.getByRole("img", { name: `cost in 30 days, ${all} in all.` }).waitFor();
  await button(page, "Show as a table").click();
  const today = page.getByRole("table", { name: /^Usage by day, cost/ }).getByRole("row").nth(1);
  assert.match(await today.innerText(), new RegExp(`^${new Date().toISOString().slice(0, 10)}\\s+\\${all}\\s`));

  await goto("usage?tab=sums");
  const hosts = () => page.getByRole("table", { name: "Usage by host" }).getByRole("link", { name: /^build-/ }).allTextContents();
  await becomes(hosts, ["build-10.example.com", "build-3.example.com"]);
  await button(page, "Host").click();
  await becomes(hosts, ["build-3.example.com", "build-10.example.com"]);

  await goto("usage?tab=reports");
  await button(page, `Details of report ${most.ingest_id}`).click();
  const shown = dialog(page, `Report ${most.ingest_id}`);
  await shown.getByText(`1 for ${dollars(most.cost)}`).waitFor();
  assert.match(await shown.innerText(), /"model": "gpt-5\.1"/);
});

test("usage: a model without a price gets one, which can be taken back", async () => {
  const { page, goto } = window;
  await report(3, { total: 1_000_000, input: 1_000_000, output: 0, model: "acme-1" });
  const cost = async () => (await server.send("GET", "/admin/usage/sums?by=model")).sums.find((sum) => sum.key === "acme-1").cost;
  assert.equal(await cost(), 0);
  await goto("usage?tab=prices");
  await button(page, "Name a price of acme-1").click();
  await page.getByLabel("Input, a million tokens").fill("7.5");
  await page.getByLabel("Output, a million tokens").fill("30");
  await answer(page, "Name this price");
  await page.getByText("Named the price of acme-1.").waitFor();
  await becomes(cost, 7.5);

  await button(page, "History of acme-1").click();
  await dialog(page, "What acme-1 cost").getByRole("cell", { name: "$7.50" }).waitFor();
  await page.keyboard.press("Escape");
  await confirm(page, button(page, "Take back the price of acme-1"), "Take it back");
  await button(page, "Take back the price of acme-1").waitFor({ state: "hidden" });
  assert.notEqual((await server.send("GET", "/admin/pricing/acme-1")).prices[0].source, "operator");
});

test("a fleet's budget that stops is what the overview says first, until there is none", async () => {
  const { page, goto } = window;
  const save = async (month) => {
    await goto("usage?tab=budget");
    await page.getByLabel("US dollars a month").fill(month === null ? "" : String(month));
    await page.getByLabel("do not start Codex; VIP hosts go on").check();
    await confirm(page, button(page, "Save…"), "Save");
    await becomes(async () => (await server.send("GET", "/admin/budget")).month ?? null, month);
  };
  await save(0);
  await server.send("POST", "/admin/jobs/budgets/run");
  await goto("");
  const work = page.getByRole("region", { name: "Can the fleet work now?" });
  await work.getByText("The month's budget is used up and stops the others.").waitFor();
  await save(null);
  await goto("");
  await page.getByText("There is no budget.").waitFor();
  assert.equal(await work.getByText("budget").count(), 0);
});

test("quota: hosts stop at a limit, the week has parts, and cdx can be silent", async () => {
  const { page, goto } = window;
  await goto("quota");
  await page.getByLabel("stop: cdx does not start Codex").check();
  await page.getByLabel("The limit, in percent of a window").fill("90");
  await page.getByLabel("Divide the week").selectOption("7");
  await confirm(page, button(page, "Save…"), "Stop at 90 %");
  await page.getByText("Saved what happens at the limit.").waitFor();
  const { hard_fail, limit_percent, week_partition } = await server.send("GET", "/admin/quota-mode");
  assert.deepEqual({ hard_fail, limit_percent, week_partition }, { hard_fail: true, limit_percent: 90, week_partition: 7 });

  const silent = async () => (await server.send("GET", "/admin/cdx-silent")).silent;
  await confirm(page, page.getByRole("switch", { name: "Silent", checked: false }), "Print errors only");
  await page.getByRole("switch", { name: "Silent", checked: true }).waitFor();
  assert.equal(await silent(), true);
  await page.getByRole("switch", { name: "Silent" }).click();
  await page.getByRole("switch", { name: "Silent", checked: false }).waitFor();
  assert.equal(await silent(), false);
});

test("a webhook: a wrong address is refused, the secret is shown once, it pauses, and goes when its name is typed", async () => {
  const { page, goto } = window;
  const hooks = async () => (await server.send("GET", "/admin/alerts/webhooks")).webhooks.map(({ name, enabled }) => ({ name, enabled }));
  await goto("alerts?tab=webhooks");
  await button(page, "Add a webhook").click();
  const form = dialog(page, "Add a webhook");
  await form.getByLabel("Name").fill("pager");
  await form.getByLabel("Address").fill("http://alerts.example.com/hook");
  await button(form, "Add it").click();
  await form.locator('input[type="url"][aria-invalid="true"]').waitFor();
  assert.deepEqual(await hooks(), []);
  await form.getByLabel("Address").fill("http://127.0.0.1:9/hook");
  await button(form, "Add it").click();
  const secret = await dialog(page, "Secret of pager").getByLabel("secret", { exact: true }).innerText();
  assert.ok(secret.trim().length >= 20);
  await answer(page, "I have it");
  await page.reload();
  await button(page, "Pause pager").click();
  assert.ok(!(await page.content()).includes(secret.trim()), "it is shown once");

  await answer(page, "Pause it");
  await page.getByText("paused", { exact: true }).waitFor();
  assert.deepEqual(await hooks(), [{ name: "pager", enabled: false }]);
  await confirm(page, button(page, "Delete pager"), "Delete pager", "pager");
  await page.getByText("None: nobody is told.").waitFor();
  assert.deepEqual(await hooks(), []);
});

test("a memory: found, edited while its host writes, deleted and restored", async () => {
  const { page, goto } = window;
  const write = (content) => tool(3, "memory_store", { id: "release-day", content, tags: ["ops"] });
  await write("Releases are on Tuesdays.");
  await goto("memory");
  await page.getByLabel("Any of these words").fill("tuesdays");
  await page.getByText("1 found, best first.").waitFor();
  await page.getByRole("link", { name: "release-day" }).click();
  await button(page, "Edit…").click();
  const form = dialog(page, "Edit release-day");
  await form.getByRole("textbox", { name: "Text of release-day" }).fill("Releases are on Fridays.");
  // The host is faster by a moment, whatever the page has been told by then.
  let first = true;
  await page.route("**/admin/mcp/memories/*", async (route) => {
    if (first && route.request().method() === "POST") {
      first = false;
      await write("Releases are on Mondays.");
    }
    await route.continue();
  });
  await button(form, "Store release-day").click();
  await form.getByText("wrote version 2 while you edited version 1").waitFor();
  await page.unrouteAll({ behavior: "wait" });
  await form.getByRole("textbox", { name: "Version 2, now" }).getByText("Mondays").waitFor();
  await form.getByRole("textbox", { name: "Yours" }).getByText("Fridays").waitFor();
  await button(form, "Keep mine, to store over version 2").click();
  await button(form, "Store release-day").click();
  await page.getByText("Changed release-day.").waitFor();
  const id = page.url().split("/").pop();
  const { content, version } = await server.send("GET", `/admin/mcp/memories/${id}`);
  assert.deepEqual({ content, version }, { content: "Releases are on Fridays.", version: 3 });

  await confirm(page, button(page, "Delete…"), "Delete release-day", "release-day");
  await page.getByText("deleted", { exact: true }).waitFor();
  assert.ok((await server.send("GET", `/admin/mcp/memories/${id}`)).deleted_at);
  await button(page, "Restore").click();
  await button(page, "Edit…").waitFor();
  assert.equal((await server.send("GET", `/admin/mcp/memories/${id}`)).deleted_at ?? null, null);
});

test("a grant: to a host that exists, and revoked", async () => {
  const { page, goto } = window;
  const grants = async () => (await server.send("GET", "/admin/mcp/grants")).grants.map(({ scope, grantee, access }) => ({ scope, grantee, access }));
  await goto("memory?tab=grants");
  await button(page, "Grant…").click();
  const form = dialog(page, "Grant what is shared");
  await form.getByLabel("Host", { exact: true }).fill("nobody.example.com");
  await button(form, "Grant it").click();
  await form.getByRole("alert").getByText("No host is called nobody.example.com.").waitFor();
  assert.deepEqual(await grants(), []);
  await form.getByLabel("Host", { exact: true }).fill("build-3.example.com");
  await button(form, "Grant it").click();
  await button(page, "Revoke fleet from build-3.example.com").waitFor();
  assert.deepEqual(await grants(), [{ scope: "fleet", grantee: "host:3", access: "read" }]);
  await confirm(page, button(page, "Revoke fleet from build-3.example.com"), "Revoke it");
  await page.getByText("Nobody: every host sees its own memories only.").waitFor();
  assert.deepEqual(await grants(), []);
});

test("MCP: the log by outcome, and a file that is read and deleted", async () => {
  const { page, goto } = window;
  await tool(3, "fs_write_file", { path: "notes/todo.md", content: "# To do\n\nWater the plants.\n" });
  await tool(3, "no_such_tool", {});
  await goto("memory?tab=log");
  const calls = page.getByRole("table", { name: "Calls of MCP, newest first" });
  await calls.getByRole("link", { name: "fs_write_file" }).waitFor();
  await page.getByRole("combobox", { name: "Outcome" }).selectOption("failed");
  await becomes(() => calls.getByRole("link").filter({ hasNotText: "example.com" }).allTextContents(), ["no_such_tool"]);

  await goto("memory?tab=files");
  await page.getByRole("link", { name: "build-3.example.com" }).click();
  await page.getByRole("link", { name: "notes/", exact: true }).click();
  await page.getByRole("link", { name: "todo.md" }).click();
  await page.getByRole("textbox", { name: "Text of todo.md" }).getByText("Water the plants.").waitFor();
  await confirm(page, button(page, "Delete…"), "Delete todo.md", "todo.md");
  await page.getByText("No files.").waitFor();
  assert.deepEqual((await server.send("GET", "/admin/mcp/files")).spaces, []);
});

test("a roll-out goes to hosts with a tag and is stopped; one of a version that does not exist is refused", async () => {
  const { page, goto } = window;
  await server.send("POST", "/admin/codex-version", { selection: OLD });
  const running = async () => (await server.send("GET", "/admin/rollout")).rollout;
  await goto("operations?tab=versions");
  const form = page.getByRole("form", { name: "Roll-out" });
  await form.getByLabel("Version").fill(NEW);
  await form.getByLabel("To").selectOption("tag");
  await form.getByLabel("Tag").fill("ring-0");
  await confirm(page, button(form, "Roll out…"), `Roll ${NEW} out`);
  await page.getByText(`1 host is in the ring of ${NEW}.`).waitFor();
  assert.deepEqual([(await running()).version, (await running()).tag], [NEW, "ring-0"]);

  await form.getByLabel("Version").fill("0.1.2");
  await confirm(page, button(form, "Replace…"), "Roll 0.1.2 out");
  await page.getByRole("alert").getByText("there is no Codex release 0.1.2").waitFor();
  assert.equal(await form.getByLabel("Version").inputValue(), "0.1.2", "what was typed stays");
  assert.equal((await running()).version, NEW);
  await confirm(page, page.getByRole("region", { name: `Roll-out of ${NEW}` }).getByRole("button", { name: "Stop…" }), "Stop it");
  await page.getByRole("table", { name: "Roll-outs that ended, newest first" }).getByText("stopped", { exact: true }).waitFor();
  assert.equal((await running()) ?? null, null);
});

test("a job is run when somebody asks, and is seen to have run", async () => {
  const { page, goto } = window;
  const ended = async () => (await server.send("GET", "/admin/jobs")).jobs.find((job) => job.name === "old-versions").ended_at;
  await becomes(async () => Boolean(await ended()), true);
  const before = await ended();
  await goto("operations?tab=jobs");
  const shown = page.getByRole("row").filter({ has: button(page, "Run now: old-versions") }).getByRole("time").first();
  await becomes(() => shown.getAttribute("datetime"), before);
  await sleep(Math.max(0, Date.parse(before) + 1000 - Date.now()));
  await button(page, "Run now: old-versions").click();
  await becomes(async () => (await ended()) > before, true);
  await becomes(async () => (await shown.getAttribute("datetime")) > before, true);
});

test("the audit grows by itself, and can be held", async () => {
  const { page, goto } = window;
  const vip = (id) => server.send("POST", `/admin/hosts/${id}/vip`, { vip: true });
  const row = (id) => page.getByRole("row").filter({ hasText: `build-${id}.example.com` });
  const entry = (id) => row(id).filter({ hasText: "new" });
  await goto("audit?action=admin.host.vip&since=24h");
  await row(9).waitFor();
  await page.getByText("Live", { exact: true }).waitFor();
  await vip(13);
  await entry(13).waitFor(SOON);
  await button(page, "Hold").click();
  await page.getByText("held", { exact: true }).waitFor();
  const asked = [];
  page.on("request", (request) => asked.push(new URL(request.url()).pathname));
  await Promise.all([page.waitForResponse(/\/admin\/api\/state$/), vip(14)]);
  assert.ok(!asked.includes("/admin/audit"), "the rest of the page goes on, the list does not");
  assert.equal(await entry(14).count(), 0);
  await button(page, "Go on").click();
  await entry(14).waitFor(SOON);
});

test("a host that is registered elsewhere appears on an open page", async () => {
  const { page, goto } = window;
  await goto("hosts?q=elsewhere");
  await page.getByRole("region", { name: "Freshness and search" }).getByText("Live", { exact: true }).waitFor();
  await page.getByText("No host fits these filters.").waitFor();
  await server.send("POST", "/admin/hosts/register", { fqdn: "elsewhere.example.com", secure: true });
  await page.getByRole("link", { name: "elsewhere.example.com" }).waitFor(SOON);
});

test("a viewer is told on these pages, too, which role a control needs", async () => {
  const viewer = await open(browser, server, { token: filled.viewer });
  const { page, goto } = viewer;
  const places = [
    ["usage?tab=prices", "Name a price"], ["usage?tab=budget", "Save…"], ["quota", "Ask ChatGPT now"], ["memory?tab=grants", "Grant…"],
    ["operations?tab=versions", "Roll out…"], ["operations?tab=jobs", "Run now: sweep"], ["operations?tab=runner", "Prove the login now"],
  ];
  for (const [place, name] of places) {
    await goto(place);
    assert.match((await button(page, name).getAttribute("title")) ?? "", /needs the role operator; yours is viewer/, place);
    assert.equal(await button(page, name).getAttribute("aria-disabled"), "true", place);
  }
  await goto("alerts?tab=webhooks");
  await page.getByText("Webhooks are shown to operators. Your role is viewer.").waitFor();
  await viewer.context.close();
  assert.deepEqual(viewer.problems, []);
});

test("the palette leads to a tab of a page", async () => {
  const { page, goto } = window;
  await goto("");
  await page.getByRole("heading", { name: "Overview" }).waitFor();
  await page.keyboard.press("Control+k");
  await page.keyboard.type("grants");
  await page.getByRole("option", { name: /^Memory: Grants/ }).waitFor();
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Who may use what is shared" }).waitFor();
  assert.match(page.url(), /#\/memory\?tab=grants$/);
});
