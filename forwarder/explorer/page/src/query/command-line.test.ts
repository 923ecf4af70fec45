import { expect, test } from "vitest";
import { commandLine } from "./command-line";

const ALWAYS = { since: null, until: null };

test("a query is quoted for the shell", () => {
  expect(commandLine("filter a = 'it''s' | limit 1", "insights", ALWAYS)).toBe(
    `tailwater query 'filter a = '\\''it'\\'''\\''s'\\'' | limit 1'`,
  );
  expect(commandLine("SELECT 1 -- $(id)\n`id`", "sql", ALWAYS)).toBe(
    "tailwater query --sql='SELECT 1 -- $(id)\n`id`'",
  );
});

test("the range becomes flags", () => {
  expect(commandLine("limit 1", "insights", { since: 0, until: 1_772_618_400_123 })).toBe(
    "tailwater query --since 1970-01-01T00:00:00Z --until 2026-03-04T10:00:00.123Z 'limit 1'",
  );
});

test("control characters are escaped, so that a pasted command cannot control the terminal", () => {
  expect(commandLine("a\u001b[201~\n'b\\", "insights", ALWAYS)).toBe(
    "tailwater query $'a\\u001b[201~\n\\'b\\\\'",
  );
});

test("a query that begins with a dash is no flag", () => {
  expect(commandLine("-x", "insights", ALWAYS)).toBe("tailwater query -- '-x'");
});
