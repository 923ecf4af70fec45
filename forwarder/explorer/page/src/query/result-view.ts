// Result of a query: its numbers, charts, table, and ways to take it along.

import type { NamedQuery, QueryAnswer, QueryLink, QueryValue } from "../api-types";
import { chart } from "../chart";
import { emptyState } from "../components";
import { copyButton } from "../copy";
import { type Child, h } from "../dom";
import { formatCount, formatCounted, formatDuration } from "../format";
import { renderText } from "../message";
import type { Route } from "../route";
import { type Column, download, formatCsv, type SortOrder, sortRows, table } from "../table";
import { type BarShape, columnKinds, formatNumber, shapeOf, type TimeShape, textOf } from "./result-shape";

type Options = {
  route: Route;
  zoom: (since: number, until: number) => void;
  /** Chart that a named query asks for. */
  wanted: NamedQuery["chart"] | undefined;
  /** Command that runs the query in a terminal. */
  command: string;
  /** Runs the query again for more rows; absent if there are no more. */
  more: (() => void) | undefined;
};

export function resultView(answer: QueryAnswer, options: Options): HTMLElement[] {
  const shape = options.wanted === "table" ? null : shapeOf(answer);
  const rows = answer.rows.length > 0 ? resultTable(answer, options.route) : noRows();
  return [
    heading(answer, options),
    ...remarks(answer),
    ...(shape?.kind === "time" ? [timeCharts(shape, options)] : []),
    ...(shape?.kind === "bars" ? [barChart(shape)] : []),
    rows,
  ];
}

function noRows(): HTMLElement {
  return emptyState(
    "No rows",
    h("p", {}, "No log event in this range matches. Try a longer range, or fewer conditions."),
  );
}

function heading(answer: QueryAnswer, { command, more }: Options): HTMLElement {
  const count = answer.rows.length;
  const rows =
    answer.rows_before_limit > count
      ? `first ${formatCount(count)} of ${formatCounted(answer.rows_before_limit, "row")}`
      : formatCounted(count, "row");
  // SQL on the tables of invocations reads no events.
  const read = answer.events > 0 ? `${formatCounted(answer.events, "event")} read in ` : "";
  return h(
    "div",
    { class: "result-head" },
    h("h2", {}, "Result"),
    h("p", { class: "count", role: "status" }, `${rows} · ${read}${formatDuration(answer.elapsed_ms)}`),
    more ? h("button", { type: "button", class: "chip", on: { click: more } }, "Load up to 10,000") : null,
    h("span", { class: "grow" }),
    copyButton("Copy link", () => location.href),
    copyButton("Copy command", () => command),
    h("button", { type: "button", class: "chip", on: { click: () => downloadCsv(answer) } }, "CSV"),
    h("button", { type: "button", class: "chip", on: { click: () => downloadJson(answer) } }, "JSON"),
  );
}

function remarks({ partial, notes }: QueryAnswer): HTMLElement[] {
  if (partial === null && notes.length === 0) return [];
  return [
    h(
      "ul",
      { class: "remarks" },
      partial
        ? h("li", { class: "partial" }, h("b", {}, "The result is not complete. "), partial.message)
        : null,
      notes.map((note) => h("li", {}, note)),
    ),
  ];
}

const COLOURS = ["accent", "blue", "amber", "violet", "red", "ink3"];

function timeCharts({ from, step, charts, hidden }: TimeShape, { zoom }: Options): HTMLElement {
  const cards = charts.map(({ title, series }) => {
    const values = series.flatMap((one) => one.values.filter((value) => value !== null));
    const areCounts = series.length === 1 && values.every((value) => Number.isInteger(value) && value >= 0);
    return chart({
      title: series.length > 1 ? "Over time" : title,
      tip: `${title}, per interval. Drag to zoom.`,
      value:
        hidden > 0 ? `${formatCount(hidden)} more in the table` : `max ${formatNumber(Math.max(...values))}`,
      from,
      step,
      format: formatNumber,
      zoom,
      height: 168,
      series: series.map(({ name, values }, index) => ({
        name,
        values,
        colour: COLOURS[index % COLOURS.length] ?? "accent",
        shape: areCounts ? "bars" : "line",
      })),
    });
  });
  return h("div", { class: cards.length > 1 ? "charts two" : "charts" }, cards);
}

function barChart({ title, bars, hidden }: BarShape): HTMLElement {
  const most = Math.max(...bars.map(({ value }) => value), 0);
  const items = bars.map(({ name, value }) => {
    const bar = h("i", {});
    bar.style.width = `${most === 0 ? 0 : (value / most) * 100}%`;
    return h(
      "li",
      {},
      h("span", { class: "bar-name", title: name }, renderText(name)),
      h("span", { class: "bar-line", "aria-hidden": "true" }, bar),
      h("span", { class: "r" }, formatNumber(value)),
    );
  });
  const rest = hidden > 0 ? h("b", {}, `${formatCount(hidden)} more in the table`) : null;
  return h(
    "section",
    { class: "card chart", "aria-label": title },
    h("h3", {}, h("span", {}, title), rest),
    h("ol", { class: "bars" }, items),
  );
}

type Row = { values: QueryValue[]; link: QueryLink | null };

/** Rows that are shown at once, and added by each press of the button. */
const PAGE = 200;

