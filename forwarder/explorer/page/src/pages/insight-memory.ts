// Table of memory sizes: the advised size of each function, and the savings of a change.

import type { MemoryAdvice } from "../api-types";
import { unit } from "../components";
import { type Child, h } from "../dom";
import { formatCount, formatDuration, formatUsd, UNKNOWN } from "../format";
import { type Column, tableCard } from "../table";
import { functionColumn, textCell, usdColumn } from "./insight-columns";
import type { PageContext } from "./loader";

const VERDICTS: Record<MemoryAdvice["verdict"], string> = {
  too_small: "too small",
  not_enough_evidence: "not enough evidence",
  cpu_bound: "CPU-bound: less memory makes it as much slower",
  insensitive: "as fast with less memory",
  mixed: "partly CPU-bound",
};

const megabytes = (mb: number | null): Child => (mb === null ? UNKNOWN : [formatCount(mb), unit(" MB")]);

/** Range of a saving: `$31–33`, one amount if both are the same. */
export function savingRange(low: number | null, high: number | null): string {
  if (low === null || high === null) return UNKNOWN;
  const [from, to] = [formatUsd(low), formatUsd(high)];
  return from === to ? from : `${from} to ${to}`;
}

/** Limits of the evidence, in words. */
export function reservations(advice: MemoryAdvice): string[] {
  const { measured, same_version, short_history } = advice;
  return [
    measured.length < 2 ? "one size measured: its effect on the duration is unknown" : null,
    same_version === false ? "the sizes ran different versions" : null,
    short_history === true ? "less than 24 h at one of the sizes" : null,
  ].filter((text) => text !== null);
}

export function memoryTable(rows: MemoryAdvice[], { route }: PageContext): HTMLElement {
  const columns: Column<MemoryAdvice>[] = [
    functionColumn(route),
    {
      id: "memory_mb",
      title: "Size",
      tip: "Memory size in the latest report.",
      kind: "number",
      key: (row) => row.memory_mb,
      cell: (row) => megabytes(row.memory_mb),
    },
    {
      id: "max_memory_mb",
      title: "Most used",
      tip: "Highest memory use at any size. Advice keeps a quarter more than that.",
      kind: "number",
      key: (row) => row.max_memory_mb,
      cell: (row) => megabytes(row.max_memory_mb),
      exported: (row) => ({ max_memory_mb: row.max_memory_mb, floor_mb: row.floor_mb }),
    },
    {
      id: "verdict",
      title: "Verdict",
      tip: "What the measured sizes prove, and what they do not.",
      kind: "text",
      key: (row) => row.verdict,
      cell: (row) =>
        textCell(
          h("b", { class: row.verdict === "too_small" ? "bad" : null }, VERDICTS[row.verdict]),
          reservations(row).map((text) => unit(`; ${text}`)),
        ),
      exported: (row) => ({
        verdict: row.verdict,
        same_version: row.same_version,
        short_history: row.short_history,
      }),
    },
    {
      id: "recommended_mb",
      title: "Better size",
      tip: "Measured size that costs less, or a larger one if the current one is too small. Without one: the smallest size that could be tried, with no promise.",
      kind: "number",
      key: (row) => row.recommended_mb ?? row.could_try_mb,
      cell: (row) =>
        row.recommended_mb !== null
          ? h("b", {}, megabytes(row.recommended_mb))
          : row.could_try_mb !== null && row.could_try_mb < row.memory_mb
            ? [unit("could try "), megabytes(row.could_try_mb)]
            : unit("stays"),
      exported: (row) => ({ recommended_mb: row.recommended_mb, could_try_mb: row.could_try_mb }),
    },
    {
      id: "saving",
      title: "Saves a month",
      tip: "Saving at the better size in a month at this rate: from the low to the high end of what the measured durations allow.",
      kind: "number",
      key: (row) => row.saving_low_usd_per_month,
      cell: (row) => savingRange(row.saving_low_usd_per_month, row.saving_high_usd_per_month),
      exported: (row) => ({
        saving_low_usd_per_month: row.saving_low_usd_per_month,
        saving_high_usd_per_month: row.saving_high_usd_per_month,
        saving_low_pct: row.saving_low_pct,
        saving_high_pct: row.saving_high_pct,
      }),
    },
    usdColumn({
      id: "arm64_saving_usd_per_month",
      title: "With arm64",
      tip: "Saving a month by the price of arm64 alone; the duration may differ. Unknown unless the architecture is told.",
      value: (row) => row.arm64_saving_usd_per_month,
    }),
    {
      id: "measured",
      title: "Measured sizes",
      tip: "Sizes with at least 100 warm, good runs in two environments, with their median duration.",
      kind: "text",
      key: (row) => row.measured.length,
      cell: (row) =>
        row.measured.length === 0
          ? unit("none")
          : textCell(
              row.measured
                .map((one) => `${formatCount(one.memory_mb)} MB ${formatDuration(one.p50_ms)}`)
                .join(", "),
            ),
      exported: (row) => ({
        measured: row.measured
          .map((one) => `${one.memory_mb} MB: ${one.p50_ms} ms, ${one.runs} runs`)
          .join("; "),
        elasticity: row.elasticity,
      }),
    },
  ];
  return tableCard({
    title: "Memory sizes",
    id: "memory",
    columns,
    rows,
    about:
      "Calculated from warm, good runs: how the median duration changes between sizes that ran. A size is recommended only if it was measured, leaves a quarter of memory free and saves more than 5 %; what another size would do is unknown.",
    empty: "No function has warm, good runs with a memory size in this range.",
  });
}
