// Completion of commands, functions, keywords and fields, depending on where the cursor is in the query.

import type { Completion } from "@codemirror/autocomplete";
import type { QueryField } from "../api-types";
import { AGGREGATES, FUNCTIONS, type QueryFunction } from "./functions";
import { type Language, type Token, tokenize } from "./tokens";
import { COMMANDS, KEYWORDS, SQL_FUNCTIONS, SQL_KEYWORDS, SQL_TABLES } from "./vocabulary";

export type Completions = { from: number; options: Completion[] };

/** Completions at the offset `at`; null where none fit, such as in texts and comments. */
export function complete(
  query: string,
  at: number,
  language: Language,
  fields: QueryField[],
): Completions | null {
  const before = tokenize(query.slice(0, at), language);
  const last = before.at(-1);
  if (last?.kind === "comment" && !query.slice(last.from, at).includes("\n")) return null;
  if (last?.to === at && isUnclosed(query, last)) return null;
  const word = /[\p{L}\p{N}_@.]*$/u.exec(query.slice(0, at))?.[0] ?? "";
  const from = at - word.length;
  if (/^[\d.]/.test(word)) return null;
  if (language === "sql") return { from, options: sqlOptions() };
  const previous = before.filter((token) => token.kind !== "comment" && token.to <= from).at(-1);
  const isCommandPlace = previous === undefined || query.slice(previous.from, previous.to) === "|";
  if (isCommandPlace) return { from, options: COMMAND_OPTIONS };
  const ownNames = fieldOptions(namesDefinedIn(query, before), fields);
  return { from, options: [...ownNames, ...fields.map(fieldOption), ...VALUE_OPTIONS] };
}

/** True if the cursor after the token is still inside it. */
function isUnclosed(query: string, { kind, from, to }: Token): boolean {
  if (kind !== "text" && kind !== "regex") return false;
  return to - from < 2 || query[to - 1] !== query[from];
}

const COMMAND_OPTIONS: Completion[] = COMMANDS.map(({ name, form, description }) => ({
  label: name,
  detail: form,
  info: description,
  type: "keyword",
  apply: `${name} `,
  boost: 20,
}));

const VALUE_OPTIONS: Completion[] = [
  ...AGGREGATES.map((one) => functionOption(one, 1)),
  ...FUNCTIONS.map((one) => functionOption(one, 0)),
  ...KEYWORDS.map((name) => ({ label: name, type: "keyword" })),
];

function functionOption({ name, description, least, most }: QueryFunction, boost: number): Completion {
  const count = most === null ? `${least}, …` : least === most ? `${least}` : `${least}–${most}`;
  return {
    label: name,
    detail: most === 0 ? "()" : `(${count})`,
    info: description,
    type: "function",
    apply: most === 0 ? `${name}()` : `${name}(`,
    boost,
  };
}

function fieldOption({ name, share, example }: QueryField): Completion {
  return {
    label: name,
    detail: `${Math.round(share * 100)} %`,
    type: "variable",
    boost: 2 + share * 10,
    ...(example ? { info: example } : {}),
  };
}

function fieldOptions(names: string[], known: QueryField[]): Completion[] {
  const others = names.filter((name) => !known.some((field) => field.name === name));
  return others.map((label) => ({ label, detail: "of this query", type: "variable", boost: 15 }));
}

/** Names that the query gives with `as`, up to the cursor. */
function namesDefinedIn(query: string, tokens: Token[]): string[] {
  const text = (token: Token | undefined) => (token ? query.slice(token.from, token.to) : "");
  const named = tokens.filter(
    (token, index) => token.kind === "field" && /^(as|into)$/i.test(text(tokens[index - 1])),
  );
  return [...new Set(named.map(text))];
}

function sqlOptions(): Completion[] {
  const columns = new Map<string, string[]>();
  for (const { name, columns: own } of SQL_TABLES)
    for (const column of own) columns.set(column, [...(columns.get(column) ?? []), name]);
  return [
    ...SQL_TABLES.map(({ name }) => ({ label: name, detail: "table", type: "class", boost: 12 })),
    ...[...columns].map(([label, tables]) => ({
      label,
      detail: tables.join(", "),
      type: "variable",
      boost: 10,
    })),
    ...SQL_FUNCTIONS.map((label) => ({ label, type: "function", apply: `${label}(`, boost: 2 })),
    ...SQL_KEYWORDS.map((name) => ({ label: name.toUpperCase(), type: "keyword" })),
  ];
}
