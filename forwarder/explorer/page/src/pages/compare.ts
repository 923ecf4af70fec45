// Comparison of two versions of a function, or of two time ranges.

import { fetchJson } from "../api";
import type { ComparedError, ComparedFunction, Comparison, Measures, Summary } from "../api-types";
import { duration, unit } from "../components";
import { cutName } from "../cut-name";
import { difference, type Measure } from "../difference";
import { type Child, h } from "../dom";
import { formatCount, formatCounted, formatPercent, formatTime, formatUsd, UNKNOWN } from "../format";
import "../style/insight.css";
import { type Column, tableCard } from "../table";
import { type Choice, compareForms, halves } from "./compare-forms";
import { noInvocations } from "./functions";
import { countColumn, functionColumn, textCell } from "./insight-columns";
import type { PageContext, PageLoader } from "./loader";

export const compare: PageLoader = async (context) => {
  const { signal } = context;
  const summary = await fetchJson("/api/v1/summary", {}, signal);
  if (summary.functions.length === 0)
    return {
      title: "Compare",
      nav: "/compare",
      content: [noInvocations(context)],
    };
  const chosen = choice(context, summary);
  const comparison = await fetchJson("/api/v1/compare", chosen, signal);
  const [a, b] = [sideName(comparison.a), sideName(comparison.b)];
  return {
    title: "Compare",
    nav: "/compare",
    content: [
      h(
        "div",
        { class: "title" },
        h("h1", {}, "Compare"),
        h("p", {}, "A: ", h("b", {}, cutName(a)), " · B: ", h("b", {}, cutName(b))),
      ),
      compareForms(context, summary, chosen),
      totalTable(comparison),
      functionTable(comparison, context),
      errorTable("New errors", "Error groups that only B has.", comparison.new_errors, context),
      errorTable("Gone errors", "Error groups that only A has.", comparison.gone_errors, context),
    ],
  };
};

/** The sets that the address names; else the newest version of a function with the one before, else the halves of all data. */
function choice({ route, status }: PageContext, summary: Summary): Choice {
  if (route.text("versions")) return { versions: route.text("versions") };
  if (route.text("a") && route.text("b")) return { a: route.text("a"), b: route.text("b") };
  const worse = summary.worth_a_look.find(({ kind }) => kind === "worse_version");
  const several = summary.functions.filter((row) => row.by_version.length > 1);
  const row = several.find((one) => one.function === worse?.function) ?? several[0];
  const [before, newest] = [row?.by_version.at(-2), row?.by_version.at(-1)];
  if (row && before && newest)
    return { versions: `${row.function}:${before.version},${row.function}:${newest.version}` };
  return halves(status);
}

/** Name of a side: its version, or its time range in words. */
function sideName(name: string): string {
  const ends = /^(-?\d+)\.\.(-?\d+)$/.exec(name);
  return ends ? `${formatTime(Number(ends[1]))} to ${formatTime(Number(ends[2]))}` : name;
}

type MeasureRow = {
  title: string;
  measure: Measure;
  value: (side: Measures) => number | null;
  text: (value: number) => Child;
};

const percentText = (value: number): Child => formatPercent(value, 100);

const MEASURES: MeasureRow[] = [
  { title: "Invocations", measure: "count", value: (side) => side.invocations, text: formatCount },
  { title: "Failed invocations", measure: "failures", value: (side) => side.errors, text: formatCount },
  { title: "Share of failures", measure: "share", value: (side) => side.error_rate_pct, text: percentText },
  { title: "Timeouts", measure: "failures", value: (side) => side.timeouts, text: formatCount },
  { title: "Out of memory", measure: "failures", value: (side) => side.out_of_memory, text: formatCount },
  { title: "Cold starts", measure: "count", value: (side) => side.cold_starts, text: formatCount },
  {
    title: "Share of cold starts",
    measure: "share",
    value: (side) => side.cold_start_pct,
    text: percentText,
  },
  { title: "p50 duration", measure: "duration", value: (side) => side.duration_ms.p50, text: duration },
  { title: "p95 duration", measure: "duration", value: (side) => side.duration_ms.p95, text: duration },
  { title: "p99 duration", measure: "duration", value: (side) => side.duration_ms.p99, text: duration },
  { title: "Longest", measure: "duration", value: (side) => side.duration_ms.max, text: duration },
  { title: "Cost", measure: "count", value: (side) => side.cost_usd, text: formatUsd },
  {
    title: "Cost of a million runs",
    measure: "cost",
    value: (side) => (side.cost_usd_per_invocation === null ? null : side.cost_usd_per_invocation * 1e6),
    text: formatUsd,
  },
];

/** Difference with its sign and word; the colour only repeats the word. */
function differenceCell(a: number | null, b: number | null, measure: Measure): HTMLElement {
  const { text, tone } = difference(a, b, measure);
  return h("span", { class: `difference ${tone}`.trim() }, text);
}

