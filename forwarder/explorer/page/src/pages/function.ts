// Page of one function: headline figures, charts, versions, errors, and its slowest and failed invocations.

import { fetchJson } from "../api";
import type { FunctionSummary, Invocation } from "../api-types";
import { duration, emptyState, insights, stat, statusBadge, unit } from "../components";
import { countLink, toInvocations } from "../count-links";
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
import type { Route } from "../route";
import { type Column, tableCard } from "../table";
import { errorList } from "./error-list";
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
    fetchJson("/api/v1/errors", { ...query, limit: 20 }, signal),
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
  if (!row) return { title, nav: "/", content: [await noInvocations(context, title)] };
  const markers = deployments(row, range.since);
  return {
    title,
    nav: "/",
    content: [
      heading(row, route),
      headline(row, route),
      ...insights(summary, route, row.function),
      h("div", { class: "charts two" }, functionCharts(row, series, cost.functions[0], markers, context)),
      versionTable(row, cost.functions[0], context),
      errorList("Errors", errors, context, {
        isOfOneFunction: true,
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

async function noInvocations(context: PageContext, title: string): Promise<HTMLElement> {
  const { route } = context;
  return emptyState(
    `${title} has no invocations in this range`,
    h(
      "p",
      {},
      h("a", { href: route.with({ since: null, until: null, range: null }) }, "Show all stored data"),
      ", ",
      h("a", { href: route.to("/logs", { function: title }) }, "its log lines"),
      ", or ",
      h("a", { href: route.to("/") }, "all functions"),
      ".",
    ),
    await (await import("../search/suggestions")).suggestions(title, context),
  );
}

function heading(row: FunctionSummary, route: Route): HTMLElement {
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
    h("p", {}, h("a", { href: route.to("/map", { of: row.function }) }, "on the map")),
  );
}

/** Figures that AWS has measured, if they were read; those that do not apply to the function are left out. */
function measured({ aws }: FunctionSummary): (HTMLElement | false)[] {
  if (!aws) return [];
  const age = (title: string, ms: number | null, tip: string) =>
    ms !== null && stat(title, formatDuration(ms), null, tip);
  return [
    stat(
      "Throttled",
      formatCount(aws.throttles),
      null,
      `Requests that Lambda refused because of a concurrency limit, measured by AWS in ${formatCount(aws.hours)} hours.`,
      aws.throttles > 0,
    ),
    aws.max_concurrent !== null &&
      stat(
        "Concurrent",
        formatCount(aws.max_concurrent),
        null,
        "Highest number of environments that ran at once, measured by AWS.",
      ),
    age(
      "Iterator age",
      aws.max_iterator_age_ms,
      "Highest age of the last record of a batch, measured by AWS.",
    ),
    age("Async event age", aws.max_event_age_ms, "Longest wait of an asynchronous event, measured by AWS."),
    aws.dead_letter_errors > 0 &&
      stat(
        "Dead-letter errors",
        formatCount(aws.dead_letter_errors),
        null,
        "Events that could not be sent to the dead-letter queue, measured by AWS.",
        true,
      ),
  ];
}

function headline(row: FunctionSummary, route: Route): HTMLElement {
  return h(
    "dl",
    { class: "strip" },
    stat(
      "Invocations",
      countLink(row.invocations, formatCount(row.invocations), toInvocations(route, row), "its invocations"),
      null,
      "Invocations: one per REPORT line in the logs.",
    ),
    stat(
      "Errors",
      formatPercent(row.errors, row.invocations),
      countLink(
        row.errors,
        formatCount(row.errors),
        toInvocations(route, row, { outcome: "failed" }),
        "its failed invocations",
      ),
      "Failed invocations as AWS counts them, including timeouts and out-of-memory errors.",
      row.errors * 100 >= row.invocations && row.errors > 0,
    ),
    row.timeouts > 0 &&
      stat(
        "Timeouts",
        countLink(
          row.timeouts,
          formatCount(row.timeouts),
          toInvocations(route, row, { outcome: "timeout" }),
          "its timeouts",
        ),
        null,
        "Invocations that exceeded the function's timeout.",
      ),
    row.out_of_memory > 0 &&
      stat(
        "Out of memory",
        countLink(
          row.out_of_memory,
          formatCount(row.out_of_memory),
          toInvocations(route, row, { outcome: "out_of_memory" }),
          "those out of memory",
        ),
        null,
        "Invocations that ran out of memory.",
      ),
    ...measured(row),
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
      row.cold_starts > 0
        ? [
            countLink(
              row.cold_starts,
              formatCount(row.cold_starts),
              toInvocations(route, row, { start: "cold" }),
              "its cold starts",
            ),
            `, avg ${formatDuration(row.init_ms.avg)}`,
          ]
        : null,
      "Invocations that waited for the initialisation of their environment, and its average duration.",
    ),
    row.restores > 0 &&
      stat(
        "Restores",
        formatPercent(row.restores, row.invocations),
        countLink(
          row.restores,
          formatCount(row.restores),
          toInvocations(route, row, { start: "restored" }),
          "its restored invocations",
        ),
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
      exported: (one) => ({ time_ms: one.time_ms, request_id: one.request_id, key: one.key }),
    },
    {
      id: "status",
      title: "Outcome",
      tip: "Outcome, and the error type if it failed.",
      kind: "text",
      key: (one) => one.status,
      cell: (one) => statusBadge(one),
      exported: (one) => ({ status: one.status, error_type: one.error_type }),
    },
    {
      id: "duration",
      title: "Duration",
      tip: "Handler duration, and the kind of start if it was not warm.",
      kind: "number",
      key: (one) => one.duration_ms,
      cell: (one) => [duration(one.duration_ms), one.start === "warm" ? null : unit(` ${one.start}`)],
      exported: (one) => ({ duration_ms: one.duration_ms, start: one.start }),
    },
    {
      id: "memory",
      title: "Memory",
      tip: "Memory used, and the configured memory.",
      kind: "number",
      key: (one) => one.max_memory_mb,
      cell: (one) => [formatCount(one.max_memory_mb), unit(` of ${formatCount(one.memory_mb)} MB`)],
      exported: (one) => ({ max_memory_mb: one.max_memory_mb, memory_mb: one.memory_mb }),
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
  return tableCard({ title, columns, rows, empty: "No invocations in this range." });
}
