// Columns that several tables of the insight have.

import type { FunctionName } from "../api";
import { nameLink } from "../cut-name";
import { type Child, h } from "../dom";
import { formatBytes, formatCount, formatUsd } from "../format";
import type { Route } from "../route";
import type { Column } from "../table";

type Numbers<Row> = {
  id: string;
  title: string;
  tip: string;
  value: (row: Row) => number | null;
};

export function functionColumn<Row extends FunctionName>(route: Route): Column<Row> {
  return {
    id: "function",
    title: "Function",
    tip: "Function name; leads to its page.",
    kind: "text",
    key: (row) => row.function,
    cell: (row) => nameLink(row.function, route.toFunction(row)),
    exported: (row) => ({ function: row.function, account: row.account, region: row.region }),
  };
}

/** Column of numbers, with a text for each. */
export function numberColumn<Row>(
  { id, title, tip, value }: Numbers<Row>,
  text: (value: number | null) => Child,
): Column<Row> {
  return { id, title, tip, kind: "number", key: value, cell: (row) => text(value(row)) };
}

export function countColumn<Row>(column: Numbers<Row>): Column<Row> {
  return numberColumn(column, (value) =>
    value === 0 ? h("span", { class: "zero" }, "0") : formatCount(value),
  );
}

export function usdColumn<Row>(column: Numbers<Row>): Column<Row> {
  return numberColumn(column, (value) =>
    value === 0 ? h("span", { class: "zero" }, "$0") : formatUsd(value),
  );
}

export function bytesColumn<Row>(column: Numbers<Row>): Column<Row> {
  return numberColumn(column, (value) => (value === null ? "—" : formatBytes(value)));
}

/** Text that is shown in full in a narrow column. */
export function textCell(...content: Child[]): HTMLElement {
  return h("span", { class: "prose" }, content);
}
