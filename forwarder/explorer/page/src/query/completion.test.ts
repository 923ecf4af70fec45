import { expect, test } from "vitest";
import { complete } from "./completion";
import type { Language } from "./tokens";

const FIELDS = [
  { name: "@duration", share: 0.25, example: "12.5" },
  { name: "`detail-type`", share: 0.5, example: "" },
];

/** Labels of the completions at `^`; null if there are none. */
function labels(marked: string, language: Language = "insights"): string[] | null {
  const at = marked.indexOf("^");
  const found = complete(marked.replace("^", ""), at, language, FIELDS);
  return found?.options.map(({ label }) => label) ?? null;
}

test("commands are offered where a command may stand, and only there", () => {
  for (const place of ["^", "fi^", "filter a = 1 | ^", "# comment\n^", "filter a = 1 |\n  st^"])
    expect(labels(place)?.slice(0, 3), place).toEqual(["fields", "filter", "stats"]);
  expect(labels("filter ^")).not.toContain("stats");
});

test("fields, functions and names of the query are offered in expressions", () => {
  const found = labels("parse @message 'a*' as item | filter ^");
  expect(found?.slice(0, 3)).toEqual(["item", "@duration", "`detail-type`"]);
  expect(found).toEqual(expect.arrayContaining(["count", "bin", "strContains", "by"]));
});

test("nothing is offered in texts, expressions, comments and numbers", () => {
  for (const place of ["filter a = 'b^", "filter a like /b^", "filter a # b^", "limit 1^"])
    expect(labels(place), place).toBeNull();
  expect(labels("filter a = 'b' ^")).not.toBeNull();
});

test("the word before the cursor is replaced", () => {
  expect(complete("filter @dur", 11, "insights", FIELDS)?.from).toBe(7);
  expect(complete("filter a | fi", 13, "insights", FIELDS)?.from).toBe(11);
});

test("fields have their share of the events and their example", () => {
  const options = complete("filter ", 7, "insights", FIELDS)?.options ?? [];
  expect(options.find(({ label }) => label === "@duration")).toMatchObject({ detail: "25 %", info: "12.5" });
});

test("tables and columns are offered in SQL", () => {
  expect(labels("SELECT ^", "sql")).toEqual(expect.arrayContaining(["invocations", "duration_ms", "FROM"]));
});
