// Cumulative depth on both sides of the mid, each venue's part stacked in its colour.

import { type PointerEvent, useEffect, useMemo, useRef, useState } from "react";
import { format, formatSize, parse, toNumber } from "../decimal";
import { type Box, useBox } from "../hooks";
import { type Basis, type Point, points } from "../levels";
import { type Colours, UNKNOWN } from "../venues";
import type { Book } from "../wire";

interface Props {
  book: Book | undefined;
  basis: Basis;
  colour: Colours;
}

interface Curve {
  prices: number[]; // outward from the best
  byVenue: Map<string, number[]>; // cumulative, at each price
  totals: number[];
}

function curve(side: Point[]): Curve {
  const sums = new Map<string, number>();
  const venues = [...new Set(side.map((point) => point.venue))];
  const found: Curve = { prices: [], byVenue: new Map(venues.map((v) => [v, []])), totals: [] };
  let total = 0;
  for (const { price, size, venue } of side) {
    const amount = toNumber(size);
    total += amount;
    sums.set(venue, (sums.get(venue) ?? 0) + amount);
    found.prices.push(toNumber(price));
    found.totals.push(total);
    for (const name of venues) found.byVenue.get(name)?.push(sums.get(name) ?? 0);
  }
  return found;
}

interface Scene {
  bids: Curve;
  asks: Curve;
  low: number;
  high: number;
  most: number;
}

function scene(book: Book, basis: Basis): Scene | undefined {
  const bids = curve(points(book, "buy", basis));
  const asks = curve(points(book, "sell", basis));
  const bid = bids.prices[0];
  const ask = asks.prices[0];
  const lowest = bids.prices.at(-1);
  const highest = asks.prices.at(-1);
  if (bid === undefined || ask === undefined) return undefined;
  if (lowest === undefined || highest === undefined) return undefined;
  const mid = (bid + ask) / 2;
  const reach = Math.max(Math.min(mid - lowest, highest - mid), mid * 1e-6);
  const within = (side: Curve, inside: (price: number) => boolean) =>
    side.totals.reduce((m, t, i) => (inside(side.prices[i] ?? Number.NaN) ? Math.max(m, t) : m), 0);
  const most = Math.max(
    within(bids, (price) => price >= mid - reach),
    within(asks, (price) => price <= mid + reach),
  );
  return { bids, asks, low: mid - reach, high: mid + reach, most: most * 1.06 || 1 };
}

const AXIS_PX = 20;

function draw(canvas: HTMLCanvasElement, box: Box, shown: Scene, colour: Colours): void {
  const ratio = window.devicePixelRatio || 1;
  canvas.width = box.width * ratio;
  canvas.height = box.height * ratio;
  const pen = canvas.getContext("2d");
  if (pen === null) return;
  pen.scale(ratio, ratio);
  const floor = box.height - AXIS_PX;
  const x = (price: number) => ((price - shown.low) / (shown.high - shown.low)) * box.width;
  const y = (size: number) => floor - (size / shown.most) * (floor - 6);

  pen.font = '10px "JetBrains Mono", ui-monospace, "DejaVu Sans Mono", monospace';
  pen.lineWidth = 1;
  const rung = roundStep(shown.most / 4);
  for (let size = rung; size < shown.most * 0.97; size += rung) {
    pen.fillStyle = "#141a23";
    pen.fillRect(0, Math.round(y(size)), box.width, 1);
  }
  for (const [side, edge, end] of [
    [shown.bids, "#2fc48d", shown.low],
    [shown.asks, "#f4646f", shown.high],
  ] as const) {
    stack(pen, side, x, y, end, colour);
    outline(pen, side, x, y, end, edge);
  }
  pen.fillStyle = "#2a3442";
  pen.fillRect(0, floor, box.width, 1);
  pen.fillStyle = "#8492a6";
  pen.textAlign = "right";
  for (let size = rung; size < shown.most * 0.97; size += rung) {
    pen.fillText(short(size), box.width - 6, y(size) - 3);
  }
  pen.textAlign = "center";
  const step = roundStep((shown.high - shown.low) / (box.width / 95));
  const places = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  for (let at = Math.ceil(shown.low / step) * step; at < shown.high; at += step) {
    if (x(at) < 30 || x(at) > box.width - 30) continue;
    pen.fillText(at.toFixed(places), x(at), box.height - 6);
  }
}

/** 1, 2 or 5 times a power of ten, at least `rough`. */
function roundStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough));
  return ([1, 2, 5].find((lead) => lead * power >= rough) ?? 10) * power;
}

function short(size: number): string {
  if (size >= 1e6) return `${(size / 1e6).toFixed(1)}M`;
  if (size >= 1e4) return `${(size / 1e3).toFixed(0)}k`;
  return size >= 10 ? size.toFixed(0) : size.toFixed(2);
}

