// Values of a chart as a table, for screen readers, for copying, and for export.

import type { ChartOptions } from "./chart";
import { h } from "./dom";
import { UNKNOWN } from "./format";
import { type Column, exportButtons, table } from "./table";

type Bucket = { index: number; name: string };

/** Creates the table, closed; its rows are made when it is opened. */
export function chartTable(options: ChartOptions, nameOf: (index: number) => string): HTMLElement {
  const details = h(
    "details",
    { class: "chart-values" },
    h("summary", { "aria-label": `${options.title} as a table` }, "Table"),
  );
  details.addEventListener("toggle", () => {
    if (!details.open || details.childElementCount > 1) return;
    const columns: Column<Bucket>[] = [
      {
        id: "start",
        title: "From",
        tip: "Start of the interval.",
        kind: "text",
        key: ({ index }) => options.from + index * options.step,
        cell: ({ name }) => name,
        exported: ({ index }) => ({ start_ms: options.from + index * options.step }),
      },
      ...options.series.map(
        (line): Column<Bucket> => ({
          id: line.name,
          title: line.name,
          tip: `${options.title}: ${line.name}.`,
          kind: "number",
          key: ({ index }) => line.values[index] ?? null,
          cell: ({ index }) => {
            const value = line.values[index];
            return value === null || value === undefined ? UNKNOWN : options.format(value);
          },
        }),
      ),
    ];
    const rows = Array.from({ length: options.series[0]?.values.length ?? 0 }, (_, index) => ({
      index,
      name: nameOf(index),
    }));
    details.append(
      h("p", { class: "bar" }, exportButtons(options.title, columns, rows)),
      table({ label: `${options.title} as a table`, columns, rows }),
    );
  });
  return details;
}
