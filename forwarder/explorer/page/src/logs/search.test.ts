import { expect, test } from "vitest";
import { facetOf, histogramOf, stepOf } from "./search";

test("the step is the shortest that bin takes and that is long enough", () => {
  expect([stepOf(1), stepOf(1001), stepOf(61_000), stepOf(3_600_001), stepOf(1e12)]).toEqual([
    [1000, "1s"],
    [5000, "5s"],
    [300_000, "5m"],
    [10_800_000, "3h"],
    [86_400_000, "1d"],
  ]);
});

test("rows of a query become buckets without gaps, by level", () => {
  const minute = Date.UTC(2026, 2, 4, 10);
  const rows = [
    ["2026-03-04 10:00:00.000", "ERROR", 2],
    ["2026-03-04 10:02:00.000", null, 5],
    ["2026-03-04 10:02:00.000", "INFO", 1],
    ["2026-03-04 11:00:00.000", "INFO", 9],
  ];
  const found = histogramOf(
    { columns: ["time", "level", "n"], rows },
    minute + 500,
    minute + 150_000,
    60_000,
  );
  expect(found).toEqual({
    step_ms: 60_000,
    from_ms: minute,
    events: 8,
    buckets: [
      { start_ms: minute, levels: { ERROR: 2 } },
      { start_ms: minute + 60_000, levels: {} },
      { start_ms: minute + 120_000, levels: { NONE: 5, INFO: 1 } },
    ],
  });
});

test("values, missing and other add up to all events", () => {
  const rows = [["a", 5], [null, 3], ...Array.from({ length: 11 }, (_, index) => [`v${index}`, 1])];
  const facet = facetOf("f", { columns: ["value", "n"], rows }, 25);
  expect(facet.values).toHaveLength(10);
  expect(facet).toMatchObject({ field: "f", missing: 3, other: 25 - 3 - 5 - 9 });
});
