// Conditions that the reader adds to a log search, in the query language. The address has one a line in `where`.

import type { QueryValue } from "../api-types";
import { quoteText } from "../query/named";
import type { Route } from "../route";

const SEPARATOR = "\n";

export function conditionsOf(route: Route): string[] {
  return route
    .text("where")
    .split(SEPARATOR)
    .filter((condition) => condition.trim() !== "");
}

/** Condition that a field has a value; null stands for a missing value. */
export function conditionOn(field: string, value: QueryValue): string {
  if (value === null) return `not ispresent(${field})`;
  if (typeof value === "number") return `${field} = ${value}`;
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return `${field} = ${quoteText(text)}`;
}

/** Address with the condition added, or without it if it was there. */
export function toggle(route: Route, condition: string): string {
  const before = conditionsOf(route);
  const after = before.includes(condition)
    ? before.filter((one) => one !== condition)
    : [...before, condition];
  return route.with({ where: after.join(SEPARATOR) });
}

const NEWEST_FIRST = "sort @timestamp desc";

/** The query of a search with conditions, each a command of its own, and the commands `last` instead of its order. */
export function withConditions(query: string, conditions: string[], last: string[] = [NEWEST_FIRST]): string {
  const unsorted = query.replace(/\s*\|\s*sort @timestamp desc\s*$/, "");
  return [unsorted, ...conditions.map((condition) => `filter ${condition}`), ...last].join("\n| ");
}

/** Fields whose values are counted beside the lines; those that the reader has added come last. */
export function facetFields(route: Route): string[] {
  return [...DEFAULT_FIELDS, ...addedFields(route)];
}

export const DEFAULT_FIELDS = ["@function", "@level", "@version"];
/** Most fields that the server counts in one request. */
const MAX_FIELDS = 10;

export function addedFields(route: Route): string[] {
  const added = route
    .text("facets")
    .split(SEPARATOR)
    .filter((field) => field !== "" && !DEFAULT_FIELDS.includes(field));
  return [...new Set(added)].slice(0, MAX_FIELDS - DEFAULT_FIELDS.length);
}

/** Address with other fields added. */
export function withFields(route: Route, fields: string[]): string {
  return route.with({ facets: fields.join(SEPARATOR) });
}
