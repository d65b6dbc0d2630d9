// A real server with a real database, a fake OpenAI, and a browser. Everything goes when the tests end.
import { spawn } from "node:child_process";
import { createWriteStream, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { chromium } from "playwright-core";

const root = new URL("../../", import.meta.url).pathname;
const built = join(process.env.CARGO_TARGET_DIR ?? join(root, "target"), "debug");
const program = (name) => {
  const path = join(built, name);
  if (!existsSync(path)) throw new Error(`${path} is not built: run this through local-dev/test`);
  return path;
};

for (const signal of ["SIGTERM", "SIGINT"]) process.once(signal, () => process.exit(1));

const freePort = () =>
  new Promise((found, failed) => {
    const server = createServer();
    server.once("error", failed);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => found(port));
    });
  });

async function until(what, holds, seconds = 60) {
  for (const end = Date.now() + seconds * 1000; Date.now() < end; await sleep(50)) {
    if (await holds().catch(() => false)) return;
  }
  throw new Error(`waited in vain for ${what}`);
}

/** A real Codex, where local-dev/test has put one. */
export const CODEX_VERSION = "0.169.0";
const cache = process.env.CODEX_AUTH_CENTRAL_CACHE ?? join(process.env.XDG_CACHE_HOME ?? join(process.env.HOME ?? "", ".cache"), "codex-auth-central");
export const hasCodex = existsSync(join(cache, `npm/openai-codex-${CODEX_VERSION}-linux-x64.tgz`));

/** A Codex as the runner sees it: it answers, refuses or is silent as the file `verdict` says, and stops at a setting. */
const CODEX = `#!/bin/sh
[ "$1" = --version ] && { echo "codex-cli 0.169.0"; exit 0; }
echo "OpenAI Codex v0.169.0 (research preview)" >&2
if [ "$2" = hello ]; then
  if grep -q breaks "$CODEX_HOME/config.toml" 2>/dev/null; then echo "Error: unknown variant: breaks" >&2; else echo "Not inside a trusted directory" >&2; fi
  exit 1
fi
case $(cat "$(dirname "$0")/verdict") in
  verified) echo banana; exit 0 ;;
  rejected) echo "ERROR: unexpected status 401 Unauthorized: token_expired" >&2; exit 1 ;;
  *) echo "ERROR: stream disconnected" >&2; exit 1 ;;
esac
`;

/** A folder of releases whose files are empty: enough to be told about, nothing to install. */
function releasesIn(dir, versions) {
  for (const version of versions) {
    mkdirSync(join(dir, version), { recursive: true });
    writeFileSync(join(dir, version, "codex-package-x86_64-unknown-linux-musl.tar.gz"), "");
  }
  return ["--releases", dir];
}

/** Starts a server that is empty, with a runner. `versions` are the Codex releases there are; absent: a real one, where there is one. */
export async function start({ versions } = {}) {
  const dir = mkdtempSync(join(tmpdir(), "cac-e2e-"));
  const [port, fakePort, runnerPort] = [await freePort(), await freePort(), await freePort()];
  writeFileSync(join(dir, "codex"), CODEX, { mode: 0o755 });
  const verdict = (word) => writeFileSync(join(dir, "verdict"), word);
  verdict("verified");
  const fakeUrl = `http://127.0.0.1:${fakePort}`;
  const run = runIn(dir);
  const releases = versions ? releasesIn(join(dir, "releases"), versions) : hasCodex ? ["--cache", cache, "--releases", join(cache, "releases"), "--make-release", CODEX_VERSION] : [];
  const fake = run("fake-openai", ["--port", String(fakePort), "--codex-home", join(dir, "home"), ...releases]);
  const runner = run("runner", [], { RUNNER_LISTEN: `127.0.0.1:${runnerPort}`, RUNNER_CODEX: join(dir, "codex"), AUTH_RUNNER_SECRET: undefined, RUST_LOG: "warn" });
  const env = { AUTH_RUNNER_URL: `http://127.0.0.1:${runnerPort}/verify`, AUTH_RUNNER_SECRET: undefined, OPENAI_TOKEN_URL: `${fakeUrl}/oauth/token`, CODEX_RELEASES_API_URL: fakeUrl, RUST_LOG: "warn", ADMIN_ACCESS_MODE: "token", DATABASE_URL: undefined, PUBLIC_BASE_URL: undefined };
  const server = run("local-dev", ["up", "--no-open", "--port", String(port), "--state-dir", join(dir, "state")], env);
  const url = `http://127.0.0.1:${port}`;
  await until("the runner", async () => (await fetch(`http://127.0.0.1:${runnerPort}/health`)).ok);
  await until("the fake", () => fetch(`${fakeUrl}/_fake/state`));
  await until("the server", async () => (await fetch(`${url}/readyz`)).ok);
  const { token, send, log } = client(dir, url);
  const stop = async () => {
    await end([server, runner, fake]);
    rmSync(dir, { recursive: true, force: true });
  };
  const anotherLogin = async () => (await fetch(`${fakeUrl}/_fake/login`, { method: "POST", headers: { "content-type": "application/json" }, body: "{}" })).json();
  const login = () => JSON.parse(readFileSync(join(dir, "home/auth.json"), "utf8"));
  return { url, token, send, stop, login, verdict, anotherLogin, log, fakeUrl };
}

