// What the numbers rest on: conversions, venues left out, the stream itself, keys, notices.

import type { Desk } from "../stream";

export function StatusBar({ desk }: { desk: Desk }) {
  const { book } = desk;
  return (
    <footer className="statusbar">
      {book?.conversions.map((conversion) => (
        <span key={conversion.source_currency} className="live">
          1 {conversion.source_currency} = <b>{conversion.rate.slice(0, 12)}</b>{" "}
          {conversion.target_currency} <i>{conversion.origin}</i>
        </span>
      ))}
      {book?.excluded.map(({ instrument, reason }) => (
        <span key={instrument} className="left-out">
          {instrument} left out: {reason}
        </span>
      ))}
      <span className="push">{desk.framesPerSecond.toFixed(0)} views/s</span>
      <span className="keys">
        <kbd>1</kbd>–<kbd>9</kbd> pair <kbd>n</kbd> net/raw <kbd>[</kbd> <kbd>]</kbd> group{" "}
        <kbd>/</kbd> size
      </span>
      <span>
        Charts by{" "}
        <a href="https://www.tradingview.com/" target="_blank" rel="noopener noreferrer">
          TradingView Lightweight Charts™
        </a>
      </span>
    </footer>
  );
}
