import { expect, test } from "vitest";
import type { Status } from "./api-types";
import { Route } from "./route";

const status: Status = {
  version: "",
  revision: 1,
  invocations: 1,
  events: 1,
  functions: 1,
  first_ms: 0,
  last_ms: 10_000_000,
  receiving: false,
  failure: null,
};

test("links to other pages keep only the time range", () => {
  const route = new Route("/?range=6h&filter=a&sort=cost");
  expect(route.to("/logs", { text: "x y" })).toBe("/logs?range=6h&text=x+y");
  expect(route.with({ filter: "" })).toBe("/?range=6h&sort=cost");
  expect(route.toFunction({ function: "f&g", account: null, region: "eu-west-1" })).toBe(
    "/function?range=6h&name=f%26g&region=eu-west-1",
  );
});

test("named ranges end at the latest stored time and invalid ranges select everything", () => {
  expect(new Route("/?range=1h").range(status)).toEqual({ since: 6_400_001, until: null });
  expect(new Route("/?since=5&until=9&range=1h").range(status)).toEqual({ since: 5, until: 9 });
  expect(new Route("/?range=2y&since=x").range(status)).toEqual({ since: null, until: null });
  expect([new Route("/").span(), new Route("/?range=6h").span(), new Route("/?since=1").span()]).toEqual([
    "All",
    "6h",
    null,
  ]);
});
