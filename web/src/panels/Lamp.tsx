// A state as a coloured dot; the words are always beside it or in its label.

export function Lamp({ state, label }: { state: string; label?: string }) {
  return label === undefined ? (
    <span className="lamp" data-state={state} aria-hidden="true" />
  ) : (
    <span className="lamp" data-state={state} role="img" aria-label={label} />
  );
}
