// Money on the page: text to scaled integers and back. No float ever holds a price or a size
// that is shown; `toNumber` is for pixels only.

export const SCALE = 18;
const ONE = 10n ** BigInt(SCALE);

const NUMBER = /^(-?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,3}))?$/;

/** '0.25' -> 0.25 scaled by 10^18; digits beyond are cut. Throws on what is no decimal number. */
export function parse(text: string): bigint {
  const found = NUMBER.exec(text);
  if (found === null || `${found[2]}${found[3] ?? ""}` === "") {
    throw new Error(`${JSON.stringify(text)} is not a decimal number`);
  }
  const [, sign, whole = "", fraction = "", exponent = "0"] = found;
  const shift = SCALE - fraction.length + Number(exponent);
  const digits = BigInt(whole + fraction);
  const units = shift >= 0 ? digits * 10n ** BigInt(shift) : digits / 10n ** BigInt(-shift);
  return sign === "-" ? -units : units;
}

export function multiply(a: bigint, b: bigint): bigint {
  return (a * b) / ONE;
}

/** a / b, cut at the scale; 0 when b is 0. */
export function divide(a: bigint, b: bigint): bigint {
  return b === 0n ? 0n : (a * ONE) / b;
}

/** Written with exactly `digits` places, rounded half away from zero, thousands apart. */
export function format(units: bigint, digits: number, separator = ","): string {
  const places = Math.max(0, Math.min(SCALE, digits));
  const step = 10n ** BigInt(SCALE - places);
  const magnitude = units < 0n ? -units : units;
  const rounded = (magnitude + step / 2n) / step;
  const text = rounded.toString().padStart(places + 1, "0");
  const whole = text.slice(0, text.length - places).replace(/\B(?=(\d{3})+$)/g, separator);
  const sign = units < 0n && rounded !== 0n ? "-" : "";
  return places === 0 ? sign + whole : `${sign}${whole}.${text.slice(-places)}`;
}

/** Places needed so that a step of this size shows. 0.05 -> 2, 10 -> 0. */
export function placesOf(step: bigint): number {
  let places = SCALE;
  let rest = step;
  while (places > 0 && rest % 10n === 0n) {
    rest /= 10n;
    places -= 1;
  }
  return places;
}

/** Places at which all of these texts show whole, so that numbers side by side line up. */
export function placesIn(texts: string[]): number {
  return Math.min(12, Math.max(0, ...texts.map((text) => placesOf(parse(text)))));
}

/** For sizes: about `figures` significant digits, never fewer than the whole part. */
export function formatSize(units: bigint, figures = 5): string {
  const magnitude = units < 0n ? -units : units;
  const whole = magnitude / ONE;
  const wholeDigits = whole === 0n ? 1 : whole.toString().length;
  return format(units, Math.max(0, figures - wholeDigits));
}

/** Basis points of a fraction written as text: '0.0026' -> '26', '0.00055' -> '5.5'. */
export function basisPoints(fraction: string): string {
  const text = format(parse(fraction) * 10_000n, 2, "");
  return text.replace(/0+$/, "").replace(/\.$/, "");
}

/** A float near it: for geometry and charts only, never for text. */
export function toNumber(units: bigint): number {
  return Number(units / 10n ** 6n) / 1e12;
}
