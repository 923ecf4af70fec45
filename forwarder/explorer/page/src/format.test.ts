import { expect, test } from "vitest";
import { clock, count, dollars, duration, moment, percent, said, since, span } from "./format";

test("durations have two or three digits", () => {
  const all = [null, 0, 0.004, 0.5, 2.37, 46.84, 768, 999.6, 1240, 59_900, 123_000, 3_780_000].map((ms) => said(duration(ms)));
  expect(all).toEqual(["—", "0 ms", "0 ms", "0.50 ms", "2.4 ms", "47 ms", "768 ms", "1.00 s", "1.24 s", "59.9 s", "2 min 3 s", "1 h 3 min"]);
});

test("only nothing is 0 %, only all is 100 %", () => {
  const all: [number, number][] = [[0, 5], [1, 1_000_000], [94, 10_000], [31, 1000], [42, 100], [9999, 10_000], [5, 5], [1, 0]];
  expect(all.map(([part, whole]) => percent(part, whole))).toEqual(["0 %", "<0.01 %", "0.94 %", "3.1 %", "42 %", ">99 %", "100 %", "—"]);
});

test("money keeps two digits that mean something", () => {
  expect([null, 0, 1e-9, 0.0000082, 0.0072, 0.107, 0.412, 1.5, 1234.5].map(dollars)).toEqual(["—", "$0", "<$0.0000001", "$0.0000082", "$0.0072", "$0.107", "$0.412", "$1.50", "$1,234.50"]);
});

test("times are UTC, and of today without a date", () => {
  const ten = Date.UTC(2026, 2, 4, 10);
  expect(moment(ten)).toBe("4 Mar 2026 10:00 UTC");
  expect([clock(ten, ten + 1000), clock(ten - 86_400_000, ten), clock(Number.MAX_SAFE_INTEGER, ten)]).toEqual(["10:00", "3 Mar 10:00", "—"]);
  expect([since(ten, ten + 120_000, ten), since(ten, ten + 9e9, ten)]).toEqual(["2 min ago", "10:00"]);
});

test("counts and spans", () => {
  expect([count(1_204_530), count(null), span(42_000), span(86_400_000), span(9 * 86_400_000)]).toEqual(["1,204,530", "—", "42 s", "24 h", "9 d"]);
});
