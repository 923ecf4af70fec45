// Log search: filters, the number of lines over time, the lines, and the most frequent values of fields.

import { endpointUrl } from "../api";
import type { Names } from "../api-types";
import { emptyState } from "../components";
import { h } from "../dom";
import { formatCounted, formatTime } from "../format";
import { logLine } from "../log-line";
import { linesAround } from "../logs/around";
import { conditionsOf } from "../logs/conditions";
import { conditionChips } from "../logs/facets";
import { overview } from "../logs/overview";
import { type Found, fetchLines, filters } from "../logs/search";
import { fetchNames, filterField, filterSelect, functionFields, onFilter } from "../search/filters";
import "../style/search.css";
import type { PageContext, PageLoader } from "./loader";

const LEVELS = ["trace", "debug", "info", "warn", "error", "fatal"];

export const logs: PageLoader = async (context) => {
  const { route, status } = context;
  if (route.text("around")) return linesAround(context);
  if (status.events === 0) {
    return {
      title: "Logs",
      nav: "/logs",
      content: [
        emptyState(
          "The store is empty",
          h("p", {}, "Load logs with: ", h("code", {}, "tailwater replay PATH")),
        ),
      ],
    };
  }
  const names = await fetchNames(context);
  if (route.text("tail") === "1" && conditionsOf(route).length === 0) {
    const { liveTail } = await import("../logs/tail");
    const tail = await liveTail(context);
    const form = searchForm(context, names, h("span", {}));
    return {
      title: "Live tail",
      nav: "/logs",
      content: [h("h1", { class: "visually-hidden" }, "Live tail"), form, tail.element],
      onChange: tail.update,
    };
  }
  const list = h("div", { class: "log wide", id: "results" });
  const foot = h("p", { class: "foot", "aria-live": "polite" });
  try {
    await appendPage(context, list, foot, null);
  } catch (error) {
    // A condition may be no query; the form has to be there, so that it can be removed.
    if (context.signal.aborted || conditionsOf(route).length === 0) throw error;
    foot.textContent = error instanceof Error ? error.message : String(error);
  }
  const { histogram, facets, asQuery } = overview(context);
  return {
    title: "Logs",
    nav: "/logs",
    content: [
      h("h1", { class: "visually-hidden" }, "Logs"),
      searchForm(context, names, asQuery),
      histogram,
      h(
        "div",
        { class: "search-results" },
        h("section", { class: "card", "aria-label": "Matching lines, newest first" }, list, foot),
        facets,
      ),
    ],
  };
};

/** Appends the next page of results; continues the search until it has a result. */
async function appendPage(
  context: PageContext,
  list: HTMLElement,
  foot: HTMLElement,
  after: string | null,
): Promise<void> {
  const { route, status, signal } = context;
  let from = after;
  for (;;) {
    const page = await fetchLines(context, from);
    list.append(
      ...page.events.map((line) =>
        logLine(line, { route, signal, reference: status.last_ms ?? 0, showsFunction: true }),
      ),
    );
    from = page.next;
    if (page.events.length > 0 || from === null || signal.aborted) {
      foot.replaceChildren(...footing(context, list, foot, page));
      return;
    }
    foot.textContent = `No match back to ${formatTime(page.searched_to_ms ?? 0)}; searching earlier lines …`;
    // The page is shown before a search that may take long continues.
    if (after === null && !list.isConnected) {
      const next = from;
      setTimeout(() => void appendPage(context, list, foot, next).catch(() => undefined), 0);
      return;
    }
  }
}

/** Number of results, and a button that continues the search. */
function footing(context: PageContext, list: HTMLElement, foot: HTMLElement, page: Found): Node[] {
  const shown = list.childElementCount;
  const lines = formatCounted(shown, "line");
  if (page.next === null) {
    if (shown > 0) return [document.createTextNode(`End of results (${lines}).`)];
    const all = h("a", { href: context.route.to("/logs") }, "Show all lines");
    return [document.createTextNode("No matching lines. "), all];
  }
  const next = page.next;
  const button = h(
    "button",
    { type: "button", class: "chip", id: "more" },
    page.searched_to_ms === null ? "Show more" : `Continue search before ${formatTime(page.searched_to_ms)}`,
  );
  button.addEventListener("click", () => {
    button.disabled = true;
    void appendPage(context, list, foot, next).catch((error: unknown) => {
      if (!context.signal.aborted) foot.textContent = String(error);
    });
  });
  return [document.createTextNode(`${lines}. `), button];
}

function searchForm(context: PageContext, names: Names, asQuery: HTMLElement): HTMLElement {
  const { route, navigate } = context;
  const field = (name: string, label: string, placeholder: string) =>
    filterField({ name, label, value: route.text(name), placeholder });
  const levels: [string, string][] = LEVELS.map((name) => [name, `${name} and above`]);
  const conditions = conditionChips(route);
  const form = h(
    "form",
    { class: "filters card", role: "search", "aria-label": "Search the log" },
    field("text", "Text", 'words, or "a phrase"'),
    functionFields(names, (name) => route.text(name)),
    filterSelect("level", "Level", route.text("level"), [["", "any"], ...levels]),
    field("request", "Request id", "8f507cfc-…"),
    field("trace", "Trace id", "1-5d8bba5a-…"),
    h(
      "div",
      { class: "buttons" },
      h("button", { class: "primary" }, "Search"),
      conditions.length === 0 ? exportLink(context) : null,
      asQuery,
      tailLink(context),
    ),
    conditions.length > 0
      ? h("div", { class: "conditions", role: "group", "aria-label": "Conditions" }, conditions)
      : null,
  );
  onFilter(form, (values) => navigate(route.with({ ...values, around: null })));
  return form;
}

/** Link that starts or ends the live tail. It is offered only while new lines arrive. */
function tailLink({ route, status }: PageContext): HTMLElement | null {
  const isTail = route.text("tail") === "1";
  if (!isTail && (!status.receiving || conditionsOf(route).length > 0)) return null;
  const href = route.with(isTail ? { tail: null } : { tail: 1, since: null, until: null, range: null });
  return h("a", { class: "chip", id: "tail", href }, isTail ? "End live tail" : "Live tail");
}

/** Link to all matching lines; the export knows no conditions. */
function exportLink(context: PageContext): HTMLElement {
  return h(
    "a",
    {
      class: "chip",
      href: endpointUrl("/api/v1/logs/export", filters(context)),
      download: "tailwater.ndjson",
      title: "All matching lines, one JSON record per line",
    },
    "Export NDJSON",
  );
}
