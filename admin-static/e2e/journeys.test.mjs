// What people come for, from end to end, found by role and name as they find it.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, afterEach, before, beforeEach, test } from "node:test";

import { CODEX_VERSION, contact, fill, hasCodex, launch, open, start } from "./harness.mjs";
import { machine } from "./machine.mjs";

let server, browser, filled, window;
before(async () => {
  [server, browser] = await Promise.all([start(), launch()]);
  filled = await fill(server);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});
beforeEach(async () => (window = await open(browser, server)));
afterEach(async () => {
  await window.context.close();
  assert.deepEqual(window.problems, []);
});

const button = (scope, name) => scope.getByRole("button", { name, exact: true });
const host = async (id) => (await server.send("GET", `/admin/hosts/${id}`)).host;

test("sign in with a token, be told when it is wrong, and sign out", async () => {
  const fresh = await open(browser, server, { token: "", expected: ["401", "404"] });
  const { page } = fresh;
  await fresh.goto("hosts?only=insecure");

  await page.getByLabel("Admin token").fill("caa_wrong");
  await button(page, "Sign in").click();
  await page.getByRole("alert").getByText("Request").waitFor();
  await page.getByLabel("Admin token").fill(server.token);
  await button(page, "Sign in").click();
  await page.getByRole("link", { name: "build-7.example.com" }).waitFor();

  assert.match(page.url(), /#\/hosts\?only=insecure$/, "the place somebody came for is kept");
  await button(page, "Sign out").click();
  await page.getByLabel("Admin token").waitFor();
  await fresh.context.close();
  assert.deepEqual(fresh.problems, []);
});

test("a sign-in link signs in once and leaves nothing in the address", async () => {
  const link = /http:\/\/\S+\/admin\/#(\S+)/.exec(server.log());
  assert.ok(link, "local-dev prints a link");
  const fresh = await open(browser, server, { token: "", expected: ["404", "410", "401"] });

  await fresh.page.goto(`${server.url}/admin/#${link[1]}`);
  await fresh.page.getByRole("heading", { name: "Overview" }).waitFor();

  assert.ok(!fresh.page.url().includes(link[1]));
  await fresh.context.close();
  const again = await open(browser, server, { token: "", expected: ["404", "410", "401"] });
  await again.page.goto(`${server.url}/admin/#${link[1]}`);
  await again.page.getByRole("alert").waitFor();
  await again.context.close();
});

test("add a host: the command is there to copy, and its first call is seen", async () => {
  const { page, goto } = window;
  await goto("");
  await page.getByRole("heading", { name: "Overview" }).waitFor();
  await page.keyboard.press("n");

  await page.getByLabel("Host name").fill("fresh-1.example.com");
  const [answer] = await Promise.all([page.waitForResponse((response) => response.url().endsWith("/admin/hosts/register")), button(page, "Make the install command").click()]);
  const key = (await answer.json()).data.host.api_key;
  await button(page, "Copy the command").click();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  assert.match(copied, /^curl -sSL '.*\/install\/[0-9a-f-]{36}' \| sh$/);
  assert.ok(!(await page.content()).includes(key), "the key is in the installer only");
  await page.getByText("Waiting for its first contact").waitFor();
  await contact(server, key);
  await page.getByText("fresh-1.example.com called").waitFor();

  await page.getByRole("link", { name: "Open fresh-1.example.com" }).click();
  await page.getByText("It holds the current login.").waitFor();
});

test("add a host with the keyboard alone", async () => {
  const { page, goto } = window;
  await goto("");
  await page.getByRole("heading", { name: "Overview" }).waitFor();
  /** Goes on with Tab until the focus is on what has this name. */
  const tabTo = async (name) => {
    for (let n = 0; n < 60; n++) {
      const focused = await page.evaluate(() => {
        const on = document.activeElement;
        return on?.getAttribute("aria-label") ?? (on?.labels?.[0]?.textContent || on?.textContent || "").trim();
      });
      if (focused.startsWith(name)) return;
      await page.keyboard.press("Tab");
    }
    assert.fail(`Tab does not reach ${name}`);
  };
  await page.keyboard.press("n");
  await page.getByLabel("Host name").waitFor();
  await tabTo("Host name");
  await page.keyboard.type("keys-only.example.com");
  await tabTo("Make the install command");
  const [answer] = await Promise.all([page.waitForResponse((response) => response.url().endsWith("/admin/hosts/register")), page.keyboard.press("Enter")]);
  const { host: made } = (await answer.json()).data;
  await page.getByText("Waiting for its first contact").waitFor();
  await tabTo("Copy the command");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => navigator.clipboard.readText().then((text) => text.startsWith("curl")));
  await contact(server, made.api_key);
  await page.getByText("keys-only.example.com called").waitFor();

  await tabTo("Open keys-only.example.com");
  await page.keyboard.press("Enter");

  await page.getByRole("heading", { name: "keys-only.example.com" }).waitFor();
});

