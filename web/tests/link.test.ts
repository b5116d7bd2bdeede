import { expect, it } from "vitest";
import { linkState, retryDelay, STALE_AFTER_MS } from "../src/link";

it("is live only while frames come over an open connection", () => {
  expect(linkState(true, undefined, 0)).toBe("connecting");
  expect(linkState(false, undefined, 9e9)).toBe("connecting");
  expect(linkState(true, 1000, 1000 + STALE_AFTER_MS)).toBe("live");
  expect(linkState(true, 1000, 1001 + STALE_AFTER_MS)).toBe("stale");
  expect(linkState(false, 1000, 1001)).toBe("down");
});

it("tries again ever later, but never later than six seconds", () => {
  expect(retryDelay(0, 0.5)).toBe(250);
  expect(retryDelay(3, 0.5)).toBe(2000);
  expect(retryDelay(50, 1)).toBeLessThanOrEqual(6250);
});
