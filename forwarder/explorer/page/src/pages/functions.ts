// The serverless view: three charts over time, and every function in a row.

import { ask, type FunctionRow, type Series, type Sparklines, type Summary } from "../api";
import { chart, sparkline } from "../chart";
import { h, type Child } from "../dom";
import { count, dollars, duration, moment, percent, said, since, span, UNKNOWN } from "../format";
import { empty, looks, meter, share, stat, time, unit } from "../show";
import { csv, download, readOrder, sorted, table, type Column } from "../table";
import type { Context, Load } from "./page";

export const COST = "Request price and billed time × memory at list price, first tier; unknown where a log cannot tell.";

export const functions: Load = async (context) => {
  const { place, status, signal } = context;
  const range = place.range(status);
  const [summary, series, sparks] = await Promise.all([
    ask<Summary>("summary", range, signal),
    ask<Series>("series", { ...range, buckets: 100 }, signal),
    ask<Sparklines>("sparklines", { ...range, buckets: 32 }, signal),
  ]);
  if (summary.functions.length === 0) return { title: "Functions", nav: "/", content: [nothing(context)] };
  return {
    title: "Functions",
    nav: "/",
    content: [
      h("h1", { class: "unseen" }, "Serverless view"),
      strip(summary),
      h("div", { class: "charts three" }, charts(summary, series, context)),
      ...asNodes(looks(summary, place)),
      functionTable(summary, sparks, context),
      h("ul", { class: "notes" }, notes(summary).map((note) => h("li", {}, note))),
    ],
  };
};

function asNodes(child: Child): Node[] {
  return child instanceof Node ? [child] : [];
}

function nothing({ place, status }: Context): HTMLElement {
  if (status.invocations > 0) {
    const all = h("a", { href: place.with({ since: null, until: null, range: null }) }, "Show all of it");
    return empty("No function ran in this range", h("p", {}, "The store holds invocations of another time. ", all, "."));
  }
  return empty(
    "Nothing is stored yet",
    h("p", {}, "Read logs into the store, from files, folders or a pipe; this page fills by itself:"),
    h("pre", {}, "tailwater replay PATH\naws logs tail /aws/lambda/NAME --follow | tailwater replay --follow -"),
    h("p", {}, "Or send a Lambda event to ", h("code", {}, "POST /api/v1/deliveries"), "."),
  );
}

function strip({ totals, range }: Summary): HTMLElement {
  const cold = totals.cold_starts;
  return h(
    "dl",
    { class: "strip" },
    stat("Invocations", count(totals.invocations), range ? span(range.to_ms - range.from_ms) : null, "Runs: one for each REPORT line in the logs."),
    stat("Errors", percent(totals.errors, totals.invocations), count(totals.errors), "Failed runs as AWS counts them: timeouts and out of memory included.", totals.errors > 0),
    stat("p95 duration", said(duration(totals.duration_ms.p95)), null, "95 of 100 runs took no longer than this in the handler; within 0.5 %."),
    stat("Cold starts", percent(cold, totals.invocations), cold > 0 ? `avg ${said(duration(totals.init_ms.avg))}` : null, "Runs that waited for their environment to initialise, and how long that took."),
    totals.restores > 0 && stat("Restores", percent(totals.restores, totals.invocations), count(totals.restores), "Runs that waited for a restore from a SnapStart snapshot."),
    stat("Cost", dollars(totals.cost_usd), null, COST),
    stat("of it, cold starts", dollars(totals.cold_start_cost_usd), null, "The part of the cost that paid for initialising."),
    stat("of it, failures", dollars(totals.failure_cost_usd), null, "The part of the cost that paid for runs that failed."),
  );
}

