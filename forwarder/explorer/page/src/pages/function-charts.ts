// Charts of one function over time.

import type { FunctionCost, FunctionSummary, Series } from "../api-types";
import { chart, type Marker } from "../chart";
import { h } from "../dom";
import { formatCount, formatDuration, formatPercent, formatUsd, UNKNOWN } from "../format";
import { COST } from "./functions";
import type { PageContext } from "./loader";

/** Markers at the first invocation of each version, except of a version that was there before the range. */
export function deployments(row: FunctionSummary, since: number | null): Marker[] {
  const later = row.by_version
    .slice(1)
    .concat(
      since === null
        ? []
        : row.by_version.slice(0, 1).filter((version) => version.first_start_ms > since + 60_000),
    );
  return later.map((version) => ({
    time: version.first_start_ms,
    text: version.version === "$LATEST" ? version.version : `v${version.version}`,
  }));
}

/** Shares of cold starts and of restores, which are counted apart. */
function startShares({ cold_starts: cold, restores, invocations }: FunctionSummary): string {
  const shares = [
    cold > 0 ? `${formatPercent(cold, invocations)} cold` : null,
    restores > 0 ? `${formatPercent(restores, invocations)} restored` : null,
  ].filter((share) => share !== null);
  return shares.length > 0 ? shares.join(", ") : "no cold starts";
}

export function functionCharts(
  row: FunctionSummary,
  series: Series,
  spending: FunctionCost | undefined,
  markers: Marker[],
  { zoom }: PageContext,
): HTMLElement[] {
  const common = { from: series.from_ms, step: series.step_ms, markers, zoom, height: 168 };
  const megabytes = (value: number) => `${formatCount(Math.round(value))} MB`;
  const { duration_ms: all, cold_duration_ms: cold, warm_duration_ms: warm } = series;
  const size = row.memory_mb;
  return [
    chart({
      ...common,
      title: "Duration",
      tip: "Percentiles of the handler duration per interval; p100 is the longest invocation.",
      value: `p95 ${formatDuration(row.duration_ms.p95)}`,
      format: formatDuration,
      series: [
        { name: "p50", values: all.p50, colour: "accent", shape: "line" },
        { name: "p95", values: all.p95, colour: "blue", shape: "line" },
        { name: "p99", values: all.p99, colour: "amber", shape: "line" },
        // Dashes, on top of p99, which it often equals: both stay visible.
        { name: "p100", values: all.max, colour: "violet", shape: "line", dash: true },
      ],
    }),
    chart({
      ...common,
      title: "Cold and warm starts",
      tip: "95th percentile of the duration of cold starts and restores, including the wait for their environment, and of warm starts.",
      value: startShares(row),
      format: formatDuration,
      series: [
        {
          name: row.restores > 0 ? "cold or restored p95" : "cold p95",
          values: cold.p95,
          colour: "violet",
          shape: "line",
        },
        { name: "warm p95", values: warm.p95, colour: "accent", shape: "line" },
      ],
    }),
    chart({
      ...common,
      title: "Memory used",
      tip: "Largest memory used by an invocation per interval, and the configured memory, red if 90 % of it or more are used.",
      value:
        size === null ? UNKNOWN : `${formatPercent(row.max_memory_mb ?? 0, size)} of ${formatCount(size)} MB`,
      format: megabytes,
      series: [
        {
          name: "configured",
          values: series.memory_mb,
          colour: (row.memory_used_pct ?? 0) >= 90 ? "red" : "ink3",
          shape: "line",
          dash: true,
        },
        { name: "used", values: series.max_memory_mb, colour: "accent", shape: "area" },
      ],
    }),
    chart({
      ...common,
      title: "Errors and timeouts",
      tip: "Failed invocations per interval; they include the timeouts.",
      value: h("span", { class: row.errors > 0 ? "bad" : null }, formatCount(row.errors)),
      format: formatCount,
      series: [
        { name: "errors", values: series.errors, colour: "red", shape: "bars" },
        { name: "timeouts", values: series.timeouts, colour: "amber", shape: "bars" },
      ],
    }),
    chart({
      ...common,
      title: "Invocations",
      tip: "Invocations and cold starts per interval.",
      value: formatCount(row.invocations),
      format: formatCount,
      series: [
        { name: "invocations", values: series.invocations, colour: "accent", shape: "area" },
        { name: "cold starts", values: series.cold_starts, colour: "violet", shape: "bars" },
      ],
    }),
    costByDay(row, spending, common),
  ];
}

const DAY = 86_400_000;

function costByDay(
  row: FunctionSummary,
  spending: FunctionCost | undefined,
  common: { markers: Marker[]; zoom: (since: number, until: number) => void; height: number },
): HTMLElement {
  const days = spending?.days ?? [];
  const [first, last] = [days[0]?.day_ms ?? 0, days.at(-1)?.day_ms ?? 0];
  const everyDay = Array.from({ length: Math.max(Math.round((last - first) / DAY) + 1, 1) }, (_, index) =>
    days.find((day) => day.day_ms === first + index * DAY),
  );
  return chart({
    ...common,
    markers: [],
    from: first,
    step: DAY,
    title: "Cost by day",
    tip: `${COST} Days begin at midnight UTC.`,
    value: formatUsd(row.cost_usd),
    format: formatUsd,
    series: [
      { name: "cost", values: everyDay.map((day) => day?.cost_usd ?? null), colour: "accent", shape: "bars" },
      {
        name: "cold starts",
        values: everyDay.map((day) => day?.cold_start_cost_usd ?? null),
        colour: "violet",
        shape: "bars",
      },
    ],
  });
}
