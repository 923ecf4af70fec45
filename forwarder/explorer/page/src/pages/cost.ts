// Cost: by function, by version, by day; what cold starts and failures paid for.

import { ask, type FunctionRow, type Spending, type Summary } from "../api";
import { chart } from "../chart";
import { h, type Child } from "../dom";
import { count, dollars, percent, UNKNOWN } from "../format";
import { empty, stat, unit } from "../show";
import { readOrder, sorted, table, type Column } from "../table";
import { COST } from "./functions";
import type { Context, Load } from "./page";

type Row = FunctionRow & { spending: Spending | undefined };
type VersionRow = Spending["versions"][number] & { name: string };

const DAY = 86_400_000;

export const cost: Load = async (context) => {
  const { place, status, signal } = context;
  const range = place.range(status);
  const [summary, { functions }] = await Promise.all([ask<Summary>("summary", range, signal), ask<{ functions: Spending[] }>("cost", range, signal)]);
  if (summary.functions.length === 0) return { title: "Cost", nav: "/cost", content: [empty("Nothing ran in this range", h("p", {}, "What did not run cost nothing."))] };
  const rows = summary.functions.map((row): Row => ({ ...row, spending: functions.find((one) => one.function === row.function && one.account === row.account && one.region === row.region) }));
  return {
    title: "Cost",
    nav: "/cost",
    content: [
      h("h1", { class: "unseen" }, "Cost"),
      strip(summary, functions, rows),
      byDay(functions, context),
      byFunction(rows, summary.totals.cost_usd, context),
      byVersion(functions, context),
      h("ul", { class: "notes" }, summary.notes.map((note) => h("li", {}, `${note.charAt(0).toUpperCase()}${note.slice(1)}.`))),
    ],
  };
};