test("a real machine: the command is run, cdx launches Codex, and the page sees it", { skip: !hasCodex && "no Codex was fetched: run this through local-dev/test" }, async () => {
  const { page, goto } = window;
  const fresh = machine(server.fakeUrl);
  try {
    await server.send("POST", "/admin/versions/check", {});
    await goto("hosts/new");
    await page.getByLabel("Host name").fill("real-1.example.com");
    await button(page, "Make the install command").click();
    await button(page, "Copy the command").click();
    const command = await page.evaluate(() => navigator.clipboard.readText());
    await page.getByText("Waiting for its first contact").waitFor();
    await fresh.shell(command);
    await page.getByText("real-1.example.com called").waitFor();
    await page.getByRole("link", { name: "Open real-1.example.com" }).click();
    await page.getByText("It holds the current login.").waitFor();

    assert.equal((await fresh.shell("cdx exec --skip-git-repo-check 'are you there?'")).trim(), "FAKE-ANSWER: are you there?");

    await page.getByText(CODEX_VERSION).first().waitFor();
    await goto(page.url().split("#/")[1] + "?tab=users");
    await page.getByText("tester").first().waitFor();
  } finally {
    fresh.remove();
  }
});

test("a bad host name is refused at its field", async () => {
  window.context.close();
  window = await open(browser, server, { expected: ["422"] });
  const { page, goto } = window;
  await goto("hosts/new");
  await page.getByLabel("Host name").fill(`<img src=x onerror="window.pwned=1">`);
  await button(page, "Make the install command").click();

  await page.locator('input[aria-invalid="true"]').waitFor();

  assert.equal(await page.evaluate(() => window.pwned), undefined);
});

test("suspend and resume: asked first, Escape does nothing, the focus comes back", async () => {
  const { page, goto } = window;
  await goto("hosts/6");
  await button(page, "Suspend…").click();
  const dialog = page.getByRole("dialog", { name: "Suspend build-6.example.com" });
  await dialog.getByText("Its key is refused at once").waitFor();
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "hidden" });
  assert.equal((await host(6)).status, "active");
  assert.equal(await page.evaluate(() => document.activeElement?.textContent), "Suspend…");

  await button(page, "Suspend…").click();
  await button(dialog, "Suspend build-6.example.com").click();
  await page.getByText("suspended", { exact: true }).waitFor();
  assert.equal((await host(6)).status, "suspended");
  await button(page, "Resume").click();
  await page.getByText("up to date", { exact: true }).waitFor();

  assert.equal((await host(6)).status, "active");
});

test("removing a host takes its name, typed", async () => {
  const { page, goto } = window;
  await goto("hosts/22");
  await button(page, "Remove…").click();
  const dialog = page.getByRole("dialog");
  assert.ok(await button(dialog, "Remove build-22.example.com").isDisabled());
  await dialog.getByRole("textbox").fill("build-22.example.com");
  await button(dialog, "Remove build-22.example.com").click();

  await page.getByText("Removed build-22.example.com.").waitFor();

  assert.ok((await host(22)).archived_at);
});

