// The universal book as a ladder: all venues at each price, cumulative depth, the spread between.

import { useMemo, useRef } from "react";
import { format, formatSize, parse, placesOf, toNumber } from "../decimal";
import { useBox } from "../hooks";
import {
  aggregate,
  type Basis,
  bookPlaces,
  fittingStep,
  type Point,
  points,
  type Row,
  STEPS,
  sourceOf,
} from "../levels";
import { type Colours, UNKNOWN } from "../venues";
import type { Book, Crossing, Side } from "../wire";
import { bps } from "./TopBar";

const ROW_PX = 20;
const SPREAD_PX = 58;

interface Props {
  book: Book | undefined;
  basis: Basis;
  onBasis: (basis: Basis) => void;
  shift: number;
  onShift: (change: (held: number) => number) => void;
  colour: Colours;
}

function shifted(step: bigint, shift: number): bigint {
  const at = STEPS.indexOf(step) + shift;
  return STEPS[Math.max(0, Math.min(STEPS.length - 1, at))] ?? step;
}

export function Ladder({ book, basis, onBasis, shift, onShift, colour }: Props) {
  const [area, box] = useBox<HTMLDivElement>();
  const held = useRef<{ of: string; step: bigint } | undefined>(undefined);
  const each = Math.max(4, Math.floor((box.height - SPREAD_PX) / ROW_PX / 2));

  const shown = useMemo(() => {
    if (book === undefined) return undefined;
    const bids = points(book, "buy", basis);
    const asks = points(book, "sell", basis);
    const of = `${book.pair} ${basis} ${each}`;
    const fitting = fittingStep(
      bids,
      asks,
      each,
      held.current?.of === of ? held.current.step : undefined,
    );
    held.current = { of, step: fitting };
    const step = shifted(fitting, shift);
    return {
      step,
      bids: aggregate(bids, "buy", step, each),
      asks: aggregate(asks, "sell", step, each),
      bid: bids[0],
      ask: asks[0],
    };
  }, [book, basis, each, shift]);

  const rows = shown === undefined ? [] : [...shown.bids, ...shown.asks];
  const widest = rows.reduce((most, row) => (row.size > most ? row.size : most), 1n);
  const deepest = rows.reduce((most, row) => (row.total > most ? row.total : most), 1n);
  const measure = { widest, deepest, step: shown?.step ?? 1n };

  return (
    <section className="panel ladder" aria-label="Universal order book">
      <header>
        <h2>Universal book</h2>
        <fieldset className="toggle">
          <legend className="unseen">Prices</legend>
          {(["net", "raw"] as const).map((name) => (
            <button
              key={name}
              type="button"
              aria-pressed={basis === name}
              title={name === "net" ? "After taker fees (key n)" : "Before fees (key n)"}
              onClick={() => onBasis(name)}
            >
              {name === "net" ? "Net of fees" : "Raw"}
            </button>
          ))}
        </fieldset>
        <div className="group">
          <button
            type="button"
            aria-label="Finer price levels"
            onClick={() => onShift((n) => n - 1)}
          >
            −
          </button>
          <output aria-label="Size of a price level">
            {shown === undefined ? "–" : format(shown.step, placesOf(shown.step))}
          </output>
          <button
            type="button"
            aria-label="Coarser price levels"
            onClick={() => onShift((n) => n + 1)}
          >
            +
          </button>
        </div>
      </header>
      <div className="live rungs" role="table" aria-label={`${book?.pair ?? ""} by price`}>
        <div className="rung heads" role="row">
          <span role="columnheader">Price {book?.quote}</span>
          <span role="columnheader">Size {book?.pair.split("/")[0]}</span>
          <span role="columnheader">Total</span>
          <span role="columnheader" className="legend">
            {[...colour].map(([venue, paint]) => (
              <i key={venue} title={venue} style={{ color: paint }}>
                {venue}
              </i>
            ))}
          </span>
        </div>
        <div className="sides" role="rowgroup" ref={area}>
          <div className="side asks">
            {shown?.asks.toReversed().map((row) => (
              <Rung key={row.price.toString()} row={row} side="sell" colour={colour} {...measure} />
            ))}
          </div>
          <Spread book={book} bid={shown?.bid} ask={shown?.ask} basis={basis} colour={colour} />
          <div className="side bids">
            {shown?.bids.map((row) => (
              <Rung key={row.price.toString()} row={row} side="buy" colour={colour} {...measure} />
            ))}
          </div>
        </div>
      </div>
    </section>
  );
}

