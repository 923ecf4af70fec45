// Queries in the Logs Insights query language or in SQL. The address has query, language and time range: opening it
// runs the query.

import { fetchJson, RequestError } from "../api";
import type { NamedQuery, Problem } from "../api-types";
import { emptyState } from "../components";
import { type Child, h } from "../dom";
import { formatSpan } from "../format";
import { commandLine } from "../query/command-line";
import { createEditor, type QueryEditor } from "../query/editor";
import { fillParameters } from "../query/named";
import { resultView } from "../query/result-view";
import { namedList, namedSelect, tableList } from "../query/side";
import type { Language } from "../query/tokens";
import "../style/query.css";
import type { PageContext, PageLoader } from "./loader";

/** The editor, kept with its history and selection when the page is rendered again. */
let editor: QueryEditor | undefined;
/** Text of the address that the editor showed last. */
let addressText = "";
/** Text of the language that is not shown. */
const drafts: Partial<Record<Language, string>> = {};
/** Named queries; they do not change while the server runs. */
let namedQueries: NamedQuery[] | undefined;
/** Store and range of the fields that completion offers. */
let fieldsOf = "";
/** Values of parameters that the user has given, by name. */
const parameterValues: Record<string, string> = {};
/** Runs the query of the editor on the page that is shown. */
let submit = () => {};

const LIMIT = 1000;
const MAX_LIMIT = 10_000;

export const query: PageLoader = async (context) => {
  const { route, signal, navigate } = context;
  namedQueries ??= (await fetchJson("/api/v1/query/named", {}, signal)).queries;
  const language: Language = route.text("language") === "sql" ? "sql" : "insights";
  const named =
    language === "sql" ? undefined : namedQueries.find(({ name }) => name === route.text("named"));
  const shown = showInEditor(route.text("q") || (named?.query ?? ""), language);
  const run = () => {
    const text = shown.text().trim();
    const isNamed = text === route.text("q").trim() || text === named?.query;
    if (text === "") shown.focus();
    else navigate(route.with({ q: text, named: isNamed ? route.text("named") : null, limit: null }));
  };
  submit = run;
  void offerFields(context, shown);
  const state = h("div", { id: "query-state" });
  const result = h("section", { id: "result", "aria-label": "Result" });
  if (route.text("q") === "") result.append(nothingYet(named));
  else void runQuery(context, language, named, state, result);
  const side = language === "sql" ? tableList() : namedList(namedQueries, named?.name ?? "", route);
  // Moving the editor to the new content takes the focus away.
  const hasFocus = document.activeElement === shown.host;
  return {
    title: named ? `Query: ${named.name}` : "Query",
    nav: "/query",
    onShown: () => {
      if (hasFocus) shown.focus();
    },
    content: [
      h("h1", { class: "visually-hidden" }, "Query"),
      h(
        "div",
        { class: "query" },
        h(
          "div",
          { class: "query-main" },
          h(
            "section",
            { class: "card", "aria-label": "Query editor" },
            bar(context, language, named),
            shown.host,
            state,
            foot(run),
          ),
          result,
        ),
        h("aside", { "aria-label": language === "sql" ? "Tables of SQL" : "Queries by name" }, side),
      ),
    ],
  };
};

/**
 * Shows the text of the address in the editor; without one, what was written before in this language. What is written
 * in the editor stays if only other parts of the address have changed, such as the time range.
 */
function showInEditor(text: string, language: Language): QueryEditor {
  editor ??= createEditor(() => submit());
  const isSame = editor.language() === language && text === addressText;
  addressText = text;
  if (isSame) {
    editor.mark(null);
    return editor;
  }
  if (editor.language() !== language) drafts[editor.language()] = editor.text();
  const draft = editor.language() === language ? editor.text() : (drafts[language] ?? "");
  editor.show(text || draft, language);
  return editor;
}

/** Requests the fields of the stored events for completion, unless they are known. */
async function offerFields({ route, status, signal }: PageContext, shown: QueryEditor): Promise<void> {
  const range = route.range(status);
  const wanted = JSON.stringify([status.revision, range]);
  if (fieldsOf === wanted) return;
  try {
    const { fields } = await fetchJson("/api/v1/query/fields", range, signal);
    shown.offer(fields);
    fieldsOf = wanted;
  } catch {
    // Completion works without fields; the next load of the page requests them again.
  }
}

function bar({ route, navigate }: PageContext, language: Language, named: NamedQuery | undefined): Child {
  const languages: [Language, string][] = [
    ["insights", "Logs Insights"],
    ["sql", "SQL"],
  ];
  const links = languages.map(([value, title]) =>
    h(
      "a",
      {
        href: route.with({ language: value === "sql" ? "sql" : null, q: null, named: null, limit: null }),
        "aria-current": value === language ? "true" : null,
      },
      title,
    ),
  );
  return [
    h(
      "div",
      { class: "bar" },
      h("div", { class: "seg", role: "group", "aria-label": "Language" }, links),
      language === "sql" ? null : namedSelect(namedQueries ?? [], named?.name ?? "", route, navigate),
      named ? h("p", { class: "question" }, named.question) : null,
    ),
    named && named.parameters.length > 0 ? parameterForm(named, { route, navigate }) : null,
  ];
}