function charts({ totals }: Summary, series: Series, { zoom }: Context): HTMLElement[] {
  const common = { from: series.from_ms, step: series.step_ms, zoom };
  const ms = (value: number) => said(duration(value));
  return [
    chart({
      ...common,
      title: "Invocations",
      tip: "Runs that ended in each step of time. Drag to zoom.",
      value: count(totals.invocations),
      format: count,
      lines: [{ name: "invocations", values: series.invocations, colour: "accent", shape: "area" }],
    }),
    chart({
      ...common,
      title: "Errors",
      tip: "Failed runs in each step of time, timeouts and out of memory included.",
      value: h("span", { class: totals.errors > 0 ? "bad" : null }, count(totals.errors)),
      format: count,
      lines: [{ name: "errors", values: series.errors, colour: "red", shape: "bars" }],
    }),
    chart({
      ...common,
      title: "Duration",
      tip: "What the handler took: half of the runs took no longer than p50, 95 of 100 no longer than p95.",
      value: `p95 ${said(duration(totals.duration_ms.p95))}`,
      format: ms,
      lines: [
        { name: "p95", values: series.duration_ms.p95, colour: "blue", shape: "line" },
        { name: "p50", values: series.duration_ms.p50, colour: "accent", shape: "line" },
      ],
    }),
  ];
}

type Row = FunctionRow & { runs: number[]; failed: number[] };

function columns({ place, status }: Context, reference: number, severalRegions: boolean): Column<Row>[] {
  const runtime = (row: Row) => [row.runtime, severalRegions ? row.region : null].filter((text) => text !== null).join(" · ");
  return [
    {
      id: "function",
      title: "Function",
      tip: "Name, and as far as anything tells runtime and region.",
      kind: "text",
      key: (row) => row.function,
      cell: (row) => [h("a", { class: "name", href: place.toFunction(row) }, row.function), runtime(row) ? unit(runtime(row)) : null],
    },
    { id: "trend", title: "Over time", tip: "Runs over the range, each function on its own scale; red below where some failed.", kind: "text", key: (row) => row.runs.at(-1) ?? 0, cell: (row) => sparkline(row.runs, row.failed) },
    { id: "invocations", title: "Invocations", tip: "Runs: one for each REPORT line in the logs.", kind: "number", key: (row) => row.invocations, cell: (row) => count(row.invocations) },
    { id: "avg", title: "Avg", tip: "What the handler took on average; exact.", kind: "number", key: (row) => row.duration_ms.avg, cell: (row) => time(row.duration_ms.avg) },
    { id: "p95", title: "p95", tip: "95 of 100 runs took no longer than this; within 0.5 %.", kind: "number", key: (row) => row.duration_ms.p95, cell: (row) => time(row.duration_ms.p95) },
    { id: "errors", title: "Errors", tip: "Failed runs as AWS counts them, and their share.", kind: "number", key: (row) => row.errors, cell: (row) => share(row.errors, row.invocations, row.errors * 100 >= row.invocations) },
    { id: "throttles", title: "Throttles", tip: "Unknown: a throttled request leaves no line in the log.", kind: "number", key: (row) => row.throttles, cell: (row) => h("span", { class: "u" }, count(row.throttles)) },
    { id: "cold", title: "Cold starts", tip: "Runs that waited for their environment to initialise, and their share.", kind: "number", key: (row) => row.cold_starts / row.invocations, cell: (row) => share(row.cold_starts, row.invocations) },
    { id: "cost", title: "Cost", tip: COST, kind: "number", key: (row) => row.cost_usd, cell: (row) => h("span", { title: row.cost_unknown }, dollars(row.cost_usd)) },
    { id: "memory", title: "Memory used", tip: "The most that a run used, of what the function has.", kind: "number", key: (row) => row.max_memory_mb, cell: (row) => [count(row.max_memory_mb), unit(` of ${count(row.memory_mb)} MB`)] },
    { id: "used", title: "% of memory", tip: "The most that a run used, in percent of what the function has; red from 90 % on.", kind: "number", key: (row) => row.memory_used_pct, cell: (row) => meter(row.memory_used_pct) },
    { id: "last", title: "Last start", tip: "Start of the run that began last.", kind: "number", key: (row) => row.last_start_ms, cell: (row) => h("span", { class: "u", title: moment(row.last_start_ms) }, since(row.last_start_ms, Date.now(), status.last_ms ?? reference)) },
  ];
}

