// List of all invocations with filters, order and pages. Its address holds the filters, so that any number can lead here.

import { fetchJson, type Query } from "../api";
import type { Invocation, Invocations, Names, Parameters } from "../api-types";
import { duration, emptyState, statusBadge, unit } from "../components";
import { copyButton } from "../copy";
import { type Child, h } from "../dom";
import { formatClock, formatCount, formatExactTime, formatUsd, UNKNOWN } from "../format";
import { invocationsQuery } from "../invocations-query";
import { commandLine } from "../query/command-line";
import type { Route } from "../route";
import { fetchNames, filterField, filterSelect, functionFields, onFilter } from "../search/filters";
import { type Column, parseSortOrder, table } from "../table";
import type { PageContext, PageLoader } from "./loader";
import { moreRows } from "./more-rows";

const PAGE = 100;

const OUTCOMES: [string, string][] = [
  ["", "any"],
  ["failed", "failed"],
  ["error", "error"],
  ["timeout", "timeout"],
  ["out_of_memory", "out of memory"],
  ["success", "ok"],
  ["unknown", "unknown"],
];
const STARTS: [string, string][] = [
  ["", "any"],
  ["cold", "cold (INIT)"],
  ["restored", "restored"],
  ["warm", "warm"],
];

/** Orders of the API for each column: descending and ascending. */
const ORDERS: Record<string, [string, string]> = {
  time: ["latest", "oldest"],
  duration: ["slowest", "fastest"],
  memory: ["most_memory", "least_memory"],
  cost: ["costliest", "cheapest"],
};
const SORTABLE = Object.keys(ORDERS).map((id) => ({ id }));

/** Filters of an address that are not the time range, each with the text that the page shows for it. */
const FILTERS = [
  "function",
  "version",
  "account",
  "region",
  "outcome",
  "start",
  "slower",
  "tenant",
  "group",
  "field",
];

export const invocations: PageLoader = async (context) => {
  const { route, status } = context;
  const [names, page] = await Promise.all([fetchNames(context), fetchPage(context, null)]);
  const title = "Invocations";
  if (status.invocations === 0) {
    const text = h("p", {}, "Load logs with: ", h("code", {}, "tailwater replay PATH"));
    return { title, nav: "/invocations", content: [emptyState("The store is empty", text)] };
  }
  return {
    title,
    nav: "/invocations",
    content: [
      h(
        "div",
        { class: "title" },
        h("h1", {}, title),
        h("p", { class: "totals", id: "total" }, totals(page)),
        page.partial ? h("p", { class: "bad", role: "alert" }, page.partial.message) : null,
      ),
      filterForm(context, names, page),
      page.invocations.length > 0 ? list(context, page) : nothing(route),
    ],
  };
};

function totals({ total, failed }: Invocations): Child {
  const count = h("b", { id: "count" }, formatCount(total));
  const noun = total === 1 ? " invocation" : " invocations";
  return [
    count,
    noun,
    failed > 0 ? [", ", h("span", { class: "bad" }, `${formatCount(failed)} failed`)] : null,
  ];
}

function orderOf(route: Route): { column: string; isDescending: boolean } {
  return parseSortOrder(route.text("sort"), SORTABLE, { column: "time", isDescending: true });
}

function parameters({ route, status }: PageContext): Query<Parameters["/api/v1/invocations"]> {
  const { column, isDescending } = orderOf(route);
  return {
    ...route.range(status),
    function: route.text("function"),
    account: route.text("account"),
    region: route.text("region"),
    version: route.text("version"),
    outcome: route.text("outcome"),
    start: route.text("start"),
    slower_than: route.text("slower"),
    tenant: route.text("tenant"),
    error_group: route.text("group"),
    field: route.text("field"),
    order: ORDERS[column]?.[isDescending ? 0 : 1],
  };
}

function fetchPage(context: PageContext, after: string | null): Promise<Invocations> {
  return fetchJson("/api/v1/invocations", { ...parameters(context), limit: PAGE, after }, context.signal);
}

function filterForm(context: PageContext, names: Names, page: Invocations): HTMLElement {
  const { route, navigate } = context;
  const text = (name: string) => route.text(name);
  const form = h(
    "form",
    { class: "filters card", role: "search", "aria-label": "Filter invocations" },
    functionFields(names, text),
    filterSelect("outcome", "Outcome", text("outcome"), OUTCOMES),
    filterSelect("start", "Start", text("start"), STARTS),
    filterField({ name: "slower", label: "Slower than (ms)", value: text("slower"), placeholder: "any" }),
    names.tenants.length > 0 || text("tenant") !== ""
      ? filterField({ name: "tenant", label: "Tenant", value: text("tenant"), choices: names.tenants })
      : null,
    filterField({ name: "field", label: "Field", value: text("field"), placeholder: "order.id:o-17" }),
    h("div", { class: "buttons" }, h("button", { class: "primary" }, "Show")),
    chips(route, page),
  );
  onFilter(form, (values) => navigate(route.with(values)));
  return form;
}

