// Page of one function: headline figures, charts, versions, errors, and its slowest and failed invocations.

import { fetchJson } from "../api";
import type { FunctionSummary, Invocation } from "../api-types";
import { duration, emptyState, insights, stat, statusBadge, unit } from "../components";
import { h } from "../dom";
import {
  formatClock,
  formatCount,
  formatDuration,
  formatPercent,
  formatTime,
  formatUsd,
  UNKNOWN,
} from "../format";
import { type Column, table } from "../table";
import { errorList } from "./errors";
import { deployments, functionCharts } from "./function-charts";
import { versionTable } from "./function-versions";
import { COST } from "./functions";
import type { PageContext, PageLoader } from "./loader";

export const oneFunction: PageLoader = async (context) => {
  const { route, status, signal } = context;
  const range = route.range(status);
  const selected = {
    function: route.text("name"),
    account: route.text("account"),
    region: route.text("region"),
  };
  const query = { ...range, ...selected };
  const [summary, series, cost, errors, slowest, failed] = await Promise.all([
    fetchJson("/api/v1/summary", range, signal),
    fetchJson("/api/v1/series", { ...query, buckets: 100 }, signal),
    fetchJson("/api/v1/cost", query, signal),
    fetchJson(
      "/api/v1/errors",
      { ...range, function: selected.function, account: selected.account, limit: 20 },
      signal,
    ),
    fetchJson("/api/v1/invocations", { ...query, order: "slowest", limit: 10 }, signal),
    fetchJson("/api/v1/invocations", { ...query, outcome: "failed", limit: 10 }, signal),
  ]);
  const row = summary.functions.find(
    (row) =>
      row.function === selected.function &&
      matches(selected.account, row.account) &&
      matches(selected.region, row.region),
  );
  const title = selected.function || "Function";
  if (!row) return { title, nav: "/", content: [noInvocations(context, title)] };
  const markers = deployments(row, range.since);
  return {
    title,
    nav: "/",
    content: [
      heading(row),
      headline(row),
      ...insights(summary, route, row.function),
      h("div", { class: "charts two" }, functionCharts(row, series, cost.functions[0], markers, context)),
      versionTable(row, cost.functions[0], context),
      errorList("Errors", errors, context, {
        isOfOneFunction: true,
        newestVersion: row.by_version.at(-1)?.version ?? "",
      }),
      h(
        "div",
        { class: "charts two lists" },
        invocationTable("Slowest invocations", slowest.invocations, context),
        invocationTable("Failed invocations", failed.invocations, context),
      ),
    ],
  };
};

/** True if a value is the wanted one, or any is wanted. */
function matches(wanted: string, value: string | null): boolean {
  return wanted === "" || wanted === value;
}

function noInvocations({ route }: PageContext, title: string): HTMLElement {
  return emptyState(
    `${title} has no invocations in this range`,
    h(
      "p",
      {},
      h("a", { href: route.with({ since: null, until: null, range: null }) }, "Show all stored data"),
      " or go to ",
      h("a", { href: route.to("/") }, "all functions"),
      ".",
    ),
  );
}

function heading(row: FunctionSummary): HTMLElement {
  const newest = row.by_version.at(-1);
  const facts = [
    row.region,
    row.account,
    row.arch_assumed ? `${row.arch} (assumed)` : row.arch,
    row.memory_mb === null ? null : `${formatCount(row.memory_mb)} MB`,
    row.runtime,
    newest
      ? `version ${newest.version} since ${formatClock(newest.first_start_ms, row.last_start_ms)}`
      : null,
  ];
  return h(
    "div",
    { class: "title" },
    h("h1", {}, row.function),
    h("p", {}, facts.filter((fact) => fact !== null).join(" · ")),
  );
}

function headline(row: FunctionSummary): HTMLElement {
  return h(
    "dl",
    { class: "strip" },
    stat("Invocations", formatCount(row.invocations), null, "Invocations: one per REPORT line in the logs."),
    stat(
      "Errors",
      formatPercent(row.errors, row.invocations),
      formatCount(row.errors),
      "Failed invocations as AWS counts them, including timeouts and out-of-memory errors.",
      row.errors * 100 >= row.invocations && row.errors > 0,
    ),
    row.timeouts > 0 &&
      stat("Timeouts", formatCount(row.timeouts), null, "Invocations that exceeded the function's timeout."),
    row.out_of_memory > 0 &&
      stat("Out of memory", formatCount(row.out_of_memory), null, "Invocations that ran out of memory."),
    stat("Avg", formatDuration(row.duration_ms.avg), null, "Average handler duration."),
    stat(
      "p95",
      formatDuration(row.duration_ms.p95),
      `p99 ${formatDuration(row.duration_ms.p99)}`,
      "95th percentile of the handler duration, accurate to 0.5 %.",
    ),
    stat(
      "Cold starts",
      formatPercent(row.cold_starts, row.invocations),
      row.init_ms.avg === null ? null : `avg ${formatDuration(row.init_ms.avg)}`,
      "Invocations that waited for the initialisation of their environment, and its average duration.",
    ),
    row.restores > 0 &&
      stat(
        "Restores",
        formatPercent(row.restores, row.invocations),
        formatCount(row.restores),
        "Invocations that waited for a restore from a SnapStart snapshot.",
      ),
    stat("Cost", formatUsd(row.cost_usd), row.cost_unknown, COST),
    stat("Cold start cost", formatUsd(row.cold_start_cost_usd), null, "Part of the cost for initialisation."),
    stat("Failure cost", formatUsd(row.failure_cost_usd), null, "Part of the cost for failed invocations."),
  );
}

function invocationTable(title: string, rows: Invocation[], { route }: PageContext): HTMLElement {
  const reference = rows[0]?.time_ms ?? 0;
  const columns: Column<Invocation>[] = [
    {
      id: "time",
      title: "Time",
      tip: "End of the invocation.",
      kind: "text",
      key: (one) => one.time_ms,
      cell: (one) =>
        h(
          "a",
          { class: "name", href: route.to("/invocation", { key: one.key }), title: formatTime(one.time_ms) },
          formatClock(one.time_ms, reference),
        ),
    },
    {
      id: "status",
      title: "Outcome",
      tip: "Outcome, and the error type if it failed.",
      kind: "text",
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
      key: (one) => one.max_memory_mb,
      cell: (one) => [formatCount(one.max_memory_mb), unit(` of ${formatCount(one.memory_mb)} MB`)],
      isOptional: true,
    },
    {
      id: "version",
      title: "Version",
      tip: "Function version.",
      kind: "number",
      key: (one) => one.version,
      cell: (one) => one.version || UNKNOWN,
    },
  ];
  return h(
    "section",
    { class: "card", "aria-label": title },
    h("div", { class: "bar" }, h("h2", {}, title)),
    rows.length > 0
      ? table({ label: title, columns, rows })
      : h("p", { class: "no-data" }, "No invocations in this range."),
  );
}
