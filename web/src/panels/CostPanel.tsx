// What trading a size would cost now, over all venues at once, fees included.

import { type RefObject, useEffect, useRef, useState } from "react";
import { ask, Refused } from "../api";
import { divide, format, formatSize, parse, toNumber } from "../decimal";
import { bookPlaces, sourceOf } from "../levels";
import type { Desk } from "../stream";
import { type Colours, UNKNOWN } from "../venues";
import type { CostQuote, Side } from "../wire";
import { bps } from "./TopBar";

interface Props {
  pair: string | undefined;
  desk: Desk;
  colour: Colours;
  input: RefObject<HTMLInputElement | null>;
}

const EVERY_MS = 500;

export function CostPanel({ pair, desk, colour, input }: Props) {
  const [side, setSide] = useState<Side>("buy");
  const [size, setSize] = useState("");
  const [quote, setQuote] = useState<CostQuote>();
  const [problem, setProblem] = useState("");
  const base = pair?.split("/")[0] ?? "";
  const suggested = useRef<string | undefined>(undefined);
  suggested.current ??= suggestion(desk); // once: it must not change under the reader
  const first = suggested.current;
  const asked = size === "" ? first : size.trim().replace(",", ".");
  const live = desk.link === "live";

  useEffect(() => {
    if (pair === undefined || asked === undefined || !live) return;
    const abort = new AbortController();
    let timer: number | undefined;
    const load = async () => {
      try {
        const query = new URLSearchParams({ side, size: asked });
        setQuote(await ask<CostQuote>(`/api/cost/${pair}?${query}`, abort.signal));
        setProblem("");
      } catch (error) {
        if (abort.signal.aborted) return;
        setQuote(undefined);
        setProblem(
          error instanceof Refused
            ? `${error.body.detail} ${error.body.what_to_do}`
            : String(error),
        );
        if (error instanceof Refused && error.body.error === "bad_size") return;
      }
      timer = window.setTimeout(load, EVERY_MS);
    };
    timer = window.setTimeout(load, 120); // while typing
    return () => {
      window.clearTimeout(timer);
      abort.abort();
    };
  }, [pair, side, asked, live]);

  return (
    <section className="panel cost" aria-label="Cost to trade a size">
      <header>
        <h2>Cost to trade</h2>
        <span className="hint">an estimate, nothing is sent</span>
      </header>
      <form onSubmit={(event) => event.preventDefault()}>
        <fieldset className="toggle sides-toggle">
          <legend className="unseen">Side</legend>
          {(["buy", "sell"] as const).map((name) => (
            <button
              key={name}
              type="button"
              data-side={name}
              aria-pressed={side === name}
              onClick={() => setSide(name)}
            >
              {name === "buy" ? "Buy" : "Sell"}
            </button>
          ))}
        </fieldset>
        <label>
          <span className="unseen">Size in {base}</span>
          <input
            ref={input}
            inputMode="decimal"
            autoComplete="off"
            spellCheck={false}
            maxLength={30}
            placeholder={first ?? ""}
            value={size}
            onChange={(event) => setSize(event.target.value)}
          />
          <i>{base}</i>
        </label>
      </form>
      {problem !== "" && (
        <p className="problem" role="alert">
          {problem}
        </p>
      )}
      {quote !== undefined && problem === "" && (
        <Answer quote={quote} desk={desk} colour={colour} base={base} />
      )}
    </section>
  );
}

/** A size worth asking about: half of what is offered, rounded down to 1, 2, 5, 10 ... */
function suggestion(desk: Desk): string | undefined {
  const asks = desk.book?.asks;
  if (asks === undefined || asks.length === 0) return undefined;
  const total = toNumber(asks.reduce((sum, level) => sum + parse(level.size), 0n)) / 2;
  const power = Math.floor(Math.log10(Math.max(total, 1e-8)));
  const lead = [5, 2].find((digit) => digit * 10 ** power <= total) ?? 1;
  return power >= 0 ? `${lead}${"0".repeat(power)}` : `0.${"0".repeat(-power - 1)}${lead}`;
}

interface AnswerProps {
  quote: CostQuote;
  desk: Desk;
  colour: Colours;
  base: string;
}

function Answer({ quote, desk, colour, base }: AnswerProps) {
  const best = (quote.side === "buy" ? desk.book?.asks : desk.book?.bids)?.[0];
  const average = quote.average_net_price === null ? undefined : parse(quote.average_net_price);
  const from = best === undefined ? undefined : parse(best.net_price);
  const impact = average === undefined || from === undefined ? 0n : average - from;
  const filled = parse(quote.filled);
  const currency = desk.book?.quote ?? "";
  const places = desk.book === undefined ? 2 : bookPlaces(desk.book, "net");
  return (
    <div className="answer live" aria-live="off">
      <dl>
        <div className="main">
          <dt>Average net</dt>
          <dd>{average === undefined ? "–" : format(average, places)}</dd>
        </div>
        <div>
          <dt>{quote.side === "buy" ? "You pay" : "You get"}</dt>
          <dd>
            {format(parse(quote.net_value), 2)} <small>{currency}</small>
          </dd>
        </div>
        <div>
          <dt>Impact from best</dt>
          <dd>
            {from === undefined ? "–" : bps(impact < 0n ? -impact : impact, from)} <small>bp</small>
          </dd>
        </div>
      </dl>
      <div className="split" aria-hidden="true">
        {quote.parts.map((part) => (
          <i
            key={part.instrument}
            style={{
              background: colour.get(part.venue) ?? UNKNOWN,
              width: `${(toNumber(divide(parse(part.size), filled)) * 100).toFixed(2)}%`,
            }}
          />
        ))}
      </div>
      <ul>
        {quote.parts.map((part) => (
          <li key={part.instrument}>
            <i style={{ color: colour.get(part.venue) ?? UNKNOWN }}>
              {sourceOf(part.instrument, currency)}
            </i>
            <span>{formatSize(parse(part.size))}</span>
            <span>{format(divide(parse(part.net_value), parse(part.size)), places)}</span>
          </li>
        ))}
      </ul>
      {parse(quote.missing) > 0n && (
        <p className="problem">
          The books shown are too thin: {formatSize(parse(quote.missing))} {base} is not there.
        </p>
      )}
    </div>
  );
}
