// Prices of all venues' trades as candles, before fees, in the book's quote currency.

import {
  CandlestickSeries,
  ColorType,
  createChart,
  HistogramSeries,
  type IChartApi,
  type ISeriesApi,
  type UTCTimestamp,
} from "lightweight-charts";
import { useEffect, useRef, useState } from "react";
import { ask } from "../api";
import { bars, joined, type Print, prints } from "../candles";
import { format, parse, placesIn } from "../decimal";
import { rates } from "../levels";
import type { Desk } from "../stream";
import type { Trade } from "../wire";

const INTERVALS = [
  ["1s", 1],
  ["5s", 5],
  ["15s", 15],
  ["1m", 60],
] as const;

const UP = "#2fc48d";
const DOWN = "#f4646f";

interface Drawn {
  chart: IChartApi;
  candles: ISeriesApi<"Candlestick">;
  volume: ISeriesApi<"Histogram">;
}

function drawn(element: HTMLElement): Drawn {
  const chart = createChart(element, {
    autoSize: true,
    layout: {
      background: { type: ColorType.Solid, color: "#0c1016" },
      textColor: "#8492a6",
      fontFamily: '"JetBrains Mono", ui-monospace, "DejaVu Sans Mono", monospace',
      fontSize: 10,
      attributionLogo: false, // its style element breaks the page's policy; the foot has the notice
    },
    grid: { vertLines: { color: "#121822" }, horzLines: { color: "#121822" } },
    crosshair: {
      mode: 0,
      vertLine: { color: "#45546a", labelBackgroundColor: "#2a3442" },
      horzLine: { color: "#45546a", labelBackgroundColor: "#2a3442" },
    },
    rightPriceScale: { borderColor: "#1d2531", scaleMargins: { top: 0.08, bottom: 0.24 } },
    timeScale: {
      borderColor: "#1d2531",
      timeVisible: true,
      secondsVisible: true,
      rightOffset: 3,
      barSpacing: 7,
    },
  });
  const candles = chart.addSeries(CandlestickSeries, {
    upColor: UP,
    downColor: DOWN,
    wickUpColor: UP,
    wickDownColor: DOWN,
    borderVisible: false,
    priceLineColor: "#8492a6",
  });
  const volume = chart.addSeries(HistogramSeries, {
    priceScaleId: "volume",
    priceFormat: { type: "volume" },
    lastValueVisible: false,
    priceLineVisible: false,
  });
  chart.priceScale("volume").applyOptions({ scaleMargins: { top: 0.82, bottom: 0 } });
  return { chart, candles, volume };
}

export function PriceChart({ pair, desk }: { pair: string | undefined; desk: Desk }) {
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<Drawn | undefined>(undefined);
  const [history, setHistory] = useState<Trade[]>([]);
  const [seconds, setSeconds] = useState<number>(1);
  const seen = useRef<Print[]>([]);
  const { book, trades } = desk;

  useEffect(() => {
    if (place.current === null) return;
    const made = drawn(place.current);
    chart.current = made;
    return () => {
      chart.current = undefined;
      made.chart.remove();
    };
  }, []);

  useEffect(() => {
    if (pair === undefined) return;
    const abort = new AbortController();
    ask<Trade[]>(`/api/trades/${pair}?limit=1000`, abort.signal).then(setHistory, () => undefined);
    return () => abort.abort();
  }, [pair]);

  const places = placesIn(trades.slice(0, 20).map((trade) => trade.price));

  useEffect(() => {
    chart.current?.candles.applyOptions({
      priceFormat: {
        type: "custom",
        minMove: 10 ** -places,
        formatter: (price: number) => format(parse(price.toFixed(places)), places),
      },
    });
  }, [places]);

  // The rates are those of now: good enough for a chart of minutes, and only for a chart.
  const known = book !== undefined;
  useEffect(() => {
    if (chart.current === undefined || book === undefined || !known) return;
    const rate = rates(book);
    const before = seen.current;
    seen.current = joined(
      joined(before, prints(history, book.quote, rate)),
      prints(trades, book.quote, rate),
    );
    if (seen.current === before && before.length > 0 && chart.current.candles.data().length > 0) {
      return;
    }
    show(chart.current, seen.current, seconds);
  }, [history, trades, known, seconds, book]);

  const choose = (next: number) => {
    setSeconds(next);
    if (chart.current !== undefined) {
      show(chart.current, seen.current, next);
      chart.current.chart.timeScale().scrollToRealTime();
    }
  };

  return (
    <section className="panel price-chart" aria-label="Price chart">
      <header>
        <h2>Trades, all venues</h2>
        <span className="hint">{book === undefined ? "" : `raw, in ${book.quote}`}</span>
        <fieldset className="toggle">
          <legend className="unseen">Interval</legend>
          {INTERVALS.map(([name, length]) => (
            <button
              key={name}
              type="button"
              aria-pressed={seconds === length}
              onClick={() => choose(length)}
            >
              {name}
            </button>
          ))}
        </fieldset>
      </header>
      <div className="live plot" ref={place} role="img" aria-label="Candles of recent trades" />
    </section>
  );
}

function show({ chart, candles, volume }: Drawn, all: Print[], seconds: number): void {
  const found = bars(all, seconds);
  const low = Math.min(...found.map((bar) => bar.low));
  const high = Math.max(...found.map((bar) => bar.high));
  if (found.length > 0) {
    chart
      .chartElement()
      .parentElement?.setAttribute("aria-label", `Candles of trades at ${low} to ${high}`);
  }
  candles.setData(found.map((bar) => ({ ...bar, time: bar.time as UTCTimestamp })));
  volume.setData(
    found.map((bar) => ({
      time: bar.time as UTCTimestamp,
      value: bar.volume,
      color: bar.bought * 2 >= bar.volume ? "#2fc48d55" : "#f4646f55",
    })),
  );
}