test("filters and order live in the address, and Back goes back", async () => {
  const { page, goto } = window;
  await goto("hosts?only=insecure");
  await page.getByText("3 hosts shown").waitFor();
  assert.equal(await page.getByLabel("Which").inputValue(), "insecure");
  await page.keyboard.press("/");
  await page.keyboard.type("build-2");
  await page.getByText("1 host shown").waitFor();
  assert.match(page.url(), /only=insecure&q=build-2/);
  await button(page, "Codex").click();
  await page.locator('th[aria-sort="ascending"]', { hasText: "Codex" }).waitFor();
  await page.getByRole("link", { name: "build-21.example.com" }).click();
  await page.getByRole("heading", { name: "build-21.example.com" }).waitFor();
  await page.goBack();

  await page.getByText("1 host shown").waitFor();

  assert.match(page.url(), /only=insecure&q=build-2&sort=codex/);
});

test("bulk: several hosts are tagged, and the list goes into a file", async () => {
  const { page, goto } = window;
  await goto("hosts");
  await page.getByLabel("Select build-12.example.com").check();
  await page.getByLabel("Select build-13.example.com").check();
  await button(page, "Add a tag…").click();
  await page.getByLabel("Tag: up to").fill("night");
  await page.getByRole("dialog").getByRole("button", { name: /^Add the tag/ }).click();
  await page.getByText("2 hosts tagged night.").waitFor();
  assert.deepEqual((await host(12)).tags, ["night"]);
  await goto("hosts?tag=night");
  await page.getByText("2 hosts shown").waitFor();
  const [file] = await Promise.all([page.waitForEvent("download"), button(page, "CSV").click()]);

  const lines = readFileSync(await file.path(), "utf8").trim().split("\r\n");

  assert.equal(lines.length, 3);
  assert.match(lines[0], /^Host,State,Last run,Codex/);
  assert.match(lines[1], /^build-12\.example\.com,up to date/);
});

test("publish a configuration: checked while typing, compared, published, rolled back", async () => {
  await window.context.close();
  window = await open(browser, server, { expected: ["422"] });
  const { page, goto } = window;
  await goto("content/config");
  const model = page.getByLabel("Model", { exact: true }).first();
  await model.fill("gpt-9-codex");
  await page.locator('[data-editor="Rendered config.toml"]').getByText("gpt-9-codex").waitFor();

  await button(page, "Add an MCP server").click();
  await page.getByLabel("Name", { exact: true }).last().pressSequentially("half");
  await page.getByText("mcp_servers[1]").first().waitFor();
  assert.equal(await button(page, "Compare and publish…").getAttribute("aria-disabled"), "true", "what Codex would refuse cannot be published");
  await page.getByRole("button", { name: "Take half out of the draft" }).click();
  await page.getByText("mcp_servers[1]").first().waitFor({ state: "hidden" });
  await button(page, "Compare and publish…").click();
  const dialog = page.getByRole("dialog", { name: "Publish config.toml" });
  await dialog.getByText("gpt-9-codex").waitFor();
  await dialog.getByLabel("Why").fill("the new model");
  await button(dialog, "Publish to the fleet").click();
  await page.getByText("Version 3", { exact: true }).waitFor();
  const stored = await server.send("GET", "/admin/config");
  assert.equal(stored.settings.model, "gpt-9-codex");
  assert.equal(stored.settings.mcp_servers[0].url, "https://docs.example.com/mcp", "what the form did not touch is kept");

  await page.getByRole("link", { name: "Versions" }).click();
  await button(page, "Roll back to version 2").click();
  await button(page.getByRole("dialog"), "Roll back to 2").click();
  await page.getByText("Version 4", { exact: true }).waitFor();
  assert.equal((await server.send("GET", "/admin/config")).settings.model, "gpt-5.1-codex");
});

