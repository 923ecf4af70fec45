import { expect, test } from "vitest";
import type { Series, Summary } from "./api-types";
import { fleetDeployments, slowShare } from "./fleet";

const series = (slow: number[], invocations: number[]) =>
  ({ slow, invocations, step_ms: 1000 }) as unknown as Series;

test("share of slow runs is that of each interval if it has enough runs", () => {
  expect(slowShare(series([3, 0, 30], [100, 0, 60]))).toEqual({ step: 1000, values: [3, null, 50] });
});

test("intervals are joined until they have thirty runs on average", () => {
  // 40 runs in 4 intervals: 10 each, so 3 intervals make 30.
  expect(slowShare(series([1, 2, 0, 5], [10, 10, 10, 10]))).toEqual({ step: 3000, values: [10, 50] });
  expect(slowShare(series([0, 0], [0, 0]))).toEqual({ step: 1000, values: [null, null] });
});

test("new versions of all functions are marked, those close to each other as one", () => {
  const row = (name: string, ...versions: [string, number][]) => ({
    function: name,
    by_version: versions.map(([version, first_start_ms]) => ({ version, first_start_ms })),
  });
  const summary = {
    functions: [
      row("a", ["1", 0], ["2", 500], ["$LATEST", 900]),
      row("b", ["7", 0], ["8", 510]),
      row("c", ["1", 400]),
    ],
  } as unknown as Summary;
  expect(fleetDeployments(summary, 0, 1000)).toEqual([
    { time: 500, text: "2 new versions" },
    { time: 900, text: "a $LATEST" },
  ]);
});
