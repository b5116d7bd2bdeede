// The page's connection to the desk: one WebSocket, reopened by itself, its state always told.

import { useEffect, useRef, useState } from "react";
import { type LinkState, linkState, retryDelay } from "./link";
import type { Book, StreamFrame, Trade, VenueHealth } from "./wire";

const HISTORY = 90; // samples kept for a venue's sparkline, one a second
const WATCH_MS = 250;

export interface Latency {
  p50: number;
  p99: number;
}

export interface Desk {
  pair: string | undefined; // what book and trades are of
  link: LinkState;
  lastMs: number | undefined; // wall clock of the last frame
  ageMs: number;
  framesPerSecond: number;
  book: Book | undefined;
  trades: Trade[];
  venues: VenueHealth[];
  venuesNs: number | undefined; // the desk's time when it told of its venues
  latency: Map<string, Latency[]>;
}

const NOTHING: Desk = {
  pair: undefined,
  link: "connecting",
  lastMs: undefined,
  ageMs: 0,
  framesPerSecond: 0,
  book: undefined,
  trades: [],
  venues: [],
  venuesNs: undefined,
  latency: new Map(),
};

/** Follow one pair; a change of pair starts with an empty book, never with the other pair's. */
export function useDesk(pair: string | undefined): Desk {
  const [desk, setDesk] = useState<Desk>(NOTHING);
  const venues = useRef<VenueHealth[]>([]);
  const latency = useRef(new Map<string, Latency[]>());

  useEffect(() => {
    if (pair === undefined) return;
    let socket: WebSocket | undefined;
    let retry: number | undefined;
    let attempt = 0;
    let open = false;
    let over = false;
    let lastTick: number | undefined;
    let sampled = 0;
    let arrivals: number[] = [];
    setDesk(empty(pair, venues.current, latency.current));

    const watch = () => {
      const now = performance.now();
      arrivals = arrivals.filter((at) => now - at < 2000);
      setDesk((held) => ({
        ...held,
        link: linkState(open, lastTick, now),
        ageMs: lastTick === undefined ? 0 : now - lastTick,
        framesPerSecond: arrivals.length / 2,
      }));
    };

    const take = (frame: StreamFrame) => {
      if (over) return; // what was on its way when the pair changed
      const now = performance.now();
      open = true; // only now: a connection that says nothing is not live
      lastTick = now;
      attempt = 0;
      arrivals.push(now);
      if (frame.venues !== undefined) {
        venues.current = frame.venues;
        if (now - sampled >= 1000) {
          sampled = now;
          latency.current = sample(latency.current, frame.venues);
        }
      }
      setDesk((held) => ({
        ...held,
        link: linkState(open, now, now),
        lastMs: Date.now(),
        ageMs: 0,
        book: frame.book ?? held.book,
        trades: frame.trades ?? held.trades,
        venues: frame.venues ?? held.venues,
        venuesNs:
          frame.venues === undefined ? held.venuesNs : (frame.book ?? held.book)?.generated_ns,
        latency: latency.current,
      }));
    };

    const connect = () => {
      const address = new URL("/api/stream", window.location.href);
      address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
      address.searchParams.set("pair", pair);
      socket = new WebSocket(address);
      socket.onmessage = (message) => take(JSON.parse(message.data) as StreamFrame);
      socket.onclose = () => {
        open = false;
        if (over) return;
        watch();
        retry = window.setTimeout(connect, retryDelay(attempt++, Math.random()));
      };
    };

    connect();
    const watching = window.setInterval(watch, WATCH_MS);
    return () => {
      over = true;
      window.clearInterval(watching);
      window.clearTimeout(retry);
      socket?.close();
    };
  }, [pair]);

  // Until the effect has run, what is held is still of the pair before.
  return desk.pair === pair ? desk : empty(pair, venues.current, latency.current);
}

function empty(
  pair: string | undefined,
  venues: VenueHealth[],
  latency: Map<string, Latency[]>,
): Desk {
  return { ...NOTHING, pair, venues, latency };
}

function sample(held: Map<string, Latency[]>, venues: VenueHealth[]): Map<string, Latency[]> {
  const next = new Map(held);
  for (const venue of venues) {
    if (venue.latency_p50_ms === null || venue.latency_p99_ms === null) continue;
    const past = next.get(venue.id) ?? [];
    const now = { p50: venue.latency_p50_ms, p99: venue.latency_p99_ms };
    next.set(venue.id, [...past, now].slice(-HISTORY));
  }
  return next;
}
