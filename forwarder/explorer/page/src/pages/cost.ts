// Cost by day, function and version, with the parts for cold starts and failures.

import { fetchJson, isSameFunction } from "../api";
import type { FunctionCost, FunctionSummary, Summary, VersionCost } from "../api-types";
import { chart } from "../chart";
import { shareBar, stat } from "../components";
import { nameLink } from "../cut-name";
import { type Child, h } from "../dom";
import { formatCount, formatPercent, formatUsd, UNKNOWN } from "../format";
import { type Column, parseSortOrder, sortRows, tableCard } from "../table";
import { COST, noInvocations, sentence } from "./functions";
import type { PageContext, PageLoader } from "./loader";

type Row = FunctionSummary & { spending: FunctionCost | undefined };
type VersionRow = VersionCost & { name: string };

const DAY = 86_400_000;

export const cost: PageLoader = async (context) => {
  const { route, status, signal } = context;
  const range = route.range(status);
  const [summary, { functions }] = await Promise.all([
    fetchJson("/api/v1/summary", range, signal),
    fetchJson("/api/v1/cost", range, signal),
  ]);
  if (summary.functions.length === 0)
    return {
      title: "Cost",
      nav: "/cost",
      content: [noInvocations(context)],
    };
  const rows = summary.functions.map(
    (row): Row => ({
      ...row,
      spending: functions.find((one) => isSameFunction(one, row)),
    }),
  );
  return {
    title: "Cost",
    nav: "/cost",
    content: [
      h("h1", { class: "visually-hidden" }, "Cost"),
      headline(summary, functions, rows),
      byDay(functions, context),
      byFunction(rows, summary.totals.cost_usd, context),
      byVersion(functions, context),
      h(
        "ul",
        { class: "notes" },
        summary.notes.map((note) => h("li", {}, sentence(note))),
      ),
    ],
  };
};

