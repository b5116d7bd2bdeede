import { expect, it } from "vitest";
import { parse } from "../src/decimal";
import {
  aggregate,
  fittingStep,
  type Point,
  points,
  quoteOf,
  STEPS,
  sourceOf,
} from "../src/levels";
import type { Book } from "../src/wire";

function point(price: string, size: string, venue = "kraken"): Point {
  return { price: parse(price), size: parse(size), venue, instrument: `${venue}:BTC/USD` };
}

const BIDS = [point("99.7", "1"), point("99.4", "2", "okx"), point("99.2", "4"), point("98", "8")];
const ASKS = [point("100", "1"), point("100.3", "2", "okx"), point("101", "4")];

function level(venue: string, symbol: string, price: string, net: string) {
  return { venue, instrument: `${venue}:${symbol}`, price, net_price: net, size: "1" };
}

const BOOK: Book = {
  pair: "BTC/USD",
  quote: "USD",
  generated_ns: 0,
  bids: [level("okx", "BTC/USDT:USDT", "100", "98.9"), level("kraken", "BTC/USD", "99.5", "98.5")],
  asks: [],
  crossings: [],
  excluded: [],
  conversions: [{ source_currency: "USDT", target_currency: "USD", rate: "0.99", origin: "test" }],
  taker_fees: {},
};

it("never makes a bid or an ask look better than it is", () => {
  const bids = aggregate(BIDS, "buy", parse("1"), 10);
  expect(bids.map((row) => row.price)).toEqual([parse("99"), parse("98")]);
  const asks = aggregate(ASKS, "sell", parse("1"), 10);
  expect(asks.map((row) => row.price)).toEqual([parse("100"), parse("101")]);
});

it("keeps each venue's part and a running total", () => {
  const [first, second] = aggregate(BIDS, "buy", parse("1"), 10);
  expect(first?.size).toBe(parse("7"));
  expect(first?.byVenue).toEqual(
    new Map([
      ["kraken", parse("5")],
      ["okx", parse("2")],
    ]),
  );
  expect(second?.total).toBe(parse("15"));
});

it("shows no more rows than asked, each of them whole", () => {
  const [only, ...rest] = aggregate(BIDS, "buy", parse("1"), 1);
  expect(only?.size).toBe(parse("7"));
  expect(rest).toEqual([]);
});

it("groups below zero the same way round", () => {
  const spread = [point("-0.4", "1"), point("-1.6", "1")];
  expect(aggregate(spread, "buy", parse("1"), 9).map((row) => row.price)).toEqual([
    parse("-1"),
    parse("-2"),
  ]);
});

it("orders by the price shown: raw is not net, and is converted visibly", () => {
  expect(points(BOOK, "buy", "net").map((shown) => shown.venue)).toEqual(["okx", "kraken"]);
  const raw = points(BOOK, "buy", "raw");
  expect(raw.map((shown) => shown.venue)).toEqual(["kraken", "okx"]);
  expect(raw[1]?.price).toBe(parse("99"));
});

it("knows an instrument's quote currency", () => {
  expect(quoteOf("okx:BTC/USDT:USDT")).toBe("USDT");
  expect(quoteOf("kraken:BTC/USD")).toBe("USD");
  expect(sourceOf("kraken:BTC/USD", "USD")).toBe("kraken");
  expect(sourceOf("kraken:BTC/USDT", "USD")).toBe("kraken USDT");
});

it("finds the finest step at which every venue shows in time", () => {
  const near = Array.from({ length: 40 }, (_, at) => point(`${100 - at / 10}`, "1"));
  const far = [point("95", "1", "okx")];
  const step = fittingStep([...near, ...far], [], 12);
  expect(step).toBe(parse("1"));
  const shown = aggregate([...near, ...far], "buy", step, 12);
  expect(shown.some((row) => row.byVenue.has("okx"))).toBe(true);
});

it("shows single levels where all venues begin together", () => {
  expect(fittingStep([point("64000.1", "1"), point("64000", "1", "okx")], [], 20)).toBe(
    parse("0.1"),
  );
});

it("keeps a step that does nearly as well, so that the ladder does not breathe", () => {
  const bids = [point("100", "1"), point("99.5", "1"), point("99", "1"), point("94.6", "1", "okx")];
  const step = fittingStep(bids, [], 6);
  expect(fittingStep(bids, [], 6, step)).toBe(step);
  expect(fittingStep(bids, [], 6, parse("100000"))).toBe(step);
});

it("offers steps of 1, 2 and 5", () => {
  expect(STEPS).toContain(parse("0.05"));
  expect(STEPS).toContain(parse("200"));
  expect(STEPS.at(-1)).toBe(parse("5000000"));
});
