// Start page: charts over time and a table of all functions.

import { fetchJson, isSameFunction } from "../api";
import type { FunctionSummary, Series, Sparkline, Sparklines, Summary } from "../api-types";
import { chart, sparkline } from "../chart";
import { countWithShare, duration, emptyState, insights, percentBar, stat, unit } from "../components";
import { h } from "../dom";
import {
  formatAge,
  formatCount,
  formatCounted,
  formatDuration,
  formatPercent,
  formatSpan,
  formatTime,
  formatUsd,
  UNKNOWN,
} from "../format";
import { type Column, download, formatCsv, parseSortOrder, sortRows, table } from "../table";
import type { PageContext, PageLoader } from "./loader";

export const COST =
  "List price of requests and GB-seconds, first tier; unknown if the logs lack billed duration or memory.";

export const functions: PageLoader = async (context) => {
  const { route, status, signal } = context;
  const range = route.range(status);
  const [summary, series, sparklines] = await Promise.all([
    fetchJson("/api/v1/summary", range, signal),
    fetchJson("/api/v1/series", { ...range, buckets: 100 }, signal),
    fetchJson("/api/v1/sparklines", { ...range, buckets: 32 }, signal),
  ]);
  if (summary.functions.length === 0)
    return { title: "Functions", nav: "/", content: [noInvocations(context)] };
  return {
    title: "Functions",
    nav: "/",
    content: [
      h("h1", { class: "visually-hidden" }, "Serverless view"),
      headline(summary),
      h("div", { class: "charts three" }, charts(summary, series, context)),
      ...insights(summary, route),
      functionTable(summary, sparklines, context),
      h(
        "ul",
        { class: "notes" },
        notes(summary).map((note) => h("li", {}, note)),
      ),
    ],
  };
};

function noInvocations({ route, status }: PageContext): HTMLElement {
  if (status.invocations > 0) {
    const all = h(
      "a",
      { href: route.with({ since: null, until: null, range: null }) },
      "Show all stored data",
    );
    return emptyState(
      "No invocations in this range",
      h("p", {}, "The store has invocations outside this range. ", all, "."),
    );
  }
  return emptyState(
    "The store is empty",
    h("p", {}, "Load logs from files, folders or standard input. This page updates automatically:"),
    h(
      "pre",
      {},
      "tailwater replay PATH\naws logs tail /aws/lambda/NAME --follow | tailwater replay --follow -",
    ),
    h("p", {}, "Or send a Lambda event to ", h("code", {}, "POST /api/v1/deliveries"), "."),
  );
}

function headline({ totals, range }: Summary): HTMLElement {
  const cold = totals.cold_starts;
  return h(
    "dl",
    { class: "strip" },
    stat(
      "Invocations",
      formatCount(totals.invocations),
      range ? formatSpan(range.to_ms - range.from_ms) : null,
      "Invocations: one per REPORT line in the logs.",
    ),
    stat(
      "Errors",
      formatPercent(totals.errors, totals.invocations),
      formatCount(totals.errors),
      "Failed invocations as AWS counts them, including timeouts and out-of-memory errors.",
      totals.errors > 0,
    ),
    stat(
      "p95 duration",
      formatDuration(totals.duration_ms.p95),
      null,
      "95th percentile of the handler duration, accurate to 0.5 %.",
    ),
    stat(
      "Cold starts",
      formatPercent(cold, totals.invocations),
      cold > 0 ? `avg ${formatDuration(totals.init_ms.avg)}` : null,
      "Invocations that waited for the initialisation of their environment, and its average duration.",
    ),
    totals.restores > 0 &&
      stat(
        "Restores",
        formatPercent(totals.restores, totals.invocations),
        formatCount(totals.restores),
        "Invocations that waited for a restore from a SnapStart snapshot.",
      ),
    stat("Cost", formatUsd(totals.cost_usd), null, COST),
    stat(
      "Cold start cost",
      formatUsd(totals.cold_start_cost_usd),
      null,
      "Part of the cost for initialisation.",
    ),
    stat(
      "Failure cost",
      formatUsd(totals.failure_cost_usd),
      null,
      "Part of the cost for failed invocations.",
    ),
  );
}