/** Sum of the known values; null if none is known. */
function sumOfKnown(values: (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length > 0 ? known.reduce((sum, value) => sum + value, 0) : null;
}

function headline({ totals }: Summary, functions: FunctionCost[], rows: Row[]): HTMLElement {
  const part = (value: number | null) =>
    value !== null && totals.cost_usd ? formatPercent(value, totals.cost_usd) : null;
  const timeouts = sumOfKnown(functions.map((one) => one.timeout_cost_usd));
  const memory = sumOfKnown(functions.map((one) => one.out_of_memory_cost_usd));
  const others = sumOfKnown(functions.map((one) => one.other_error_cost_usd));
  const forwarders = rows.filter((row) => /^tailwater\b/.test(row.function));
  return h(
    "dl",
    { class: "strip" },
    stat("Cost", formatUsd(totals.cost_usd), null, COST),
    stat(
      "Cold start cost",
      formatUsd(totals.cold_start_cost_usd),
      part(totals.cold_start_cost_usd),
      "Part of the cost for the initialisation of environments.",
    ),
    totals.restore_cost_usd
      ? stat(
          "Restore cost",
          formatUsd(totals.restore_cost_usd),
          part(totals.restore_cost_usd),
          "Part of the cost for restores from SnapStart snapshots.",
        )
      : null,
    stat(
      "Timeout cost",
      formatUsd(timeouts),
      part(timeouts),
      "Cost of invocations that timed out.",
      (timeouts ?? 0) > 0,
    ),
    stat(
      "Out-of-memory cost",
      formatUsd(memory),
      part(memory),
      "Cost of invocations that ran out of memory.",
      (memory ?? 0) > 0,
    ),
    stat(
      "Other error cost",
      formatUsd(others),
      part(others),
      "Cost of all other failed invocations.",
      (others ?? 0) > 0,
    ),
    stat(
      "Forwarder cost",
      forwarders.length > 0 ? formatUsd(sumOfKnown(forwarders.map((row) => row.cost_usd))) : UNKNOWN,
      forwarders.length > 0 ? null : "no logs in the store",
      "Cost of Tailwater's own Lambda function. It is known if the store has the logs of a function whose name begins with tailwater.",
    ),
  );
}

function byDay(functions: FunctionCost[], { zoom }: PageContext): HTMLElement {
  const days = new Map<number, { cost: number; cold: number; failure: number }>();
  for (const day of functions.flatMap((one) => one.days)) {
    const sum = days.get(day.day_ms) ?? { cost: 0, cold: 0, failure: 0 };
    days.set(day.day_ms, {
      cost: sum.cost + (day.cost_usd ?? 0),
      cold: sum.cold + (day.cold_start_cost_usd ?? 0),
      failure: sum.failure + (day.failure_cost_usd ?? 0),
    });
  }
  const [first, last] = [Math.min(...days.keys()), Math.max(...days.keys())];
  const all = Array.from({ length: Math.round((last - first) / DAY) + 1 }, (_, index) =>
    days.get(first + index * DAY),
  );
  const most = Math.max(...all.map((day) => day?.cost ?? 0));
  return chart({
    title: "Cost by day",
    tip: `${COST} Days begin at midnight UTC.`,
    value: `maximum ${formatUsd(most)} per day`,
    from: first,
    step: DAY,
    format: formatUsd,
    height: 180,
    zoom,
    series: [
      { name: "cost", values: all.map((day) => day?.cost ?? 0), colour: "accent", shape: "bars" },
      { name: "cold starts", values: all.map((day) => day?.cold ?? 0), colour: "violet", shape: "bars" },
      { name: "failures", values: all.map((day) => day?.failure ?? 0), colour: "red", shape: "bars" },
    ],
  });
}

function costWithShare(value: number | null | undefined, whole: number | null): Child {
  if (value === null || value === undefined) return UNKNOWN;
  if (value === 0) return h("span", { class: "zero" }, "$0 ", h("span", { class: "u share" }, "0 %"));
  return [formatUsd(value), " ", h("span", { class: "u share" }, whole ? formatPercent(value, whole) : "")];
}

function byFunction(rows: Row[], all: number | null, { route, navigate }: PageContext): HTMLElement {
  const columns: Column<Row>[] = [
    {
      id: "function",
      title: "Function",
      tip: "Function name, region, and the architecture used for the price.",
      kind: "text",
      key: (row) => row.function,
      cell: (row) => [
        nameLink(row.function, route.toFunction(row)),
        h("span", { class: "u extra" }, [row.region, row.arch].filter(Boolean).join(" · ")),
      ],
      exported: (row) => ({
        function: row.function,
        account: row.account,
        region: row.region,
        arch: row.arch,
      }),
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
      id: "share",
      title: "Share",
      tip: "Share of the cost of all functions.",
      kind: "number",
      key: (row) => row.cost_usd,
      cell: (row) => shareBar(row.cost_usd, all),
      exported: () => ({}),
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
      id: "million",
      title: "Per million",
      tip: "Cost of one million invocations.",
      kind: "number",
      key: (row) => (row.cost_usd === null ? null : row.cost_usd / row.invocations),
      cell: (row) => (row.cost_usd === null ? UNKNOWN : formatUsd((row.cost_usd / row.invocations) * 1e6)),
    },
    {
      id: "gbs",
      title: "GB-seconds",
      tip: "Billed duration multiplied by memory.",
      kind: "number",
      key: (row) => row.gb_seconds,
      cell: (row) => (row.gb_seconds === null ? UNKNOWN : formatCount(row.gb_seconds)),
    },
    {
      id: "coldcost",
      title: "Cold starts",
      tip: "Cost of initialisation, and its share of the function's cost.",
      kind: "number",
      key: (row) => row.cold_start_cost_usd,
      cell: (row) => costWithShare(row.cold_start_cost_usd, row.cost_usd),
    },
    {
      id: "timeouts",
      title: "Timeouts",
      tip: "Cost of invocations that timed out.",
      kind: "number",
      key: (row) => row.spending?.timeout_cost_usd ?? null,
      cell: (row) => costWithShare(row.spending?.timeout_cost_usd, row.cost_usd),
    },
    {
      id: "oom",
      title: "Out of memory",
      tip: "Cost of invocations that ran out of memory.",
      kind: "number",
      key: (row) => row.spending?.out_of_memory_cost_usd ?? null,
      cell: (row) => costWithShare(row.spending?.out_of_memory_cost_usd, row.cost_usd),
    },
    {
      id: "failed",
      title: "Other errors",
      tip: "Cost of all other failed invocations.",
      kind: "number",
      key: (row) => row.spending?.other_error_cost_usd ?? null,
      cell: (row) => costWithShare(row.spending?.other_error_cost_usd, row.cost_usd),
    },
  ];
  const order = parseSortOrder(route.text("sort"), columns, { column: "cost", isDescending: true });
  return tableCard({
    title: "Cost by function",
    columns,
    rows: sortRows(rows, columns, order),
    order,
    sort: (sort) => navigate(route.with({ sort }), "replace"),
    empty: "No functions in this range.",
  });
}

function byVersion(functions: FunctionCost[], { route }: PageContext): HTMLElement | Text {
  const rows = functions
    .filter((one) => one.versions.length > 1)
    .flatMap((one) => one.versions.map((version): VersionRow => ({ ...version, name: one.function })));
  if (rows.length === 0) return document.createTextNode("");
  const columns: Column<VersionRow>[] = [
    {
      id: "function",
      title: "Function",
      tip: "Functions with invocations of more than one version.",
      kind: "text",
      key: (row) => row.name,
      cell: (row) => nameLink(row.name, route.to("/function", { name: row.name })),
    },
    {
      id: "version",
      title: "Version",
      tip: "Function version.",
      kind: "text",
      key: (row) => row.version,
      cell: (row) => row.version || "unknown",
    },
    {
      id: "invocations",
      title: "Invocations",
      tip: "Invocations of this version.",
      kind: "number",
      key: (row) => row.invocations,
      cell: (row) => formatCount(row.invocations),
    },
    {
      id: "cost",
      title: "Cost",
      tip: COST,
      kind: "number",
      key: (row) => row.cost_usd,
      cell: (row) => formatUsd(row.cost_usd),
    },
    {
      id: "million",
      title: "Per million",
      tip: "Cost of one million invocations of this version.",
      kind: "number",
      key: (row) => row.cost_usd,
      cell: (row) => (row.cost_usd === null ? UNKNOWN : formatUsd((row.cost_usd / row.invocations) * 1e6)),
    },
    {
      id: "coldcost",
      title: "Cold starts",
      tip: "Cost of initialisation.",
      kind: "number",
      key: (row) => row.cold_start_cost_usd,
      cell: (row) => costWithShare(row.cold_start_cost_usd, row.cost_usd),
    },
    {
      id: "failures",
      title: "Failures",
      tip: "Cost of failed invocations.",
      kind: "number",
      key: (row) => row.failure_cost_usd,
      cell: (row) => costWithShare(row.failure_cost_usd, row.cost_usd),
    },
  ];
  return tableCard({ title: "Cost by version", columns, rows, empty: "" });
}
