// How every venue is doing: may its numbers be used, how late they are, what went wrong.

import { basisPoints } from "../decimal";
import type { Desk, Latency } from "../stream";
import { type Colours, UNKNOWN } from "../venues";
import type { Book, VenueHealth } from "../wire";
import { Lamp } from "./Lamp";

export function VenuePanel({ desk, colour }: { desk: Desk; colour: Colours }) {
  return (
    <section className="panel venues" aria-label="Venue health">
      <header>
        <h2>Venues</h2>
        <span className="hint">latency from the venue&apos;s stamp to our reading</span>
      </header>
      <div className="scroll">
        <table className="live">
          <thead>
            <tr>
              <th scope="col">Venue</th>
              <th scope="col">State</th>
              <th scope="col">p50</th>
              <th scope="col">p99 ms</th>
              <th scope="col" className="trend">
                <span className="unseen">Latency over time</span>
              </th>
              <th scope="col">Age ms</th>
              <th scope="col">Msg/s</th>
              <th scope="col">Gaps</th>
              <th scope="col">Reconn.</th>
              <th scope="col">Taker bp</th>
            </tr>
          </thead>
          <tbody>
            {desk.venues.map((venue) => (
              <VenueRow
                key={venue.id}
                venue={venue}
                book={desk.book}
                now={desk.venuesNs}
                past={desk.latency.get(venue.id) ?? []}
                paint={colour.get(venue.id) ?? UNKNOWN}
              />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

interface RowProps {
  venue: VenueHealth;
  book: Book | undefined;
  now: number | undefined;
  past: Latency[];
  paint: string;
}

function VenueRow({ venue, book, now, past, paint }: RowProps) {
  const fees = Object.entries(book?.taker_fees ?? {})
    .filter(([instrument]) => instrument.startsWith(`${venue.id}:`))
    .map(([, fee]) => basisPoints(fee));
  const out = book?.excluded.find((excluded) => excluded.venue === venue.id)?.reason;
  const why = venue.detail || (out === undefined ? "" : `out of the book: ${out}`);
  return (
    <tr data-venue={venue.id} data-state={venue.state}>
      <th scope="row">
        <span className="swatch" style={{ background: paint }} aria-hidden="true" />
        {venue.name}
      </th>
      <td className="state" title={why}>
        <Lamp state={venue.state} />
        {venue.state}
        {why !== "" && <small>{why}</small>}
      </td>
      <td>{tenths(venue.latency_p50_ms)}</td>
      <td>{tenths(venue.latency_p99_ms)}</td>
      <td className="trend">
        <Sparkline past={past} paint={paint} />
      </td>
      <td>{age(venue, now)}</td>
      <td>{venue.frames_per_s === null ? "–" : Math.round(venue.frames_per_s)}</td>
      <td data-alert={venue.gaps > 0 || undefined}>{venue.gaps}</td>
      <td data-alert={venue.reconnects > 0 || undefined}>{venue.reconnects}</td>
      <td>{[...new Set(fees)].join(" / ") || "–"}</td>
    </tr>
  );
}

/** How old a venue's last frame was when the desk made the view: two times of one clock. */
function age(venue: VenueHealth, now: number | undefined): string {
  if (venue.last_received_ns === null || now === undefined) return "–";
  const ms = Math.max(0, (now - venue.last_received_ns) / 1e6);
  return ms >= 10_000 ? `${(ms / 1000).toFixed(0)} s` : ms.toFixed(0);
}

function tenths(ms: number | null): string {
  if (ms === null) return "–";
  return ms >= 100 ? ms.toFixed(0) : ms.toFixed(1);
}

const WIDTH = 84;
const HEIGHT = 18;

function Sparkline({ past, paint }: { past: Latency[]; paint: string }) {
  if (past.length < 2) return null;
  const most = Math.max(...past.map((at) => at.p99), 0.1);
  const path = (pick: (at: Latency) => number) =>
    past
      .map((at, index) => {
        const x = ((index / (past.length - 1)) * WIDTH).toFixed(1);
        return `${x},${(HEIGHT - 1 - (pick(at) / most) * (HEIGHT - 3)).toFixed(1)}`;
      })
      .join(" ");
  return (
    <svg
      width={WIDTH}
      height={HEIGHT}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={`p99 up to ${most.toFixed(1)} ms in the last ${past.length} s`}
    >
      <polyline points={path((at) => at.p99)} fill="none" stroke="#64748b" strokeWidth="1" />
      <polyline points={path((at) => at.p50)} fill="none" stroke={paint} strokeWidth="1.5" />
    </svg>
  );
}