test("what somebody else stored meanwhile is not overwritten, neither text nor configuration", async () => {
  await window.context.close();
  window = await open(browser, server, { expected: ["412"] });
  const { page, goto } = window;
  await goto("content/agents");
  const editor = page.getByRole("textbox", { name: "Text of AGENTS.md" });
  await editor.click();
  await page.keyboard.press("Control+End");
  await page.keyboard.type("Mine.");
  await button(page, "Compare and store…").click();
  await server.send("POST", "/admin/agents/store", { content: "# Theirs\n" });
  await button(page.getByRole("dialog"), "Store AGENTS.md").click();
  await page.getByText("Somebody changed AGENTS.md meanwhile").waitFor();
  assert.equal((await server.send("GET", "/admin/agents")).content, "# Theirs\n");
  await page.keyboard.press("Escape");
  await page.getByText("your draft is from version 2").waitFor();
  await button(page, "Take version 3…").click();
  await button(page.getByRole("dialog"), "Discard it").click();
  await editor.getByText("Theirs").waitFor();

  await goto("content/config");
  await page.getByLabel("Model", { exact: true }).first().fill("mine");
  await page.locator('[data-editor="Rendered config.toml"]').getByText("mine").waitFor();
  await button(page, "Compare and publish…").click();
  const { settings } = await server.send("GET", "/admin/config");
  await server.send("POST", "/admin/config/store", { settings: { ...settings, model: "theirs" } });
  await button(page.getByRole("dialog"), "Publish to the fleet").click();
  await page.getByText("Somebody stored another version meanwhile").waitFor();
  assert.equal((await server.send("GET", "/admin/config")).settings.model, "theirs");
});

test("write a command and a skill, retire and restore one, and see its history", async () => {
  const { page, goto } = window;
  await goto("content/commands");
  await button(page, "New slash command").click();
  await page.getByLabel("File name, for example review.md").fill("ship");
  await button(page.getByRole("dialog"), "Write it").click();
  await page.getByText("not stored yet").waitFor();
  await button(page, "Store…").click();
  await button(page.getByRole("dialog"), "Store ship.md").click();
  await page.getByText("Stored ship.md.").waitFor();
  assert.match((await server.send("GET", "/admin/slash-commands/ship.md")).prompt, /\$ARGUMENTS/);
  await goto("content/skills");
  await button(page, "Retire deploy").click();
  await button(page.getByRole("dialog"), "Retire deploy").click();
  await page.getByText("Retired deploy.").waitFor();
  await button(page, "Restore deploy").click();
  await page.getByText("Restored deploy.").waitFor();
  await page.getByRole("link", { name: "deploy", exact: true }).click();
  await page.getByRole("button", { name: "What changed in version 1" }).click();
  await page.getByRole("dialog").getByText("+# Deploy").waitFor();
});

test("a draft outlives a look at another page and the end of the session", async () => {
  await window.context.close();
  window = await open(browser, server, { expected: ["401"] });
  const { page, goto, context } = window;
  await goto("content/skills/deploy");
  const editor = page.getByRole("textbox", { name: "Text of deploy" });
  await editor.click();
  await page.keyboard.press("Control+End");
  await page.keyboard.type("Half a thought");
  await goto("hosts");
  await page.getByRole("heading", { name: "Hosts", exact: true, level: 1 }).waitFor();
  await goto("content/skills/deploy");
  await editor.getByText("Half a thought").waitFor();

  await context.clearCookies();
  await button(page, "Refresh").click();
  const dialog = page.getByRole("dialog", { name: "Your session has ended" });
  await dialog.getByLabel("Admin token").fill(server.token);
  await button(dialog, "Sign in").click();
  await dialog.waitFor({ state: "hidden" });
  await editor.getByText("Half a thought").waitFor();
  await button(page, "Discard…").click();
  await button(page.getByRole("dialog"), "Discard it").click();
  await editor.getByText("Half a thought").waitFor({ state: "hidden" });
});

