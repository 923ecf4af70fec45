// A log line that opens to show its whole message.

import { fetchJson } from "./api";
import type { Line } from "./api-types";
import { unit } from "./components";
import { h } from "./dom";
import { formatClock, formatCount, formatDuration, formatExactTime } from "./format";
import { parseObject, renderJson, renderSummary, renderText } from "./message";
import type { Route } from "./route";

type Options = {
  route: Route;
  /** Aborts requests for whole messages. */
  signal: AbortSignal;
  /** Times on the day of this one are shown without a date. */
  reference: number;
  /** Start of the invocation, if times are to be shown relative to it. */
  start?: number;
  showsFunction?: boolean;
  /** Mark before the function name, such as the number of a step. */
  mark?: HTMLElement;
  /** Marks the line that a list is about. */
  isCurrent?: boolean;
  isOpen?: boolean;
};

export function logLine(line: Line, options: Options): HTMLElement {
  const { route, signal, start, reference } = options;
  const time =
    start === undefined
      ? [formatClock(line.time_ms, reference), unit(`:${secondsOf(line.time_ms)}`)]
      : formatOffset(line.time_ms - start);
  const body = h("div", { class: "whole" });
  const details = h(
    "details",
    { class: `line ${tone(line)}${options.isCurrent ? " current" : ""}`, id: `at-${line.place}` },
    h(
      "summary",
      {},
      h("time", { title: formatExactTime(line.time_ms) }, time),
      h("span", { class: "lv" }, label(line)),
      options.showsFunction ? h("span", { class: "fn" }, options.mark, line.function) : null,
      h("span", { class: "msg", dir: "auto" }, renderSummary(beginning(line.message))),
    ),
    body,
  );
  details.addEventListener("toggle", () => {
    if (details.open && !body.hasChildNodes()) body.append(...wholeLine(line, route, signal));
  });
  if (options.isOpen) details.open = true;
  return details;
}

/** True if a function wrote the line, false if Lambda did. */
function isOfFunction({ kind }: Line): boolean {
  return kind === "app" || kind === "text" || kind === "emf";
}

function label(line: Line): string {
  return isOfFunction(line) ? (line.level ?? "") : line.kind.replaceAll("_", " ").toUpperCase();
}

/** Seconds and milliseconds: `05.123`. */
function secondsOf(ms: number): string {
  const parts = formatExactTime(ms).split(/[: ]/);
  return parts.find((part) => part.includes(".")) ?? "";
}

/** Time from the start of the invocation: `12 ms`, `−3 ms`. */
function formatOffset(ms: number): string {
  const size = Math.abs(ms);
  return `${ms < 0 ? "−" : ""}${size < 10_000 ? `${formatCount(size)} ms` : formatDuration(size)}`;
}

/** Beginning of a message for a closed line: the layout of a message of a megabyte would take seconds. */
function beginning(message: string): string {
  return message.length > 2000 && !parseObject(message) ? `${message.slice(0, 2000)}…` : message;
}

function wholeLine(line: Line, route: Route, signal: AbortSignal): Node[] {
  const object = parseObject(line.message);
  const text = h(
    "pre",
    { dir: "auto", tabindex: 0 },
    object ? renderJson(object) : renderText(line.message.trimEnd()),
  );
  const links = h(
    "p",
    { class: "about" },
    h("span", { title: "Time of the log event" }, formatExactTime(line.time_ms)),
    h("a", { href: route.to("/function", { name: line.function, account: line.account }) }, line.function),
    line.version ? h("span", {}, `version ${line.version}`) : null,
    line.request_id
      ? h(
          "a",
          { href: route.to("/invocation", { request: line.request_id }) },
          "invocation ",
          h("code", {}, line.request_id),
        )
      : null,
    h("a", { href: route.to("/logs", { around: line.place }) }, "surrounding lines"),
  );
  if (line.cut_from_bytes === null) return [text, links];
  const more = h(
    "button",
    { type: "button", class: "chip" },
    `Show all ${formatCount(line.cut_from_bytes)} bytes`,
  );
  more.addEventListener("click", async () => {
    more.disabled = true;
    const query = { place: line.place, count: 0 };
    const { events } = await fetchJson("/api/v1/logs/around", query, signal);
    text.replaceChildren((events[0] ?? line).message);
    more.remove();
  });
  return [text, more, links];
}

/** CSS class of a line: by its level, or `p` for lines of Lambda. */
function tone(line: Line): string {
  if (!isOfFunction(line) && line.kind !== "fault") return "p";
  if (line.level === "ERROR" || line.level === "FATAL") return "e";
  if (line.level === "WARN") return "w";
  return line.level === "DEBUG" || line.level === "TRACE" ? "d" : "";
}