function functionTable(summary: Summary, sparks: Sparklines, context: Context): HTMLElement {
  const { place, go } = context;
  const same = (a: FunctionRow, b: Sparklines["functions"][number]) => a.function === b.function && a.account === b.account && a.region === b.region;
  const rows = summary.functions.map((row): Row => {
    const spark = sparks.functions.find((spark) => same(row, spark));
    return { ...row, runs: spark?.invocations ?? [], failed: spark?.errors ?? [] };
  });
  const regions = new Set(rows.map((row) => row.region)).size;
  const all = columns(context, summary.range?.to_ms ?? 0, regions > 1);
  const order = readOrder(place.text("sort"), all, { column: "invocations", down: true });
  const words = place.text("filter").toLowerCase().split(/\s+/);
  const failing = place.text("failing") === "1";
  const fits = (row: Row) => {
    const text = `${row.function} ${row.region ?? ""} ${row.account ?? ""} ${row.runtime ?? ""} ${row.arch}`.toLowerCase();
    return words.every((word) => text.includes(word)) && (!failing || row.errors * 100 > row.invocations);
  };
  const shown = sorted(rows.filter(fits), all, order);
  const filter = h("input", { type: "search", id: "filter", class: "field", placeholder: "Filter by name, region, runtime", "aria-label": "Filter functions", value: place.text("filter"), on: { input: () => go(place.with({ filter: filter.value }), "replace") } });
  return h(
    "section",
    { class: "card", "aria-label": "Functions" },
    h(
      "div",
      { class: "bar" },
      h("h2", {}, "Functions"),
      filter,
      h("button", { type: "button", id: "failing", class: "chip", "aria-pressed": String(failing), on: { click: () => go(place.with({ failing: failing ? null : 1 }), "replace") } }, "errors > 1 %"),
      h("span", { class: "count", "aria-live": "polite" }, shown.length === rows.length ? `${rows.length} functions` : `${shown.length} of ${rows.length} functions`),
      h("span", { class: "grow" }),
      h("button", { type: "button", class: "chip", on: { click: () => save(shown) } }, "CSV"),
    ),
    shown.length > 0
      ? table({ label: "Functions", columns: all, rows: shown, order, sort: (sort) => go(place.with({ sort }), "replace") })
      : h("p", { class: "nothing" }, "No function fits. ", h("a", { href: place.with({ filter: null, failing: null }) }, "Show all"), "."),
  );
}

function save(rows: Row[]): void {
  const header = ["function", "account", "region", "invocations", "duration_avg_ms", "duration_p95_ms", "errors", "throttles", "cold_starts", "cost_usd", "max_memory_mb", "memory_mb", "last_start_ms"];
  const values = rows.map((row) => [row.function, row.account, row.region, row.invocations, row.duration_ms.avg, row.duration_ms.p95, row.errors, row.throttles, row.cold_starts, row.cost_usd, row.max_memory_mb, row.memory_mb, row.last_start_ms]);
  download("functions.csv", "text/csv", csv(header, values));
}

function notes(summary: Summary): string[] {
  const range = summary.range;
  const regions = [...new Set(summary.functions.map((row) => row.region))];
  const where = regions.length === 1 && regions[0] ? ` All functions run in ${regions[0]}.` : "";
  const when = range ? [`From ${moment(range.from_ms)} to ${moment(range.to_ms)}; all times are UTC.${where}`] : [];
  return [...when, `Throttled requests leave no log line: ${UNKNOWN} means not in the logs. Cost is list price, first tier.`, ...summary.notes.map(capital)];
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1) + ".";
}

