// Whether what is on the screen may be believed. Decided by what arrived and when, nothing else.

export type LinkState = "connecting" | "live" | "stale" | "down";

export const STALE_AFTER_MS = 2500; // the desk sends everything once a second

/** `lastMs` is when the last frame came (undefined: none yet), on the same clock as `nowMs`. */
export function linkState(open: boolean, lastMs: number | undefined, nowMs: number): LinkState {
  if (lastMs === undefined) return "connecting";
  if (!open) return "down";
  return nowMs - lastMs > STALE_AFTER_MS ? "stale" : "live";
}

/** Milliseconds to the next attempt: doubling to 5 s, spread so that pages do not come at once. */
export function retryDelay(attempt: number, spread: number): number {
  return Math.min(5000, 250 * 2 ** Math.min(attempt, 6)) * (0.75 + spread / 2);
}
