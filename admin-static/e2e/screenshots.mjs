// Takes pictures of the demo into a folder. A further picture is one line here.
import { launch, open, startDemo } from "./harness.mjs";
import { settled } from "./settled.mjs";

const DESKTOP = { width: 1280, height: 800 };
const PHONE = { width: 390, height: 780 };
const PICTURES = [
  { name: "overview-light", place: "", ...DESKTOP },
  { name: "overview-dark", place: "", ...DESKTOP, scheme: "dark" },
  { name: "overview-phone", place: "", ...PHONE },
  { name: "hosts-light", place: "hosts", ...DESKTOP },
  { name: "usage-dark", place: "usage", ...DESKTOP, scheme: "dark" },
  { name: "versions-light", place: "operations?tab=versions", ...DESKTOP },
  { name: "host-dark", place: "hosts/10", ...DESKTOP, scheme: "dark" },
  { name: "review-light", place: "content/reviews", ...DESKTOP },
];

const [folder] = process.argv.slice(2);
if (!folder) throw new Error("usage: node screenshots.mjs FOLDER");
const [demo, browser] = await Promise.all([startDemo(), launch()]);
try {
  for (const { name, place, ...window } of PICTURES) {
    const { page, goto, problems, context } = await open(browser, demo, window);
    await goto(place);
    await settled(page);
    if (problems.length > 0) throw new Error(`${name}: ${problems.join("; ")}`);
    await page.screenshot({ path: `${folder}/${name}.png`, animations: "disabled", caret: "hide" });
    await context.close();
    console.log(name);
  }
} finally {
  await browser.close();
  await demo.stop();
}
