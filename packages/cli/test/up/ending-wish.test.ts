import { expect, it } from "vitest";
import { EndingWish } from "../../src/up/ending-wish.js";

it("takes the first word as asked, the second as impatience", () => {
  let now = 0;
  const wish = new EndingWish(() => now);
  expect(wish.heard("SIGINT")).toBe("endInOrder");
  now = 499;
  expect(wish.heard("SIGINT")).toBe("nothing"); // the same Ctrl-C, told again by npm
  now = 500;
  expect(wish.heard("SIGINT")).toBe("endAtOnce");
});

it("does not take another signal for the same", () => {
  const wish = new EndingWish(() => 0);
  wish.heard("SIGINT");
  expect(wish.heard("SIGTERM")).toBe("endAtOnce");
});

it("does not take a lost reader for impatience", () => {
  let now = 0;
  const wish = new EndingWish(() => now);
  expect(wish.heard("unread")).toBe("endInOrder");
  now = 10_000;
  expect(wish.heard("unread")).toBe("nothing");
  expect(wish.heard("SIGHUP")).toBe("nothing");
});
