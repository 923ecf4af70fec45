// Layout around every page: name, navigation, search, time range, and the state of the connection.

import type { Status } from "./api-types";
import { createConnection } from "./connection";
import { h, svg } from "./dom";
import { preferencesMenu } from "./preferences";
import { rangeBar } from "./range-bar";
import { Route } from "./route";
import type { Finder } from "./search/finder";
import { resolve } from "./search/resolve";

export type Layout = {
  /** Shows a page's content; `nav` is the address of the current item in the navigation. */
  render: (route: Route, status: Status | undefined, nav: string, content: Node[]) => void;
  setBusy: (isBusy: boolean) => void;
  /** Shows whether the server reports changes of the store. */
  setConnected: (isConnected: boolean) => void;
  /** Shows that the store has changed. */
  noteChange: () => void;
  /** Shows a button that loads new data. */
  offerReload: (reload: () => void) => void;
};

const PAGES: [string, string][] = [
  ["/", "Functions"],
  ["/invocations", "Invocations"],
  ["/requests", "Requests"],
  ["/map", "Map"],
  ["/logs", "Logs"],
  ["/query", "Query"],
  ["/errors", "Errors"],
  ["/cost", "Cost"],
  ["/insight", "Insight"],
  ["/compare", "Compare"],
];

const WAVES = ["M2 6c3-3 5 3 8 0s5 3 8 0", "M2 11c3-3 5 3 8 0s5 3 8 0", "M2 16c3-3 5 3 8 0s5 3 8 0"];

type Navigate = (address: string) => void;

/** `onPreference` renders the page again when theme or time zone have changed. */
export function createLayout(navigate: Navigate, onPreference: () => void): Layout {
  const nav = h("nav", { "aria-label": "Pages" });
  const search = searchField(navigate);
  const ranges = h("section", { class: "range-bar", "aria-label": "Time range" });
  const connection = createConnection();
  let lastMs: number | null = null;
  const main = h("main", { id: "main", tabindex: -1 });
  const notice = h("div", { class: "notice", role: "status" });
  const logo = svg(
    "svg",
    { viewBox: "0 0 20 20", "aria-hidden": "true" },
    WAVES.map((d, index) => svg("path", { d, opacity: [1, 0.65, 0.35][index] })),
  );
  const brand = h("a", { class: "brand", href: "/" }, logo, "Tailwater");
  const header = h(
    "header",
    {},
    brand,
    nav,
    h("span", { class: "grow" }),
    search,
    preferencesMenu(onPreference),
    connection.element,
  );
  document.body.replaceChildren(
    h("a", { class: "skip", href: "#main" }, "Skip to content"),
    header,
    ranges,
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
        ranges.replaceChildren(...rangeBar(route, status, navigate));
        lastMs = status.last_ms;
        connection.note(false, lastMs);
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
    setConnected: connection.set,
    noteChange: () => connection.note(true, lastMs),
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

/** Search for functions, for invocations and traces by the beginning of their ids, and for log lines by text. */
function searchField(navigate: Navigate): HTMLFormElement {
  const input = h("input", {
    type: "search",
    id: "search",
    name: "text",
    placeholder: "Functions, ids, logs",
    "aria-label": "Search functions, ids and logs",
    autocomplete: "off",
    spellcheck: "false",
  });
  const form = h(
    "form",
    { class: "search", role: "search" },
    input,
    h("kbd", { "aria-hidden": "true" }, "/"),
  );
  let found: Finder | undefined;
  input.addEventListener("focus", async () => {
    const { finder } = await import("./search/finder");
    if (found) return;
    found = finder(input, navigate);
    form.append(found.list);
    if (input.value !== "") found.update();
  });
  input.addEventListener("blur", () => found?.close());
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const text = input.value.trim();
    if (!found?.open()) void resolve(text, new Route(location.href)).then(navigate);
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
