// Rendering of log messages: JSON with colours, terminal colours, and control characters as symbols.

import { type Child, h } from "./dom";

/** Members that the summary of a line leaves out: other columns show them, or they are long. */
const OMITTED = new Set([
  ...["timestamp", "time", "level", "requestId", "function_request_id", "AWSRequestId", "aws_request_id"],
  ...[
    "service",
    "cold_start",
    "function_name",
    "function_memory_size",
    "function_arn",
    "xray_trace_id",
    "logger",
    "location",
  ],
  ...[
    "stackTrace",
    "stack",
    "stack_trace",
    "exception",
    "errorType",
    "errorMessage",
    "exception_name",
    "target",
    "span",
    "spans",
  ],
]);

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

/** Parses a message that is a JSON object; undefined if it is anything else. */
export function parseObject(message: string): { [name: string]: Json } | undefined {
  if (!message.trimStart().startsWith("{")) return undefined;
  try {
    return JSON.parse(message) as { [name: string]: Json };
  } catch {
    return undefined;
  }
}

/** Renders a message in one line: its text first, then its other members. */
export function renderSummary(message: string): Child {
  const object = parseObject(message);
  if (!object) return renderText(withoutRequestId(withoutPrefix(message.trimEnd())));
  if (typeof object.type === "string" && object.type.startsWith("platform."))
    return renderPlatformRecord(object.record ?? null);
  const [text, used] = textOf(object);
  const rest = Object.entries(object).filter(([name]) => !OMITTED.has(name) && !used.includes(name));
  const members = rest.map(([name, value]) => [
    " ",
    h("span", { class: "k" }, name),
    h("span", { class: "q" }, "="),
    renderValue(value),
  ]);
  return text === undefined ? members : [renderText(text), members];
}

/** Text of an object, such as its error message, and the members that are part of it. */
function textOf(object: { [name: string]: Json }): [string | undefined, string[]] {
  const message = object.message;
  const inner = [message, object.fields, object.error].find(
    (value) => value !== null && typeof value === "object" && !Array.isArray(value),
  );
  const source = object.errorType !== undefined || !inner ? object : (inner as { [name: string]: Json });
  const kind = source.errorType ?? object.exception_name;
  const value = source.errorMessage ?? source.message ?? source.msg ?? object.msg;
  const text = typeof value === "string" ? value : undefined;
  const used = ["message", "msg", ...(source === object ? [] : ["fields", "error"])];
  if (typeof kind !== "string") return [text, used];
  return [text === undefined ? kind : text.startsWith(kind) ? text : `${kind}: ${text}`, used];
}

/** Renders the record of a platform event of Lambda, without the members that every such event has. */
function renderPlatformRecord(record: Json): Child {
  if (record === null || typeof record !== "object" || Array.isArray(record))
    return record === null ? "" : String(record);
  const { metrics, requestId: _id, functionArn: _arn, tracing: _tracing, spans: _spans, ...rest } = record;
  const members = {
    ...rest,
    ...(metrics !== null && typeof metrics === "object" && !Array.isArray(metrics) ? metrics : {}),
  };
  return Object.entries(members).map(([name, value], index) => [
    index > 0 ? " · " : "",
    `${readableName(name)} ${typeof value === "string" ? value : JSON.stringify(value)}${unitOf(name)}`,
  ]);
}

/** Readable name of a member: `billed duration` for `billedDurationMs`. */
function readableName(name: string): string {
  return name.replace(/(Ms|MB)$/, "").replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

function unitOf(name: string): string {
  return name.endsWith("Ms") ? " ms" : name.endsWith("MB") ? " MB" : "";
}

/** Removes the kind and request id of a platform line in text format: other columns show them. */
function withoutRequestId(message: string): string {
  const prefix = /^(?:START|END|REPORT) RequestId: [\w-]+\s*/.exec(message);
  return prefix ? message.slice(prefix[0].length).replaceAll(/\s*\t\s*/g, " · ") : message;
}

/**
 * Removes the prefix that a runtime writes: `TIME<tab>REQUEST<tab>LEVEL<tab>` of Node.js or
 * `[LEVEL]<tab>TIME<tab>REQUEST<tab>` of Python.
 */
export function withoutPrefix(message: string): string {
  return message
    .replace(/^\d{4}-\d\d-\d\dT[\d:.]+Z\t[\w-]+\t[A-Z]+\t/, "")
    .replace(/^\[[A-Z]+\]\t\d{4}-\d\d-\d\dT[\d:.]+Z\t[\w-]*\t/, "");
}

function renderValue(value: Json): Child {
  const text = JSON.stringify(value);
  return h(
    "span",
    { class: typeof value === "string" ? "s" : "n" },
    text.length > 400 ? `${text.slice(0, 400)}…` : text,
  );
}

/** Renders JSON with one member per line. */
export function renderJson(value: Json, indent = ""): Child {
  if (value === null || typeof value !== "object") {
    return h(
      "span",
      { class: typeof value === "string" ? "s" : "n" },
      typeof value === "string" ? quote(value, indent) : String(value),
    );
  }
  const inner = `${indent}  `;
  const members = Array.isArray(value)
    ? value.map((item): Child => [inner, renderJson(item, inner)])
    : Object.entries(value).map(
        ([name, item]): Child => [
          inner,
          h("span", { class: "k" }, JSON.stringify(name)),
          ": ",
          renderJson(item, inner),
        ],
      );
  const [open, close] = Array.isArray(value) ? ["[", "]"] : ["{", "}"];
  if (members.length === 0) return open + close;
  return [
    open,
    "\n",
    members.map((member, index) => [member, index < members.length - 1 ? ",\n" : "\n"]),
    indent,
    close,
  ];
}

/** JSON string; a text of several lines, such as a stack trace, keeps its line breaks. */
function quote(text: string, indent: string): string {
  if (!text.includes("\n")) return JSON.stringify(text);
  return `"${text.replaceAll("\n", `\n${indent} `)}"`;
}

const CONTROL_CODES =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it finds
  /\u001b\[([\d;]*)m|[\u0000-\u0008\u000b-\u001f\u007f\u0080-\u009f\u202a-\u202e\u2066-\u2069\u200e\u200f]/g;

/** Renders text with its terminal colours; other control characters, also those of text direction, become symbols. */
export function renderText(text: string): Child {
  const out: Child[] = [];
  let style = "";
  let from = 0;
  const push = (piece: string) => {
    if (piece) out.push(style ? h("span", { class: style }, piece) : piece);
  };
  for (const match of text.matchAll(CONTROL_CODES)) {
    push(text.slice(from, match.index));
    from = match.index + match[0].length;
    if (match[1] !== undefined) style = applyCodes(style, match[1]);
    else if (match[0] !== "\r")
      out.push(h("span", { class: "control", title: `U+${codePoint(match[0])}` }, "�"));
  }
  push(text.slice(from));
  return out;
}

function codePoint(character: string): string {
  return character.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0");
}

const COLOURS: Record<number, string> = {
  1: "red",
  2: "green",
  3: "amber",
  4: "blue",
  5: "violet",
  6: "green",
};

/** Style after the codes of an ANSI escape sequence. */
function applyCodes(before: string, codes: string): string {
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
