// Tables that can be sorted by each column and saved as files; the order is part of the address.

import { type Child, h } from "./dom";

/** Value in an exported file. */
export type Exported = string | number | boolean | null;

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
  /** Has no button that sorts by it. */
  isUnsorted?: boolean;
  /** Hidden on narrow screens. */
  isOptional?: boolean;
  /** Whole values in exported files, by the name of their field; the sort key under `id` if it is absent. */
  exported?: (row: Row) => Record<string, Exported>;
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

type TableOptions<Row> = {
  label: string;
  columns: Column<Row>[];
  rows: Row[];
  order?: SortOrder;
  sort?: (order: string) => void;
  rowClass?: (row: Row) => string;
};

export function table<Row>(options: TableOptions<Row>): HTMLElement {
  const { columns, order, sort } = options;
  const head = columns.map((column) => {
    const isSorted = order?.column === column.id;
    const isDescending = isSorted ? !order.isDescending : column.kind === "number";
    const canSort = sort !== undefined && !column.isUnsorted;
    const title = canSort
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
      { class: options.rowClass?.(row) || null },
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

/** Card with a table: its title, a sentence that says how it is calculated, and buttons that save it. */
export function tableCard<Row>(
  options: Omit<TableOptions<Row>, "label"> & {
    title: string;
    /** Number of rows in words. */
    count?: Child;
    /** Elements beside the title. */
    tools?: Child;
    about?: Child;
    /** Shown instead of a table without rows. */
    empty: Child;
    /** Rows of exported files, if they are more than those that are shown. */
    exportedRows?: Row[];
    id?: string;
  },
): HTMLElement {
  const { title, columns, rows } = options;
  const exported = options.exportedRows ?? rows;
  return h(
    "section",
    { class: "card", "aria-label": title, id: options.id ?? null },
    h(
      "div",
      { class: "bar" },
      h("h2", {}, title),
      options.tools,
      options.count ? h("span", { class: "count", "aria-live": "polite" }, options.count) : null,
      h("span", { class: "grow" }),
      exported.length > 0 ? exportButtons(title, columns, exported) : null,
    ),
    options.about ? h("p", { class: "table-about" }, options.about) : null,
    rows.length > 0 ? table({ ...options, label: title }) : h("p", { class: "no-data" }, options.empty),
  );
}

/** Buttons that save a table as CSV and as JSON, with the whole value of each cell. */
export function exportButtons<Row>(title: string, columns: Column<Row>[], rows: Row[]): HTMLElement {
  const file = title.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-");
  const records = () =>
    rows.map((row) => Object.assign({}, ...columns.map((column) => exportedValues(column, row))));
  const button = (name: string, save: () => void) =>
    h(
      "button",
      { type: "button", class: "chip", "aria-label": `${title} as ${name}`, on: { click: save } },
      name,
    );
  return h(
    "span",
    { class: "exports" },
    button("CSV", () => {
      const all: Record<string, Exported>[] = records();
      const header = Object.keys(all[0] ?? {});
      const values = all.map((record) => header.map((name) => record[name] ?? null));
      download(`${file}.csv`, "text/csv", formatCsv(header, values));
    }),
    button("JSON", () =>
      download(`${file}.json`, "application/json", `${JSON.stringify(records(), null, 2)}\n`),
    ),
  );
}

function exportedValues<Row>(column: Column<Row>, row: Row): Record<string, Exported> {
  return column.exported ? column.exported(row) : { [column.id]: column.key(row) };
}

/** Formats rows as comma-separated values. */
export function formatCsv(header: string[], rows: Exported[][]): string {
  // A spreadsheet would evaluate a text that starts like a formula; a name such as `@message` calls nothing.
  const cell = (value: Exported) => {
    const text = value === null ? "" : String(value);
    const isFormula = typeof value === "string" && /^\s*[=+\-\t\r＝＋－＠]|^\s*@(?![\w.]*$)/.test(text);
    const safe = isFormula ? `'${text}` : text;
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
