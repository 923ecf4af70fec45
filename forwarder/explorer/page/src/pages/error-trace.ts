// Lines that tell an error of a group: those of its latest failed invocation.

import { fetchJson } from "../api";
import type { ErrorGroup, Line } from "../api-types";
import { h } from "../dom";
import { formatTime } from "../format";
import { logLine } from "../log-line";
import type { PageContext } from "./loader";

/** Most lines that are shown. */
const MAX_LINES = 20;

/** True if the line tells an error, and Lambda did not write it about the invocation as a whole. */
export function isError({ level, kind }: Line): boolean {
  return (level === "ERROR" || level === "FATAL") && ["app", "text", "emf", "fault"].includes(kind);
}

/** Element that is filled with the lines when they have been loaded. */
export function stackTrace(group: ErrorGroup, context: PageContext): HTMLElement {
  const place = h(
    "div",
    { class: "stack-trace", "aria-live": "polite" },
    h("p", { class: "u" }, "Loading …"),
  );
  void load(group, place, context).catch((error: unknown) => {
    if (!context.signal.aborted) place.textContent = error instanceof Error ? error.message : String(error);
  });
  return place;
}

async function load(group: ErrorGroup, place: HTMLElement, context: PageContext): Promise<void> {
  const { route, signal } = context;
  const lines = await linesOf(group, signal);
  const shown = lines.slice(0, MAX_LINES).map((line) =>
    logLine(line, {
      route,
      signal,
      reference: group.last_seen_ms,
      isOpen: isError(line),
    }),
  );
  const latest = group.latest
    ? h("a", { href: route.to("/invocation", { key: group.latest }) }, "Latest invocation with it")
    : "Latest line";
  place.replaceChildren(
    h("p", { class: "u" }, latest, `, ${formatTime(group.last_seen_ms)}`),
    shown.length > 0 ? h("div", { class: "log" }, shown) : h("p", { class: "u" }, "No line tells more."),
  );
}

async function linesOf(group: ErrorGroup, signal: AbortSignal): Promise<Line[]> {
  if (group.latest) {
    const { lines } = await fetchJson("/api/v1/invocation", { key: group.latest }, signal);
    const telling = lines.filter(isError);
    return telling.length > 0 ? telling : lines.slice(-3);
  }
  const query = {
    function: group.function,
    account: group.account,
    level: "error",
    since: group.last_seen_ms,
    until: group.last_seen_ms + 1,
  };
  return (await fetchJson("/api/v1/logs", query, signal)).events;
}
