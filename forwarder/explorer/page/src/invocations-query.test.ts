import { expect, test } from "vitest";
import { invocationsQuery } from "./invocations-query";
import { Route } from "./route";

const filtersOf = (address: string) =>
  invocationsQuery(new Route(address))
    .split("\n| ")
    .filter((command) => command.startsWith("filter ") && !command.includes("ispresent(@invocation.id)"));

test("each filter of the address is a condition", () => {
  expect(filtersOf("/invocations?function=shop&version=7&outcome=failed&slower=250&group=ff")).toEqual([
    'filter @function = "shop"',
    'filter @version = "7"',
    'filter @invocation.errorGroup = "ff"',
    'filter @invocation.status in ["error", "timeout", "out_of_memory"]',
    "filter @invocation.durationMs > 250",
  ]);
  expect(filtersOf("/invocations?outcome=timeout&start=warm&field=order.id:a:b")).toEqual([
    'filter @invocation.status = "timeout"',
    "filter @invocation.coldStart = 0",
    'filter order.id = "a:b"',
  ]);
  expect(filtersOf("/invocations")).toEqual([]);
});

test("values never become syntax", () => {
  const value = encodeURIComponent('x" | limit 1');
  expect(filtersOf(`/invocations?function=${value}`)).toEqual(['filter @function = "x\\" | limit 1"']);
});
