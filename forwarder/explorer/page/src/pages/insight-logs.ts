// Tables of the log cost: by function, level and pattern, and the savings of possible changes.

import type { LogCost } from "../api-types";
import { shareBar, stat, unit } from "../components";
import { copyButton } from "../copy";
import { nameLink } from "../cut-name";
import { type Child, h } from "../dom";
import { formatBytes, formatCount, formatCounted, formatUsd } from "../format";
import { type Column, tableCard } from "../table";
import { bytesColumn, countColumn, functionColumn, textCell, usdColumn } from "./insight-columns";
import type { PageContext } from "./loader";

type ByFunction = LogCost["by_function"][number];
type ByLevel = LogCost["by_level"][number];
type Pattern = LogCost["patterns"][number];
type WhatIf = LogCost["what_if"][number];

const CHANGES: Record<WhatIf["change"], string> = {
  drop_debug: "Leave out DEBUG and TRACE lines",
  drop_pattern: "Leave out the lines of one pattern",
  system_warn: "Set the system log level to WARN",
  json_to_text: "Write text instead of JSON",
  infrequent_access: "Use the log class Infrequent Access",
};

/** The tables; `logs` is null if reading the lines took too long. */
export function logTables(logs: LogCost | null, context: PageContext): HTMLElement[] {
  if (logs === null)
    return [
      h(
        "p",
        { class: "card no-data" },
        "Reading the log lines of this range takes more than ten seconds. Choose a shorter range, or run: tailwater replay --json PATH",
      ),
    ];
  return [
    headline(logs),
    whatIfTable(logs, context),
    byFunction(logs, context),
    byLevel(logs),
    patterns(logs, context),
  ];
}

function headline(logs: LogCost): HTMLElement {
  return h(
    "dl",
    { class: "strip" },
    stat(
      "Log bytes",
      formatBytes(logs.ingest_bytes),
      formatCounted(logs.events, "event"),
      `Bytes as CloudWatch counts them: ${formatBytes(logs.message_bytes)} of messages and 26 bytes for each event (${formatBytes(logs.overhead_bytes)}).`,
    ),
    stat(
      "Ingestion",
      formatUsd(logs.ingest_usd),
      null,
      "Price of these bytes at the first tier of the log class Standard. Unknown for regions whose price is not known; `--log-price` sets it.",
    ),
    stat(
      "Ingestion a month",
      formatUsd(logs.ingest_usd_per_month),
      "at most",
      "Price of a month at this rate, with the tiers of each account and region. Other logs share the tiers, so it may be less.",
    ),
    stat(
      "Storage",
      formatUsd(logs.storage_usd_per_month),
      "for each month kept",
      "Price of the compressed logs of a month, for each month that they are kept. The retention is in no log.",
    ),
  );
}

function whatIfTable({ what_if: changes, patterns: all }: LogCost, { route }: PageContext): HTMLElement {
  const columns: Column<WhatIf>[] = [
    {
      id: "change",
      title: "Change",
      tip: "The change, and the pattern that it is about.",
      kind: "text",
      key: (row) => CHANGES[row.change],
      cell: (row) => {
        const pattern = all.find(({ id }) => id === row.pattern_id);
        return textCell(
          h("b", {}, CHANGES[row.change]),
          row.change === "system_warn" ? h("b", { class: "bad" }, " not advised") : null,
          row.pattern_id === null
            ? null
            : h("code", { dir: "auto" }, pattern?.pattern ?? `pattern ${row.pattern_id}`),
        );
      },
      exported: (row) => ({ change: row.change, pattern_id: row.pattern_id }),
    },
    {
      id: "function",
      title: "Function",
      tip: "Function that is changed.",
      kind: "text",
      key: (row) => row.function,
      cell: (row) =>
        row.function === null
          ? unit("all")
          : nameLink(row.function, route.to("/function", { name: row.function, region: row.region })),
      exported: (row) => ({ function: row.function, region: row.region }),
    },
    usdColumn({
      id: "saved_usd_per_month",
      title: "Saves a month",
      tip: "Price of the lines in a month at this rate.",
      value: (row) => row.saved_usd_per_month,
    }),
    bytesColumn({
      id: "saved_bytes",
      title: "Bytes",
      tip: "Bytes in this range that CloudWatch would not count.",
      value: (row) => row.saved_bytes,
    }),
    {
      id: "lost",
      title: "Would be lost",
      tip: "What nobody would know any more, and how the change is made.",
      kind: "text",
      key: (row) => row.lost,
      cell: (row) =>
        textCell(
          row.lost_invocations > 0
            ? h("b", { class: "bad" }, `All about ${formatCounted(row.lost_invocations, "invocation")}. `)
            : null,
          row.lost,
          row.unknown_bytes > 0 ? unit(` Not known for ${formatBytes(row.unknown_bytes)}.`) : null,
        ),
      exported: (row) => ({
        lost: row.lost,
        lost_invocations: row.lost_invocations,
        unknown_bytes: row.unknown_bytes,
      }),
    },
    {
      id: "rule",
      title: "Rule",
      tip: "Rule of the forwarder that leaves these lines out at the backends, as TOML. CloudWatch still counts them until the function stops writing them.",
      kind: "text",
      key: (row) => row.rule,
      cell: (row) => (row.rule === null ? unit("none") : ruleCell(row.rule)),
    },
  ];
  return tableCard({
    title: "What would save log cost",
    id: "log-changes",
    columns,
    // What is not advised is shown once, and last; files have it for each function.
    rows: [
      ...changes.filter((row) => row.change !== "system_warn"),
      ...changes.filter((row) => row.change === "system_warn" && row.function === null),
    ],
    exportedRows: changes,
    about:
      "Each change is calculated alone, from the bytes of the lines that it would leave out; savings do not add up. Lines of level ERROR and FATAL are never proposed.",
    empty: "No change would save log cost in this range.",
  });
}

