// Table of the versions of one function, each compared with the one before.

import type { FunctionCost, FunctionSummary, VersionCost, VersionSummary } from "../api-types";
import { countWithShare, duration } from "../components";
import { countLink, toInvocations } from "../count-links";
import { type Child, h } from "../dom";
import { formatClock, formatCount, formatCounted, formatTime, formatUsd, UNKNOWN } from "../format";
import { type Column, tableCard } from "../table";
import { COST } from "./functions";
import type { PageContext } from "./loader";

type VersionRow = VersionSummary & {
  before: VersionSummary | undefined;
  spending: VersionCost | undefined;
};

export function versionTable(
  row: FunctionSummary,
  spending: FunctionCost | undefined,
  { route }: PageContext,
): HTMLElement {
  const rows = row.by_version.map(
    (version, index): VersionRow => ({
      ...version,
      before: row.by_version[index - 1],
      spending: spending?.versions.find((one) => one.version === version.version),
    }),
  );
  const reference = row.last_start_ms;
  const [from, to] = [
    Math.min(...rows.map((one) => one.first_start_ms)),
    Math.max(...rows.map((one) => one.last_start_ms)),
  ];
  const columns: Column<VersionRow>[] = [
    {
      id: "version",
      title: "Version",
      tip: "The version that ran, as the log stream names it.",
      kind: "text",
      key: (one) => one.version,
      cell: (one) =>
        h("a", { class: "name", href: toInvocations(route, row, { version: one.version }) }, one.version),
    },
    {
      id: "life",
      title: "Active",
      tip: "From its first to its last invocation in this range.",
      kind: "text",
      key: (one) => one.first_start_ms,
      cell: (one) => activity(one, from, to),
      exported: (one) => ({ first_start_ms: one.first_start_ms, last_start_ms: one.last_start_ms }),
    },
    {
      id: "first",
      title: "First seen",
      tip: "Start of its first invocation.",
      kind: "number",
      key: (one) => one.first_start_ms,
      cell: (one) =>
        h("span", { title: formatTime(one.first_start_ms) }, formatClock(one.first_start_ms, reference)),
      exported: () => ({}),
    },
    {
      id: "invocations",
      title: "Invocations",
      tip: "Invocations of this version.",
      kind: "number",
      key: (one) => one.invocations,
      cell: (one) =>
        countLink(
          one.invocations,
          formatCount(one.invocations),
          toInvocations(route, row, { version: one.version }),
          "its invocations",
        ),
    },
    {
      id: "errors",
      title: "Errors",
      tip: "Failed invocations, and the change of their share from the previous version.",
      kind: "number",
      key: (one) => one.errors,
      cell: (one) => [
        countLink(
          one.errors,
          countWithShare(one.errors, one.invocations, one.errors * 100 >= one.invocations),
          toInvocations(route, row, { version: one.version, outcome: "failed" }),
          "its failed invocations",
        ),
        changeCell(rows, one, errorChange),
      ],
    },
    {
      id: "p50",
      title: "p50",
      tip: "Median handler duration.",
      kind: "number",
      key: (one) => one.duration_ms.p50,
      exported: (one) => ({ duration_p50_ms: one.duration_ms.p50 }),
      cell: (one) => duration(one.duration_ms.p50),
    },
    {
      id: "p95",
      title: "p95",
      tip: "95th percentile of the handler duration, and its change from the previous version.",
      kind: "number",
      key: (one) => one.duration_ms.p95,
      exported: (one) => ({ duration_p95_ms: one.duration_ms.p95 }),
      cell: (one) => [duration(one.duration_ms.p95), changeCell(rows, one, p95Change)],
    },
    {
      id: "cost",
      title: "Cost",
      tip: COST,
      kind: "number",
      key: (one) => one.spending?.cost_usd ?? null,
      cell: (one) => formatUsd(one.spending?.cost_usd),
      exported: (one) => ({ cost_usd: one.spending?.cost_usd ?? null }),
    },
    {
      id: "each",
      title: "Cost per million",
      tip: "Cost of one million invocations of this version.",
      kind: "number",
      key: (one) => one.spending?.cost_usd ?? null,
      exported: () => ({}),
      cell: (one) =>
        one.spending?.cost_usd
          ? formatUsd((one.spending.cost_usd / one.spending.invocations) * 1e6)
          : UNKNOWN,
    },
  ];
  const newest = rows.at(-1);
  const before = rows.at(-2);
  return tableCard({
    title: "Versions",
    columns,
    rows: rows.toReversed(),
    count: formatCounted(rows.length, "version"),
    tools:
      newest && before
        ? h(
            "a",
            {
              class: "chip",
              href: route.to("/compare", {
                versions: `${row.function}:${before.version},${row.function}:${newest.version}`,
              }),
            },
            `Compare ${newest.version} with ${before.version}`,
          )
        : null,
    empty: "No versions in this range.",
  });
}

/** Bar from the first to the last invocation of a version. */
function activity(version: VersionSummary, from: number, to: number): HTMLElement {
  const bar = h("i", {});
  const whole = Math.max(to - from, 1);
  bar.style.left = `${((version.first_start_ms - from) / whole) * 100}%`;
  bar.style.width = `${Math.max(((version.last_start_ms - version.first_start_ms) / whole) * 100, 1)}%`;
  return h(
    "span",
    {
      class: "life",
      role: "img",
      "aria-label": `from ${formatTime(version.first_start_ms)} to ${formatTime(version.last_start_ms)}`,
    },
    bar,
  );
}

const errorChange = (one: VersionRow) =>
  change(one.before && one.before.errors / one.before.invocations, one.errors / one.invocations, 0.005);

const p95Change = (one: VersionRow) =>
  change(one.before?.duration_ms.p95 ?? undefined, one.duration_ms.p95 ?? undefined, 0);

/** Change of a row; a row without one has its space if another row has one, so that numbers stand below each other. */
function changeCell(rows: VersionRow[], one: VersionRow, of: (one: VersionRow) => Child): Child {
  return of(one) ?? (rows.some((row) => of(row) !== null) ? h("span", { class: "change" }) : null);
}

/** Relative change of a value from the previous version; null if it is less than 10 % or less than `least`. */
function change(before: number | undefined, after: number | undefined, least: number): Child {
  if (
    before === undefined ||
    after === undefined ||
    !Number.isFinite(before) ||
    Math.abs(after - before) < least
  )
    return null;
  const ratio = before === 0 ? Infinity : after / before;
  if (ratio > 0.9 && ratio < 1.1) return null;
  const text =
    ratio === Infinity
      ? "new"
      : ratio >= 10
        ? `× ${Math.round(ratio)}`
        : ratio > 1
          ? `+${Math.round((ratio - 1) * 100)} %`
          : `−${Math.round((1 - ratio) * 100)} %`;
  return h("span", { class: ratio > 1 ? "change bad" : "change good" }, text);
}
