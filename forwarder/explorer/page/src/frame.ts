// What stands around every page: name, navigation, search, range of time, and whether it is live.

import type { Status } from "./api";
import { h, svg } from "./dom";
import { moment, span } from "./format";
import { Place, SPANS } from "./place";

export type Frame = {
  fill: (place: Place, status: Status | undefined, nav: string, content: Node[]) => void;
  busy: (is: boolean) => void;
  live: (is: boolean) => void;
  /** Offers to show what came meanwhile. */
  fresh: (show: () => void) => void;
};

const PAGES: [string, string][] = [
  ["/", "Functions"],
  ["/logs", "Logs"],
  ["/errors", "Errors"],
  ["/cost", "Cost"],
];

const WAVES = ["M2 6c3-3 5 3 8 0s5 3 8 0", "M2 11c3-3 5 3 8 0s5 3 8 0", "M2 16c3-3 5 3 8 0s5 3 8 0"];

export function frame(go: (address: string) => void): Frame {
  const nav = h("nav", { "aria-label": "Pages" });
  const search = searchField(go);
  const ranges = h("div", { class: "ranges" });
  const light = h("span", { class: "live off", role: "status" }, h("i", {}), h("span", {}, "offline"));
  const main = h("main", { id: "main", tabindex: -1 });
  const notice = h("div", { class: "fresh", role: "status" });
  const logo = svg("svg", { viewBox: "0 0 20 20", "aria-hidden": "true" }, WAVES.map((d, index) => svg("path", { d, opacity: [1, 0.65, 0.35][index] })));
  const brand = h("a", { class: "brand", href: "/" }, logo, "Tailwater");
  const header = h("header", {}, brand, nav, h("span", { class: "grow" }), search, ranges, light);
  document.body.replaceChildren(h("a", { class: "skip", href: "#main" }, "To the content"), header, notice, main);
  slashFocuses(search);
  return {
    fill(place, status, current, content) {
      nav.replaceChildren(...PAGES.map(([path, title]) => h("a", { href: place.to(path), "aria-current": path === current ? "page" : null }, title)));
      if (status) {
        ranges.replaceChildren(...rangeBar(place, status, go));
        brand.setAttribute("href", place.to("/"));
        brand.title = `Version ${status.version}`;
      }
      notice.replaceChildren(...(status?.failure ? [h("p", { class: "bad" }, `The store cannot be read: ${status.failure}`)] : []));
      main.replaceChildren(...content);
    },
    busy(is) {
      document.documentElement.toggleAttribute("data-busy", is);
      main.setAttribute("aria-busy", String(is));
    },
    live(is) {
      light.classList.toggle("off", !is);
      light.lastElementChild?.replaceChildren(is ? "live" : "offline");
    },
    fresh(show) {
      const button = h("button", { type: "button", class: "chip" }, "There is more in the store: show it");
      button.addEventListener("click", () => {
        notice.replaceChildren();
        show();
      });
      notice.replaceChildren(button);
    },
  };
}

const ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const TRACE = /^1-[0-9a-f]{8}-[0-9a-f]{24}$/i;

/** Finds lines by text, an invocation by its request id, a trace by its id. */
function searchField(go: (address: string) => void): HTMLFormElement {
  const input = h("input", { type: "search", id: "search", name: "text", placeholder: "Search logs, ids", "aria-label": "Search logs and ids", autocomplete: "off", spellcheck: "false" });
  const form = h("form", { class: "search", role: "search" }, input, h("kbd", { "aria-hidden": "true" }, "/"));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const text = input.value.trim();
    const place = new Place(location.href);
    if (ID.test(text)) go(place.to("/invocation", { request: text }));
    else if (TRACE.test(text)) go(place.to("/logs", { trace: text }));
    else go(place.to("/logs", { text }));
    input.value = "";
    input.blur();
  });
  return form;
}

function slashFocuses(search: HTMLElement): void {
  document.addEventListener("keydown", (event) => {
    const isTyping = event.target instanceof HTMLElement && event.target.matches("input, textarea, select");
    if (event.key === "/" && !isTyping && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      search.querySelector("input")?.focus();
    } else if (event.key === "Escape" && event.target instanceof HTMLInputElement && event.target.id === "search") {
      event.target.blur();
    }
  });
}

function rangeBar(place: Place, status: Status, go: (address: string) => void): HTMLElement[] {
  const chosen = place.span();
  const last = status.last_ms;
  const spans = SPANS.map(([name]) =>
    h("a", { href: place.with({ range: name === "All" ? null : name, since: null, until: null }), "aria-current": name === chosen ? "true" : null, title: last === null ? null : name === "All" ? "Everything that is stored" : `The last ${name} before ${moment(last)}` }, name),
  );
  const range = place.range(status);
  const [since, until] = [range.since ?? status.first_ms ?? 0, range.until ?? (last ?? 0) + 1];
  const own = h("details", { class: "own" }, h("summary", { "aria-current": chosen === null ? "true" : null, title: `${moment(since)} to ${moment(until)}` }, chosen === null ? span(until - since) : "Custom"), ownRange(place, since, until, go));
  const out = chosen === null ? [h("a", { class: "chip", id: "zoom-out", href: zoomedOut(place, status, since, until), title: "A range twice as long" }, "Zoom out")] : [];
  return [...out, h("div", { class: "seg", role: "group", "aria-label": "Range of time" }, spans, own)];
}

function zoomedOut(place: Place, status: Status, since: number, until: number): string {
  const half = Math.max(Math.round((until - since) / 2), 500);
  const [first, last] = [status.first_ms ?? since, status.last_ms ?? until];
  if (since - half <= first && until + half > last) return place.with({ since: null, until: null, range: null });
  return place.with({ since: since - half, until: until + half, range: null });
}

function ownRange(place: Place, since: number, until: number, go: (address: string) => void): HTMLElement {
  const text = (ms: number) => new Date(Math.min(Math.max(ms, 0), 8.64e15)).toISOString().slice(0, 19);
  const field = (name: string, label: string, ms: number) => h("label", {}, label, h("input", { type: "datetime-local", step: 1, name, value: text(ms) }));
  const form = h("form", { class: "own-form card" }, field("since", "From (UTC)", since), field("until", "Until (UTC)", until), h("button", { class: "primary" }, "Show"));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const values = new FormData(form);
    const read = (name: string) => Date.parse(`${String(values.get(name))}Z`);
    const [from, to] = [read("since"), read("until")];
    if (from < to) go(place.with({ since: from, until: to, range: null }));
  });
  return form;
}
