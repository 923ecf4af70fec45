import { expect, test } from "vitest";
import { isolatedPoints, withoutIdleTime } from "./chart-gaps";

test("areas end where nothing ran, with the fall and the rise beside it", () => {
  expect(withoutIdleTime([0, 0, 3, 0, 0, 0, 0, 5, 0])).toEqual([null, 0, 3, 0, null, null, 0, 5, 0]);
  expect(withoutIdleTime([1, null, 0])).toEqual([1, null, null]);
});

test("values between gaps are drawn as points", () => {
  expect(isolatedPoints([null, 4, null, 1, 2, null, 0])).toEqual([1, 6]);
  expect(isolatedPoints([7])).toEqual([0]);
});