type Scale = (value: number) => number;

function stack(
  pen: CanvasRenderingContext2D,
  side: Curve,
  x: Scale,
  y: Scale,
  end: number,
  colour: Colours,
): void {
  let below = side.prices.map(() => 0);
  const names = [...colour.keys(), ...[...side.byVenue.keys()].filter((v) => !colour.has(v))];
  for (const venue of names) {
    const sums = side.byVenue.get(venue);
    if (sums === undefined) continue;
    const above = below.map((size, index) => size + (sums[index] ?? 0));
    pen.beginPath();
    steps(pen, side.prices, above, x, y, end);
    steps(pen, side.prices, below, x, y, end, true);
    pen.closePath();
    pen.globalAlpha = 0.34;
    pen.fillStyle = colour.get(venue) ?? UNKNOWN;
    pen.fill();
    pen.globalAlpha = 1;
    below = above;
  }
}

/** A staircase outward from the best price, or the same way back. */
function steps(
  pen: CanvasRenderingContext2D,
  prices: number[],
  sizes: number[],
  x: Scale,
  y: Scale,
  end: number,
  back = false,
): void {
  const corners: [number, number][] = [];
  prices.forEach((price, index) => {
    const until = prices[index + 1] ?? end;
    corners.push([x(price), y(sizes[index] ?? 0)], [x(until), y(sizes[index] ?? 0)]);
  });
  if (back) corners.reverse();
  for (const [across, down] of corners) pen.lineTo(across, down);
}

function outline(
  pen: CanvasRenderingContext2D,
  side: Curve,
  x: Scale,
  y: Scale,
  end: number,
  edge: string,
): void {
  pen.beginPath();
  pen.moveTo(x(side.prices[0] ?? end), y(0));
  steps(pen, side.prices, side.totals, x, y, end);
  pen.strokeStyle = edge;
  pen.lineWidth = 1.5;
  pen.stroke();
}

export function DepthChart({ book, basis, colour }: Props) {
  const [area, box] = useBox<HTMLDivElement>();
  const canvas = useRef<HTMLCanvasElement>(null);
  const [pointer, setPointer] = useState<number>();
  const shown = useMemo(() => (book === undefined ? undefined : scene(book, basis)), [book, basis]);

  useEffect(() => {
    if (canvas.current === null || box.width === 0) return;
    if (shown === undefined) {
      canvas.current.width = 0;
      return;
    }
    draw(canvas.current, box, shown, colour);
  }, [shown, box, colour]);

  const move = (event: PointerEvent<HTMLDivElement>) =>
    setPointer(event.clientX - event.currentTarget.getBoundingClientRect().left);

  return (
    <section className="panel depth-chart" aria-label="Depth chart">
      <header>
        <h2>Depth</h2>
        <span className="hint">
          {book === undefined ? "" : `${basis === "net" ? "net of fees" : "raw"}, ${book.quote}`}
        </span>
        <Sum book={book} />
      </header>
      <div
        className="live canvas"
        ref={area}
        onPointerMove={move}
        onPointerLeave={() => setPointer(undefined)}
      >
        <canvas ref={canvas} role="img" aria-label="Cumulative size by price, both sides" />
        {pointer !== undefined && shown !== undefined && (
          <Readout at={pointer} box={box} shown={shown} />
        )}
      </div>
    </section>
  );
}

function Sum({ book }: { book: Book | undefined }) {
  if (book === undefined) return null;
  const sum = (side: { size: string }[]) =>
    formatSize(
      side.reduce((total, level) => total + parse(level.size), 0n),
      5,
    );
  return (
    <span className="sums live">
      <b data-side="buy">{sum(book.bids)}</b> bid · <b data-side="sell">{sum(book.asks)}</b> offered
    </span>
  );
}

function Readout({ at, box, shown }: { at: number; box: Box; shown: Scene }) {
  const price = shown.low + (at / box.width) * (shown.high - shown.low);
  const buy = price < (shown.low + shown.high) / 2;
  const side = buy ? shown.bids : shown.asks;
  const reached = side.prices.filter((p) => (buy ? p >= price : p <= price)).length;
  const size = side.totals[reached - 1] ?? 0;
  const away = ((price / ((shown.low + shown.high) / 2) - 1) * 1e4).toFixed(1);
  const places = Math.min(12, Math.max(0, 3 - Math.floor(Math.log10(shown.high - shown.low))));
  return (
    <div className="readout" style={{ left: at }} data-flip={at > box.width / 2 || undefined}>
      <span data-side={buy ? "buy" : "sell"}>
        {format(parse(price.toFixed(places)), places)}
        <small>
          {short(size)} · {away} bp
        </small>
      </span>
    </div>
  );
}