function charts({ totals }: Summary, series: Series, { zoom }: PageContext): HTMLElement[] {
  const common = { from: series.from_ms, step: series.step_ms, zoom };
  return [
    chart({
      ...common,
      title: "Invocations",
      tip: "Invocations per interval. Drag to zoom.",
      value: formatCount(totals.invocations),
      format: formatCount,
      series: [{ name: "invocations", values: series.invocations, colour: "accent", shape: "area" }],
    }),
    chart({
      ...common,
      title: "Errors",
      tip: "Failed invocations per interval, including timeouts and out-of-memory errors.",
      value: h("span", { class: totals.errors > 0 ? "bad" : null }, formatCount(totals.errors)),
      format: formatCount,
      series: [{ name: "errors", values: series.errors, colour: "red", shape: "bars" }],
    }),
    chart({
      ...common,
      title: "Duration",
      tip: "50th and 95th percentile of the handler duration per interval.",
      value: `p95 ${formatDuration(totals.duration_ms.p95)}`,
      format: formatDuration,
      series: [
        { name: "p95", values: series.duration_ms.p95, colour: "blue", shape: "line" },
        { name: "p50", values: series.duration_ms.p50, colour: "accent", shape: "line" },
      ],
    }),
  ];
}

type Row = FunctionSummary & { sparkline: Sparkline | undefined };

function columns({ route, status }: PageContext, reference: number, severalRegions: boolean): Column<Row>[] {
  const runtime = (row: Row) =>
    [row.runtime, severalRegions ? row.region : null].filter((text) => text !== null).join(" · ");
  return [
    {
      id: "function",
      title: "Function",
      tip: "Function name; runtime and region if they are known.",
      kind: "text",
      key: (row) => row.function,
      cell: (row) => [
        h("a", { class: "name", href: route.toFunction(row) }, row.function),
        runtime(row) ? unit(runtime(row)) : null,
      ],
    },
    {
      id: "trend",
      title: "Over time",
      tip: "Invocations over time, each function at its own scale; red marks show failures.",
      kind: "text",
      key: (row) => row.sparkline?.invocations.at(-1) ?? 0,
      cell: (row) => sparkline(row.sparkline?.invocations ?? [], row.sparkline?.errors ?? []),
    },
    {
      id: "invocations",
      title: "Invocations",
      tip: "Invocations: one per REPORT line in the logs.",
      kind: "number",
      key: (row) => row.invocations,
      cell: (row) => formatCount(row.invocations),
    },
    {
      id: "avg",
      title: "Avg",
      tip: "Average handler duration.",
      kind: "number",
      key: (row) => row.duration_ms.avg,
      cell: (row) => duration(row.duration_ms.avg),
    },
    {
      id: "p95",
      title: "p95",
      tip: "95th percentile of the handler duration, accurate to 0.5 %.",
      kind: "number",
      key: (row) => row.duration_ms.p95,
      cell: (row) => duration(row.duration_ms.p95),
    },
    {
      id: "errors",
      title: "Errors",
      tip: "Failed invocations as AWS counts them, and their share.",
      kind: "number",
      key: (row) => row.errors,
      cell: (row) => countWithShare(row.errors, row.invocations, row.errors * 100 >= row.invocations),
    },
    {
      id: "throttles",
      title: "Throttles",
      tip: "Unknown: a throttled request writes no log line.",
      kind: "number",
      key: (row) => row.throttles,
      cell: (row) => h("span", { class: "u" }, formatCount(row.throttles)),
    },
    {
      id: "cold",
      title: "Cold starts",
      tip: "Invocations that waited for the initialisation of their environment, and their share.",
      kind: "number",
      key: (row) => row.cold_starts / row.invocations,
      cell: (row) => countWithShare(row.cold_starts, row.invocations),
    },
    {
      id: "cost",
      title: "Cost",
      tip: COST,
      kind: "number",
      key: (row) => row.cost_usd,
      cell: (row) => h("span", { title: row.cost_unknown }, formatUsd(row.cost_usd)),
    },
    {
      id: "memory",
      title: "Memory used",
      tip: "Largest memory used by an invocation, and the configured memory.",
      kind: "number",
      key: (row) => row.max_memory_mb,
      cell: (row) => [formatCount(row.max_memory_mb), unit(` of ${formatCount(row.memory_mb)} MB`)],
    },
    {
      id: "used",
      title: "% of memory",
      tip: "Largest memory used by an invocation in percent of the configured memory; red from 90 %.",
      kind: "number",
      key: (row) => row.memory_used_pct,
      cell: (row) => percentBar(row.memory_used_pct),
    },
    {
      id: "last",
      title: "Last start",
      tip: "Start of the latest invocation.",
      kind: "number",
      key: (row) => row.last_start_ms,
      cell: (row) =>
        h(
          "span",
          { class: "u", title: formatTime(row.last_start_ms) },
          formatAge(row.last_start_ms, Date.now(), status.last_ms ?? reference),
        ),
    },
  ];
}

