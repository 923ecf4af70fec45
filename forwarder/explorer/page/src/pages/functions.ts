// Start page: charts over time and a table of all functions.

import { fetchJson, isSameFunction } from "../api";
import type { FunctionSummary, Series, Sparkline, Sparklines, Summary } from "../api-types";
import { chart, sparkline } from "../chart";
import { countWithShare, duration, emptyState, insights, percentBar, stat, unit } from "../components";
import { countLink, toInvocations } from "../count-links";
import { nameLink } from "../cut-name";
import { h } from "../dom";
import { fleetDeployments, slowShare, sum } from "../fleet";
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
import { rangeLength } from "../range-bar";
import { type Column, parseSortOrder, sortRows, tableCard } from "../table";
import { zone } from "../zone";
import type { PageContext, PageLoader } from "./loader";

export const COST =
  "List price of requests and GB-seconds, first tier; unknown if the logs lack billed duration or memory.";

const SLOW =
  "Invocations that took longer than the p95 of their own function over all stored data; about 5 % usually do. Traffic that moves between functions does not change it.";

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
      headline(summary, series, context),
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

/** Explains why a page has nothing to show. */
export function noInvocations({ route, status }: PageContext): HTMLElement {
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
      { tabindex: 0 },
      "tailwater replay PATH\naws logs tail /aws/lambda/NAME --follow | tailwater replay --follow -",
    ),
    h("p", {}, "Or send a Lambda event to ", h("code", {}, "POST /api/v1/deliveries"), "."),
  );
}

function headline({ totals }: Summary, series: Series, { route, status }: PageContext): HTMLElement {
  const cold = totals.cold_starts;
  return h(
    "dl",
    { class: "strip" },
    stat(
      "Invocations",
      countLink(
        totals.invocations,
        formatCount(totals.invocations),
        toInvocations(route, null),
        "all invocations",
      ),
      `in ${formatSpan(rangeLength(route, status))}`,
      "Invocations: one per REPORT line in the logs.",
    ),
    stat(
      "Errors",
      formatPercent(totals.errors, totals.invocations),
      countLink(
        totals.errors,
        formatCount(totals.errors),
        toInvocations(route, null, { outcome: "failed" }),
        "the failed invocations",
      ),
      "Failed invocations as AWS counts them, including timeouts and out-of-memory errors.",
      totals.errors > 0,
    ),
    stat(
      "Slower than usual",
      formatPercent(sum(series.slow), sum(series.invocations)),
      `p95 ${formatDuration(totals.duration_ms.p95)}`,
      `${SLOW} The p95 of all functions together also moves when another function gets the traffic.`,
    ),
    stat(
      "Cold starts",
      formatPercent(cold, totals.invocations),
      cold > 0
        ? [
            countLink(
              totals.cold_starts,
              formatCount(cold),
              toInvocations(route, null, { start: "cold" }),
              "the cold starts",
            ),
            `, avg ${formatDuration(totals.init_ms.avg)}`,
          ]
        : null,
      "Invocations that waited for the initialisation of their environment, and its average duration.",
    ),
    totals.restores > 0 &&
      stat(
        "Restores",
        formatPercent(totals.restores, totals.invocations),
        countLink(
          totals.restores,
          formatCount(totals.restores),
          toInvocations(route, null, { start: "restored" }),
          "the restored invocations",
        ),
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

function charts(summary: Summary, series: Series, { zoom }: PageContext): HTMLElement[] {
  const { totals } = summary;
  const [from, step] = [series.from_ms, series.step_ms];
  const markers = fleetDeployments(summary, from, from + step * series.invocations.length);
  const common = { from, step, zoom, markers };
  const slow = slowShare(series);
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
      step: slow.step,
      title: "Slower than usual",
      tip: SLOW,
      value: formatPercent(sum(series.slow), sum(series.invocations)),
      format: (percent) => `${formatCount(Math.round(percent))} %`,
      series: [
        { name: "slow runs", values: slow.values, colour: "blue", shape: "line" },
        { name: "usual", values: slow.values.map(() => 5), colour: "ink3", shape: "line", dash: true },
      ],
    }),
  ];
}

type Row = FunctionSummary & { sparkline: Sparkline | undefined };

const THROTTLES: Column<Row> = {
  id: "throttles",
  title: "Throttles",
  tip: "Requests that were refused because too many ran at once.",
  kind: "number",
  key: (row) => row.throttles,
  cell: (row) => formatCount(row.throttles),
};