test("decide what a host pushed", async () => {
  const { page, goto } = window;
  await goto("content/reviews");
  const review = page.getByRole("article", { name: "notes from build-3.example.com" });
  await button(review, "Take the host's…").click();
  await button(page.getByRole("dialog"), "Take it from build-3.example.com").click();
  await review.waitFor({ state: "hidden" });
  assert.match((await server.send("GET", "/admin/skills/notes")).manifest, /Takes notes/);
  const conflict = page.getByRole("article", { name: "review.md from build-1.example.com" });
  await button(conflict, "Merge…").click();
  const dialog = page.getByRole("dialog");
  await button(dialog, "the host's").click();
  await dialog.getByRole("textbox", { name: "Merged text of review.md" }).click();
  await page.keyboard.press("Control+End");
  await page.keyboard.type("Both of us.");
  await button(dialog, "Store it as review.md").click();
  await conflict.waitFor({ state: "hidden" });

  assert.match((await server.send("GET", "/admin/slash-commands/review.md")).prompt, /Both of us\./);
});

test("a token is shown once, works, and does not once it is revoked", async () => {
  const { page, goto } = window;
  await goto("access");
  await button(page, "Make a token").click();
  await page.getByLabel("Who or what it is for").fill("ci pipeline");
  await button(page.getByRole("dialog"), "Make the token").click();
  const secret = page.getByRole("dialog", { name: "Token for ci pipeline" });
  const token = (await secret.getByLabel("token", { exact: true }).textContent()).trim();
  assert.equal((await server.send("GET", "/admin/session", undefined, token)).name, "ci pipeline");
  await button(secret, "I have it").click();
  assert.ok(!(await page.content()).includes(token));

  await button(page, "Revoke ci pipeline").click();
  await button(page.getByRole("dialog"), "Revoke ci pipeline").click();
  await page.getByText("Revoked ci pipeline.").waitFor();

  await assert.rejects(server.send("GET", "/admin/session", undefined, token), /401/);
});

test("a viewer sees, and every control says which role it needs", async () => {
  const viewer = await open(browser, server, { token: filled.viewer });
  const { page, goto } = viewer;
  await goto("hosts/12");
  const suspend = button(page, "Suspend…");
  await suspend.waitFor();
  assert.match(await suspend.getAttribute("title"), /needs the role operator; yours is viewer/);
  await suspend.click({ force: true });
  assert.equal(await page.getByRole("dialog").count(), 0);
  assert.equal(await page.getByRole("link", { name: "Access" }).count(), 0);
  await goto("access");
  await page.getByText("your role does not see it").waitFor();
  await goto("operations");
  await page.getByRole("switch", { name: "Kill switch" }).click({ force: true });
  assert.equal((await server.send("GET", "/admin/api/state")).disabled, false);
  await viewer.context.close();
  assert.deepEqual(viewer.problems, []);
});

test("the kill switch takes words, shows everywhere, and leaves the dashboard alive", async () => {
  await window.context.close();
  window = await open(browser, server, { expected: ["503"] });
  const { page, goto } = window;
  await goto("operations");
  await page.getByRole("switch", { name: "Kill switch" }).click();
  await page.getByRole("dialog").getByRole("textbox").fill("switch off");
  await button(page.getByRole("dialog"), "Switch it off").click();
  await page.getByText("The host API is switched off").waitFor();
  await goto("operations?tab=versions");
  await page.getByRole("heading", { name: "What hosts get" }).waitFor();
  await goto("hosts");
  await page.getByRole("link", { name: "build-1.example.com", exact: true }).waitFor();
  await goto("operations");
  await page.getByRole("switch", { name: "Kill switch", checked: true }).click();
  await button(page.getByRole("dialog"), "Switch it on").click();
  await page.getByText("The host API is switched off").waitFor({ state: "hidden" });
});

