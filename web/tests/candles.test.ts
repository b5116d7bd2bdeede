import { expect, it } from "vitest";
import { bars, joined, type Print } from "../src/candles";

function print(key: string, second: number, price: number, bought = true): Print {
  return { key, ns: second * 1e9, price, size: 2, bought };
}

it("counts each trade once and keeps them in order", () => {
  const held = joined([], [print("b", 2, 11), print("a", 1, 10)]);
  expect(held.map((seen) => seen.key)).toEqual(["a", "b"]);
  expect(joined(held, [print("b", 2, 11)])).toBe(held);
  expect(joined(held, [print("c", 3, 12), print("b", 2, 11)])).toHaveLength(3);
});

it("makes bars that join", () => {
  const made = bars([print("a", 0, 10), print("b", 3, 14, false), print("c", 5, 12)], 5);
  expect(made).toEqual([
    { time: 0, open: 10, high: 14, low: 10, close: 14, volume: 4, bought: 2 },
    { time: 5, open: 14, high: 14, low: 12, close: 12, volume: 2, bought: 2 },
  ]);
});
