// The time as pages see it. It moves often enough for "just now" and seldom enough to cost nothing.

class Clock {
  now = $state(Date.now());
}

export const clock = new Clock();
setInterval(() => {
  if (!document.hidden) clock.now = Date.now();
}, 5000);
addEventListener("visibilitychange", () => (clock.now = Date.now()));