/** Starts the demo, which makes itself. */
export async function startDemo() {
  const dir = mkdtempSync(join(tmpdir(), "cac-demo-"));
  const port = await freePort();
  const env = { DATABASE_URL: undefined, PUBLIC_BASE_URL: undefined, TRUSTED_PROXIES: undefined, RUST_LOG: "warn" };
  const server = runIn(dir)("local-dev", ["up", "--demo", "--no-open", "--port", String(port), "--state-dir", join(dir, "state")], env);
  const url = `http://127.0.0.1:${port}`;
  const log = () => readFileSync(join(dir, "local-dev.log"), "utf8");
  await until("the demo", async () => {
    if (server.exitCode !== null) throw new Error(log());
    return (await fetch(`${url}/readyz`)).ok;
  }, 180);
  const stop = async () => {
    await end([server]);
    rmSync(dir, { recursive: true, force: true });
  };
  return { url, ...client(dir, url), stop };
}

/** Starts programs that log into a folder. Tests that are stopped leave nobody behind. */
function runIn(dir) {
  return (name, words, env = {}) => {
    const child = spawn(program(name), words, { env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });
    const log = createWriteStream(join(dir, `${name}.log`));
    child.stdout.pipe(log);
    child.stderr.pipe(log);
    process.once("exit", () => child.kill());
    return child;
  };
}

async function end(children) {
  for (const child of children) {
    if (child.exitCode !== null) continue;
    const ended = new Promise((done) => child.once("exit", done));
    child.kill("SIGTERM");
    await ended;
  }
}

