// Each venue's colour, the same everywhere on the page. None is near the colours of bid and ask.

const PALETTE = [
  "#9d8cff",
  "#3fc3ee",
  "#f0b44c",
  "#ee86c8",
  "#6f9bff",
  "#c3d94e",
  "#ff9a6b",
  "#5fd8c4",
] as const;

export type Colours = Map<string, string>;

/** By the desk's order of venues, which does not change while it runs. */
export function colours(ids: string[]): Colours {
  return new Map(ids.map((id, index) => [id, PALETTE[index % PALETTE.length] ?? PALETTE[0]]));
}

export const UNKNOWN = "#8995a6";
