// How long a person waits for the overview: `node e2e/overview-time.mjs http://127.0.0.1:8488 TOKEN [NAVIGATIONS]`.
// From the navigation until its numbers are there and the page answers a key. Not part of the tests: it measures a server that
// is full already, such as the one `local-dev/bench --only usage --rows 10000000 --keep` leaves running.
import { launch, open } from "./harness.mjs";
import { settled } from "./settled.mjs";

const [url, token, wanted = "10"] = process.argv.slice(2);
if (!url || !token) throw new Error("usage: node overview-time.mjs ADDRESS TOKEN [NAVIGATIONS]");
const browser = await launch();
const { page, context, problems } = await open(browser, { url, token });
const times = [];
for (let n = 0; n < Number(wanted); n++) {
  await page.goto("about:blank");
  const began = performance.now();
  await page.goto(`${url}/admin/`, { waitUntil: "commit" });
  await page.getByRole("heading", { name: "Overview", level: 1 }).waitFor();
  await settled(page);
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => setTimeout(done))));
  times.push(performance.now() - began);
}
await context.close();
await browser.close();
times.sort((a, b) => a - b);
console.log(`overview: ${times.length} navigations, median ${times[Math.floor(times.length / 2)].toFixed(0)} ms, longest ${times.at(-1).toFixed(0)} ms`);
if (problems.length > 0) throw new Error(problems.join("\n"));
