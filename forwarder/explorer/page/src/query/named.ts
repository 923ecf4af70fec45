// Named queries with parameters.

import type { NamedQuery } from "../api-types";

/**
 * Text of a named query with its parameters replaced: they are texts in double quotes. In one pass, so that a value
 * that is the name of a parameter stays as it is.
 */
export function fillParameters({ query, parameters }: NamedQuery, values: Record<string, string>): string {
  return query.replaceAll(/"(?:\\["'\\]|[^"])*"/g, (text) => {
    const parameter = parameters.find(({ name }) => name === text.slice(1, -1));
    return parameter ? quoteText(values[parameter.name] || (parameter.default ?? "")) : text;
  });
}

/** Text in double quotes, as the query language reads it. */
export function quoteText(text: string): string {
  return `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}