test("a refresh takes neither what is typed, nor the focus, nor the place, nor an open dialog", async () => {
  const { page, goto } = window;
  await goto("hosts/12?tab=settings");
  const notes = page.getByRole("textbox", { name: "Notes" });
  await notes.fill("half a sen");
  await page.evaluate(() => scrollTo(0, 120));
  const at = await page.evaluate(() => scrollY);
  await Promise.all([page.waitForResponse(/\/admin\/hosts\/12$/), page.evaluate(() => document.dispatchEvent(new Event("visibilitychange", { bubbles: true })))]);
  await server.send("POST", "/admin/hosts/12/vip", { vip: true });
  await Promise.all([page.waitForResponse(/\/admin\/hosts\/12$/), page.evaluate(() => document.dispatchEvent(new Event("visibilitychange", { bubbles: true })))]);
  await page.getByRole("switch", { name: "VIP", checked: true }).waitFor();

  assert.equal(await notes.inputValue(), "half a sen");
  assert.equal(await page.evaluate(() => document.activeElement?.tagName), "TEXTAREA");
  assert.equal(await page.evaluate(() => scrollY), at);
  await page.getByRole("switch", { name: "Roaming" }).click();
  await page.getByRole("dialog").waitFor();
  await Promise.all([page.waitForResponse(/\/admin\/hosts\/12$/), page.evaluate(() => document.dispatchEvent(new Event("visibilitychange", { bubbles: true })))]);
  assert.ok(await page.getByRole("dialog").isVisible());
  await button(page.getByRole("dialog"), "Let it roam").click();
  await page.getByRole("switch", { name: "Roaming", checked: true }).waitFor();
});

test("the keyboard finds pages and hosts", async () => {
  const { page, goto } = window;
  await goto("");
  await page.getByRole("heading", { name: "Overview" }).waitFor();
  await page.keyboard.press("g");
  await page.keyboard.press("a");
  await page.getByRole("heading", { name: "Audit" }).waitFor();
  await page.keyboard.press("?");
  await page.getByRole("dialog", { name: "Keyboard" }).waitFor();
  await page.keyboard.press("Escape");
  await page.keyboard.press("Control+k");
  await page.keyboard.type("build-13");
  await page.getByRole("option", { name: /build-13\.example\.com/ }).waitFor();
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "build-13.example.com" }).waitFor();
  await page.keyboard.press("Tab");
});

test("the audit finds what was done here, and its chain holds", async () => {
  const { page, goto } = window;
  await goto("audit?action=admin.host.suspend");
  await page.getByRole("link", { name: "build-6.example.com" }).first().waitFor();
  await button(page, "Verify the chain").click();
  await page.getByText("are as they were written").waitFor();
});

test("rotate the login: what it means is said before and after", async () => {
  const { page, goto } = window;
  await goto("login");
  await button(page, "Rotate now…").click();
  await button(page.getByRole("dialog"), "Rotate now").click();
  await page.getByText("Generation 1 became 2.").waitFor();
  await goto("login?tab=history");
  await page.getByText("refreshed", { exact: true }).waitFor();
  await goto("hosts?only=outdated");
  await page.getByText("older login", { exact: true }).first().waitFor();
});

test("a configuration that would stop Codex is blocked, in Codex's words, and an operator can overrule", async () => {
  const { page, goto } = window;
  const { settings } = await server.send("GET", "/admin/config");
  await server.send("POST", "/admin/config/store", { settings: { ...settings, custom_toml: 'odd = "breaks"' } });
  await goto("content/config");
  await page.getByText("blocked", { exact: true }).waitFor({ timeout: 40_000 });
  await page.getByText("unknown variant: breaks").waitFor();
  await button(page, "Publish all the same…").click();
  const { version } = await server.send("GET", "/admin/config");
  await page.getByRole("dialog").getByRole("textbox").fill(`publish ${version}`);
  await button(page.getByRole("dialog"), "Publish it all the same").click();

  await page.getByText("published", { exact: true }).waitFor();
});

test("the runner is asked for a verdict, and a pushed login that waits is thrown away", async () => {
  const { page, goto } = window;
  server.verdict("silent");
  await goto("operations?tab=runner");
  await page.getByRole("img", { name: /^How long the last/ }).waitFor();
  await button(page, "Prove the login now").click();
  await page.getByText("The login is unknown").waitFor();
  await goto("login?tab=candidates");
  await button(page, "Throw away the login of build-3.example.com").click();
  await button(page.getByRole("dialog"), "Throw it away").click();
  await page.getByText("rejected", { exact: true }).waitFor();
});
