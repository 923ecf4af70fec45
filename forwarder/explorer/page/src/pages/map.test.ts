import { expect, test } from "vitest";
import { Route } from "../route";
import { periods } from "./map";

const status = { first_ms: 0, last_ms: 99_999 };

test("nothing is compared unless it is wanted", () => {
  expect(periods(new Route("/map?since=10&until=20"), status)).toEqual({
    from: 10,
    to: 20,
    before_from: null,
    before_to: null,
  });
});

test("a range is compared with as long a time before it, all data with its first half", () => {
  expect(periods(new Route("/map?since=50000&until=60000&compare=before"), status)).toEqual({
    from: 50_000,
    to: 60_000,
    before_from: 40_000,
    before_to: 50_000,
  });
  expect(periods(new Route("/map?compare=before"), status)).toEqual({
    from: 50_000,
    to: null,
    before_from: 0,
    before_to: 50_000,
  });
});
