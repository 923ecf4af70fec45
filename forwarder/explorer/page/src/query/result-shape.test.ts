import { expect, test } from "vitest";
import type { QueryValue } from "../api-types";
import { columnKinds, formatNumber, shapeOf, textOf, timeOf } from "./result-shape";

const table = (columns: string[], ...rows: QueryValue[][]) => ({ columns, rows });
const at = (minute: number) => `2026-03-04 10:${String(minute).padStart(2, "0")}:00.000`;
const TEN = Date.UTC(2026, 2, 4, 10);

test("kinds of columns follow from their values, missing ones aside", () => {
  const result = table(["t", "n", "s", "none"], [at(0), 1, "a", null], [at(5), null, 2, null]);
  expect(columnKinds(result)).toEqual(["time", "number", "text", "text"]);
});

test("bins become a chart over time in which missing bins are unknown", () => {
  expect(shapeOf(table(["bin(5m)", "count(*)"], [at(15), 3], [at(0), 1], [at(5), 2]))).toEqual({
    kind: "time",
    from: TEN,
    step: 300_000,
    charts: [{ title: "count(*)", series: [{ name: "count(*)", values: [1, 2, null, 3] }] }],
    hidden: 0,
  });
});

test("categories become series, the largest ones", () => {
  const rows = ["a", "b", "c", "d", "e", "f", "g"].flatMap((name, index) => [
    [at(0), name, index + 1],
    [at(1), name, index + 1],
  ]);
  const shape = shapeOf(table(["t", "service", "n"], ...rows));
  expect(shape).toMatchObject({ kind: "time", hidden: 1, charts: [{ title: "b, c, d, e, f, g" }] });
});

test("columns of different size are in charts of their own", () => {
  const shape = shapeOf(table(["t", "runs", "ms"], [at(0), 2, 500], [at(1), 3, 800]));
  expect(shape).toMatchObject({ charts: [{ title: "runs" }, { title: "ms" }] });
  const similar = shapeOf(table(["t", "p50", "p99"], [at(0), 50, 900], [at(1), 60, 800]));
  expect(similar).toMatchObject({ charts: [{ title: "p50, p99" }] });
});

test("times of single events and repeated bins have no chart", () => {
  const events = table(["@timestamp", "ms"], ["2026-03-04 10:00:00.123", 5], ["2026-03-04 10:00:07.468", 6]);
  expect(shapeOf(events)).toBeNull();
  expect(shapeOf(table(["t", "ms"], [at(0), 5], [at(0), 6], [at(1), 6]))).toBeNull();
});

test("a name and a number become bars, in the order of the rows", () => {
  const shape = shapeOf(table(["@log", "n", "ms"], ["b", 5, 1], [null, 9, 2]));
  expect(shape).toEqual({
    kind: "bars",
    title: "n by @log",
    bars: [
      { name: "b", value: 5 },
      { name: "none", value: 9 },
    ],
    hidden: 0,
  });
});

test("texts without numbers, one row and long texts have no chart", () => {
  expect(shapeOf(table(["a"], ["x"], ["y"]))).toBeNull();
  expect(shapeOf(table(["a", "n"], ["x", 1]))).toBeNull();
  expect(shapeOf(table(["@message", "n"], ["x".repeat(200), 1], ["y", 2]))).toBeNull();
});

test("times are read as UTC, and only whole ones", () => {
  expect(timeOf("2026-03-04 10:00:00.000")).toBe(TEN);
  expect([timeOf("2026-03-04"), timeOf("2026-99-04 10:00:00.000"), timeOf(5), timeOf(undefined)]).toEqual([
    null,
    null,
    null,
    null,
  ]);
});

test("values of lists and objects are shown as JSON", () => {
  expect([textOf(["a", 1]), textOf({ a: null }), textOf(null), textOf(0.5)]).toEqual([
    '["a",1]',
    '{"a":null}',
    "",
    "0.5",
  ]);
});

test("numbers of charts have four digits, large ones are grouped", () => {
  expect([0.123456, 12.3456, 999, 1234567.8, 0].map(formatNumber)).toEqual([
    "0.1235",
    "12.35",
    "999",
    "1,234,568",
    "0",
  ]);
});
