// What the desk sends, as it sends it: money is text, times are nanoseconds.

export type Environment = "sandbox" | "live" | "replay";
export type VenueState = "connecting" | "live" | "stale" | "disconnected" | "closed";
export type Side = "buy" | "sell";

export interface VenueHealth {
  id: string;
  name: string;
  environment: Environment;
  state: VenueState;
  latency_p50_ms: number | null;
  latency_p99_ms: number | null;
  frames_per_s: number | null;
  gaps: number;
  reconnects: number;
  last_received_ns: number | null;
  detail: string;
}

export interface Level {
  venue: string;
  instrument: string;
  net_price: string; // in the book's quote currency, taker fee included
  price: string; // as the venue shows it, in its own quote currency
  size: string; // base units
}

export interface Crossing {
  bid: Level;
  ask: Level;
  net: boolean; // whether it pays after fees
}

export interface Conversion {
  source_currency: string;
  target_currency: string;
  rate: string;
  origin: string;
}

export interface Book {
  pair: string;
  quote: string;
  generated_ns: number;
  bids: Level[];
  asks: Level[];
  crossings: Crossing[];
  excluded: { venue: string; instrument: string; reason: string }[];
  conversions: Conversion[];
  taker_fees: Record<string, string>; // by instrument, as a fraction
}

export interface Trade {
  instrument: string;
  venue_ns: number;
  received_ns: number;
  venue_trade_id: string;
  taker_side: Side;
  price: string;
  size: string;
}

export interface CostQuote {
  pair: string;
  side: Side;
  size: string;
  filled: string;
  missing: string;
  net_value: string;
  average_net_price: string | null;
  worst_net_price: string | null;
  parts: { venue: string; instrument: string; size: string; net_value: string }[];
}

export interface StreamFrame {
  sequence: number;
  book?: Book;
  trades?: Trade[];
  venues?: VenueHealth[];
}

export interface ApiError {
  error: string;
  detail: string;
  what_to_do: string;
}
