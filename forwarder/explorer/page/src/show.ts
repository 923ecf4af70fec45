// Small pieces that several pages show: quantities, statistics, links, notes.

import type { Invocation, Line, Summary } from "./api";
import { h, type Child } from "./dom";
import { clock, count, duration, exactMoment, percent, said, UNKNOWN, type Quantity } from "./format";
import { brief, parsed, plain, pretty } from "./message";
import type { Place } from "./place";

export function unit(text: string): HTMLElement {
  return h("span", { class: "u" }, text);
}

export function quantity({ text, unit: of }: Quantity): Child {
  return of ? [text, unit(` ${of}`)] : text;
}

export function time(ms: number | null | undefined): Child {
  return quantity(duration(ms));
}

/** A count and its share of the whole: `453 2.5 %`. */
export function share(part: number, whole: number, bad = false): Child {
  if (part === 0) return h("span", { class: "zero" }, "0");
  return [h("span", { class: bad ? "bad" : null }, count(part)), unit(` ${percent(part, whole)}`)];
}

export function stat(label: string, value: Child, beside: Child, tip: string, bad = false): HTMLElement {
  return h("div", { class: "stat" }, h("dt", { "data-tip": tip, tabindex: 0 }, label), h("dd", { class: bad ? "bad" : null }, value, beside ? h("small", {}, beside) : null));
}

export function empty(title: string, ...what: Child[]): HTMLElement {
  return h("div", { class: "empty" }, h("h2", {}, title), what);
}

export function meter(share: number | null): Child {
  if (share === null) return UNKNOWN;
  const bar = h("i", {});
  bar.style.width = `${Math.min(share, 100)}%`;
  return [h("span", {}, share.toFixed(share < 9.95 ? 1 : 0), unit(" %")), h("span", { class: share >= 90 ? "meter hot" : "meter", "aria-hidden": "true" }, bar)];
}

export function looks(summary: Summary, place: Place, only?: string): Child {
  const found = summary.worth_a_look.filter((look) => only === undefined || look.function === only);
  if (found.length === 0) return null;
  const rows = found.map((look) => {
    const target = summary.functions.find((row) => row.function === look.function && row.region === look.region);
    const name = target && only === undefined ? h("a", { href: place.toFunction(target) }, look.function) : h("b", {}, look.function);
    return h("li", { class: look.look === "worse_version" || look.look === "short_memory" || look.look === "timeouts" ? "hot" : null }, name, h("span", {}, look.text));
  });
  return h("section", { class: "looks", "aria-label": "Worth a look" }, h("h2", {}, "Worth a look"), h("ul", {}, rows));
}

const STATUS: Record<Invocation["status"], string> = {
  success: "ok",
  error: "error",
  timeout: "timeout",
  out_of_memory: "out of memory",
  unknown: "unknown",
};

export function status(invocation: Invocation): HTMLElement {
  const isBad = invocation.status !== "success" && invocation.status !== "unknown";
  return h("span", { class: isBad ? "badge bad" : "badge" }, STATUS[invocation.status], invocation.error_type ? ` · ${invocation.error_type}` : "");
}

/** A log line that opens to all it holds. */
export function logLine(line: Line, beside: { place: Place; start?: number; reference: number; column?: "function"; current?: boolean; open?: boolean; whole: (line: Line) => Promise<Line> }): HTMLElement {
  const { place, start, reference } = beside;
  const level = line.kind === "app" || line.kind === "text" || line.kind === "emf" ? (line.level ?? "") : line.kind.replaceAll("_", " ").toUpperCase();
  const stamp = start === undefined ? clock(line.time_ms, reference) : offset(line.time_ms - start);
  const seconds = start === undefined ? unit(`:${exactMoment(line.time_ms).split(/[: ]/).find((part) => part.includes(".")) ?? ""}`) : null;
  const body = h("div", { class: "whole" });
  const details = h(
    "details",
    { class: `line ${tone(line)}${beside.current ? " current" : ""}`, id: `at-${line.place}` },
    h(
      "summary",
      {},
      h("time", { title: exactMoment(line.time_ms) }, stamp, seconds),
      h("span", { class: "lv" }, level),
      beside.column ? h("span", { class: "of" }, line.function) : null,
      h("span", { class: "msg", dir: "auto" }, brief(firstOf(line.message))),
    ),
    body,
  );
  details.addEventListener("toggle", () => {
    if (details.open && !body.hasChildNodes()) body.append(...opened(line, place, beside.whole));
  });
  if (beside.open) details.open = true;
  return details;
}

/** How long after the beginning, or before it. */
function offset(ms: number): string {
  return Math.abs(ms) < 10_000 ? `${ms < 0 ? "−" : ""}${count(Math.abs(ms))} ms` : `${ms < 0 ? "−" : ""}${said(duration(Math.abs(ms)))}`;
}

/** A closed line shows its beginning; laying out a megabyte that nobody sees would take seconds. */
function firstOf(message: string): string {
  return message.length > 2000 && !parsed(message) ? `${message.slice(0, 2000)}…` : message;
}

function opened(line: Line, place: Place, whole: (line: Line) => Promise<Line>): Node[] {
  const object = parsed(line.message);
  const text = h("pre", { dir: "auto", tabindex: 0 }, object ? pretty(object) : plain(line.message.trimEnd()));
  const links = h(
    "p",
    { class: "about" },
    h("span", { title: "When it was logged" }, exactMoment(line.time_ms)),
    h("a", { href: place.to("/function", { name: line.function, account: line.account }) }, line.function),
    line.version ? h("span", {}, `version ${line.version}`) : null,
    line.request_id ? h("a", { href: place.to("/invocation", { request: line.request_id }) }, "invocation ", h("code", {}, line.request_id)) : null,
    h("a", { href: place.to("/logs", { around: line.place }) }, "lines around it"),
  );
  if (line.cut_from_bytes === null) return [text, links];
  const more = h("button", { type: "button", class: "chip" }, `Show all ${count(line.cut_from_bytes)} bytes`);
  more.addEventListener("click", async () => {
    more.disabled = true;
    text.replaceChildren();
    text.append((await whole(line)).message);
    more.remove();
  });
  return [text, more, links];
}

function tone(line: Line): string {
  if (line.kind !== "app" && line.kind !== "text" && line.kind !== "emf" && line.kind !== "fault") return "p";
  if (line.level === "ERROR" || line.level === "FATAL") return "e";
  if (line.level === "WARN") return "w";
  return line.level === "DEBUG" || line.level === "TRACE" ? "d" : "";
}
