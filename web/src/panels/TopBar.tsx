// Name, pairs, the market in one line, and whether what is shown is live.

import { useEffect, useState } from "react";
import { format, multiply, parse, placesIn } from "../decimal";
import { clock } from "../hooks";
import { priceOf, quoteOf, rates } from "../levels";
import type { Desk } from "../stream";
import type { Colours } from "../venues";
import { UNKNOWN } from "../venues";
import { Lamp } from "./Lamp";

const LINK_WORDS = { connecting: "Connecting", live: "Live", stale: "Stale", down: "Disconnected" };

interface Props {
  desk: Desk;
  pairs: string[];
  pair: string | undefined;
  onPair: (pair: string) => void;
  colour: Colours;
}

export function TopBar({ desk, pairs, pair, onPair, colour }: Props) {
  const environments = [...new Set(desk.venues.map((venue) => venue.environment))];
  return (
    <header className="topbar">
      <div className="brand">
        <svg viewBox="0 0 32 32" width="20" height="20" aria-hidden="true">
          <path d="M15 4v16H5z" fill="#9d8cff" />
          <path d="M17 7v13h9z" fill="#3fc3ee" />
          <path d="M4 22h24l-4 6H9z" fill="#dfe6ef" />
        </svg>
        <h1>ARGOSY</h1>
      </div>
      <nav className="pairs" aria-label="Pairs">
        {pairs.map((name, index) => (
          <button
            key={name}
            type="button"
            aria-pressed={name === pair}
            onClick={() => onPair(name)}
            title={index < 9 ? `Key ${index + 1}` : undefined}
          >
            {name}
          </button>
        ))}
      </nav>
      <Quote desk={desk} colour={colour} />
      <div className="right">
        {environments.map((name) => (
          <span key={name} className="environment" data-environment={name}>
            {name}
          </span>
        ))}
        <span className="link" role="status" aria-live="polite">
          <Lamp state={desk.link} />
          {LINK_WORDS[desk.link]}
        </span>
        <Utc />
      </div>
    </header>
  );
}

function Quote({ desk, colour }: { desk: Desk; colour: Colours }) {
  const { book, trades } = desk;
  const last = trades[0];
  const bid = book?.bids[0];
  const ask = book?.asks[0];
  if (book === undefined || last === undefined || bid === undefined || ask === undefined) {
    return <div className="quote" />;
  }
  const places = placesIn(trades.slice(0, 20).map((trade) => trade.price));
  const rate = rates(book);
  const venue = last.instrument.split(":")[0] ?? "";
  const spread = parse(ask.net_price) - parse(bid.net_price);
  const mid = (parse(ask.net_price) + parse(bid.net_price)) / 2n;
  const raw = (level: typeof bid) => priceOf(level, "raw", book.quote, rate);
  const best = (side: typeof book.bids, sign: bigint) =>
    side
      .map(raw)
      .reduce((held, price) => (price * sign > held * sign ? price : held), raw(side[0] ?? bid));
  const rawSpread = best(book.asks, -1n) - best(book.bids, 1n);
  return (
    <dl className="quote live">
      <div className="last" data-side={last.taker_side}>
        <dt>
          Last <i style={{ color: colour.get(venue) ?? UNKNOWN }}>{venue}</i>
        </dt>
        <dd>
          {format(parse(last.price), places)} <small>{quoteOf(last.instrument)}</small>
        </dd>
      </div>
      <div>
        <dt>Mid net</dt>
        <dd>{format(mid, places)}</dd>
      </div>
      <div>
        <dt>Spread net</dt>
        <dd>
          {format(spread, places)} <small>{bps(spread, mid)} bp</small>
        </dd>
      </div>
      <div>
        <dt>Spread raw</dt>
        <dd>
          {format(rawSpread, places)} <small>{bps(rawSpread, mid)} bp</small>
        </dd>
      </div>
    </dl>
  );
}

export function bps(part: bigint, whole: bigint): string {
  if (whole === 0n) return "–";
  return format((multiply(part, 10_000n * 10n ** 18n) * 10n ** 18n) / whole, 1);
}

function Utc() {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = window.setInterval(() => setNow(Date.now()), 1000);
    return () => window.clearInterval(timer);
  }, []);
  return (
    <time className="utc">
      {clock(now)} <small>UTC</small>
    </time>
  );
}
