// Cost by tenant, version and other dimensions.

import type { CostBy } from "../api-types";
import { shareBar } from "../components";
import { nameLink } from "../cut-name";
import { type Child, h } from "../dom";
import { formatCount, formatCounted, formatPercent, formatUsd, UNKNOWN } from "../format";
import type { Route } from "../route";
import { type Column, tableCard } from "../table";
import { countColumn, usdColumn } from "./insight-columns";
import type { PageContext } from "./loader";

/** Share of the cost without a value from which on it is said first, in percent. */
const LARGE_PCT = 20;

type Row = {
  kind: "value" | "none" | "other";
  value: string;
  invocations: number | null;
  errors: number | null;
  cost_usd: number | null;
};

/** Name of a dimension in a sentence. */
function nameOf(dimension: string): string {
  return dimension.replace(/^field:/, "field ").replace(/^emf:/, "metric dimension ");
}

/** Rows of the table: the runs without a value first if their share is large, else after the values. */
export function costRows(by: CostBy): Row[] {
  const values = by.rows.map((row): Row => ({ kind: "value", ...row }));
  const none: Row = {
    kind: "none",
    value: "unknown",
    invocations: by.none_invocations,
    errors: null,
    cost_usd: by.none_cost_usd,
  };
  const other: Row = {
    kind: "other",
    value: `${formatCounted(by.other_values, "other value")}`,
    invocations: null,
    errors: null,
    cost_usd: by.other_cost_usd,
  };
  const rest = by.other_values > 0 ? [other] : [];
  if (by.none_invocations === 0) return [...values, ...rest];
  return isNoneLarge(by) ? [none, ...values, ...rest] : [...values, ...rest, none];
}

function isNoneLarge({ none_cost_usd: none, total_cost_usd: total }: CostBy): boolean {
  return none !== null && total !== null && none * 100 > total * LARGE_PCT;
}

function isMostlyNone({ none_cost_usd: none, total_cost_usd: total }: CostBy): boolean {
  return none !== null && total !== null && none * 2 > total;
}

function about(by: CostBy): Child {
  const name = nameOf(by.dimension);
  const share =
    by.none_cost_usd !== null && by.total_cost_usd
      ? ` (${formatPercent(by.none_cost_usd, by.total_cost_usd)} of the cost)`
      : "";
  const none =
    by.none_invocations > 0
      ? `${formatCounted(by.none_invocations, "run")}${share} name no ${name}: unknown, never divided among the others.`
      : `Every run names a ${name}.`;
  if (by.values === 0)
    return `No run names a ${name}: where the cost of ${formatUsd(by.total_cost_usd)} belongs is unknown.`;
  const several =
    by.several_invocations > 0
      ? ` ${formatCounted(by.several_invocations, "run")} with several values count in each of their rows; their cost is divided equally.`
      : "";
  const unpriced =
    by.unpriced_invocations > 0
      ? ` ${formatCounted(by.unpriced_invocations, "run")} without a known price are in no cost.`
      : "";
  return [
    isNoneLarge(by)
      ? h("b", { class: "bad" }, isMostlyNone(by) ? "Mostly unknown. " : "Partly unknown. ")
      : null,
    `The cost of each run goes to its ${name}; all rows together are ${formatUsd(by.total_cost_usd)}. ${none}${several}${unpriced}`,
  ];
}

function valueCell({ kind, value }: Row, dimension: string, route: Route): Child {
  if (kind !== "value") return h("span", { class: "u" }, value);
  if (dimension === "function") return nameLink(value, route.to("/function", { name: value }));
  const colon = value.lastIndexOf(":");
  if (dimension === "version" && colon > 0) {
    const [name, version] = [value.slice(0, colon), value.slice(colon + 1)];
    return [nameLink(name, route.to("/function", { name })), h("span", { class: "u" }, version)];
  }
  return h("bdi", { class: "name" }, value);
}

export function costByTable(by: CostBy, { route }: PageContext): HTMLElement {
  const name = nameOf(by.dimension);
  const columns: Column<Row>[] = [
    {
      id: "value",
      title: name.charAt(0).toUpperCase() + name.slice(1),
      tip: `Value of the ${name}.`,
      kind: "text",
      key: (row) => row.value,
      cell: (row) => valueCell(row, by.dimension, route),
      exported: (row) => ({ kind: row.kind, value: row.kind === "none" ? null : row.value }),
    },
    countColumn({
      id: "invocations",
      title: "Invocations",
      tip: "Runs with this value; one with several values counts in each.",
      value: (row) => row.invocations,
    }),
    countColumn({ id: "errors", title: "Errors", tip: "Failed runs.", value: (row) => row.errors }),
    usdColumn({
      id: "cost_usd",
      title: "Cost",
      tip: "List price of requests and GB-seconds.",
      value: (row) => row.cost_usd,
    }),
    {
      id: "share",
      title: "Share",
      tip: "Share of the cost of all runs.",
      kind: "number",
      key: (row) => row.cost_usd,
      cell: (row) => shareBar(row.cost_usd, by.total_cost_usd),
      exported: () => ({}),
    },
    {
      id: "each",
      title: "Per million",
      tip: "Cost of one million of these runs.",
      kind: "number",
      key: (row) => row.cost_usd,
      cell: (row) =>
        row.cost_usd === null || !row.invocations
          ? UNKNOWN
          : formatUsd((row.cost_usd / row.invocations) * 1e6),
      exported: () => ({}),
      isOptional: true,
    },
  ];
  const shown = by.rows.length;
  return tableCard({
    title: `Cost by ${name}`,
    columns,
    rows: costRows(by),
    count:
      by.values > shown
        ? `${formatCount(shown)} of ${formatCounted(by.values, "value")}`
        : formatCounted(by.values, "value"),
    about: about(by),
    rowClass: (row) => (row.kind === "value" ? "" : "rest"),
    empty: "No runs in this range.",
  });
}

/** Field that chooses the dimensions. */
export function dimensionForm({ route, navigate }: PageContext): HTMLElement {
  const input = h("input", {
    id: "by",
    name: "by",
    class: "field",
    type: "search",
    list: "dimensions",
    placeholder: "tenant, field:customer.plan",
    "aria-label": "Dimensions of the cost, with commas between them",
    value: route.text("by"),
    autocomplete: "off",
    spellcheck: "false",
  });
  const form = h(
    "form",
    { class: "dimension-form" },
    h("label", { for: "by" }, "Divide the cost by"),
    input,
    h(
      "datalist",
      { id: "dimensions" },
      ["tenant", "version", "function", "day", "field:", "emf:"].map((value) => h("option", { value })),
    ),
    h("button", { class: "chip" }, "Show"),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    input.defaultValue = input.value;
    navigate(route.with({ by: input.value.trim() }));
  });
  return form;
}
