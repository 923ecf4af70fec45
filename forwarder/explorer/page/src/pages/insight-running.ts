// Runs at once and provisioned concurrency; memory leaks and timeouts that are near.

import type {
  AccountConcurrency,
  FunctionConcurrency,
  InsightDocument,
  ProvisionedOption,
  TimeoutRisk,
} from "../api-types";
import { duration, percentBar, unit } from "../components";
import { type Child, h } from "../dom";
import { formatClock, formatCount, formatSpan, formatUsd, UNKNOWN } from "../format";
import { type Column, tableCard } from "../table";
import { countColumn, functionColumn, numberColumn, textCell } from "./insight-columns";
import type { PageContext } from "./loader";

type Leak = InsightDocument["leaks"][number];

/** The cheapest option; null if none was calculated. */
export function bestOption(options: ProvisionedOption[] | null): ProvisionedOption | null {
  return (
    options?.reduce<ProvisionedOption | null>(
      (best, one) => (best === null || one.net_usd < best.net_usd ? one : best),
      null,
    ) ?? null
  );
}

function optionCell(options: ProvisionedOption[] | null): Child {
  const best = bestOption(options);
  if (best === null) return unit("unknown");
  if (best.net_usd < 0)
    return textCell(h("b", {}, `${formatCount(best.n)} would save ${formatUsd(-best.net_usd)}`));
  return textCell(unit(`none pays; ${formatCount(best.n)} would cost ${formatUsd(best.net_usd)} more`));
}

function peakColumn<Row extends { peak: number | null; peak_at_ms: number | null }>(
  reference: number,
): Column<Row> {
  return {
    id: "peak",
    title: "Most at once",
    tip: "Highest number of runs at the same time, and the first time of it. Unknown if some runs cannot be placed.",
    kind: "number",
    key: (row) => row.peak,
    cell: (row) => [
      formatCount(row.peak),
      row.peak_at_ms === null ? null : unit(` at ${formatClock(row.peak_at_ms, reference)}`),
    ],
    exported: (row) => ({ peak: row.peak, peak_at_ms: row.peak_at_ms }),
  };
}

/** `0.016`, `12.50`; a value that is not 0 is not shown as 0. */
function averageText(value: number | null): string {
  if (value === null) return UNKNOWN;
  if (value > 0 && value < 0.0005) return "<0.001";
  return value.toFixed(value < 0.095 ? 3 : 2);
}

const averageColumn = <Row extends { average: number | null }>(): Column<Row> =>
  numberColumn(
    {
      id: "average",
      title: "Average",
      tip: "Busy time divided by the time range.",
      value: (row) => row.average,
    },
    (value) => averageText(value),
  );

export function concurrencyTables(
  { concurrency: { functions, accounts } }: InsightDocument,
  { route, status }: PageContext,
): HTMLElement[] {
  const reference = status.last_ms ?? 0;
  const columns: Column<FunctionConcurrency>[] = [
    functionColumn(route),
    peakColumn(reference),
    averageColumn(),
    countColumn({
      id: "environments",
      title: "Environments",
      tip: "Log streams with runs: each is one environment.",
      value: (row) => row.environments,
    }),
    {
      id: "reuse",
      title: "Runs each",
      tip: "Runs of an environment on average, and of the one with the most.",
      kind: "number",
      key: (row) => row.reuse_avg,
      cell: (row) => [
        row.reuse_avg === null ? UNKNOWN : row.reuse_avg.toFixed(1),
        row.reuse_max === null ? null : unit(` up to ${formatCount(row.reuse_max)}`),
      ],
      exported: (row) => ({ reuse_avg: row.reuse_avg, reuse_max: row.reuse_max }),
    },
    {
      id: "lifetime_median_ms",
      title: "Lifetime",
      tip: "Median life of environments that ended an hour before the range does.",
      kind: "number",
      key: (row) => row.lifetime_median_ms,
      cell: (row) => (row.lifetime_median_ms === null ? UNKNOWN : formatSpan(row.lifetime_median_ms)),
    },
    {
      id: "provisioned",
      title: "Provisioned concurrency",
      tip: "The cheapest number of provisioned environments in this range: price of having them, minus what their runs would cost less. Their initialisation is left out.",
      kind: "text",
      key: (row) => bestOption(row.provisioned)?.net_usd ?? null,
      cell: (row) => optionCell(row.provisioned),
      exported: (row) => {
        const best = bestOption(row.provisioned);
        return {
          provisioned_n: best?.n ?? null,
          provisioned_net_usd: best?.net_usd ?? null,
          cold_starts_avoided: best?.cold_starts_avoided ?? null,
          excluded_invocations: row.excluded_invocations,
        };
      },
    },
  ];
  const account: Column<AccountConcurrency> = {
    id: "account",
    title: "Account and region",
    tip: "Account and region whose functions share the limit of concurrent runs.",
    kind: "text",
    key: (row) => row.account,
    cell: (row) => h("span", { class: "name" }, `${row.account ?? "unknown"} · ${row.region ?? "unknown"}`),
    exported: (row) => ({ account: row.account, region: row.region }),
  };
  return [
    tableCard({
      title: "Concurrency",
      id: "concurrency",
      columns,
      rows: functions,
      about:
        "An environment is busy from its initialisation or START until the run ends; the most at once is counted over the logs that were read. Throttled requests and good runs that were not logged leave no line: unknown.",
      empty: "No runs in this range can be placed in time.",
    }),
    tableCard({
      title: "Concurrency of each account",
      columns: [account, peakColumn<AccountConcurrency>(reference), averageColumn<AccountConcurrency>()],
      rows: accounts,
      about: "Runs at once of all functions whose logs were read; others of the account are unknown.",
      empty: "No runs in this range can be placed in time.",
    }),
  ];
}

