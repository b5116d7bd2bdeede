import { describe, expect, it } from "vitest";
import { basisPoints, divide, format, formatSize, multiply, parse, placesOf } from "../src/decimal";

describe("parse and format", () => {
  it.each([
    ["64231.5", 1, "64,231.5"],
    ["0.1", 18, "0.100000000000000000"],
    ["1234567.891", 0, "1,234,568"],
    ["-0.004", 2, "0.00"],
    ["-1234.5", 2, "-1,234.50"],
    ["1E-8", 8, "0.00000001"],
    ["1.5e3", 0, "1,500"],
    [".5", 1, "0.5"],
    ["999.995", 2, "1,000.00"],
    ["123456789012345678.123456789012345678", 18, "123,456,789,012,345,678.123456789012345678"],
  ])("%s to %i places is %s", (text, places, expected) => {
    expect(format(parse(text), places)).toBe(expected);
  });

  it("adds what floats cannot", () => {
    expect(format(parse("0.1") + parse("0.2"), 18)).toBe("0.300000000000000000");
  });

  it("cuts digits beyond its scale", () => {
    expect(parse("0.0000000000000000019")).toBe(1n);
  });

  it.each(["", ".", "-", "abc", "1,5", "NaN", "Infinity", "0x10", "1e9999"])(
    "refuses %j",
    (text) => {
      expect(() => parse(text)).toThrow("not a decimal number");
    },
  );
});

it("multiplies and divides at scale", () => {
  expect(format(multiply(parse("64000.1"), parse("0.9997")), 5)).toBe("63,980.89997");
  expect(format(divide(parse("1"), parse("3")), 6)).toBe("0.333333");
  expect(divide(parse("1"), 0n)).toBe(0n);
});

it("tells the places a step needs", () => {
  expect(["10", "1", "0.5", "0.05", "0.000001"].map((step) => placesOf(parse(step)))).toEqual([
    0, 0, 1, 2, 6,
  ]);
});

it("writes sizes with a steady number of figures", () => {
  expect(["0.12345", "12.3456", "123456.7"].map((size) => formatSize(parse(size)))).toEqual([
    "0.1235",
    "12.346",
    "123,457",
  ]);
});

it("writes fees in basis points", () => {
  expect(["0.0026", "0.00055", "0.001", "0", "-0.0001", "0.01"].map(basisPoints)).toEqual([
    "26",
    "5.5",
    "10",
    "0",
    "-1",
    "100",
  ]);
});
