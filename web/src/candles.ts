// Candles of the page's own making, from the trades it has seen. For the chart: floats are fine.

import { toNumber } from "./decimal";
import { priceOf } from "./levels";
import type { Trade } from "./wire";

export interface Bar {
  time: number; // unix seconds, start of the interval
  open: number;
  high: number;
  low: number;
  close: number;
  volume: number;
  bought: number; // of the volume, by buying takers
}

const KEPT = 6000;

export interface Print {
  key: string;
  ns: number;
  price: number;
  size: number;
  bought: boolean;
}

/** Trades as the chart needs them: in the book's quote currency. */
export function prints(trades: Trade[], quote: string, rate: Map<string, bigint>): Print[] {
  return trades.map((trade) => {
    const level = { ...trade, venue: "", net_price: "0" };
    return {
      key: `${trade.instrument} ${trade.venue_trade_id}`,
      ns: trade.received_ns,
      price: toNumber(priceOf(level, "raw", quote, rate)),
      size: Number(trade.size),
      bought: trade.taker_side === "buy",
    };
  });
}

/** Everything seen, oldest first, each trade once, the newest `KEPT` of them. */
export function joined(held: Print[], fresh: Print[]): Print[] {
  const seen = new Set(held.slice(-2000).map((print) => print.key));
  const added = fresh.filter((print) => !seen.has(print.key));
  if (added.length === 0) return held;
  return [...held, ...added].sort((a, b) => a.ns - b.ns).slice(-KEPT);
}

export function bars(all: Print[], seconds: number): Bar[] {
  const found: Bar[] = [];
  for (const { ns, price, size, bought } of all) {
    const time = Math.floor(ns / 1e9 / seconds) * seconds;
    let bar = found.at(-1);
    if (bar === undefined || bar.time !== time) {
      const open = bar?.close ?? price;
      bar = {
        time,
        open,
        high: Math.max(open, price),
        low: Math.min(open, price),
        close: price,
        volume: 0,
        bought: 0,
      };
      found.push(bar);
    }
    bar.high = Math.max(bar.high, price);
    bar.low = Math.min(bar.low, price);
    bar.close = price;
    bar.volume += size;
    bar.bought += bought ? size : 0;
  }
  return found;
}
