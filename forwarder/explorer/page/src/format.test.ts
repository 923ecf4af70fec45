import { expect, test } from "vitest";
import {
  formatAge,
  formatClock,
  formatCount,
  formatCounted,
  formatDuration,
  formatPercent,
  formatSpan,
  formatTick,
  formatTime,
  formatUsd,
  formatUtcDay,
} from "./format";
import { fromInputText, offsetName, setZone, timeParts, toInputText } from "./zone";

test("durations are formatted with two or three digits", () => {
  const all = [null, 0, 0.004, 0.5, 2.37, 46.84, 768, 999.6, 1240, 59_900, 123_000, 3_780_000].map((ms) =>
    formatDuration(ms),
  );
  expect(all).toEqual([
    "—",
    "0 ms",
    "0 ms",
    "0.50 ms",
    "2.4 ms",
    "47 ms",
    "768 ms",
    "1.00 s",
    "1.24 s",
    "59.9 s",
    "2 min 3 s",
    "1 h 3 min",
  ]);
});

test("percentages are rounded to 0 % and 100 % only if they are exact", () => {
  const all: [number, number][] = [
    [0, 5],
    [1, 1_000_000],
    [94, 10_000],
    [31, 1000],
    [42, 100],
    [9999, 10_000],
    [5, 5],
    [1, 0],
  ];
  expect(all.map(([part, whole]) => formatPercent(part, whole))).toEqual([
    "0 %",
    "<0.01 %",
    "0.94 %",
    "3.1 %",
    "42 %",
    ">99 %",
    "100 %",
    "—",
  ]);
});

test("small amounts keep two significant digits", () => {
  expect([null, 0, 1e-9, 0.0000082, 0.0072, 0.107, 0.412, 1.5, 1234.5].map(formatUsd)).toEqual([
    "—",
    "$0",
    "<$0.0000001",
    "$0.0000082",
    "$0.0072",
    "$0.107",
    "$0.412",
    "$1.50",
    "$1,234.50",
  ]);
});

test("times have their day, and their year if it is not that of the reference", () => {
  const ten = Date.UTC(2026, 2, 4, 10);
  expect(formatTime(ten)).toBe("4 Mar 2026 10:00 UTC");
  expect([
    formatClock(ten, ten + 1000),
    formatClock(ten - 86_400_000, ten),
    formatClock(Date.UTC(2025, 11, 31, 23, 59), ten),
    formatClock(Number.MAX_SAFE_INTEGER, ten),
  ]).toEqual(["4 Mar 10:00", "3 Mar 10:00", "31 Dec 2025 23:59", "—"]);
  expect([formatAge(ten, ten + 120_000, ten), formatAge(ten, ten + 9e9, ten)]).toEqual([
    "2 min ago",
    "4 Mar 10:00",
  ]);
});

test("ticks of a time axis are the day at midnight, else the time", () => {
  const ten = Date.UTC(2026, 2, 4, 10, 0, 5);
  expect([
    formatTick(ten, 900_000, false, false),
    formatTick(ten, 900_000, true, false),
    formatTick(ten, 1000, true, true),
    formatTick(Date.UTC(2026, 2, 4), 900_000, false, false),
    formatTick(Date.UTC(2026, 2, 4), 900_000, false, true),
  ]).toEqual(["10:00", "4 Mar 10:00", "4 Mar 2026 10:00:05", "4 Mar", "4 Mar 2026"]);
});

test("days of buckets are days of UTC in any zone", () => {
  setZone("local");
  expect(formatUtcDay(Date.UTC(2026, 2, 4), true)).toBe("4 Mar 2026");
  setZone("utc");
});

test("local times name their difference from UTC", () => {
  expect([0, 120, -210, 345].map(offsetName)).toEqual(["UTC", "UTC+2", "UTC-3:30", "UTC+5:45"]);
  const ten = Date.UTC(2026, 2, 4, 10);
  setZone("local");
  const { hour, zone } = timeParts(ten) ?? {};
  expect([hour, zone]).toEqual([new Date(ten).getHours(), offsetName(-new Date(ten).getTimezoneOffset())]);
  expect(fromInputText(toInputText(ten))).toBe(ten);
  setZone("utc");
  expect(fromInputText(toInputText(ten))).toBe(ten);
  expect(toInputText(ten)).toBe("2026-03-04T10:00:00");
});

test("counts are grouped and counted nouns have a plural", () => {
  expect([formatCount(1_204_530), formatCount(null)]).toEqual(["1,204,530", "—"]);
  expect([formatCounted(0, "function"), formatCounted(1, "function"), formatCounted(2000, "line")]).toEqual([
    "0 functions",
    "1 function",
    "2,000 lines",
  ]);
});

test("time spans are formatted in one unit", () => {
  expect([formatSpan(42_000), formatSpan(86_400_000), formatSpan(9 * 86_400_000)]).toEqual([
    "42 s",
    "24 h",
    "9 d",
  ]);
});
