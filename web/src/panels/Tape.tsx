// The latest trades of all venues, newest first; a bar behind each says how large it was.

import { format, parse, placesIn, toNumber } from "../decimal";
import { clock, useBox } from "../hooks";
import { quoteOf } from "../levels";
import type { Desk } from "../stream";
import { type Colours, UNKNOWN } from "../venues";

const ROW_PX = 19;

export function Tape({ desk, colour }: { desk: Desk; colour: Colours }) {
  const [area, box] = useBox<HTMLDivElement>();
  const shown = desk.trades.slice(0, Math.max(1, Math.floor(box.height / ROW_PX)));
  const places = placesIn(shown.map((trade) => trade.price));
  const largest = Math.max(...shown.map((trade) => Math.sqrt(toNumber(parse(trade.size)))), 1e-9);
  const whole = Math.floor(largest * largest).toString().length;
  const sizePlaces = Math.max(0, 6 - whole);
  const quote = desk.book?.quote ?? "";
  return (
    <section className="panel tape" aria-label="Trades">
      <header>
        <h2>Trades</h2>
        <span className="hint">newest first, UTC</span>
      </header>
      <div className="live prints" ref={area} role="table" aria-label="Latest trades">
        {shown.map((trade) => {
          const venue = trade.instrument.split(":")[0] ?? "";
          const size = parse(trade.size);
          const paint = colour.get(venue) ?? UNKNOWN;
          return (
            <div
              className="print"
              role="row"
              key={`${trade.instrument} ${trade.venue_trade_id}`}
              data-side={trade.taker_side}
              title={`${trade.taker_side} ${trade.instrument}, ${quoteOf(trade.instrument)}`}
            >
              <span
                className="weight"
                style={{ width: `${((Math.sqrt(toNumber(size)) / largest) * 100).toFixed(1)}%` }}
                aria-hidden="true"
              />
              <span role="cell" className="at">
                {clock(trade.received_ns / 1e6, 2)}
              </span>
              <span role="cell" className="venue" style={{ color: paint }}>
                {venue}
                {quoteOf(trade.instrument) !== quote && <small>{quoteOf(trade.instrument)}</small>}
              </span>
              <span role="cell" className="price">
                <span className="unseen">{trade.taker_side} at </span>
                {format(parse(trade.price), places)}
              </span>
              <span role="cell" className="size">
                {format(size, sizePlaces)}
              </span>
            </div>
          );
        })}
      </div>
    </section>
  );
}
