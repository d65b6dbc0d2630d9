/** Waits until nothing loads and every editor is there. */
export async function settled(page) {
  await page.waitForFunction(() => {
    const main = document.querySelector("main");
    if (!main?.firstElementChild || main.textContent.includes("Loading…")) return false;
    return [...document.querySelectorAll(".editor")].every((host) => host.shadowRoot?.querySelector(".cm-content"));
  });
}