function total(values: (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length > 0 ? known.reduce((sum, value) => sum + value, 0) : null;
}

function strip({ totals }: Summary, functions: Spending[], rows: Row[]): HTMLElement {
  const part = (value: number | null) => (value !== null && totals.cost_usd ? percent(value, totals.cost_usd) : null);
  const timeouts = total(functions.map((one) => one.timeout_cost_usd));
  const memory = total(functions.map((one) => one.out_of_memory_cost_usd));
  const others = total(functions.map((one) => one.other_error_cost_usd));
  const own = rows.filter((row) => /^tailwater\b/.test(row.function));
  return h(
    "dl",
    { class: "strip" },
    stat("Cost", dollars(totals.cost_usd), null, COST),
    stat("of it, cold starts", dollars(totals.cold_start_cost_usd), part(totals.cold_start_cost_usd), "What paid for initialising environments."),
    totals.restore_cost_usd ? stat("of it, restores", dollars(totals.restore_cost_usd), part(totals.restore_cost_usd), "What paid for restoring SnapStart snapshots.") : null,
    stat("Wasted on timeouts", dollars(timeouts), part(timeouts), "What paid for runs that took too long.", (timeouts ?? 0) > 0),
    stat("on out of memory", dollars(memory), part(memory), "What paid for runs that needed too much memory.", (memory ?? 0) > 0),
    stat("on other errors", dollars(others), part(others), "What paid for runs that failed otherwise.", (others ?? 0) > 0),
    stat("The forwarder's own", own.length > 0 ? dollars(total(own.map((row) => row.cost_usd))) : UNKNOWN, own.length > 0 ? null : "its logs are not in the store", "What Tailwater's own Lambda function cost: known when its logs are in the store, under a name that begins with tailwater."),
  );
}

function byDay(functions: Spending[], { zoom }: Context): HTMLElement {
  const days = new Map<number, { cost: number; cold: number; failure: number }>();
  for (const day of functions.flatMap((one) => one.days)) {
    const sum = days.get(day.day_ms) ?? { cost: 0, cold: 0, failure: 0 };
    days.set(day.day_ms, { cost: sum.cost + (day.cost_usd ?? 0), cold: sum.cold + (day.cold_start_cost_usd ?? 0), failure: sum.failure + (day.failure_cost_usd ?? 0) });
  }
  const [first, last] = [Math.min(...days.keys()), Math.max(...days.keys())];
  const all = Array.from({ length: Math.round((last - first) / DAY) + 1 }, (_, index) => days.get(first + index * DAY));
  const most = Math.max(...all.map((day) => day?.cost ?? 0));
  return chart({
    title: "Cost by day",
    tip: `${COST} Days begin at midnight UTC.`,
    value: `at most ${dollars(most)} a day`,
    from: first,
    step: DAY,
    format: dollars,
    height: 180,
    zoom,
    lines: [
      { name: "cost", values: all.map((day) => day?.cost ?? 0), colour: "accent", shape: "bars" },
      { name: "cold starts", values: all.map((day) => day?.cold ?? 0), colour: "violet", shape: "bars" },
      { name: "failures", values: all.map((day) => day?.failure ?? 0), colour: "red", shape: "bars" },
    ],
  });
}

function shareBar(part: number | null, whole: number | null): Child {
  if (part === null || !whole) return UNKNOWN;
  const bar = h("i", {});
  bar.style.width = `${(part / whole) * 100}%`;
  return [h("span", {}, percent(part, whole)), h("span", { class: "meter", "aria-hidden": "true" }, bar)];
}

function money(value: number | null | undefined, whole: number | null): Child {
  if (value === null || value === undefined) return UNKNOWN;
  if (value === 0) return h("span", { class: "zero" }, "$0");
  return [dollars(value), whole ? unit(` ${percent(value, whole)}`) : null];
}

function byFunction(rows: Row[], all: number | null, { place, go }: Context): HTMLElement {
  const columns: Column<Row>[] = [
    { id: "function", title: "Function", tip: "Name, region and the architecture it is priced for.", kind: "text", key: (row) => row.function, cell: (row) => [h("a", { class: "name", href: place.toFunction(row) }, row.function), unit([row.region, row.arch].filter(Boolean).join(" · "))] },
    { id: "cost", title: "Cost", tip: COST, kind: "number", key: (row) => row.cost_usd, cell: (row) => h("span", { title: row.cost_unknown }, dollars(row.cost_usd)) },
    { id: "share", title: "Share", tip: "Its part of what all functions cost.", kind: "number", key: (row) => row.cost_usd, cell: (row) => shareBar(row.cost_usd, all) },
    { id: "invocations", title: "Invocations", tip: "Runs: one for each REPORT line in the logs.", kind: "number", key: (row) => row.invocations, cell: (row) => count(row.invocations) },
    { id: "million", title: "Per million", tip: "What a million runs would cost.", kind: "number", key: (row) => (row.cost_usd === null ? null : row.cost_usd / row.invocations), cell: (row) => (row.cost_usd === null ? UNKNOWN : dollars((row.cost_usd / row.invocations) * 1e6)) },
    { id: "gbs", title: "GB-seconds", tip: "Billed time × memory.", kind: "number", key: (row) => row.gb_seconds, cell: (row) => (row.gb_seconds === null ? UNKNOWN : count(row.gb_seconds)) },
    { id: "coldcost", title: "Cold starts", tip: "What paid for initialising, and its share of the function's cost.", kind: "number", key: (row) => row.cold_start_cost_usd, cell: (row) => money(row.cold_start_cost_usd, row.cost_usd) },
    { id: "timeouts", title: "Timeouts", tip: "What paid for runs that took too long.", kind: "number", key: (row) => row.spending?.timeout_cost_usd ?? null, cell: (row) => money(row.spending?.timeout_cost_usd, row.cost_usd) },
    { id: "oom", title: "Out of memory", tip: "What paid for runs that needed too much memory.", kind: "number", key: (row) => row.spending?.out_of_memory_cost_usd ?? null, cell: (row) => money(row.spending?.out_of_memory_cost_usd, row.cost_usd) },
    { id: "failed", title: "Other errors", tip: "What paid for runs that failed otherwise.", kind: "number", key: (row) => row.spending?.other_error_cost_usd ?? null, cell: (row) => money(row.spending?.other_error_cost_usd, row.cost_usd) },
  ];
  const order = readOrder(place.text("sort"), columns, { column: "cost", down: true });
  return h("section", { class: "card", "aria-label": "Cost by function" }, h("div", { class: "bar" }, h("h2", {}, "By function")), table({ label: "Cost by function", columns, rows: sorted(rows, columns, order), order, sort: (sort) => go(place.with({ sort }), "replace") }));
}

function byVersion(functions: Spending[], { place }: Context): HTMLElement | Text {
  const rows = functions.filter((one) => one.versions.length > 1).flatMap((one) => one.versions.map((version): VersionRow => ({ ...version, name: one.function })));
  if (rows.length === 0) return document.createTextNode("");
  const columns: Column<VersionRow>[] = [
    { id: "function", title: "Function", tip: "Functions of which several versions ran.", kind: "text", key: (row) => row.name, cell: (row) => h("a", { class: "name", href: place.to("/function", { name: row.name }) }, row.name) },
    { id: "version", title: "Version", tip: "The version that ran.", kind: "text", key: (row) => row.version, cell: (row) => row.version || "not told" },
    { id: "invocations", title: "Invocations", tip: "Its runs.", kind: "number", key: (row) => row.invocations, cell: (row) => count(row.invocations) },
    { id: "cost", title: "Cost", tip: COST, kind: "number", key: (row) => row.cost_usd, cell: (row) => dollars(row.cost_usd) },
    { id: "million", title: "Per million", tip: "What a million runs of it would cost.", kind: "number", key: (row) => row.cost_usd, cell: (row) => (row.cost_usd === null ? UNKNOWN : dollars((row.cost_usd / row.invocations) * 1e6)) },
    { id: "coldcost", title: "Cold starts", tip: "What paid for initialising.", kind: "number", key: (row) => row.cold_start_cost_usd, cell: (row) => money(row.cold_start_cost_usd, row.cost_usd) },
    { id: "failures", title: "Failures", tip: "What paid for runs that failed.", kind: "number", key: (row) => row.failure_cost_usd, cell: (row) => money(row.failure_cost_usd, row.cost_usd) },
  ];
  return h("section", { class: "card", "aria-label": "Cost by version" }, h("div", { class: "bar" }, h("h2", {}, "By version")), table({ label: "Cost by version", columns, rows }));
}
