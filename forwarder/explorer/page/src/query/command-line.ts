// The command that runs a query of the page in a terminal.

import type { Range } from "../route";
import type { Language } from "./tokens";

/** Latest time that a date holds. */
const LATEST = 8.64e15;

/** `tailwater query` with the text and the time range of a query, quoted for a POSIX shell. */
export function commandLine(query: string, language: Language, { since, until }: Range): string {
  const time = (flag: string, ms: number | null) =>
    ms === null ? [] : [flag, new Date(Math.min(ms, LATEST)).toISOString().replace(".000Z", "Z")];
  const range = [...time("--since", since), ...time("--until", until)];
  const text = quote(query);
  // A text that begins with a dash, such as a comment of SQL, would be taken for a flag.
  const words = language === "sql" ? [`--sql=${text}`] : query.startsWith("-") ? ["--", text] : [text];
  return ["tailwater", "query", ...range, ...words].join(" ");
}

/**
 * Quotes a text for a POSIX shell. A text with control characters becomes `$'…'` of bash, ksh and zsh: a terminal
 * would carry them out when the command is pasted.
 */
export function quote(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it finds
  const control = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;
  if (!control.test(text)) return `'${text.replaceAll("'", "'\\''")}'`;
  const escaped = text
    .replaceAll("\\", "\\\\")
    .replaceAll("'", "\\'")
    .replaceAll(control, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
  return `$'${escaped}'`;
}
