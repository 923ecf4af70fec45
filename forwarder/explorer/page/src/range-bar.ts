// Bar below the header: the time range that a page shows, in words and as a choice.

import type { Status } from "./api-types";
import { type Child, h } from "./dom";
import { formatSpan, formatTime } from "./format";
import { type Route, SPANS } from "./route";
import { fromInputText, toInputText, zone } from "./zone";

type Navigate = (address: string) => void;

/** Pages that do not depend on the range of the address. */
const NO_RANGE = ["/invocation", "/request", "/compare"];

/** Content of the bar: which time the page shows, and the choice of another one. */
export function rangeBar(route: Route, status: Status, navigate: Navigate): HTMLElement[] {
  if (NO_RANGE.includes(route.path)) return [];
  const shown = h("p", { class: "shown-range" }, shownRange(route, status));
  return [shown, ...rangeSelector(route, status, navigate)];
}

/** Length of the time range in milliseconds. */
export function rangeLength(route: Route, status: Status): number {
  const { since, until } = route.range(status);
  return (until ?? (status.last_ms ?? 0) + 1) - (since ?? status.first_ms ?? 0);
}

/** The time range in words; each span has one name on all pages. */
function rangeName(route: Route, status: Status): string {
  const selected = route.span();
  if (selected === "All") return "all stored data";
  const length = formatSpan(rangeLength(route, status));
  return selected === null ? length : `last ${length} of the data`;
}

function shownRange(route: Route, status: Status): Child {
  if (status.first_ms === null || status.last_ms === null) return "The store has no data.";
  const { since, until } = route.range(status);
  const name = rangeName(route, status);
  return [
    h("b", {}, name.charAt(0).toUpperCase() + name.slice(1)),
    ` · ${formatTime(since ?? status.first_ms)} to ${formatTime(until ?? status.last_ms)}`,
  ];
}

function rangeSelector(route: Route, status: Status, navigate: Navigate): HTMLElement[] {
  const selected = route.span();
  const last = status.last_ms;
  const spans = SPANS.map(([name, span]) =>
    h(
      "a",
      {
        href: route.with({ range: name === "All" ? null : name, since: null, until: null }),
        "aria-current": name === selected ? "true" : null,
        title:
          last === null
            ? null
            : name === "All"
              ? "All stored data"
              : `The last ${formatSpan(span ?? 0)} of the data, up to ${formatTime(last)}`,
      },
      span === null ? name : formatSpan(span),
    ),
  );
  const range = route.range(status);
  const [since, until] = [range.since ?? status.first_ms ?? 0, range.until ?? (last ?? 0) + 1];
  const custom = h(
    "details",
    { class: "custom" },
    h(
      "summary",
      {
        "aria-current": selected === null ? "true" : null,
        title: `${formatTime(since)} to ${formatTime(until)}`,
      },
      selected === null ? formatSpan(until - since) : "Custom",
    ),
    customRange(route, since, until, navigate),
  );
  const zoomOut =
    selected === null
      ? [
          h(
            "a",
            {
              class: "chip",
              id: "zoom-out",
              href: addressOfDoubledRange(route, status, since, until),
              title: "Show a range twice as long",
            },
            "Zoom out",
          ),
        ]
      : [];
  return [
    ...zoomOut,
    h("div", { class: "seg", role: "group", "aria-label": "Choose the time range" }, spans, custom),
  ];
}

function addressOfDoubledRange(route: Route, status: Status, since: number, until: number): string {
  const half = Math.max(Math.round((until - since) / 2), 500);
  const [first, last] = [status.first_ms ?? since, status.last_ms ?? until];
  if (since - half <= first && until + half > last)
    return route.with({ since: null, until: null, range: null });
  return route.with({ since: since - half, until: until + half, range: null });
}

function customRange(route: Route, since: number, until: number, navigate: Navigate): HTMLElement {
  const place = zone() === "utc" ? "UTC" : "local time";
  const field = (name: string, label: string, ms: number) =>
    h("label", {}, label, h("input", { type: "datetime-local", step: 1, name, value: toInputText(ms) }));
  const form = h(
    "form",
    { class: "custom-form card" },
    field("since", `From (${place})`, since),
    field("until", `Until (${place})`, until),
    h("button", { class: "primary" }, "Show"),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const values = new FormData(form);
    const read = (name: string) => fromInputText(String(values.get(name)));
    const [from, to] = [read("since"), read("until")];
    if (from < to) navigate(route.with({ since: from, until: to, range: null }));
  });
  return form;
}
