import { expect, test } from "vitest";
import { stack } from "./stack";

test("values are summed from the first series up, and the highest is drawn first", () => {
  const series = (name: string, ...values: (number | null)[]) => ({
    name,
    values,
    colour: "red",
    shape: "bars" as const,
  });
  const stacked = stack([series("error", 1, null, 2), series("warn", 0, 4, 3), series("info", 10, 20, 0)]);
  expect(stacked.map(({ name, values }) => [name, values])).toEqual([
    ["info", [11, 24, null]],
    ["warn", [null, 4, 5]],
    ["error", [1, null, 2]],
  ]);
});
