import { expect, test } from "vitest";
import { Route } from "../route";
import {
  addedFields,
  conditionOn,
  conditionsOf,
  facetFields,
  toggle,
  withConditions,
  withFields,
} from "./conditions";

test("a value becomes a condition of the query language", () => {
  expect([
    conditionOn("@version", "41"),
    conditionOn("order.id", 7),
    conditionOn("`a b`", 'say "hi"\\'),
    conditionOn("@level", null),
  ]).toEqual(['@version = "41"', "order.id = 7", '`a b` = "say \\"hi\\"\\\\"', "not ispresent(@level)"]);
});

test("a condition is added and removed again", () => {
  const route = new Route("/logs?text=a");
  const one = new Route(toggle(route, '@version = "41"'));
  expect(conditionsOf(one)).toEqual(['@version = "41"']);
  const two = new Route(toggle(one, "x = 1"));
  expect(conditionsOf(two)).toEqual(['@version = "41"', "x = 1"]);
  expect(toggle(new Route(toggle(two, "x = 1")), '@version = "41"')).toBe("/logs?text=a");
});

test("conditions stand before the order of the query", () => {
  const query = "fields @timestamp, @message\n| filter a = 1\n| sort @timestamp desc";
  const filtered = "fields @timestamp, @message\n| filter a = 1\n| filter b = 2 or c\n| filter d";
  expect(withConditions(query, ["b = 2 or c", "d"])).toBe(`${filtered}\n| sort @timestamp desc`);
  expect(withConditions(query, ["b = 2 or c", "d"], ["stats count(*)"])).toBe(
    `${filtered}\n| stats count(*)`,
  );
  expect(withConditions(query, [])).toBe(query);
});

test("fields that are added follow the usual ones, each once, ten in all", () => {
  const fields = ["a", "b", "a", "@level", "c", "d", "e", "f", "g", "h", "i"];
  const route = new Route(withFields(new Route("/logs"), fields));
  expect(addedFields(route)).toEqual(["a", "b", "c", "d", "e", "f", "g"]);
  expect(facetFields(route)).toHaveLength(10);
});
