// List of requests through several functions, with filters, order and pages.

import { fetchJson, type Query } from "../api";
import type { Names, Parameters, RequestRow, Requests } from "../api-types";
import { duration, emptyState, stat, unit } from "../components";
import { type Child, h } from "../dom";
import { formatClock, formatCount, formatExactTime, formatUsd } from "../format";
import { idKindName } from "../request/evidence";
import type { Route } from "../route";
import { fetchNames, filterField, filterSelect, onFilter } from "../search/filters";
import "../style/insight.css";
import "../style/request.css";
import { type Column, table } from "../table";
import { noInvocations } from "./functions";
import type { PageContext, PageLoader } from "./loader";
import { moreRows } from "./more-rows";

const PAGE = 50;

const OUTCOMES: [string, string][] = [
  ["", "any"],
  ["failed", "failed"],
];

const FILTERS = ["function", "account", "region", "outcome"];

/** Names of functions that a row shows. */
const MAX_NAMES = 5;

export const requests: PageLoader = async (context) => {
  const title = "Requests";
  if (context.status.invocations === 0) return { title, nav: "/requests", content: [noInvocations(context)] };
  const [names, page] = await Promise.all([fetchNames(context), fetchPage(context, null)]);
  return {
    title,
    nav: "/requests",
    content: [
      h(
        "div",
        { class: "title" },
        h("h1", {}, title),
        h("p", {}, "Invocations of several functions that share ids."),
      ),
      headline(page),
      filterForm(context, names),
      page.requests.length > 0 ? list(context, page) : nothing(context.route),
    ],
  };
};

/** Column that the list is ordered by, highest or latest first. */
function sortOf(route: Route): string {
  return ["total", "cost"].find((name) => name === route.text("sort")) ?? "time";
}

function fetchPage(context: PageContext, cursor: string | null): Promise<Requests> {
  const { route, status, signal } = context;
  const { since, until } = route.range(status);
  const query: Query<Parameters["/api/v1/requests"]> = {
    from: since,
    to: until,
    function: route.text("function"),
    account: route.text("account"),
    region: route.text("region"),
    outcome: route.text("outcome"),
    sort: sortOf(route),
    limit: PAGE,
    cursor,
  };
  return fetchJson("/api/v1/requests", query, signal);
}

function headline({ chains, linked_invocations, cost_usd }: Requests): HTMLElement {
  return h(
    "dl",
    { class: "strip" },
    stat(
      "Requests",
      h("span", { id: "count" }, formatCount(chains)),
      null,
      "Sets of invocations of at least two functions that share ids.",
    ),
    stat("Invocations", formatCount(linked_invocations), null, "Invocations that belong to these requests."),
    stat("Cost", formatUsd(cost_usd), null, "List price of these invocations, first tier."),
  );
}

function filterForm({ route, navigate }: PageContext, names: Names): HTMLElement {
  const text = (name: string) => route.text(name);
  const several = (name: string, label: string, choices: string[]) =>
    choices.length > 1 || text(name) !== ""
      ? filterField({ name, label, value: text(name), placeholder: "any", choices })
      : null;
  const functions = names.functions.map((one) => one.function);
  const form = h(
    "form",
    { class: "filters card", role: "search", "aria-label": "Filter requests" },
    filterField({
      name: "function",
      label: "Through the function",
      value: text("function"),
      placeholder: "any",
      choices: functions,
    }),
    several("account", "Account", names.accounts),
    several("region", "Region", names.regions),
    filterSelect("outcome", "Outcome", text("outcome"), OUTCOMES),
    h("div", { class: "buttons" }, h("button", { class: "primary" }, "Show")),
  );
  onFilter(form, (values) => navigate(route.with(values)));
  return form;
}

function nothing(route: Route): HTMLElement {
  const isFiltered = FILTERS.some((name) => route.text(name) !== "");
  if (isFiltered)
    return emptyState(
      "No request matches",
      h("p", {}, h("a", { href: route.to("/requests") }, "Remove the filters"), "."),
    );
  return emptyState("No request through several functions in this range", noLinks(route));
}

