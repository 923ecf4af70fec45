// Log search with filters, the lines around one line, and a link to export all matching lines.

import { endpointUrl, fetchJson, type Query } from "../api";
import type { Logs, Parameters } from "../api-types";
import { emptyState } from "../components";
import { h } from "../dom";
import { formatCounted, formatExactTime, formatTime } from "../format";
import { logLine } from "../log-line";
import type { PageContext, PageLoader } from "./loader";

const LEVELS = ["trace", "debug", "info", "warn", "error", "fatal"];

export const logs: PageLoader = async (context) => {
  const { route, status } = context;
  if (route.text("around")) return linesAround(context);
  const form = searchForm(context);
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
  const list = h("div", { class: "log wide", id: "results" });
  const foot = h("p", { class: "foot", "aria-live": "polite" });
  await appendPage(context, list, foot, null);
  return {
    title: "Logs",
    nav: "/logs",
    content: [
      h("h1", { class: "visually-hidden" }, "Logs"),
      form,
      h("section", { class: "card", "aria-label": "Matching lines, newest first" }, list, foot),
    ],
  };
};

function query({ route, status }: PageContext): Query<Parameters["/api/v1/logs/export"]> {
  return {
    ...route.range(status),
    text: route.text("text"),
    function: route.text("function"),
    level: route.text("level"),
    request_id: route.text("request"),
    trace_id: route.text("trace"),
  };
}

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
    const page: Logs = await fetchJson(
      "/api/v1/logs",
      { ...query(context), limit: 100, after: from },
      signal,
    );
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
function footing(context: PageContext, list: HTMLElement, foot: HTMLElement, page: Logs): Node[] {
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

function searchForm(context: PageContext): HTMLElement {
  const { route, navigate } = context;
  const field = (name: string, label: string, placeholder: string) =>
    h(
      "label",
      { class: name },
      h("span", {}, label),
      h("input", {
        id: `f-${name}`,
        name,
        class: "field",
        type: "search",
        placeholder,
        value: route.text(name),
        autocomplete: "off",
        spellcheck: "false",
      }),
    );
  const level = h(
    "select",
    { id: "f-level", name: "level", class: "field" },
    h("option", { value: "" }, "any"),
    LEVELS.map((name) =>
      h("option", { value: name, selected: route.text("level") === name }, `${name} and above`),
    ),
  );
  const form = h(
    "form",
    { class: "filters card", role: "search", "aria-label": "Search the log" },
    field("text", "Text", 'words, or "a phrase"'),
    field("function", "Function", "name"),
    h("label", { class: "level" }, h("span", {}, "Level"), level),
    field("request", "Request id", "8f507cfc-…"),
    field("trace", "Trace id", "1-5d8bba5a-…"),
    h(
      "div",
      { class: "buttons" },
      h("button", { class: "primary" }, "Search"),
      h(
        "a",
        {
          class: "chip",
          href: endpointUrl("/api/v1/logs/export", query(context)),
          download: "tailwater.ndjson",
          title: "All matching lines, one JSON record per line",
        },
        "Export NDJSON",
      ),
    ),
  );
  const submit = (event?: Event) => {
    event?.preventDefault();
    const values = Object.fromEntries(
      [...new FormData(form)].map(([name, value]) => [name, String(value).trim()]),
    );
    // Submitted values are not kept as edited ones when the page is rendered again.
    for (const input of form.querySelectorAll("input")) input.defaultValue = input.value;
    navigate(route.with({ ...values, around: null }));
  };
  form.addEventListener("submit", submit);
  level.addEventListener("change", () => submit());
  return form;
}

/** One line and its neighbours in the same log stream. */
const linesAround: PageLoader = async ({ route, signal, status }) => {
  const wanted = route.text("around");
  const size = Math.min(Math.max(Number(route.text("lines")) || 30, 10), 200);
  const { events } = await fetchJson("/api/v1/logs/around", { place: wanted, count: size }, signal);
  const line = events.find((line) => line.place === wanted);
  const list = h(
    "div",
    { class: "log wide" },
    events.map((line) =>
      logLine(line, { route, signal, reference: status.last_ms ?? 0, isCurrent: line.place === wanted }),
    ),
  );
  const current = list.querySelector("details.current");
  if (current instanceof HTMLDetailsElement) {
    current.open = true;
    setTimeout(() => current.scrollIntoView({ block: "center" }), 60);
  }
  return {
    title: "Surrounding lines",
    nav: "/logs",
    content: [
      h(
        "div",
        { class: "title" },
        h("h1", {}, "Surrounding lines"),
        h(
          "p",
          {},
          line
            ? [
                "of ",
                h(
                  "a",
                  { href: route.to("/function", { name: line.function, account: line.account }) },
                  line.function,
                ),
                `, ${formatExactTime(line.time_ms)}, in `,
                h("code", {}, line.log_stream || "unknown log stream"),
              ]
            : "The line is no longer in the store.",
        ),
      ),
      h(
        "section",
        { class: "card", "aria-label": "Lines of one log stream, in order" },
        list,
        h(
          "p",
          { class: "foot" },
          size < 200
            ? h(
                "a",
                { class: "chip", href: route.with({ lines: Math.min(size * 2, 200) }) },
                "Show more lines",
              )
            : null,
        ),
      ),
    ],
  };
};