function functionTable(summary: Summary, sparklines: Sparklines, context: PageContext): HTMLElement {
  const { route, navigate } = context;
  const rows = summary.functions.map(
    (row): Row => ({ ...row, sparkline: sparklines.functions.find((one) => isSameFunction(row, one)) }),
  );
  const regions = new Set(rows.map((row) => row.region)).size;
  const all = columns(context, summary.range?.to_ms ?? 0, regions > 1);
  const order = parseSortOrder(route.text("sort"), all, { column: "invocations", isDescending: true });
  const words = route.text("filter").toLowerCase().split(/\s+/);
  const onlyFailing = route.text("failing") === "1";
  const matches = (row: Row) => {
    const text =
      `${row.function} ${row.region ?? ""} ${row.account ?? ""} ${row.runtime ?? ""} ${row.arch}`.toLowerCase();
    return words.every((word) => text.includes(word)) && (!onlyFailing || row.errors * 100 > row.invocations);
  };
  const shown = sortRows(rows.filter(matches), all, order);
  const filter = h("input", {
    type: "search",
    id: "filter",
    class: "field",
    placeholder: "Filter by name, region, runtime",
    "aria-label": "Filter functions",
    value: route.text("filter"),
    on: { input: () => navigate(route.with({ filter: filter.value }), "replace") },
  });
  return h(
    "section",
    { class: "card", "aria-label": "Functions" },
    h(
      "div",
      { class: "bar" },
      h("h2", {}, "Functions"),
      filter,
      h(
        "button",
        {
          type: "button",
          id: "failing",
          class: "chip",
          "aria-pressed": String(onlyFailing),
          on: { click: () => navigate(route.with({ failing: onlyFailing ? null : 1 }), "replace") },
        },
        "errors > 1 %",
      ),
      h(
        "span",
        { class: "count", "aria-live": "polite" },
        shown.length === rows.length
          ? formatCounted(rows.length, "function")
          : `${shown.length} of ${formatCounted(rows.length, "function")}`,
      ),
      h("span", { class: "grow" }),
      h("button", { type: "button", class: "chip", on: { click: () => downloadCsv(shown) } }, "CSV"),
    ),
    shown.length > 0
      ? table({
          label: "Functions",
          columns: all,
          rows: shown,
          order,
          sort: (sort) => navigate(route.with({ sort }), "replace"),
        })
      : h(
          "p",
          { class: "no-data" },
          "No matching function. ",
          h("a", { href: route.with({ filter: null, failing: null }) }, "Show all"),
          ".",
        ),
  );
}

function downloadCsv(rows: Row[]): void {
  const header = [
    "function",
    "account",
    "region",
    "invocations",
    "duration_avg_ms",
    "duration_p95_ms",
    "errors",
    "throttles",
    "cold_starts",
    "cost_usd",
    "max_memory_mb",
    "memory_mb",
    "last_start_ms",
  ];
  const values = rows.map((row) => [
    row.function,
    row.account,
    row.region,
    row.invocations,
    row.duration_ms.avg,
    row.duration_ms.p95,
    row.errors,
    row.throttles,
    row.cold_starts,
    row.cost_usd,
    row.max_memory_mb,
    row.memory_mb,
    row.last_start_ms,
  ]);
  download("functions.csv", "text/csv", formatCsv(header, values));
}

function notes(summary: Summary): string[] {
  const range = summary.range;
  const regions = [...new Set(summary.functions.map((row) => row.region))];
  const where = regions.length === 1 && regions[0] ? ` All functions run in ${regions[0]}.` : "";
  const period = range
    ? [`From ${formatTime(range.from_ms)} to ${formatTime(range.to_ms)}; all times are UTC.${where}`]
    : [];
  return [
    ...period,
    `${UNKNOWN} means unknown: throttled requests, for example, write no log line. Costs are list prices of the first tier.`,
    ...summary.notes.map(sentence),
  ];
}

/** A note of the summary as a sentence. */
export function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