/** Explanation of the data that connect functions. */
export function noLinks(route: Route): Child {
  return [
    h(
      "p",
      {},
      "Functions are connected by ids that their logs share; time alone connects nothing. They come from:",
    ),
    h(
      "ul",
      { class: "sources" },
      h("li", {}, "X-Ray active tracing, which adds a trace id to each REPORT line;"),
      h(
        "li",
        {},
        "a correlation id in JSON log lines: ",
        h("code", {}, "correlation_id"),
        ", ",
        h("code", {}, "x-correlation-id"),
        ", or paths in ",
        h("code", {}, "TAILWATER_CORRELATION_FIELDS"),
        ";",
      ),
      h("li", {}, "a logged event of API Gateway, SQS, SNS, EventBridge or Step Functions, by its id."),
    ),
    h(
      "p",
      {},
      h("a", { href: route.with({ since: null, until: null, range: null }) }, "Show all stored data"),
      ".",
    ),
  ];
}

function list(context: PageContext, page: Requests): HTMLElement {
  const { route, navigate, status } = context;
  const options = {
    label: "Requests",
    columns: columnsOf(route, status.last_ms ?? 0),
    order: { column: sortOf(route), isDescending: true },
    // The server has one direction: highest or latest first.
    sort: (order: string) => navigate(route.with({ sort: order.replace(/^-/, "") })),
  };
  const shown = table({ ...options, rows: page.requests });
  return h(
    "section",
    { class: "card", "aria-label": "Requests" },
    shown,
    moreRows({
      table: shown,
      first: page,
      total: page.chains,
      fetchPage: (next) => fetchPage(context, next),
      rows: ({ requests: rows }) => table({ ...options, rows }),
      signal: context.signal,
    }),
  );
}

function columnsOf(route: Route, reference: number): Column<RequestRow>[] {
  return [
    {
      id: "time",
      title: "Began",
      tip: "Start of the first invocation.",
      kind: "text",
      key: (one) => one.time,
      cell: (one) =>
        h(
          "a",
          { class: "name", href: route.to("/request", { id: one.id }), title: formatExactTime(one.time) },
          formatClock(one.time, reference),
          unit(`:${String(Math.floor(one.time / 1000) % 60).padStart(2, "0")}`),
        ),
    },
    {
      id: "functions",
      title: "Functions",
      tip: "Functions in the order in which the request reached them.",
      kind: "text",
      isUnsorted: true,
      key: (one) => one.functions.join(),
      cell: (one) => h("span", { class: "prose" }, functionNames(one.functions)),
    },
    {
      id: "outcome",
      title: "Outcome",
      tip: "Failed if one of its invocations failed.",
      kind: "text",
      isUnsorted: true,
      key: (one) => String(one.failed),
      cell: (one) => h("span", { class: one.failed ? "badge bad" : "badge" }, one.failed ? "failed" : "ok"),
    },
    {
      id: "invocations",
      title: "Invocations",
      tip: "Invocations of the request, each attempt counted.",
      kind: "number",
      isUnsorted: true,
      isOptional: true,
      key: (one) => one.invocations,
      cell: (one) => formatCount(one.invocations),
    },
    {
      id: "total",
      title: "Duration",
      tip: "From the start of the first invocation to the end of the last one.",
      kind: "number",
      key: (one) => one.total_ms,
      cell: (one) => duration(one.total_ms),
    },
    {
      id: "cost",
      title: "Cost",
      tip: "List price of its invocations together, first tier.",
      kind: "number",
      key: (one) => one.cost_usd,
      cell: (one) => formatUsd(one.cost_usd),
    },
    {
      id: "id",
      title: "Id",
      tip: "The strongest id that its invocations share.",
      kind: "text",
      isUnsorted: true,
      isOptional: true,
      key: (one) => one.id,
      cell: (one) => [unit(`${idKindName(one.id_kind)} `), h("code", { class: "short-id" }, one.id)],
    },
  ];
}

function functionNames(functions: string[]): Child {
  const rest = functions.length - MAX_NAMES;
  return [
    functions.slice(0, MAX_NAMES).map((name, index) => [index > 0 ? unit(" → ") : null, h("bdi", {}, name)]),
    rest > 0 ? unit(` and ${formatCount(rest)} more`) : null,
  ];
}