/** What tests call a server with, as its first owner. */
function client(dir, url) {
  const token = readFileSync(join(dir, "state/owner-token"), "utf8").trim();
  const send = async (method, path, body, key) => {
    const response = await fetch(url + path, {
      method,
      headers: { authorization: `Bearer ${key ?? token}`, ...(body === undefined ? {} : { "content-type": "application/json" }) },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const answer = await response.json();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${JSON.stringify(answer)}`);
    return answer.data;
  };
  return { token, send, log: () => readFileSync(join(dir, "local-dev.log"), "utf8") };
}

/** Markup that must stay text wherever it is shown. */
export const HOSTILE = `<img src=x onerror="window.pwned=1"></script><script>window.pwned=1</script>`;

/** A first run of a host, as cdx reports it. */
export const contact = (server, key, version = "0.169.0") =>
  server.send("POST", "/auth", { command: "retrieve", client_version: version, wrapper_version: "1.0.0", last_refresh: "2026-01-01T00:00:00Z", digest: "0".repeat(64) }, key);

/** Calls a tool of MCP as a host does. */
export const callTool = (server, key, name, args) =>
  fetch(`${server.url}/mcp`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json", accept: "application/json, text/event-stream" },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params: { name, arguments: args } }),
  }).then((response) => response.json());

/** Fills a server with a fleet: every state a page has to show, hostile texts included. */
export async function fill(server) {
  const { send } = server;
  await send("POST", "/admin/auth/upload", { auth: server.login() });
  const keys = {};
  for (let n = 1; n <= 24; n++) {
    const fqdn = `build-${n}.example.com`;
    const { host } = await send("POST", "/admin/hosts/register", { fqdn, secure: n % 7 !== 0, temporary: n % 11 === 5 });
    keys[fqdn] = host.api_key;
    if (n % 3 === 2) continue;
    await contact(server, host.api_key, `0.${150 + n}.0`);
    await send("POST", "/host/users", { username: n === 1 ? HOSTILE : "ada", hostname: n === 1 ? HOSTILE : fqdn }, host.api_key);
  }
  await send("POST", "/admin/hosts/3/labels", { tags: ["ci", "ring-0"], notes: `The first builder. ${HOSTILE}` });
  await send("POST", "/admin/hosts/4/suspend");
  await send("POST", "/admin/hosts/9/vip", { vip: true });
  await send("POST", "/admin/hosts/10/roaming", { allow: true });
  await send("DELETE", "/admin/hosts/24");
  await send("POST", "/admin/agents/store", { content: "# Team rules\n\n- Write tests first.\n- Be brief.\n" });
  await send("POST", "/admin/agents/store", { content: `# Team rules\n\n- Write **tests** first.\n- Be brief and kind.\n\n${HOSTILE}\n\n[link](javascript:alert(1))\n`, note: `kinder ${HOSTILE}` });
  await send("POST", "/admin/slash-commands/store", { filename: "review.md", prompt: '---\ndescription: Review a change\nargument-hint: "[branch]"\n---\nReview $1 carefully.\n' });
  await send("POST", "/admin/slash-commands/store", { filename: "old.md", prompt: "---\ndescription: Not used any more\n---\nOld.\n" });
  await send("DELETE", "/admin/slash-commands/old.md");
  await send("POST", "/admin/skills/store", { slug: "deploy", manifest: "---\nname: deploy\ndescription: Deploys the service\n---\n# Deploy\n\n1. Build.\n2. Ship.\n", files: { "references/guide.md": "# Guide\n" } });
  await send("POST", "/admin/config/store", { settings: { model: "gpt-5.1-codex", approval_policy: "on-request" }, note: "first" });
  await send(
    "POST",
    "/admin/config/store",
    { settings: { model: "gpt-5.1-codex", approval_policy: "on-request", sandbox_mode: "workspace-write", profiles: [{ name: "fast", model_reasoning_effort: "low" }], mcp_servers: [{ name: "docs", url: "https://docs.example.com/mcp" }] }, note: HOSTILE },
  );
  await send("POST", "/slash-commands/store", { filename: "review.md", prompt: `---\ndescription: Review a change\n---\nReview everything. ${HOSTILE}\n` }, keys["build-1.example.com"]);
  await send("POST", "/skills/store", { slug: "notes", manifest: "---\nname: notes\ndescription: Takes notes\n---\n# Notes\n" }, keys["build-3.example.com"]);
  // A login that waits for its proof, and checks of the fleet's own.
  for (let n = 0; n < 3; n++) await send("POST", "/admin/runner/run");
  server.verdict("silent");
  await send("POST", "/auth", { command: "store", auth: await server.anotherLogin() }, keys["build-3.example.com"]);
  const viewer = await send("POST", "/admin/access/tokens", { name: `vera ${HOSTILE}`.slice(0, 60), role: "viewer", expires_in_days: 30 });
  return { keys, viewer: viewer.token };
}

/** Starts the browser. */
export const launch = () =>
  chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });

/** A page that fails the test for each error on its console and each request that failed or left the server. */
export async function open(browser, server, { width = 1440, height = 900, scheme = "light", token = server.token, expected = [] } = {}) {
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: scheme, reducedMotion: "reduce" });
  await context.grantPermissions(["clipboard-read", "clipboard-write"], { origin: server.url });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  const problems = [];
  const fine = (text) => expected.some((part) => text.includes(part));
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type()) && !fine(message.text())) problems.push(`console: ${message.text()}`);
  });
  page.on("pageerror", (error) => problems.push(`error: ${error.message}`));
  page.on("requestfailed", (request) => {
    if (request.failure()?.errorText !== "net::ERR_ABORTED") problems.push(`failed: ${request.url()}`);
  });
  page.on("response", (response) => {
    if (response.status() >= 400 && !fine(`${response.status()} ${response.url()}`)) problems.push(`${response.status()} ${response.url()}`);
  });
  page.on("request", (request) => {
    if (!request.url().startsWith(server.url) && !/^(data|blob):/.test(request.url())) problems.push(`left the server: ${request.url()}`);
  });
  if (token) {
    const opened = await context.request.post(`${server.url}/admin/session`, { data: { token }, headers: { origin: server.url } });
    if (!opened.ok()) throw new Error(await opened.text());
  }
  return { page, problems, context, goto: (place) => page.goto(`${server.url}/admin/#/${place}`) };
}