function columns(
  { route, status }: PageContext,
  reference: number,
  severalRegions: boolean,
  knowsThrottles: boolean,
): Column<Row>[] {
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
        nameLink(row.function, route.toFunction(row)),
        runtime(row) ? h("span", { class: "u extra" }, runtime(row)) : null,
      ],
      exported: (row) => ({
        function: row.function,
        account: row.account,
        region: row.region,
        runtime: row.runtime,
        arch: row.arch,
      }),
    },
    {
      id: "trend",
      title: "Over time",
      tip: "Invocations over time, each function at its own scale; red marks show failures.",
      kind: "text",
      key: (row) => row.sparkline?.invocations.at(-1) ?? 0,
      cell: (row) => sparkline(row.sparkline?.invocations ?? [], row.sparkline?.errors ?? []),
      exported: () => ({}),
      isOptional: true,
    },
    {
      id: "invocations",
      title: "Invocations",
      tip: "Invocations: one per REPORT line in the logs.",
      kind: "number",
      key: (row) => row.invocations,
      cell: (row) =>
        countLink(
          row.invocations,
          formatCount(row.invocations),
          toInvocations(route, row),
          "its invocations",
        ),
    },
    {
      id: "avg",
      title: "Avg",
      tip: "Average handler duration.",
      kind: "number",
      key: (row) => row.duration_ms.avg,
      cell: (row) => duration(row.duration_ms.avg),
      exported: (row) => ({ duration_avg_ms: row.duration_ms.avg }),
    },
    {
      id: "p95",
      title: "p95",
      tip: "95th percentile of the handler duration, accurate to 0.5 %.",
      kind: "number",
      key: (row) => row.duration_ms.p95,
      cell: (row) => duration(row.duration_ms.p95),
      exported: (row) => ({ duration_p95_ms: row.duration_ms.p95 }),
    },
    {
      id: "errors",
      title: "Errors",
      tip: "Failed invocations as AWS counts them, and their share.",
      kind: "number",
      key: (row) => row.errors,
      cell: (row) =>
        countLink(
          row.errors,
          countWithShare(row.errors, row.invocations, row.errors * 100 >= row.invocations),
          toInvocations(route, row, { outcome: "failed" }),
          "its failed invocations",
        ),
    },
    ...(knowsThrottles ? [THROTTLES] : []),
    {
      id: "cold",
      title: "Cold starts",
      tip: "Invocations that waited for the initialisation of their environment, and their share.",
      kind: "number",
      key: (row) => row.cold_starts / row.invocations,
      cell: (row) =>
        countLink(
          row.cold_starts,
          countWithShare(row.cold_starts, row.invocations),
          toInvocations(route, row, { start: "cold" }),
          "its cold starts",
        ),
      exported: (row) => ({ cold_starts: row.cold_starts }),
    },
    {
      id: "cost",
      title: "Cost",
      tip: COST,
      kind: "number",
      key: (row) => row.cost_usd,
      cell: (row) => h("span", { title: row.cost_unknown }, formatUsd(row.cost_usd)),
      exported: (row) => ({ cost_usd: row.cost_usd, cost_unknown: row.cost_unknown }),
    },
    {
      id: "memory",
      title: "Memory used",
      tip: "Largest memory used by an invocation, and the configured memory.",
      kind: "number",
      key: (row) => row.max_memory_mb,
      cell: (row) => [formatCount(row.max_memory_mb), unit(` of ${formatCount(row.memory_mb)} MB`)],
      exported: (row) => ({ max_memory_mb: row.max_memory_mb, memory_mb: row.memory_mb }),
    },
    {
      id: "used",
      title: "% of memory",
      tip: "Largest memory used by an invocation in percent of the configured memory; red from 90 %.",
      kind: "number",
      key: (row) => row.memory_used_pct,
      cell: (row) => percentBar(row.memory_used_pct),
      exported: (row) => ({ memory_used_pct: row.memory_used_pct }),
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
      exported: (row) => ({ last_start_ms: row.last_start_ms }),
    },
  ];
}

function functionTable(summary: Summary, sparklines: Sparklines, context: PageContext): HTMLElement {
  const { route, navigate } = context;
  const rows = summary.functions.map(
    (row): Row => ({ ...row, sparkline: sparklines.functions.find((one) => isSameFunction(row, one)) }),
  );
  const regions = new Set(rows.map((row) => row.region)).size;
  const knowsThrottles = rows.some((row) => row.throttles !== null);
  const all = columns(context, summary.range?.to_ms ?? 0, regions > 1, knowsThrottles);
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
  return tableCard({
    title: "Functions",
    columns: all,
    rows: shown,
    order,
    sort: (sort) => navigate(route.with({ sort }), "replace"),
    count:
      shown.length === rows.length
        ? formatCounted(rows.length, "function")
        : `${shown.length} of ${formatCounted(rows.length, "function")}`,
    tools: [
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
    ],
    empty: [
      "No matching function. ",
      h("a", { href: route.with({ filter: null, failing: null }) }, "Show all"),
      ".",
    ],
  });
}

function notes(summary: Summary): string[] {
  const range = summary.range;
  const regions = [...new Set(summary.functions.map((row) => row.region))];
  const where = regions.length === 1 && regions[0] ? ` All functions run in ${regions[0]}.` : "";
  const period = range
    ? [
        `From ${formatTime(range.from_ms)} to ${formatTime(range.to_ms)}; ${zone() === "utc" ? "all times are UTC" : "times are those of this browser"}.${where}`,
      ]
    : [];
  return [
    ...period,
    `${UNKNOWN} means unknown. ${throttles(summary)} Costs are list prices of the first tier.`,
    ...summary.notes.map(sentence),
  ];
}

/** Where the number of throttled requests comes from, or why there is none. */
function throttles({ functions }: Summary): string {
  return functions.some((row) => row.throttles !== null)
    ? "Throttled requests are those that AWS has measured, by whole hours."
    : "Throttled requests write no log line: tailwater pull --metrics reads how many AWS has measured.";
}

/** A note of the summary as a sentence. */
export function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
