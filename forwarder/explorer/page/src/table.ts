// Tables that sort by any column, with the order in the page's address.

import { h, type Child } from "./dom";

export type Column<Row> = {
  id: string;
  title: string;
  /** What the column means, in a sentence. */
  tip: string;
  /** By what it sorts; null goes last. */
  key: (row: Row) => number | string | null;
  cell: (row: Row) => Child;
  /** Text columns stand left and sort upwards first. */
  kind: "text" | "number";
  /** Columns that narrow screens can do without. */
  spare?: boolean;
};

export type Order = { column: string; down: boolean };

/** `cost` sorts downwards, `-cost` upwards. */
export function readOrder(text: string, columns: { id: string }[], otherwise: Order): Order {
  const column = text.replace(/^-/, "");
  return columns.some(({ id }) => id === column) ? { column, down: !text.startsWith("-") } : otherwise;
}

export function sorted<Row>(rows: Row[], columns: Column<Row>[], order: Order): Row[] {
  const column = columns.find(({ id }) => id === order.column);
  if (!column) return rows;
  const direction = order.down ? -1 : 1;
  return [...rows].sort((a, b) => {
    const [x, y] = [column.key(a), column.key(b)];
    if (x === null || y === null) return x === y ? 0 : x === null ? 1 : -1;
    if (typeof x === "string" || typeof y === "string") return direction * String(x).localeCompare(String(y), "en");
    return direction * (x - y);
  });
}

export function table<Row>(what: {
  label: string;
  columns: Column<Row>[];
  rows: Row[];
  order?: Order;
  sort?: (order: string) => void;
  rowClass?: (row: Row) => string;
}): HTMLElement {
  const { columns, order, sort } = what;
  const head = columns.map((column) => {
    const isSorted = order?.column === column.id;
    const down = isSorted ? !order.down : column.kind === "number";
    const title = sort
      ? h("button", { type: "button", id: `sort-${column.id}`, "data-tip": column.tip, on: { click: () => sort(`${down ? "" : "-"}${column.id}`) } }, column.title)
      : h("span", { "data-tip": column.tip, tabindex: 0 }, column.title);
    const direction = isSorted ? (order.down ? "descending" : "ascending") : null;
    return h("th", { scope: "col", class: classes(column), "aria-sort": direction }, title);
  });
  const body = what.rows.map((row) =>
    h(
      "tr",
      { class: what.rowClass?.(row) ?? null },
      columns.map((column, index) => h(index === 0 ? "th" : "td", { scope: index === 0 ? "row" : null, class: classes(column) }, column.cell(row))),
    ),
  );
  return h(
    "div",
    { class: "scroll", tabindex: 0, role: "region", "aria-label": what.label },
    h("table", {}, h("thead", {}, h("tr", {}, head)), h("tbody", {}, body)),
  );
}

function classes(column: { kind: string; spare?: boolean }): string {
  return `${column.kind === "text" ? "l" : "r"}${column.spare ? " spare" : ""}`;
}

/** The rows as comma-separated values, as they are sorted. */
export function csv(header: string[], rows: (string | number | null)[][]): string {
  // A cell that begins like a formula would be one to a spreadsheet.
  const cell = (value: string | number | null) => {
    const text = value === null ? "" : String(value);
    const safe = typeof value === "string" && /^[=+\-@\t]/.test(text) ? `'${text}` : text;
    return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  return [header, ...rows].map((row) => row.map(cell).join(",")).join("\r\n") + "\r\n";
}

/** Hands the reader a file. */
export function download(name: string, kind: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: kind }));
  h("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}