function ruleCell(rule: string): Child {
  return h(
    "div",
    { class: "rule" },
    copyButton("Copy rule", () => rule),
    h("details", {}, h("summary", {}, "Show"), h("pre", { tabindex: 0 }, rule)),
  );
}

const shareOf = <Row extends { ingest_bytes: number }>(whole: number): Column<Row> => ({
  id: "share",
  title: "Share",
  tip: "Share of all log bytes.",
  kind: "number",
  key: (row) => row.ingest_bytes,
  cell: (row) => shareBar(row.ingest_bytes, whole),
  exported: () => ({}),
});

function sizeColumns<Row extends { events: number; ingest_bytes: number; ingest_usd: number | null }>(
  whole: number,
): Column<Row>[] {
  return [
    countColumn({ id: "events", title: "Events", tip: "Log events.", value: (row) => row.events }),
    bytesColumn({
      id: "ingest_bytes",
      title: "Bytes",
      tip: "Bytes as CloudWatch counts them.",
      value: (row) => row.ingest_bytes,
    }),
    shareOf<Row>(whole),
    usdColumn({
      id: "ingest_usd",
      title: "Ingestion",
      tip: "Price of ingestion in this range.",
      value: (row) => row.ingest_usd,
    }),
  ];
}

function byFunction(logs: LogCost, { route }: PageContext): HTMLElement {
  return tableCard<ByFunction>({
    title: "Log cost by function",
    columns: [functionColumn(route), ...sizeColumns<ByFunction>(logs.ingest_bytes)],
    rows: logs.by_function,
    about: `Bytes of the messages and 26 for each event, at the first tier's price${logs.price_as_of ? ` of ${logs.price_as_of}` : " that was given"}; all rows together are ${formatBytes(logs.ingest_bytes)}.`,
    empty: "No log lines in this range.",
  });
}

function byLevel(logs: LogCost): HTMLElement {
  const level: Column<ByLevel> = {
    id: "level",
    title: "Level",
    tip: "Level of the lines of functions; platform: lines that Lambda writes; emf: metrics in log lines; none: no level.",
    kind: "text",
    key: (row) => row.level,
    cell: (row) => h("span", { class: "name" }, row.level),
  };
  return tableCard({
    title: "Log cost by level",
    columns: [level, ...sizeColumns<ByLevel>(logs.ingest_bytes)],
    rows: logs.by_level,
    about: "Each line counts once, at its own level; lines without a level are none, not guessed.",
    empty: "No log lines in this range.",
  });
}

function patterns(logs: LogCost, { route }: PageContext): HTMLElement {
  const columns: Column<Pattern>[] = [
    {
      id: "pattern",
      title: "Pattern",
      tip: "Text with names for the parts that change, and the beginning of its earliest line.",
      kind: "text",
      key: (row) => row.pattern,
      cell: (row) =>
        textCell(
          h("code", { dir: "auto" }, row.pattern),
          h("details", {}, h("summary", {}, "Example"), h("pre", { dir: "auto", tabindex: 0 }, row.example)),
        ),
      exported: (row) => ({ id: row.id, pattern: row.pattern, example: row.example }),
    },
    functionColumn(route),
    {
      id: "level",
      title: "Level",
      tip: "Level of the lines.",
      kind: "text",
      key: (row) => row.level,
      cell: (row) => row.level,
    },
    ...sizeColumns<Pattern>(logs.ingest_bytes),
  ];
  return tableCard({
    title: "Dearest log patterns",
    columns,
    rows: logs.patterns,
    about: `The ${formatCount(logs.patterns.length)} patterns with the highest price, by function and level.${logs.patterns_truncated ? " There are too many different lines: some patterns are coarser than usual, or left out." : ""}`,
    empty: "No log lines in this range.",
  });
}
