// Charts that suit the result of a query, decided by its values.

import type { QueryAnswer, QueryValue } from "../api-types";
import { formatCount } from "../format";

/** Values over time, one chart for each group of columns of similar size. */
export type TimeShape = {
  kind: "time";
  from: number;
  step: number;
  charts: { title: string; series: { name: string; values: (number | null)[] }[] }[];
  /** Series that are not drawn. */
  hidden: number;
};

/** One number for each name. */
export type BarShape = {
  kind: "bars";
  title: string;
  bars: { name: string; value: number }[];
  hidden: number;
};

export type ColumnKind = "number" | "time" | "text";

type Table = Pick<QueryAnswer, "columns" | "rows">;

/** Most buckets, series and bars of a chart. */
const [MAX_BUCKETS, MAX_SERIES, MAX_BARS] = [2000, 6, 20];
/** Columns whose maxima differ by a greater factor are in different charts. */
const SIMILAR = 20;

const TIME = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}$/;

/** Unix milliseconds of a time of a result, which is in UTC; null for another value. */
export function timeOf(value: QueryValue | undefined): number | null {
  if (typeof value !== "string" || !TIME.test(value)) return null;
  const ms = Date.parse(`${value.replace(" ", "T")}Z`);
  return Number.isNaN(ms) ? null : ms;
}

export function columnKinds({ columns, rows }: Table): ColumnKind[] {
  return columns.map((_, index) => {
    const values = rows.map((row) => row[index]).filter((value) => value !== null && value !== undefined);
    if (values.length > 0 && values.every((value) => typeof value === "number")) return "number";
    return values.length > 0 && values.every((value) => timeOf(value) !== null) ? "time" : "text";
  });
}

/** Text of a value, as a cell shows it. */
export function textOf(value: QueryValue | undefined): string {
  if (value === null || value === undefined) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** Chart that suits a result; null if none does. */
export function shapeOf(table: Table): TimeShape | BarShape | null {
  const kinds = columnKinds(table);
  const indexes = (kind: ColumnKind) => kinds.flatMap((one, index) => (one === kind ? [index] : []));
  const [numbers, times, texts] = [indexes("number"), indexes("time"), indexes("text")];
  if (table.rows.length < 2 || numbers.length === 0 || texts.length > 2) return null;
  const [time] = times;
  if (time !== undefined) return times.length === 1 ? timeShape(table, time, numbers, texts) : null;
  const [number] = numbers;
  return number === undefined || texts.length === 0 ? null : barShape(table, number, texts);
}

function timeShape(table: Table, time: number, numbers: number[], texts: number[]): TimeShape | null {
  const times = table.rows.map((row) => timeOf(row[time]));
  const bins = [...new Set(times)].filter((ms) => ms !== null).toSorted((a, b) => a - b);
  const [first, last] = [bins[0], bins.at(-1)];
  if (first === undefined || last === undefined) return null;
  const step = bins.reduce((common, ms) => greatestDivisor(common, ms - first), 0);
  // Bins begin at whole seconds; times of single events do not.
  if (step < 1000 || first % 1000 !== 0 || (last - first) / step >= MAX_BUCKETS) return null;
  const all = seriesOf(table, times, numbers, texts, { first, step, count: (last - first) / step + 1 });
  if (all === null) return null;
  const drawn = all.toSorted((a, b) => total(b.values) - total(a.values)).slice(0, MAX_SERIES);
  const shown = all.filter((series) => drawn.includes(series));
  return { kind: "time", from: first, step, charts: bySize(shown), hidden: all.length - shown.length };
}

type Series = { name: string; values: (number | null)[] };

/** Series of each number column and each combination of texts; null if two rows have the same place. */
function seriesOf(
  { columns, rows }: Table,
  times: (number | null)[],
  numbers: number[],
  texts: number[],
  { first, step, count }: { first: number; step: number; count: number },
): Series[] | null {
  const series = new Map<string, Series>();
  for (const [index, row] of rows.entries()) {
    const ms = times[index];
    if (ms === null || ms === undefined) continue;
    const group = texts.map((text) => textOf(row[text]) || "none").join(" · ");
    for (const number of numbers) {
      const column = columns[number] ?? "";
      const name = group === "" ? column : numbers.length === 1 ? group : `${group} · ${column}`;
      const key = JSON.stringify([group, number]);
      const one = series.get(key) ?? { name, values: Array<number | null>(count).fill(null) };
      series.set(key, one);
      const at = (ms - first) / step;
      const value = row[number];
      if (one.values[at] !== null) return null;
      one.values[at] = typeof value === "number" ? value : null;
    }
    // A chart of so many groups would say nothing, and the arrays would fill the memory.
    if (series.size > 200) return null;
  }
  return [...series.values()];
}

function bySize(series: Series[]): TimeShape["charts"] {
  const most = (one: Series) => Math.max(...one.values.map((value) => Math.abs(value ?? 0)));
  const groups: Series[][] = [];
  for (const one of series) {
    const [size, similar] = [most(one), groups.find((group) => isSimilar(most(group[0] ?? one), most(one)))];
    if (similar && size > 0) similar.push(one);
    else groups.push([one]);
  }
  return groups.map((group) => ({ title: group.map(({ name }) => name).join(", "), series: group }));
}

function isSimilar(a: number, b: number): boolean {
  return Math.max(a, b) <= Math.min(a, b) * SIMILAR;
}

function barShape({ columns, rows }: Table, number: number, texts: number[]): BarShape | null {
  const all = rows.map((row) => ({
    name: texts.map((text) => textOf(row[text]) || "none").join(" · "),
    value: row[number],
  }));
  const bars = all.filter((bar): bar is { name: string; value: number } => typeof bar.value === "number");
  const areNames =
    new Set(bars.map(({ name }) => name)).size === bars.length &&
    bars.every(({ name }) => name.length <= 120);
  if (bars.length < 2 || !areNames || bars.some(({ value }) => value < 0)) return null;
  return {
    kind: "bars",
    title: `${columns[number]} by ${texts.map((text) => columns[text]).join(", ")}`,
    bars: bars.slice(0, MAX_BARS),
    hidden: Math.max(bars.length - MAX_BARS, 0),
  };
}

function total(values: (number | null)[]): number {
  return values.reduce<number>((sum, value) => sum + Math.abs(value ?? 0), 0);
}

function greatestDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestDivisor(b, a % b);
}

/** Number of a result: whole from 1,000, else with up to four significant digits. */
export function formatNumber(value: number): string {
  if (Math.abs(value) >= 1000) return formatCount(Math.round(value));
  return String(Number(value.toPrecision(4)));
}
