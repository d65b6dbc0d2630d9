// What people do on a page again and again.
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";

export const button = (scope, name) => scope.getByRole("button", { name, exact: true });
export const dialog = (page, name) => page.getByRole("dialog", { name, exact: true });

/** Says yes to what is asked. */
export const answer = (page, verb) => button(page.getByRole("dialog"), verb).click();

/** Presses a button that asks, types what it wants typed, and says yes. */
export async function confirm(page, control, verb, typed) {
  await control.click();
  if (typed) {
    assert.ok(await button(page.getByRole("dialog"), verb).isDisabled(), "before it is typed, nothing happens");
    await page.getByLabel(`Type ${typed} to go on`).fill(typed);
  }
  await answer(page, verb);
}

/** Waits until something is as wanted. */
export async function becomes(read, wanted) {
  for (const end = Date.now() + 10_000; Date.now() < end; await sleep(50)) {
    if (JSON.stringify(await read()) === JSON.stringify(wanted)) return;
  }
  assert.deepEqual(await read(), wanted);
}
