// Tables that can be sorted by each column; the order is part of the address.

import { type Child, h } from "./dom";

export type Column<Row> = {
  id: string;
  title: string;
  /** Explanation of the column in a sentence. */
  tip: string;
  /** Sort key; null sorts last in either direction. */
  key: (row: Row) => number | string | null;
  cell: (row: Row) => Child;
  /** Text columns are aligned left and sort in ascending order first. */
  kind: "text" | "number";
  /** Hidden on narrow screens. */
  isOptional?: boolean;
};

export type SortOrder = { column: string; isDescending: boolean };

/** Parses an order: `cost` is descending, `-cost` ascending; unknown columns yield the default. */
export function parseSortOrder(text: string, columns: { id: string }[], fallback: SortOrder): SortOrder {
  const column = text.replace(/^-/, "");
  return columns.some(({ id }) => id === column) ? { column, isDescending: !text.startsWith("-") } : fallback;
}

export function sortRows<Row>(rows: Row[], columns: Column<Row>[], order: SortOrder): Row[] {
  const column = columns.find(({ id }) => id === order.column);
  if (!column) return rows;
  const direction = order.isDescending ? -1 : 1;
  return [...rows].sort((a, b) => {
    const [x, y] = [column.key(a), column.key(b)];
    if (x === null || y === null) return x === y ? 0 : x === null ? 1 : -1;
    if (typeof x === "string" || typeof y === "string")
      return direction * String(x).localeCompare(String(y), "en");
    return direction * (x - y);
  });
}

export function table<Row>(options: {
  label: string;
  columns: Column<Row>[];
  rows: Row[];
  order?: SortOrder;
  sort?: (order: string) => void;
  rowClass?: (row: Row) => string;
}): HTMLElement {
  const { columns, order, sort } = options;
  const head = columns.map((column) => {
    const isSorted = order?.column === column.id;
    const isDescending = isSorted ? !order.isDescending : column.kind === "number";
    const title = sort
      ? h(
          "button",
          {
            type: "button",
            id: `sort-${column.id}`,
            "data-tip": column.tip,
            on: { click: () => sort(`${isDescending ? "" : "-"}${column.id}`) },
          },
          column.title,
        )
      : h("span", { "data-tip": column.tip, tabindex: 0 }, column.title);
    const direction = isSorted ? (order.isDescending ? "descending" : "ascending") : null;
    return h("th", { scope: "col", class: classes(column), "aria-sort": direction }, title);
  });
  const body = options.rows.map((row) =>
    h(
      "tr",
      { class: options.rowClass?.(row) ?? null },
      columns.map((column, index) =>
        h(
          index === 0 ? "th" : "td",
          { scope: index === 0 ? "row" : null, class: classes(column) },
          column.cell(row),
        ),
      ),
    ),
  );
  return h(
    "div",
    { class: "scroll", tabindex: 0, role: "region", "aria-label": options.label },
    h("table", {}, h("thead", {}, h("tr", {}, head)), h("tbody", {}, body)),
  );
}

function classes(column: { kind: string; isOptional?: boolean }): string {
  return `${column.kind === "text" ? "l" : "r"}${column.isOptional ? " optional" : ""}`;
}

/** Formats rows as comma-separated values. */
export function formatCsv(header: string[], rows: (string | number | null)[][]): string {
  // A spreadsheet would evaluate a text that starts like a formula; a name such as `@message` calls nothing.
  const cell = (value: string | number | null) => {
    const text = value === null ? "" : String(value);
    const safe = typeof value === "string" && /^[=+\-\t]|^@(?![\w.]*$)/.test(text) ? `'${text}` : text;
    return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  return [header, ...rows].map((row) => `${row.map(cell).join(",")}\r\n`).join("");
}

/** Offers a text as a file to download. */
export function download(name: string, kind: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: kind }));
  h("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}
