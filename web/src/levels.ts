// From one venue's levels each to what the ladder shows: levels of all venues, grouped by price.

import { multiply, parse, placesIn } from "./decimal";
import type { Book, Level, Side } from "./wire";

export type Basis = "net" | "raw";

export interface Point {
  price: bigint;
  size: bigint;
  venue: string;
  instrument: string;
}

export interface Row {
  price: bigint;
  size: bigint;
  total: bigint; // this row and all better ones
  byVenue: Map<string, bigint>;
}

/** 'okx:BTC/USDT:USDT' -> 'USDT' */
export function quoteOf(instrument: string): string {
  return instrument.split(":")[1]?.split("/")[1] ?? "";
}

/** A level's source in words: the venue, and its quote currency where that is not the book's. */
export function sourceOf(instrument: string, quote: string): string {
  const venue = instrument.split(":")[0] ?? "";
  const own = quoteOf(instrument);
  return own === quote || own === "" ? venue : `${venue} ${own}`;
}

/** Rates into the book's quote currency, by the currency they are from. */
export function rates(book: Book): Map<string, bigint> {
  const found = new Map<string, bigint>();
  for (const conversion of book.conversions) {
    if (conversion.target_currency === book.quote) {
      found.set(conversion.source_currency, parse(conversion.rate));
    }
  }
  return found;
}

/** Price in the book's quote currency: after the fee (net) or before it (raw). */
export function priceOf(
  level: Level,
  basis: Basis,
  quote: string,
  rate: Map<string, bigint>,
): bigint {
  if (basis === "net") return parse(level.net_price);
  const own = parse(level.price);
  const currency = quoteOf(level.instrument);
  if (currency === quote) return own;
  const known = rate.get(currency);
  return known === undefined ? own : multiply(own, known);
}

/** One side of the book, best first on the chosen basis (which need not be the desk's order). */
export function points(book: Book, side: Side, basis: Basis): Point[] {
  const rate = rates(book);
  const found = (side === "buy" ? book.bids : book.asks).map((level) => ({
    price: priceOf(level, basis, book.quote, rate),
    size: parse(level.size),
    venue: level.venue,
    instrument: level.instrument,
  }));
  const sign = side === "buy" ? -1 : 1;
  return found.sort((a, b) => (a.price < b.price ? -sign : a.price > b.price ? sign : 0));
}

/** Places for prices of this book: its own, and one more where fees or rates are in them. */
export function bookPlaces(book: Book, basis: Basis): number {
  const near = [...book.bids.slice(0, 10), ...book.asks.slice(0, 10)];
  const exact = basis === "raw" && book.conversions.length === 0;
  return placesIn(near.map((level) => level.price)) + (exact ? 0 : 1);
}

function bucketOf(price: bigint, side: Side, step: bigint): bigint {
  const down = price - (((price % step) + step) % step);
  return side === "buy" || down === price ? down : down + step;
}

/** Group by `step` (> 0), bids rounded down and asks up so that no row looks better than it is. */
export function aggregate(sorted: Point[], side: Side, step: bigint, limit: number): Row[] {
  const rows: Row[] = [];
  let total = 0n;
  for (const { price, size, venue } of sorted) {
    const bucket = bucketOf(price, side, step);
    let row = rows.at(-1);
    if (row === undefined || row.price !== bucket) {
      if (rows.length === limit) break;
      row = { price: bucket, size: 0n, total, byVenue: new Map() };
      rows.push(row);
    }
    total += size;
    row.size += size;
    row.total = total;
    row.byVenue.set(venue, (row.byVenue.get(venue) ?? 0n) + size);
  }
  return rows;
}

/** Steps a ladder can be grouped by: 1, 2, 5, 10 ... from 10^-12 up to 10^6. */
export const STEPS: readonly bigint[] = Array.from({ length: 19 }, (_, power) =>
  [1n, 2n, 5n].map((lead) => lead * 10n ** BigInt(power + 6)),
).flat();

/** Rows from the best one to the first that has the venue which begins furthest away. */
function rowsToAll(sorted: Point[], side: Side, step: bigint): number {
  const first = new Set<string>();
  let rows = 0;
  let reached = 0;
  let last: bigint | undefined;
  for (const { price, venue } of sorted) {
    const bucket = bucketOf(price, side, step);
    if (bucket !== last) rows += 1;
    last = bucket;
    if (!first.has(venue)) {
      first.add(venue);
      reached = rows;
    }
  }
  return reached;
}

/** The finest step at which every venue shows within two thirds of `rows` rows, on both sides;
 *  never below a millionth of the price. `held` is kept while it does nearly as well, so that the
 *  ladder does not breathe. */
export function fittingStep(bids: Point[], asks: Point[], rows: number, held?: bigint): bigint {
  const needed = (step: bigint) =>
    Math.max(rowsToAll(bids, "buy", step), rowsToAll(asks, "sell", step));
  const best = bids[0] ?? asks[0];
  const floor = best === undefined ? 1n : best.price / 1_000_000n;
  const possible = STEPS.filter((step) => step >= floor);
  const at = held === undefined ? -1 : possible.indexOf(held);
  if (held !== undefined && at >= 0 && needed(held) <= rows * 0.85) {
    const finer = possible[at - 1];
    if (finer === undefined || needed(finer) > rows * 0.5) return held;
  }
  return possible.find((step) => needed(step) * 3 <= rows * 2) ?? STEPS.at(-1) ?? 1n;
}
