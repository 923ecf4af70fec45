// Number of log lines over time, by level.

import type { LevelCounts, LogHistogram } from "../api-types";
import { chart } from "../chart";
import { h } from "../dom";
import { formatCount, formatCounted, formatTime } from "../format";

/** Levels with their colours, the worst first: it is at the bottom, where heights are easy to compare. */
const LEVELS: [keyof LevelCounts, string, string][] = [
  ["FATAL", "fatal", "violet"],
  ["ERROR", "error", "red"],
  ["WARN", "warn", "amber"],
  ["INFO", "info", "accent"],
  ["DEBUG", "debug", "blue"],
  ["TRACE", "trace", "green"],
  ["NONE", "no level", "ink3"],
];

export function histogram(
  { buckets, from_ms, step_ms, events, partial }: LogHistogram,
  zoom: (since: number, until: number) => void,
): HTMLElement {
  const levels = LEVELS.filter(([level]) => buckets.some((bucket) => bucket.levels[level]));
  const card = chart({
    title: "Lines over time",
    tip: "Log lines per interval, by level. Drag over a range, or click a bar, to show only its lines.",
    value: partial ? `at least ${formatCount(events)}` : formatCounted(events, "line"),
    from: from_ms ?? 0,
    step: step_ms,
    format: formatCount,
    height: 120,
    isStacked: true,
    zoomsOnClick: true,
    zoom,
    series: levels.map(([level, name, colour]) => ({
      name,
      colour,
      shape: "bars",
      values: buckets.map((bucket) => bucket.levels[level] ?? 0),
    })),
  });
  const rows = buckets.filter((bucket) => levels.some(([level]) => bucket.levels[level]));
  card.append(
    h(
      "div",
      { class: "visually-hidden" },
      h(
        "table",
        {},
        h("caption", {}, "Log lines over time by level"),
        h(
          "thead",
          {},
          h(
            "tr",
            {},
            ["Time", ...levels.map(([, name]) => name)].map((name) => h("th", {}, name)),
          ),
        ),
        h(
          "tbody",
          {},
          rows.map((bucket) =>
            h(
              "tr",
              {},
              h("th", { scope: "row" }, formatTime(bucket.start_ms)),
              levels.map(([level]) => h("td", {}, formatCount(bucket.levels[level] ?? 0))),
            ),
          ),
        ),
      ),
    ),
    ...(partial ? [h("p", { class: "foot" }, partial.message)] : []),
  );
  return card;
}
