// Log lines as they are shown: JSON with colours, terminal colours as colours, control characters as what they are.

import { h, type Child } from "./dom";

/** Members that the columns beside the message, or the page, say already; all of them are in the opened line. */
const SAID = new Set([
  ...["timestamp", "time", "level", "requestId", "function_request_id", "AWSRequestId", "aws_request_id"],
  ...["service", "cold_start", "function_name", "function_memory_size", "function_arn", "xray_trace_id", "logger", "location"],
  ...["stackTrace", "stack", "stack_trace", "exception", "errorType", "errorMessage", "exception_name", "target", "span", "spans"],
]);

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

/** The object that a message is; undefined where it is none. */
export function parsed(message: string): { [name: string]: Json } | undefined {
  if (!message.trimStart().startsWith("{")) return undefined;
  try {
    return JSON.parse(message) as { [name: string]: Json };
  } catch {
    return undefined;
  }
}

/** The message as it is read at a glance: its text first, then what else is in it. */
export function brief(message: string): Child {
  const object = parsed(message);
  if (!object) return plain(platformText(withoutPrefix(message.trimEnd())));
  if (typeof object.type === "string" && object.type.startsWith("platform.")) return platform(object.record ?? null);
  const [text, used] = textOf(object);
  const rest = Object.entries(object).filter(([name]) => !SAID.has(name) && !used.includes(name));
  const members = rest.map(([name, value]) => [" ", h("span", { class: "k" }, name), h("span", { class: "q" }, "="), inline(value)]);
  return text === undefined ? members : [plain(text), members];
}

/** What an object says in words, and the members that were used for it. */
function textOf(object: { [name: string]: Json }): [string | undefined, string[]] {
  const message = object.message;
  const inner = [message, object.fields, object.error].find((value) => value !== null && typeof value === "object" && !Array.isArray(value));
  const source = object.errorType !== undefined || !inner ? object : (inner as { [name: string]: Json });
  const kind = source.errorType ?? object.exception_name;
  const words = source.errorMessage ?? source.message ?? source.msg ?? object.msg;
  const text = typeof words === "string" ? words : undefined;
  const used = ["message", "msg", ...(source === object ? [] : ["fields", "error"])];
  if (typeof kind !== "string") return [text, used];
  return [text === undefined ? kind : text.startsWith(kind) ? text : `${kind}: ${text}`, used];
}

/** What the platform says of itself, without what stands in every such line. */
function platform(record: Json): Child {
  if (record === null || typeof record !== "object" || Array.isArray(record)) return record === null ? "" : String(record);
  const { metrics, requestId: _id, functionArn: _arn, tracing: _tracing, spans: _spans, ...rest } = record;
  const all = { ...rest, ...(metrics !== null && typeof metrics === "object" && !Array.isArray(metrics) ? metrics : {}) };
  return Object.entries(all).map(([name, value], index) => [index > 0 ? " · " : "", `${words(name)} ${typeof value === "string" ? value : JSON.stringify(value)}${unitOf(name)}`]);
}

/** `billedDurationMs`: billed duration. */
function words(name: string): string {
  return name.replace(/(Ms|MB)$/, "").replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

function unitOf(name: string): string {
  return name.endsWith("Ms") ? " ms" : name.endsWith("MB") ? " MB" : "";
}

/** A line of the platform in text: its name and request stand beside it already. */
function platformText(message: string): string {
  const said = /^(?:START|END|REPORT) RequestId: [\w-]+\s*/.exec(message);
  return said ? message.slice(said[0].length).replaceAll(/\s*\t\s*/g, " · ") : message;
}

/** `TIME<tab>REQUEST<tab>LEVEL<tab>` of Node.js, `[LEVEL]<tab>TIME<tab>REQUEST<tab>` of Python. */
export function withoutPrefix(message: string): string {
  return message
    .replace(/^\d{4}-\d\d-\d\dT[\d:.]+Z\t[\w-]+\t[A-Z]+\t/, "")
    .replace(/^\[[A-Z]+\]\t\d{4}-\d\d-\d\dT[\d:.]+Z\t[\w-]*\t/, "");
}

function inline(value: Json): Child {
  const text = JSON.stringify(value);
  return h("span", { class: typeof value === "string" ? "s" : "n" }, text.length > 400 ? `${text.slice(0, 400)}…` : text);
}

/** The whole object, a member a line. */
export function pretty(value: Json, indent = ""): Child {
  if (value === null || typeof value !== "object") {
    return h("span", { class: typeof value === "string" ? "s" : "n" }, typeof value === "string" ? quoted(value, indent) : String(value));
  }
  const inner = `${indent}  `;
  const members = Array.isArray(value)
    ? value.map((item): Child => [inner, pretty(item, inner)])
    : Object.entries(value).map(([name, item]): Child => [inner, h("span", { class: "k" }, JSON.stringify(name)), ": ", pretty(item, inner)]);
  const [open, close] = Array.isArray(value) ? ["[", "]"] : ["{", "}"];
  if (members.length === 0) return open + close;
  return [open, "\n", members.map((member, index) => [member, index < members.length - 1 ? ",\n" : "\n"]), indent, close];
}

/** Text of several lines, such as a stack, is shown as such. */
function quoted(text: string, indent: string): string {
  if (!text.includes("\n")) return JSON.stringify(text);
  return `"${text.replaceAll("\n", `\n${indent} `)}"`;
}

// eslint-disable-next-line no-control-regex
const CODES = /\u001b\[([\d;]*)m|[\u0000-\u0008\u000b-\u001f\u007f\u0080-\u009f\u202a-\u202e\u2066-\u2069\u200e\u200f]/g;

/** Text with its terminal colours; other control characters, and those that turn the direction of text, as symbols. */
export function plain(text: string): Child {
  const out: Child[] = [];
  let style = "";
  let from = 0;
  const push = (piece: string) => {
    if (piece) out.push(style ? h("span", { class: style }, piece) : piece);
  };
  for (const match of text.matchAll(CODES)) {
    push(text.slice(from, match.index));
    from = match.index + match[0].length;
    if (match[1] !== undefined) style = styled(style, match[1]);
    else if (match[0] !== "\r") out.push(h("span", { class: "control", title: `U+${code(match[0])}` }, "�"));
  }
  push(text.slice(from));
  return out;
}

function code(character: string): string {
  return character.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0");
}

const COLOURS: Record<number, string> = { 1: "red", 2: "green", 3: "amber", 4: "blue", 5: "violet", 6: "green" };

function styled(before: string, codes: string): string {
  let style = before;
  for (const number of codes.split(";").map(Number)) {
    if (number === 0) style = "";
    else if (number === 1) style = `${style} strong`;
    else if (number === 39) style = style.replace(/\bansi-\w+/g, "");
    else if ((number >= 30 && number < 38) || (number >= 90 && number < 98)) {
      const colour = COLOURS[number % 10];
      style = `${style.replace(/\bansi-\w+/g, "")}${colour ? ` ansi-${colour}` : ""}`;
    }
  }
  return style.trim();
}