/** Fields for the parameters of a named query. */
function parameterForm(
  named: NamedQuery,
  { route, navigate }: Pick<PageContext, "route" | "navigate">,
): HTMLElement {
  const fields = named.parameters.map((parameter) =>
    h(
      "label",
      {},
      h("span", {}, parameter.name),
      h("input", {
        id: `p-${parameter.name}`,
        name: parameter.name,
        class: "field",
        required: parameter.default === null,
        placeholder: parameter.default ?? "",
        value: parameterValues[parameter.name] ?? "",
        autocomplete: "off",
        spellcheck: "false",
      }),
    ),
  );
  const form = h(
    "form",
    { class: "filters parameters", "aria-label": "Parameters of the query" },
    fields,
    h("div", { class: "buttons" }, h("button", { class: "primary" }, "Fill in and run")),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    for (const [name, value] of new FormData(form)) parameterValues[name] = String(value).trim();
    navigate(route.with({ q: fillParameters(named, parameterValues), limit: null }));
  });
  return form;
}

function foot(run: () => void): HTMLElement {
  const key = (name: string) => h("kbd", {}, name);
  return h(
    "div",
    { class: "query-foot" },
    h("button", { type: "button", id: "run", class: "primary", on: { click: run } }, "Run"),
    h(
      "p",
      { class: "hint" },
      ...[key("Ctrl+Enter"), " runs, ", key("Ctrl+Space"), " completes, ", key("Tab"), " leaves the editor"],
    ),
  );
}

function nothingYet(named: NamedQuery | undefined): HTMLElement {
  if (named)
    return emptyState("Fill in the parameters", h("p", {}, "The query needs the values above the editor."));
  return emptyState(
    "No query yet",
    h("p", {}, "Write one, or choose a named query. It reads the log events of the time range above."),
  );
}

/** Runs the query of the address and shows its progress and its result. */
async function runQuery(
  context: PageContext,
  language: Language,
  named: NamedQuery | undefined,
  state: HTMLElement,
  result: HTMLElement,
): Promise<void> {
  const { route, status, navigate, zoom } = context;
  const [q, range] = [route.text("q"), route.range(status)];
  const limit = Number(route.text("limit")) === MAX_LIMIT ? MAX_LIMIT : LIMIT;
  const cancel = new AbortController();
  const signal = AbortSignal.any([context.signal, cancel.signal]);
  const stopClock = showProgress(result, () => cancel.abort());
  try {
    const answer = await fetchJson("/api/v1/query", { q, language, ...range, limit }, signal);
    const hasMore = limit < MAX_LIMIT && answer.rows.length === limit && answer.rows_before_limit > limit;
    const view = resultView(answer, {
      route,
      zoom,
      wanted: named?.chart,
      command: commandLine(q, language, range),
      more: hasMore ? () => navigate(route.with({ limit: MAX_LIMIT })) : undefined,
    });
    result.dataset.state = "done";
    result.replaceChildren(...view);
  } catch (error) {
    if (context.signal.aborted) return;
    result.dataset.state = cancel.signal.aborted ? "cancelled" : "failed";
    if (cancel.signal.aborted) result.replaceChildren(emptyState("Cancelled", again()));
    else showError(error, state, result);
  } finally {
    stopClock();
  }
}

function again(): HTMLElement {
  return h("button", { type: "button", class: "chip", on: { click: () => submit() } }, "Run again");
}

/** Shows that a query runs, since when, and a button that cancels it; returns a function that stops the clock. */
function showProgress(result: HTMLElement, cancel: () => void): () => void {
  const begin = Date.now();
  const clock = h("span", {});
  const timer = setInterval(() => {
    clock.textContent = ` for ${formatSpan(Date.now() - begin)}`;
  }, 1000);
  result.dataset.state = "running";
  result.replaceChildren(
    h(
      "div",
      { class: "running" },
      h("p", {}, h("span", { role: "status" }, "The query is running"), clock),
      h("button", { type: "button", id: "cancel", class: "chip", on: { click: cancel } }, "Cancel"),
    ),
  );
  return () => clearInterval(timer);
}

/** Shows an error below the editor; underlines the part of the query that is wrong. */
function showError(error: unknown, state: HTMLElement, result: HTMLElement): void {
  const problem: Partial<Problem> = error instanceof RequestError ? error.problem : {};
  const message = error instanceof Error ? error.message : String(error);
  const { start, end, suggestion } = problem;
  result.replaceChildren();
  if (start === undefined || end === undefined) {
    state.replaceChildren(h("div", { class: "query-error", role: "alert" }, h("p", {}, message)));
    return;
  }
  const range = { from: start, to: end };
  editor?.mark(range);
  const replace = () => {
    editor?.replace(range, suggestion ?? "");
    state.replaceChildren();
    editor?.focus();
  };
  const fix = suggestion
    ? h(
        "button",
        { type: "button", class: "chip", on: { click: replace } },
        "Use ",
        h("code", {}, suggestion),
      )
    : null;
  state.replaceChildren(h("div", { class: "query-error", role: "alert" }, h("p", {}, message), fix));
}