function resultTable(answer: QueryAnswer, route: Route): HTMLElement {
  const kinds = columnKinds(answer);
  const columns = answer.columns.map(
    (title, index): Column<Row> => ({
      id: String(index),
      title,
      tip: `Sort by ${title}`,
      kind: kinds[index] === "number" ? "number" : "text",
      key: ({ values }) => sortKey(values[index]),
      cell: ({ values }) => cell(values[index]),
    }),
  );
  const rows = answer.rows.map((values, index) => ({ values, link: answer.links[index] ?? null }));
  const shown = rows.some(({ link }) => link) ? [linkColumn(route), ...columns] : columns;
  const card = h("section", { class: "card result-table", "aria-label": "Rows" });
  let order: SortOrder = { column: "", isDescending: false };
  let count = PAGE;
  const render = (focused: string) => {
    const sorted = sortRows(rows, columns, order);
    const sort = (text: string) => {
      order = { column: text.replace("-", ""), isDescending: !text.startsWith("-") };
      render(`sort-${order.column}`);
    };
    const scrolled = card.firstElementChild?.scrollLeft ?? 0;
    const grid = table({ label: "Rows", columns: shown, rows: sorted.slice(0, count), order, sort });
    card.replaceChildren(grid, ...moreRows());
    grid.scrollLeft = scrolled;
    if (focused) document.getElementById(focused)?.focus();
  };
  const moreRows = () => {
    if (rows.length <= count) return [];
    const show = () => {
      count += PAGE;
      render(rows.length > count ? "more-rows" : "");
    };
    const text = `Show ${formatCount(Math.min(PAGE, rows.length - count))} more rows`;
    const button = h("button", { type: "button", id: "more-rows", class: "chip", on: { click: show } }, text);
    return [
      h("p", { class: "foot" }, `${formatCount(count)} of ${formatCounted(rows.length, "row")}. `, button),
    ];
  };
  render("");
  return card;
}

function sortKey(value: QueryValue | undefined): number | string | null {
  return value === null || value === undefined ? null : typeof value === "number" ? value : textOf(value);
}

function linkColumn(route: Route): Column<Row> {
  return {
    id: "link",
    title: "Open",
    tip: "The log line or the invocation that the row stands for.",
    kind: "text",
    key: () => null,
    cell: ({ link }) => h("span", { class: "row-links" }, link ? links(link, route) : null),
  };
}

function links({ place, request_id: request }: QueryLink, route: Route): Child {
  return [
    place === null ? null : h("a", { href: route.to("/logs", { around: place }) }, "line"),
    request === null ? null : h("a", { href: route.to("/invocation", { request }) }, "invocation"),
  ];
}

/** Longest text of a cell that is shown as a whole. */
const CUT = 90;
/** Longest text whose direction is found by the browser: for a megabyte it takes seconds. */
const MAX_DIRECTED = 20_000;

function cell(value: QueryValue | undefined): Child {
  if (value === null || value === undefined) return h("span", { class: "zero" }, "—");
  const text = textOf(value);
  if (typeof value === "number") return h("span", { title: text }, formatCell(value));
  const line = text.trimEnd();
  if (line.length <= CUT && !line.includes("\n")) return h("span", { dir: "auto" }, renderText(line));
  const beginning = line
    .slice(0, CUT)
    .replace(/[\ud800-\udbff]$/, "")
    .replaceAll(/\s+/g, " ");
  const short = h("span", { dir: "auto" }, renderText(beginning), "…");
  const more = h("button", { type: "button", class: "cut" });
  const shell = h("span", { class: "cut-cell" }, more, short);
  const show = (isOpen: boolean) => {
    more.textContent = isOpen ? "▾" : "▸";
    more.setAttribute("aria-expanded", String(isOpen));
    more.setAttribute("aria-label", isOpen ? "Show the beginning only" : "Show the whole text");
    const direction = line.length <= MAX_DIRECTED ? "auto" : null;
    const whole = () => h("pre", { class: "whole-cell", dir: direction, tabindex: 0 }, renderText(line));
    shell.lastElementChild?.replaceWith(isOpen ? whole() : short);
  };
  show(false);
  more.addEventListener("click", () => show(more.getAttribute("aria-expanded") !== "true"));
  return shell;
}

/** A number with up to four decimals; the title of its cell has all of them. */
function formatCell(value: number): string {
  if (Number.isInteger(value)) return String(value);
  return String(Number(Math.abs(value) < 1 ? value.toPrecision(4) : value.toFixed(4)));
}

function downloadCsv({ columns, rows }: QueryAnswer): void {
  const cells = rows.map((row) =>
    columns.map((_, index) => {
      const value = row[index];
      return typeof value === "number" ? value : textOf(value);
    }),
  );
  download("query.csv", "text/csv", formatCsv(columns, cells));
}

/** One object per row; a value that a row lacks has no member, as in `tailwater query --format json`. */
function downloadJson({ columns, rows }: QueryAnswer): void {
  const objects = rows.map((row) =>
    Object.fromEntries(
      columns.map((name, index) => [name, row[index]] as const).filter(([, value]) => value !== null),
    ),
  );
  download("query.json", "application/json", `${JSON.stringify(objects, null, 2)}\n`);
}