interface RungProps {
  row: Row;
  side: Side;
  colour: Colours;
  widest: bigint;
  deepest: bigint;
  step: bigint;
}

/** Decimal places at which the largest of a column has five figures: a column lines up. */
function columnPlaces(largest: bigint): number {
  const whole = Math.floor(toNumber(largest)).toString().length;
  return Math.max(0, Math.min(8, (largest >= 10n ** 18n ? 5 : 6) - whole));
}

function Rung({ row, side, colour, widest, deepest, step }: RungProps) {
  const share = (part: bigint, of: bigint) =>
    `${(Number((part * 10_000n) / of) / 100).toFixed(2)}%`;
  const parts = [...colour.keys()]
    .concat([...row.byVenue.keys()].filter((venue) => !colour.has(venue)))
    .flatMap((venue) => {
      const size = row.byVenue.get(venue);
      return size === undefined ? [] : [{ venue, size }];
    });
  const places = columnPlaces(widest);
  const words = parts.map(({ venue, size }) => `${venue} ${format(size, places)}`).join(", ");
  return (
    <div
      className="rung"
      role="row"
      data-side={side}
      data-venues={parts.map(({ venue }) => venue).join(" ")}
      title={words}
    >
      <span className="depth" style={{ width: share(row.total, deepest) }} aria-hidden="true" />
      <span role="cell" className="price">
        {format(row.price, placesOf(step))}
      </span>
      <span role="cell" className="size">
        {format(row.size, places)}
      </span>
      <span role="cell" className="total">
        {format(row.total, columnPlaces(deepest))}
      </span>
      <span role="cell" className="bars" aria-label={words}>
        {parts.map(({ venue, size }) => (
          <i
            key={venue}
            style={{ width: share(size, widest), background: colour.get(venue) ?? UNKNOWN }}
          />
        ))}
      </span>
    </div>
  );
}

interface SpreadProps {
  book: Book | undefined;
  bid: Point | undefined;
  ask: Point | undefined;
  basis: Basis;
  colour: Colours;
}

function Spread({ book, bid, ask, basis, colour }: SpreadProps) {
  if (book === undefined || bid === undefined || ask === undefined) {
    const out = book?.excluded.map(({ venue, reason }) => `${venue}: ${reason}`).join("; ");
    return <div className="spread empty">{book === undefined ? "" : out || "No levels"}</div>;
  }
  const places = bookPlaces(book, basis);
  const spread = ask.price - bid.price;
  const best = (point: Point, side: Side) => (
    <div className="best" data-side={side}>
      <b>{format(point.price, places)}</b>
      <i style={{ color: colour.get(point.venue) ?? UNKNOWN }}>
        {sourceOf(point.instrument, book.quote)}
      </i>
    </div>
  );
  return (
    <div className="spread" role="row" data-crossed={spread < 0n || undefined}>
      <div role="cell" aria-label={`Best bid, ${basis}`}>
        {best(bid, "buy")}
      </div>
      <div role="cell" className="gap" aria-label="Spread">
        <b>{format(spread, places)}</b>
        <i>{bps(spread, bid.price)} bp</i>
      </div>
      <div role="cell" aria-label={`Best offer, ${basis}`}>
        {best(ask, "sell")}
      </div>
      <Crossed crossings={book.crossings} quote={book.quote} places={places} />
    </div>
  );
}

interface CrossedProps {
  crossings: Crossing[];
  quote: string;
  places: number;
}

function Crossed({ crossings, quote, places }: CrossedProps) {
  const paying = crossings.find((crossing) => crossing.net);
  const crossing = paying ?? crossings[0];
  if (crossing === undefined) return null;
  const { bid, ask } = crossing;
  const size = parse(bid.size) < parse(ask.size) ? parse(bid.size) : parse(ask.size);
  const gain = parse(bid.net_price) - parse(ask.net_price);
  return (
    <div
      className="crossed"
      role="cell"
      data-net={crossing.net}
      title={`${ask.instrument} to ${bid.instrument}`}
    >
      <b>Crossed</b> buy {sourceOf(ask.instrument, quote)}, sell {sourceOf(bid.instrument, quote)}
      {crossing.net
        ? `: +${format(gain, places)} ${quote} after fees, on ${formatSize(size, 4)}`
        : ": does not pay after fees"}
    </div>
  );
}
