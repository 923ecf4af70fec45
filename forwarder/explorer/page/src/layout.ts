// Layout around every page: name, navigation, search, time range, and the state of the connection.

import type { Status } from "./api-types";
import { h, svg } from "./dom";
import { formatSpan, formatTime } from "./format";
import { Route, SPANS } from "./route";

export type Layout = {
  /** Shows a page's content; `nav` is the address of the current item in the navigation. */
  render: (route: Route, status: Status | undefined, nav: string, content: Node[]) => void;
  setBusy: (isBusy: boolean) => void;
  /** Shows whether the server reports changes of the store. */
  setLive: (isLive: boolean) => void;
  /** Shows a button that loads new data. */
  offerReload: (reload: () => void) => void;
};

const PAGES: [string, string][] = [
  ["/", "Functions"],
  ["/logs", "Logs"],
  ["/query", "Query"],
  ["/errors", "Errors"],
  ["/cost", "Cost"],
];

const WAVES = ["M2 6c3-3 5 3 8 0s5 3 8 0", "M2 11c3-3 5 3 8 0s5 3 8 0", "M2 16c3-3 5 3 8 0s5 3 8 0"];

type Navigate = (address: string) => void;

export function createLayout(navigate: Navigate): Layout {
  const nav = h("nav", { "aria-label": "Pages" });
  const search = searchField(navigate);
  const ranges = h("div", { class: "ranges" });
  const connection = h("span", { class: "live off", role: "status" }, h("i", {}), h("span", {}, "offline"));
  const main = h("main", { id: "main", tabindex: -1 });
  const notice = h("div", { class: "notice", role: "status" });
  const logo = svg(
    "svg",
    { viewBox: "0 0 20 20", "aria-hidden": "true" },
    WAVES.map((d, index) => svg("path", { d, opacity: [1, 0.65, 0.35][index] })),
  );
  const brand = h("a", { class: "brand", href: "/" }, logo, "Tailwater");
  const header = h("header", {}, brand, nav, h("span", { class: "grow" }), search, ranges, connection);
  document.body.replaceChildren(
    h("a", { class: "skip", href: "#main" }, "Skip to content"),
    header,
    notice,
    main,
  );
  focusOnSlash(search);
  return {
    render(route, status, current, content) {
      nav.replaceChildren(
        ...PAGES.map(([path, title]) =>
          h("a", { href: route.to(path), "aria-current": path === current ? "page" : null }, title),
        ),
      );
      if (status) {
        ranges.replaceChildren(...rangeSelector(route, status, navigate));
        brand.setAttribute("href", route.to("/"));
        brand.title = `Version ${status.version}`;
      }
      notice.replaceChildren(
        ...(status?.failure ? [h("p", { class: "bad" }, `The store cannot be read: ${status.failure}`)] : []),
      );
      main.replaceChildren(...content);
    },
    setBusy(isBusy) {
      document.documentElement.toggleAttribute("data-busy", isBusy);
      main.setAttribute("aria-busy", String(isBusy));
    },
    setLive(isLive) {
      connection.classList.toggle("off", !isLive);
      connection.lastElementChild?.replaceChildren(isLive ? "live" : "offline");
    },
    offerReload(reload) {
      const button = h("button", { type: "button", class: "chip" }, "Show new data");
      button.addEventListener("click", () => {
        notice.replaceChildren();
        reload();
      });
      notice.replaceChildren(button);
    },
  };
}

const REQUEST_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const TRACE_ID = /^1-[0-9a-f]{8}-[0-9a-f]{24}$/i;

/** Search for log lines by text, for an invocation by its request id, for a trace by its id. */
function searchField(navigate: Navigate): HTMLFormElement {
  const input = h("input", {
    type: "search",
    id: "search",
    name: "text",
    placeholder: "Search logs, ids",
    "aria-label": "Search logs and ids",
    autocomplete: "off",
    spellcheck: "false",
  });
  const form = h(
    "form",
    { class: "search", role: "search" },
    input,
    h("kbd", { "aria-hidden": "true" }, "/"),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const text = input.value.trim();
    const route = new Route(location.href);
    if (REQUEST_ID.test(text)) navigate(route.to("/invocation", { request: text }));
    else if (TRACE_ID.test(text)) navigate(route.to("/logs", { trace: text }));
    else navigate(route.to("/logs", { text }));
    input.value = "";
    input.blur();
  });
  return form;
}

function focusOnSlash(search: HTMLElement): void {
  document.addEventListener("keydown", (event) => {
    // The query editor is in a shadow root, where the target of an event is its host.
    const target = event.composedPath()[0];
    const isTyping =
      target instanceof HTMLElement &&
      (target.matches("input, textarea, select") || target.isContentEditable);
    if (event.key === "/" && !isTyping && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      search.querySelector("input")?.focus();
    } else if (
      event.key === "Escape" &&
      event.target instanceof HTMLInputElement &&
      event.target.id === "search"
    ) {
      event.target.blur();
    }
  });
}

function rangeSelector(route: Route, status: Status, navigate: Navigate): HTMLElement[] {
  const selected = route.span();
  const last = status.last_ms;
  const spans = SPANS.map(([name]) =>
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
              : `The last ${name} up to ${formatTime(last)}`,
      },
      name,
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
  return [...zoomOut, h("div", { class: "seg", role: "group", "aria-label": "Time range" }, spans, custom)];
}

function addressOfDoubledRange(route: Route, status: Status, since: number, until: number): string {
  const half = Math.max(Math.round((until - since) / 2), 500);
  const [first, last] = [status.first_ms ?? since, status.last_ms ?? until];
  if (since - half <= first && until + half > last)
    return route.with({ since: null, until: null, range: null });
  return route.with({ since: since - half, until: until + half, range: null });
}

function customRange(route: Route, since: number, until: number, navigate: Navigate): HTMLElement {
  const text = (ms: number) => new Date(Math.min(Math.max(ms, 0), 8.64e15)).toISOString().slice(0, 19);
  const field = (name: string, label: string, ms: number) =>
    h("label", {}, label, h("input", { type: "datetime-local", step: 1, name, value: text(ms) }));
  const form = h(
    "form",
    { class: "custom-form card" },
    field("since", "From (UTC)", since),
    field("until", "Until (UTC)", until),
    h("button", { class: "primary" }, "Show"),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const values = new FormData(form);
    const read = (name: string) => Date.parse(`${String(values.get(name))}Z`);
    const [from, to] = [read("since"), read("until")];
    if (from < to) navigate(route.with({ since: from, until: to, range: null }));
  });
  return form;
}