function totalTable({ total, functions }: Comparison): HTMLElement {
  const of = (side: Measures | null, row: MeasureRow) => (side === null ? null : row.value(side));
  const side = (name: "a" | "b"): Column<MeasureRow> => ({
    id: name,
    title: name.toUpperCase(),
    tip: name === "a" ? "The first set." : "The second set.",
    kind: "number",
    key: (row) => of(total[name], row),
    cell: (row) => {
      const value = of(total[name], row);
      return value === null ? UNKNOWN : row.text(value);
    },
  });
  const columns: Column<MeasureRow>[] = [
    {
      id: "measure",
      title: "Measure",
      tip: "What is compared, over all functions of each set.",
      kind: "text",
      key: (row) => row.title,
      cell: (row) => h("b", {}, row.title),
    },
    side("a"),
    side("b"),
    {
      id: "difference",
      title: "Change",
      tip: "B compared with A: relative change; of shares, the change in percentage points. Changes below 1 % count as none.",
      kind: "number",
      key: (row) => of(total.b, row),
      cell: (row) => differenceCell(of(total.a, row), of(total.b, row), row.measure),
      exported: (row) => ({ difference: difference(of(total.a, row), of(total.b, row), row.measure).text }),
    },
  ];
  return tableCard({
    title: "All together",
    columns,
    rows: MEASURES,
    about:
      total.a === null || total.b === null
        ? h("b", {}, `${total.a === null ? "A" : "B"} has no invocations.`)
        : functions.length < 2
          ? null
          : "Percentiles of several functions together also move when another function gets the traffic: compare each function below.",
    empty: "",
  });
}

/** Column with a measure of both sides and its difference. */
function bothColumn(
  id: string,
  title: string,
  { measure, value, text }: Omit<MeasureRow, "title">,
): Column<ComparedFunction> {
  const of = (side: Measures | null) => (side === null ? null : value(side));
  const shown = (side: Measures | null) => {
    const found = of(side);
    return found === null ? UNKNOWN : text(found);
  };
  return {
    id,
    title,
    tip: `${title}: A, B, and the difference.`,
    kind: "number",
    key: (row) => of(row.b),
    cell: (row) => [
      shown(row.a),
      unit(" → "),
      shown(row.b),
      " ",
      differenceCell(of(row.a), of(row.b), measure),
    ],
    exported: (row) => ({ [`${id}_a`]: of(row.a), [`${id}_b`]: of(row.b) }),
  };
}

function functionTable({ functions }: Comparison, { route }: PageContext): HTMLElement {
  const version = (name: string | null) => name ?? "several";
  const columns: Column<ComparedFunction>[] = [
    functionColumn(route),
    {
      id: "versions",
      title: "Versions",
      tip: "Version of the function in A and in B, if there is only one.",
      kind: "text",
      key: (row) => row.b_version,
      cell: (row) =>
        [
          row.a ? version(row.a_version) : "not in A",
          " → ",
          row.b ? version(row.b_version) : "not in B",
        ].join(""),
      exported: (row) => ({ a_version: row.a_version, b_version: row.b_version }),
    },
    bothColumn("invocations", "Invocations", {
      measure: "count",
      value: (side) => side.invocations,
      text: formatCount,
    }),
    bothColumn("error_rate_pct", "Share of failures", {
      measure: "share",
      value: (side) => side.error_rate_pct,
      text: percentText,
    }),
    bothColumn("p95_ms", "p95", {
      measure: "duration",
      value: (side) => side.duration_ms.p95,
      text: duration,
    }),
    bothColumn("cost_usd_per_million", "Cost of a million runs", {
      measure: "cost",
      value: (side) => (side.cost_usd_per_invocation === null ? null : side.cost_usd_per_invocation * 1e6),
      text: formatUsd,
    }),
  ];
  return tableCard({
    title: "Each function",
    columns,
    rows: functions,
    count: formatCounted(functions.length, "function"),
    empty: "Neither set has invocations.",
  });
}

function errorTable(
  title: string,
  about: string,
  errors: ComparedError[] | null,
  { route }: PageContext,
): HTMLElement {
  const columns: Column<ComparedError>[] = [
    {
      id: "title",
      title: "Error",
      tip: "Type and first line, with numbers and ids masked, and the innermost frame in code of the function.",
      kind: "text",
      key: (row) => row.title,
      cell: (row) => textCell(h("code", { dir: "auto" }, row.title), row.culprit ? unit(row.culprit) : null),
      exported: (row) => ({ id: row.id, kind: row.kind, title: row.title, culprit: row.culprit }),
    },
    functionColumn(route),
    countColumn({
      id: "failed_invocations",
      title: "Failed invocations",
      tip: "Invocations that failed with this error.",
      value: (row) => row.failed_invocations,
    }),
    countColumn({ id: "events", title: "Lines", tip: "Log lines.", value: (row) => row.events }),
  ];
  return tableCard({
    title,
    columns,
    rows: errors ?? [],
    count: errors === null ? null : formatCounted(errors.length, "group"),
    about,
    empty: errors === null ? "Unknown: there are too many error groups to keep." : "None.",
  });
}
