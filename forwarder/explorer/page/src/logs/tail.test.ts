import { expect, test } from "vitest";
import type { Line } from "../api-types";
import { rateOf, unseen } from "./tail";

test("lines are shown once", () => {
  const line = (place: string) => ({ place }) as Line;
  const seen = new Set<string>();
  expect(unseen([line("b"), line("a")], seen).map(({ place }) => place)).toEqual(["b", "a"]);
  expect(unseen([line("c"), line("b")], seen).map(({ place }) => place)).toEqual(["c"]);
});

test("rate is the number of lines of the last ten seconds", () => {
  const arrivals = [
    { at: 0, lines: 100 },
    { at: 5_000, lines: 20 },
    { at: 9_000, lines: 30 },
  ];
  expect(rateOf(arrivals, 9_500)).toBe(15);
  expect(rateOf(arrivals, 12_000)).toBe(5);
  expect(rateOf([], 0)).toBe(0);
});