/** The filters that are set, each with a link that removes it. */
function chips(route: Route, { invocations: rows }: Invocations): Child {
  const set = FILTERS.filter((name) => route.text(name) !== "");
  if (set.length === 0) return null;
  const shown = (name: string) => {
    if (name !== "group") return `${name.replaceAll("_", " ")}: ${route.text(name).replaceAll("_", " ")}`;
    const group = rows.find((row) => row.error_group?.id === route.text("group"))?.error_group;
    return `error: ${group?.title ?? route.text("group")}`;
  };
  return h(
    "div",
    { class: "conditions", role: "group", "aria-label": "Filters" },
    set.map((name) =>
      h(
        "a",
        { class: "chip condition", href: route.with({ [name]: null }), title: "Remove this filter" },
        h("bdi", {}, shown(name)),
        " ×",
      ),
    ),
    h("a", { class: "chip", href: route.to("/invocations") }, "Remove all"),
  );
}

function nothing(route: Route): HTMLElement {
  const all = h("a", { href: route.to("/invocations") }, "Remove the filters");
  const ever = h(
    "a",
    { href: route.with({ since: null, until: null, range: null }) },
    "show all stored data",
  );
  return emptyState(
    "No invocation matches",
    h("p", {}, "No invocation in this range matches all filters. ", all, " or ", ever, "."),
  );
}

function list(context: PageContext, page: Invocations): HTMLElement {
  const { route, navigate, status } = context;
  const columns = columnsOf(route, status.last_ms ?? 0);
  const options = {
    label: "Invocations",
    columns,
    order: orderOf(route),
    sort: (sort: string) => navigate(route.with({ sort })),
  };
  const shown = table({ ...options, rows: page.invocations });
  return h(
    "section",
    { class: "card", "aria-label": "Invocations" },
    h(
      "div",
      { class: "bar" },
      h("h2", {}, "Invocations"),
      h("span", { class: "grow" }),
      h(
        "span",
        { class: "invocation-tools" },
        copyButton("Copy link", () => location.href),
        copyButton("Copy as query", () =>
          commandLine(invocationsQuery(route), "insights", route.range(status)),
        ),
      ),
    ),
    shown,
    moreRows({
      table: shown,
      first: page,
      total: page.total,
      fetchPage: (next) => fetchPage(context, next),
      rows: ({ invocations: rows }) => table({ ...options, rows }),
      signal: context.signal,
    }),
  );
}

function columnsOf(route: Route, reference: number): Column<Invocation>[] {
  const link = (one: Invocation) =>
    h(
      "a",
      {
        class: "name",
        href: route.to("/invocation", { key: one.key }),
        title: formatExactTime(one.time_ms),
      },
      formatClock(one.time_ms, reference),
      unit(`:${String(Math.floor(one.time_ms / 1000) % 60).padStart(2, "0")}`),
    );
  return [
    {
      id: "time",
      title: "Ended",
      tip: "End of the invocation.",
      kind: "text",
      key: (one) => one.time_ms,
      cell: link,
    },
    {
      id: "function",
      title: "Function",
      tip: "Function name.",
      kind: "text",
      isUnsorted: true,
      key: (one) => one.function,
      cell: (one) => h("a", { href: route.toFunction(one) }, one.function),
    },
    {
      id: "version",
      title: "Version",
      tip: "Function version.",
      kind: "text",
      isUnsorted: true,
      isOptional: true,
      key: (one) => one.version,
      cell: (one) => one.version || UNKNOWN,
    },
    {
      id: "outcome",
      title: "Outcome",
      tip: "Outcome, and the error if the invocation failed.",
      kind: "text",
      isUnsorted: true,
      key: (one) => one.status,
      cell: (one) => statusBadge(one),
    },
    {
      id: "duration",
      title: "Duration",
      tip: "Handler duration, and the kind of start if it was not warm.",
      kind: "number",
      key: (one) => one.duration_ms,
      cell: (one) => [duration(one.duration_ms), one.start === "warm" ? null : unit(` ${one.start}`)],
    },
    {
      id: "memory",
      title: "Memory",
      tip: "Memory used, and the configured memory.",
      kind: "number",
      isOptional: true,
      key: (one) => one.max_memory_mb,
      cell: (one) => [formatCount(one.max_memory_mb), unit(` of ${formatCount(one.memory_mb)} MB`)],
    },
    {
      id: "cost",
      title: "Cost",
      tip: "List price of the request and GB-seconds, first tier.",
      kind: "number",
      isOptional: true,
      key: (one) => one.cost_usd,
      cell: (one) => formatUsd(one.cost_usd),
    },
  ];
}
