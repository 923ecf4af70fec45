import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type Language, tokenize } from "./tokens";
import { COMMANDS, SQL_TABLES } from "./vocabulary";

/** Tokens as `kind:text`. */
function kinds(query: string, language: Language = "insights"): string[] {
  return tokenize(query, language).map(({ kind, from, to }) => `${kind}:${query.slice(from, to)}`);
}

test("commands, functions, keywords, fields and values have kinds of their own", () => {
  expect(kinds("filter @type = 'REPORT' | stats pct(@duration, 99.5) as p by bin(5m) # end")).toEqual([
    ...["command:filter", "field:@type", "operator:=", "text:'REPORT'", "operator:|", "command:stats"],
    ...["function:pct", "operator:(", "field:@duration", "operator:,", "number:99.5", "operator:)"],
    ...["keyword:as", "field:p", "keyword:by", "function:bin", "operator:(", "field:5m", "operator:)"],
    "comment:# end",
  ]);
});

test("a slash divides after a value and begins a regular expression elsewhere", () => {
  expect(kinds("filter a / 2 > 1 and m like /x\\/y|#/")).toEqual([
    ...["command:filter", "field:a", "operator:/", "number:2", "operator:>", "number:1", "keyword:and"],
    ...["field:m", "keyword:like", "regex:/x\\/y|#/"],
  ]);
  expect(kinds("parse @message /(?<a>\\d+)/").at(-1)).toBe("regex:/(?<a>\\d+)/");
  expect(kinds("fields sum(a)/count()")).toContain("operator:/");
});

test("pipes and hashes in texts and names in backticks are part of them", () => {
  expect(kinds('filter `detail-type` = "a|b#\\"c" | limit 3')).toEqual([
    ...["command:filter", "field:`detail-type`", "operator:=", 'text:"a|b#\\"c"', "operator:|"],
    ...["command:limit", "number:3"],
  ]);
});

test("a command is one only where a command may stand", () => {
  expect(kinds("sort sort desc")).toEqual(["command:sort", "field:sort", "keyword:desc"]);
  expect(kinds("# first\nSTATS count(*)")[1]).toBe("command:STATS");
});

test("unclosed texts end at the end of the query", () => {
  expect(kinds('filter a = "b | limit 1').at(-1)).toBe('text:"b | limit 1');
  expect(kinds("filter a like /b").at(-1)).toBe("regex:/b");
});

test("statements of SQL have keywords, functions, texts and comments", () => {
  expect(kinds("SELECT avg(x) FROM \"a b\" -- c\nWHERE y ->> '$.it''s' /* d */", "sql")).toEqual([
    ...["keyword:SELECT", "function:avg", "operator:(", "field:x", "operator:)", "keyword:FROM"],
    ...['field:"a b"', "comment:-- c", "keyword:WHERE", "field:y", "operator:->>", "text:'$.it''s'"],
    "comment:/* d */",
  ]);
});

const source = (path: string) => readFileSync(join(import.meta.dirname, "../../../src/query", path), "utf8");
const names = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map((match) => match[1] ?? "");

test("commands are those that the server parses", () => {
  const rules = source("language/parser/command.rs").split("const COMMANDS")[1]?.split("];")[0] ?? "";
  // Synonyms are read, but not offered.
  const synonyms = ["where", "order", "head"];
  const known = names(rules, /\("(\w+)", \|parser\|/g).filter((name) => !synonyms.includes(name));
  const ours = COMMANDS.map(({ name }) => name.toLowerCase()).filter((name) => name !== "source");
  expect(ours.toSorted()).toEqual(known.toSorted());
});

test("tables and columns of SQL are those of the server", () => {
  const tables = source("sql/columns.rs") + source("columns.rs");
  expect(SQL_TABLES.map(({ name }) => name)).toEqual(names(tables, /\("(\w+)", [A-Z]+\)/g));
  for (const { name, columns } of SQL_TABLES) {
    const list = tables.split(`const ${name.toUpperCase()}: &[&str]`)[1]?.split("];")[0] ?? "";
    expect(columns, name).toEqual(names(list, /"(\w+)"/g));
  }
});