export function leakTable(rows: Leak[], { route }: PageContext): HTMLElement {
  const columns: Column<Leak>[] = [
    functionColumn(route),
    {
      id: "version",
      title: "Version",
      tip: "Function version.",
      kind: "text",
      key: (row) => row.version,
      cell: (row) => row.version ?? "unknown",
    },
    numberColumn(
      {
        id: "growth_kb_per_run",
        title: "Growth",
        tip: "Growth of the memory use for each run, in the second half of the runs of an environment.",
        value: (row) => row.growth_kb_per_run,
      },
      (value) => (value === null ? UNKNOWN : [value.toFixed(1), unit(" KB a run")]),
    ),
    {
      id: "baseline_mb",
      title: "At first",
      tip: "Median memory use of an environment's first ten runs, and the memory size.",
      kind: "number",
      key: (row) => row.baseline_mb,
      cell: (row) => [formatCount(row.baseline_mb), unit(` of ${formatCount(row.memory_mb)} MB`)],
      exported: (row) => ({ baseline_mb: row.baseline_mb, memory_mb: row.memory_mb }),
    },
    countColumn({
      id: "runs_to_oom",
      title: "Runs until full",
      tip: "Runs of a new environment until the memory size is reached.",
      value: (row) => row.runs_to_oom,
    }),
    {
      id: "hours_to_oom",
      title: "Time until full",
      tip: "Time until then at the median rate of an environment.",
      kind: "number",
      key: (row) => row.hours_to_oom,
      cell: (row) => (row.hours_to_oom === null ? UNKNOWN : formatSpan(row.hours_to_oom * 3_600_000)),
    },
    {
      id: "outlived",
      title: "Seen",
      tip: "Whether an environment had that many runs, or ran out of memory.",
      kind: "text",
      key: (row) => String(row.outlived),
      cell: (row) =>
        row.outlived ? h("b", { class: "bad" }, "an environment got there") : unit("none lived so long"),
      exported: (row) => ({ outlived: row.outlived, environments: row.environments }),
    },
  ];
  return tableCard({
    title: "Memory leaks",
    id: "leaks",
    columns,
    rows,
    about:
      "Environments with at least 50 runs whose memory reaches new highs far more often in their second half than chance allows (less than 1 in 1,000). Input that grows looks the same: unknown which.",
    empty:
      "No function's memory grows more than chance allows. Environments with fewer than 50 runs cannot tell.",
  });
}

export function timeoutTable(rows: TimeoutRisk[], { route }: PageContext): HTMLElement {
  const columns: Column<TimeoutRisk>[] = [
    functionColumn(route),
    numberColumn(
      {
        id: "used_pct",
        title: "p99 of timeout",
        tip: "99th percentile of all durations, with those that timed out, in percent of the timeout.",
        value: (row) => row.used_pct,
      },
      percentBar,
    ),
    numberColumn(
      { id: "p99_ms", title: "p99", tip: "99th percentile of all durations.", value: (row) => row.p99_ms },
      duration,
    ),
    numberColumn(
      { id: "max_ms", title: "Longest", tip: "Longest run.", value: (row) => row.max_ms },
      duration,
    ),
    numberColumn(
      { id: "timeout_ms", title: "Timeout", tip: "Timeout of the function.", value: (row) => row.timeout_ms },
      duration,
    ),
    {
      id: "timeout_source",
      title: "Known from",
      tip: "Whether the timeout is from a list of functions, or from runs that timed out.",
      kind: "text",
      key: (row) => row.timeout_source,
      cell: (row) => unit(row.timeout_source === "catalog" ? "list of functions" : "runs that timed out"),
    },
  ];
  return tableCard({
    title: "Timeout risk",
    id: "timeouts",
    columns,
    rows,
    about:
      "A timeout is known from a list of functions (`--functions`) or from a run that timed out; for all other functions it is unknown, and they are not listed.",
    empty: "No function's timeout is known. Load with --functions, a saved `aws lambda list-functions`.",
  });
}
