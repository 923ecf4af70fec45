// Tokens of a query, for its colours and for completion. It follows the lexer of the server, which alone decides
// whether a query is valid.

import { AGGREGATES, FUNCTIONS } from "./functions";
import { COMMANDS, KEYWORDS, SQL_KEYWORDS } from "./vocabulary";

export type Language = "insights" | "sql";

export type TokenKind =
  | "command"
  | "function"
  | "keyword"
  | "field"
  | "text"
  | "number"
  | "regex"
  | "comment"
  | "operator";

/** Token with the offsets of its first character and of the one after its last. */
export type Token = { kind: TokenKind; from: number; to: number };

const functionKey = (name: string) => name.replaceAll("_", "").toLowerCase();
const functionNames = new Set(
  [...FUNCTIONS, ...AGGREGATES, { name: "percentile" }].map(({ name }) => functionKey(name)),
);
const commandNames = new Set([...COMMANDS.map(({ name }) => name.toLowerCase()), "where", "order", "head"]);
const keywords = new Set(KEYWORDS);
const sqlKeywords = new Set(SQL_KEYWORDS);

/** Longest text that is read; a query has at most 10,000 characters. */
const LONGEST = 20_000;

/** Reads the tokens of a query; characters that are in no token are left out. */
export function tokenize(query: string, language: Language): Token[] {
  const text = query.slice(0, LONGEST);
  return language === "sql" ? tokenizeSql(text) : tokenizeInsights(text);
}

/** Expressions that match one token each at `lastIndex`; the first that matches is taken. */
const INSIGHTS: [TokenKind, RegExp][] = [
  ["comment", /#[^\n]*/y],
  ["text", /"(?:\\["'\\]|[^"])*(?:"|$)|'(?:\\["'\\]|[^'])*(?:'|$)/y],
  ["number", /(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?(?![\p{L}\p{N}_@.`])/uy],
  ["field", /(?:[\p{L}\p{N}_@.]|`[^`]*(?:`|$))+/uy],
  ["operator", /==|=~|!=|<=|>=|[^\s]/uy],
];
const REGEX = /\/(?:\\.|[^/\\])*(?:\/|$)/suy;

function tokenizeInsights(text: string): Token[] {
  const tokens: Token[] = [];
  let command = "";
  /** Last token that is no comment. */
  let last: Token | undefined;
  for (let at = skipSpace(text, 0); at < text.length; at = skipSpace(text, at)) {
    const isCommandPlace = last === undefined || isAt(text, last, "|");
    const isRegex = text[at] === "/" && (command === "parse" || mayStandBeforeRegex(text, last));
    const [kind, to] = isRegex ? (["regex", matchAt(REGEX, text, at)] as const) : tokenAt(INSIGHTS, text, at);
    const token: Token = { kind, from: at, to };
    if (kind === "field") token.kind = kindOfName(text, token, isCommandPlace);
    if (token.kind === "command") command = text.slice(at, to).toLowerCase();
    if (isAt(text, token, "|")) command = "";
    if (kind !== "comment") last = token;
    tokens.push(token);
    at = to;
  }
  return tokens;
}

function kindOfName(text: string, { from, to }: Token, isCommandPlace: boolean): TokenKind {
  const name = text.slice(from, to).toLowerCase();
  if (isCommandPlace && commandNames.has(name.replaceAll("_", ""))) return "command";
  const isCalled = text[skipSpace(text, to)] === "(";
  if (isCalled && functionNames.has(functionKey(name))) return "function";
  return keywords.has(name) ? "keyword" : "field";
}

/** A slash after a value divides; anywhere else it begins a regular expression. */
function mayStandBeforeRegex(text: string, last: Token | undefined): boolean {
  if (last === undefined) return false;
  if (last.kind === "operator") return ![")", "]"].includes(text.slice(last.from, last.to));
  return last.kind === "keyword" || last.kind === "command";
}

const SQL: [TokenKind, RegExp][] = [
  ["comment", /--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)/y],
  ["text", /'(?:''|[^'])*(?:'|$)/y],
  ["number", /(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?(?![\p{L}\p{N}_])/uy],
  ["field", /"(?:""|[^"])*(?:"|$)|`[^`]*(?:`|$)|[\p{L}\p{N}_]+/uy],
  ["operator", /->>?|\|\||<=|>=|<>|!=|==|[^\s]/uy],
];

function tokenizeSql(text: string): Token[] {
  const tokens: Token[] = [];
  for (let at = skipSpace(text, 0); at < text.length; at = skipSpace(text, at)) {
    const [kind, to] = tokenAt(SQL, text, at);
    const token: Token = { kind, from: at, to };
    if (kind === "field" && /[\p{L}\p{N}_]/u.test(text[at] ?? "")) {
      const isCalled = text[skipSpace(text, to)] === "(";
      if (sqlKeywords.has(text.slice(at, to).toLowerCase())) token.kind = "keyword";
      else if (isCalled) token.kind = "function";
    }
    tokens.push(token);
    at = to;
  }
  return tokens;
}

function tokenAt(rules: [TokenKind, RegExp][], text: string, at: number): [TokenKind, number] {
  for (const [kind, rule] of rules) {
    const to = matchAt(rule, text, at);
    if (to > at) return [kind, to];
  }
  return ["operator", at + 1];
}

/** End of the match of a sticky expression at `at`; `at` if it does not match. */
function matchAt(rule: RegExp, text: string, at: number): number {
  rule.lastIndex = at;
  return rule.test(text) ? rule.lastIndex : at;
}

function skipSpace(text: string, at: number): number {
  return matchAt(/\s*/y, text, at);
}

function isAt(text: string, { from, to }: Token, symbol: string): boolean {
  return text.slice(from, to) === symbol;
}
