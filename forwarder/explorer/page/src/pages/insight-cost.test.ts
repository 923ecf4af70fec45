import { expect, test } from "vitest";
import type { CostBy } from "../api-types";
import { costRows } from "./insight-cost";
import { savingRange } from "./insight-memory";
import { bestOption } from "./insight-running";

const by = (none: number, total: number): CostBy => ({
  dimension: "tenant",
  total_cost_usd: total,
  values: 3,
  rows: [{ value: "acme", invocations: 7, errors: 1, cost_usd: 5 }],
  none_invocations: 4,
  none_cost_usd: none,
  several_invocations: 0,
  unpriced_invocations: 0,
  other_values: 2,
  other_cost_usd: 1,
});

test("runs without a value come first if they are more than a fifth of the cost, else last", () => {
  const kinds = (rows: CostBy) => costRows(rows).map(({ kind }) => kind);
  expect(kinds(by(2.1, 10))).toEqual(["none", "value", "other"]);
  expect(kinds(by(2, 10))).toEqual(["value", "other", "none"]);
  expect(kinds({ ...by(0, 10), none_invocations: 0, other_values: 0 })).toEqual(["value"]);
});

test("rows add up to the total", () => {
  const rows = costRows(by(4, 10));
  expect(rows.reduce((all, row) => all + (row.cost_usd ?? 0), 0)).toBe(10);
});

test("the cheapest provisioned option is the one with the lowest net cost", () => {
  const option = (n: number, net_usd: number) => ({
    n,
    net_usd,
    served: 0,
    cold_starts_avoided: 0,
    idle_cost_usd: 0,
    duration_saving_usd: 0,
  });
  expect(bestOption([option(1, 0.5), option(2, -0.1), option(5, 0.2)])?.n).toBe(2);
  expect(bestOption([])).toBeNull();
  expect(bestOption(null)).toBeNull();
});

test("a saving that is a range names both ends", () => {
  expect([savingRange(31, 33), savingRange(31, 31), savingRange(null, 3)]).toEqual([
    "$31.00 to $33.00",
    "$31.00",
    "—",
  ]);
});
