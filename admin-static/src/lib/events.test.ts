import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { Pulse } from "./events";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("the first change is told at once, the next ones together", () => {
  const changed = vi.fn();
  const pulse = new Pulse(changed);
  pulse.told('["hosts"]');
  vi.advanceTimersByTime(0);
  expect(changed).toHaveBeenCalledTimes(1);
  for (let n = 0; n < 20; n++) {
    pulse.told('["usage"]');
    vi.advanceTimersByTime(100);
  }
  expect(changed).toHaveBeenCalledTimes(1);
  vi.advanceTimersByTime(1000);
  expect(changed).toHaveBeenCalledTimes(2);
  vi.advanceTimersByTime(10_000);
  expect(changed).toHaveBeenCalledTimes(2);
});

test("how things are at the beginning is no change, and who has stopped hears nothing", () => {
  const changed = vi.fn();
  const pulse = new Pulse(changed);
  pulse.told("[]");
  vi.advanceTimersByTime(10_000);
  pulse.told('["audit"]');
  pulse.stop();
  vi.advanceTimersByTime(10_000);
  expect(changed).not.toHaveBeenCalled();
});
