// Live tail: new lines of a search appear at the top, unless the reader has paused or scrolled away from it.

import { fetchJson } from "../api";
import type { Line } from "../api-types";
import { h } from "../dom";
import { formatCount, formatCounted } from "../format";
import { logLine } from "../log-line";
import type { PageContext } from "../pages/loader";
import { filters } from "./search";
import "../style/tail.css";

/** Lines of one request. More new ones at once are skipped, which is said. */
const MAX_NEW = 500;
/** Lines that are kept on the page. */
const MAX_SHOWN = 2000;
/** Lines that are shown when the tail begins. */
const FIRST = 50;
/** A line may be stored this long after a later one. */
const LATE_MS = 30_000;
/** Time over which the rate is measured. */
const RATE_MS = 10_000;
/** Distance from the top of the page up to which the reader is at the newest line. */
const AT_TOP = 60;

/** Places of lines that are remembered, so that no line is shown twice. */
const MAX_SEEN = 20_000;

/** Lines of one answer that are not in `seen` yet; adds them to it, and forgets the oldest. */
export function unseen(lines: Line[], seen: Set<string>): Line[] {
  const found = lines.filter(({ place }) => !seen.has(place));
  for (const { place } of found) seen.add(place);
  for (const place of seen) {
    if (seen.size <= MAX_SEEN) break;
    seen.delete(place);
  }
  return found;
}

/** Lines per second from the arrivals within the last ten seconds. */
export function rateOf(arrivals: { at: number; lines: number }[], now: number): number {
  const recent = arrivals.filter(({ at }) => now - at < RATE_MS);
  return (recent.reduce((sum, { lines }) => sum + lines, 0) * 1000) / RATE_MS;
}

export type Tail = {
  element: HTMLElement;
  /** Requests the lines that are new. */
  update: () => void;
};

export async function liveTail(context: PageContext): Promise<Tail> {
  const { route, signal, status } = context;
  const list = h("div", { class: "log wide", id: "results" });
  const rate = h("span", { class: "u", id: "rate" }, "0 lines/s");
  const pause = h("button", { type: "button", class: "chip", id: "pause", "aria-pressed": "false" }, "Pause");
  const more = h("button", { type: "button", class: "chip new-lines", id: "new-lines", hidden: true });
  const note = h("p", { class: "foot", "aria-live": "polite" }, "Waiting for new lines.");
  const seen = new Set<string>();
  /** New lines that are not shown yet, the newest first. */
  let waiting: Line[] = [];
  let arrivals: { at: number; lines: number }[] = [];
  let latest = status.last_ms ?? 0;
  /** Time from which on all lines are known that were there when the tail began. */
  let since = Number.NEGATIVE_INFINITY;
  let isPaused = false;
  let request: Promise<void> = Promise.resolve();

  const element = (line: Line) =>
    logLine(line, { route, signal, reference: status.last_ms ?? 0, showsFunction: true });
  const showRate = () => {
    const lines = rateOf(arrivals, Date.now());
    rate.textContent = `${lines < 10 ? lines.toFixed(1) : formatCount(lines)} lines/s`;
  };
  const showWaiting = () => {
    more.hidden = waiting.length === 0;
    more.textContent = `${formatCount(waiting.length)} new`;
  };
  const flush = () => {
    list.prepend(...waiting.map(element));
    waiting = [];
    while (list.childElementCount > MAX_SHOWN) list.lastElementChild?.remove();
    showWaiting();
  };
  const isReading = () => isPaused || window.scrollY > AT_TOP || list.querySelector("details[open]") !== null;
  const fetchNew = async () => {
    const from = Math.max(latest - LATE_MS, since);
    const query = { ...filters(context), since: from, until: null, limit: MAX_NEW };
    const { events, next } = await fetchJson("/api/v1/logs", query, signal);
    const found = unseen(events, seen);
    if (found.length === 0) return;
    latest = Math.max(latest, ...found.map(({ time_ms }) => time_ms));
    arrivals = [...arrivals, { at: Date.now(), lines: found.length }].slice(-100);
    const isCut = next !== null && found.length === events.length;
    note.textContent = isCut
      ? `More lines arrive than are shown: some of the last ${formatCounted(MAX_NEW, "line")} before are left out.`
      : "";
    waiting = [...found, ...waiting].slice(0, MAX_SHOWN);
    if (isReading()) showWaiting();
    else flush();
    showRate();
  };
  const update = () => {
    // One request after the other, so that their lines arrive in order.
    request = request.then(fetchNew).catch((error: unknown) => {
      if (!signal.aborted) note.textContent = error instanceof Error ? error.message : String(error);
    });
  };
  pause.addEventListener("click", () => {
    isPaused = !isPaused;
    pause.setAttribute("aria-pressed", String(isPaused));
    pause.textContent = isPaused ? "Continue" : "Pause";
    if (!isReading()) flush();
  });
  more.addEventListener("click", () => {
    flush();
    window.scrollTo({ top: 0 });
  });
  const timer = setInterval(showRate, 1000);
  signal.addEventListener("abort", () => clearInterval(timer));

  const first = await fetchJson("/api/v1/logs", { ...filters(context), limit: MAX_NEW }, signal);
  list.append(...unseen(first.events, seen).slice(0, FIRST).map(element));
  latest = Math.max(latest, ...first.events.map(({ time_ms }) => time_ms));
  const oldest = first.events.at(-1);
  if (first.next !== null && oldest) since = oldest.time_ms + 1;
  const card = h(
    "section",
    { class: "card", "aria-label": "Live tail, newest first" },
    h(
      "div",
      { class: "bar tail-bar" },
      h("h2", {}, "Live tail"),
      rate,
      h("span", { class: "grow" }),
      more,
      pause,
    ),
    list,
    note,
  );
  return { element: card, update };
}
