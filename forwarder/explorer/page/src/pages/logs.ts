// The log: search with filters, page by page, the lines around a hit, and everything found as a file.

import { address, ask, type Line, type Logs } from "../api";
import { h } from "../dom";
import { count, exactMoment, moment } from "../format";
import { empty, logLine } from "../show";
import type { Context, Load } from "./page";

const LEVELS = ["trace", "debug", "info", "warn", "error", "fatal"];

export const logs: Load = async (context) => {
  const { place, status } = context;
  if (place.text("around")) return around(context);
  const form = filters(context);
  if (status.events === 0) {
    return { title: "Logs", nav: "/logs", content: [empty("Nothing is stored yet", h("p", {}, "Read logs into the store: ", h("code", {}, "tailwater replay PATH")))] };
  }
  const list = h("div", { class: "log wide", id: "hits" });
  const foot = h("p", { class: "foot", "aria-live": "polite" });
  await more(context, list, foot, null);
  return { title: "Logs", nav: "/logs", content: [h("h1", { class: "unseen" }, "Logs"), form, h("section", { class: "card", "aria-label": "Lines that match, newest first" }, list, foot)] };
};

function query({ place, status }: Context): Record<string, string | number | null> {
  return {
    ...place.range(status),
    text: place.text("text"),
    function: place.text("function"),
    level: place.text("level"),
    request_id: place.text("request"),
    trace_id: place.text("trace"),
  };
}

/** Appends the next page; searches on by itself while nothing is found. */
async function more(context: Context, list: HTMLElement, foot: HTMLElement, after: string | null): Promise<void> {
  const { place, status, signal } = context;
  const whole = (line: Line) => wholeLine(line, signal);
  let from = after;
  for (;;) {
    const page: Logs = await ask<Logs>("logs", { ...query(context), limit: 100, after: from }, signal);
    list.append(...page.events.map((line) => logLine(line, { place, reference: status.last_ms ?? 0, column: "function", whole })));
    from = page.next;
    if (page.events.length > 0 || from === null || signal.aborted) {
      foot.replaceChildren(...footing(context, list, foot, page));
      return;
    }
    foot.textContent = `Nothing yet, back to ${moment(page.searched_to_ms ?? 0)}; searching on …`;
    // What is shown already should not wait for what may not be there.
    if (after === null && list.isConnected === false) {
      const next = from;
      setTimeout(() => void more(context, list, foot, next).catch(() => undefined), 0);
      return;
    }
  }
}

function footing(context: Context, list: HTMLElement, foot: HTMLElement, page: Logs): Node[] {
  const shown = list.childElementCount;
  const said = document.createTextNode(shown === 0 ? "No line matches. " : `${count(shown)} ${shown === 1 ? "line" : "lines"}${page.next === null ? ", and no more. " : ". "}`);
  if (page.next === null) return shown > 0 ? [said] : [said, h("a", { href: context.place.to("/logs") }, "Show all lines")];
  const next = page.next;
  const button = h("button", { type: "button", class: "chip", id: "more" }, page.searched_to_ms === null ? "Show more" : `Search on from ${moment(page.searched_to_ms)}`);
  button.addEventListener("click", () => {
    button.disabled = true;
    void more(context, list, foot, next).catch((problem: unknown) => {
      if (!context.signal.aborted) foot.textContent = String(problem);
    });
  });
  return [said, button];
}

async function wholeLine(line: Line, signal: AbortSignal): Promise<Line> {
  const { events } = await ask<{ events: Line[] }>("logs/around", { place: line.place, count: 0 }, signal);
  return events[0] ?? line;
}

function filters(context: Context): HTMLElement {
  const { place, go } = context;
  const field = (name: string, label: string, placeholder: string) =>
    h("label", { class: name }, h("span", {}, label), h("input", { id: `f-${name}`, name, class: "field", type: "search", placeholder, value: place.text(name), autocomplete: "off", spellcheck: "false" }));
  const level = h("select", { id: "f-level", name: "level", class: "field" }, h("option", { value: "" }, "any"), LEVELS.map((name) => h("option", { value: name, selected: place.text("level") === name }, `${name} and worse`)));
  const form = h(
    "form",
    { class: "filters card", role: "search", "aria-label": "Search the log" },
    field("text", "Text", 'words, or "a phrase"'),
    field("function", "Function", "name"),
    h("label", { class: "level" }, h("span", {}, "Level"), level),
    field("request", "Request id", "8f507cfc-…"),
    field("trace", "Trace id", "1-5d8bba5a-…"),
    h("div", { class: "buttons" }, h("button", { class: "primary" }, "Search"), h("a", { class: "chip", href: address("logs/export", query(context)), download: "tailwater.ndjson", title: "Everything that matches, one record a line" }, "Export NDJSON")),
  );
  const submit = (event?: Event) => {
    event?.preventDefault();
    const values = Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, String(value).trim()]));
    // What is sent is no longer being typed.
    for (const input of form.querySelectorAll("input")) input.defaultValue = input.value;
    go(place.with({ ...values, around: null }));
  };
  form.addEventListener("submit", submit);
  level.addEventListener("change", () => submit());
  return form;
}

/** A hit and the lines around it in the same stream. */
const around: Load = async ({ place, signal, status }) => {
  const wanted = place.text("around");
  const size = Math.min(Math.max(Number(place.text("lines")) || 30, 10), 200);
  const { events } = await ask<{ events: Line[] }>("logs/around", { place: wanted, count: size }, signal);
  const hit = events.find((line) => line.place === wanted);
  const whole = (line: Line) => wholeLine(line, signal);
  const list = h("div", { class: "log wide" }, events.map((line) => logLine(line, { place, reference: status.last_ms ?? 0, current: line.place === wanted, whole })));
  const current = list.querySelector("details.current");
  if (current instanceof HTMLDetailsElement) {
    current.open = true;
    setTimeout(() => current.scrollIntoView({ block: "center" }), 60);
  }
  return {
    title: "Lines around",
    nav: "/logs",
    content: [
      h("div", { class: "title" }, h("h1", {}, "Lines around"), h("p", {}, hit ? ["of ", h("a", { href: place.to("/function", { name: hit.function, account: hit.account }) }, hit.function), `, ${exactMoment(hit.time_ms)}, in `, h("code", {}, hit.log_stream || "its stream")] : "the line is gone")),
      h("section", { class: "card", "aria-label": "Lines of one stream, in order" }, list, h("p", { class: "foot" }, size < 200 ? h("a", { class: "chip", href: place.with({ lines: Math.min(size * 2, 200) }) }, "Show more of both sides") : null)),
    ],
  };
};
