import { expect, test } from "vitest";
import type { Status } from "./api";
import { Place } from "./place";

const status: Status = { version: "", revision: 1, invocations: 1, events: 1, functions: 1, first_ms: 0, last_ms: 10_000_000, failure: null };

test("a link to another page keeps the range and nothing else", () => {
  const place = new Place("/?range=6h&filter=a&sort=cost");
  expect(place.to("/logs", { text: "x y" })).toBe("/logs?range=6h&text=x+y");
  expect(place.with({ filter: "" })).toBe("/?range=6h&sort=cost");
  expect(place.toFunction({ function: "f&g", account: null, region: "eu-west-1" })).toBe("/function?range=6h&name=f%26g&region=eu-west-1");
});

test("spans end with the store, own ranges where they say, and nonsense is everything", () => {
  expect(new Place("/?range=1h").range(status)).toEqual({ since: 6_400_001, until: null });
  expect(new Place("/?since=5&until=9&range=1h").range(status)).toEqual({ since: 5, until: 9 });
  expect(new Place("/?range=2y&since=x").range(status)).toEqual({ since: null, until: null });
  expect([new Place("/").span(), new Place("/?range=6h").span(), new Place("/?since=1").span()]).toEqual(["All", "6h", null]);
});
