// Requests of a log search: lines, their number over time, and the values of fields.
//
// A search without conditions is answered by the endpoints of logs. Conditions are in the query language, so a search
// with them is a query.

import { fetchJson, type Query } from "../api";
import type { Facet, Line, LogHistogram, Logs, Parameters, QueryAnswer, QueryValue } from "../api-types";
import type { PageContext } from "../pages/loader";
import { textOf, timeOf } from "../query/result-shape";
import { conditionsOf, facetFields, withConditions } from "./conditions";

/** Page of lines; `next` continues the search. */
export type Found = Pick<Logs, "events" | "next" | "searched_to_ms">;

const PAGE = 100;
const MAX_ROWS = 10_000;

/** Filters of the address as parameters of the API. */
export function filters({ route, status }: PageContext): Query<Parameters["/api/v1/logs/export"]> {
  return {
    ...route.range(status),
    text: route.text("text"),
    function: route.text("function"),
    account: route.text("account"),
    region: route.text("region"),
    version: route.text("version"),
    level: route.text("level"),
    request_id: route.text("request"),
    trace_id: route.text("trace"),
  };
}

/** Requests the lines after the position `after`, or the newest ones if it is null. */
export async function fetchLines(context: PageContext, after: string | null): Promise<Found> {
  if (conditionsOf(context.route).length === 0)
    return fetchJson("/api/v1/logs", { ...filters(context), limit: PAGE, after }, context.signal);
  // The position is the number of lines before it.
  const shown = Number(after ?? 0);
  const limit = Math.min(shown + PAGE, MAX_ROWS);
  const columns = "display @timestamp, @message, @function, @version, @level, @type";
  const answer = await runConditions(
    context,
    [
      `${columns}, coalesce(@requestId, @invocation.id) as request, @logStream, @account`,
      "sort @timestamp desc",
    ],
    limit,
  );
  const events = answer.rows.flatMap((row, index) => lineOf(answer, row, index)).slice(shown);
  const hasMore = answer.rows.length === limit && limit < MAX_ROWS;
  return { events, next: hasMore ? String(limit) : null, searched_to_ms: null };
}

/** Runs the query of the filters and conditions with the commands `last`. */
async function runConditions(context: PageContext, last: string[], limit: number): Promise<QueryAnswer> {
  const { route, status, signal } = context;
  const q = withConditions(await queryOf(context), conditionsOf(route), last);
  return fetchJson("/api/v1/query", { q, ...route.range(status), limit }, signal);
}

/** Line of a row of a query; without the position of the row, which it always has, there is none. */
function lineOf({ columns, links }: QueryAnswer, row: QueryValue[], index: number): Line[] {
  const place = links[index]?.place;
  const value = (name: string) => row[columns.indexOf(name)] ?? null;
  const text = (name: string) => (value(name) === null ? null : textOf(value(name)));
  if (!place) return [];
  const line: Line = {
    place,
    time_ms: timeOf(value("@timestamp") ?? undefined) ?? 0,
    level: text("@level") as Line["level"],
    kind: (text("@type")?.toLowerCase() ?? "app") as Line["kind"],
    function: text("@function") ?? "",
    version: text("@version") ?? "",
    account: text("@account"),
    log_group: "",
    log_stream: text("@logStream") ?? "",
    request_id: text("request"),
    trace_id: null,
    part: null,
    additions: null,
    message: text("@message") ?? "",
    cut_from_bytes: null,
  };
  return [line];
}

/** Queries of the filters by their parameters. */
const queries = new Map<string, string>();

/** Query of the filters of the address, without its conditions. */
async function queryOf(context: PageContext): Promise<string> {
  const parameters = filters(context);
  const key = JSON.stringify(parameters);
  const known = queries.get(key);
  if (known !== undefined) return known;
  const { query } = await fetchJson("/api/v1/logs/histogram", { ...parameters, buckets: 2 }, context.signal);
  queries.clear();
  queries.set(key, query);
  return query;
}

const BUCKETS = 100;

/** Requests the number of lines over time by level, and the query that finds the lines. */
export async function fetchHistogram(context: PageContext): Promise<LogHistogram> {
  const { route, status, signal } = context;
  if (conditionsOf(route).length === 0)
    return fetchJson("/api/v1/logs/histogram", { ...filters(context), buckets: BUCKETS }, signal);
  const range = route.range(status);
  const since = range.since ?? status.first_ms ?? 0;
  const until = range.until ?? (status.last_ms ?? 0) + 1;
  const [step, period] = stepOf((until - since) / BUCKETS);
  const stats = `stats count(*) as n by bin(${period}) as time, @level as level`;
  const answer = await runConditions(context, [stats], MAX_ROWS);
  const query = await queryOf(context);
  return { ...histogramOf(answer, since, until, step), partial: answer.partial, query };
}

const SECOND = 1000;
const HOUR = 3_600 * SECOND;
/** Lengths of buckets that `bin` takes. */
const STEPS: [number, string][] = [
  ...[1, 5, 10, 30].map((n): [number, string] => [n * SECOND, `${n}s`]),
  ...[1, 5, 10, 30].map((n): [number, string] => [n * 60 * SECOND, `${n}m`]),
  ...[1, 3, 6, 12].map((n): [number, string] => [n * HOUR, `${n}h`]),
  [24 * HOUR, "1d"],
];

/** Shortest length of a bucket of at least `least` milliseconds, else a day. */
export function stepOf(least: number): [number, string] {
  return STEPS.find(([ms]) => ms >= least) ?? [24 * HOUR, "1d"];
}

/** Buckets of a whole range from rows of `time`, `level` and `n`. */
export function histogramOf(
  { columns, rows }: Pick<QueryAnswer, "columns" | "rows">,
  since: number,
  until: number,
  step: number,
): Pick<LogHistogram, "step_ms" | "from_ms" | "buckets" | "events"> {
  const from = Math.floor(since / step) * step;
  const count = Math.min(Math.max(Math.ceil((until - from) / step), 1), MAX_ROWS);
  const buckets: LogHistogram["buckets"] = Array.from({ length: count }, (_, index) => ({
    start_ms: from + index * step,
    levels: {},
  }));
  let events = 0;
  for (const row of rows) {
    const value = (name: string) => row[columns.indexOf(name)] ?? null;
    const ms = timeOf(value("time") ?? undefined);
    const n = Number(value("n") ?? 0);
    const bucket = ms === null ? undefined : buckets[(ms - from) / step];
    if (!bucket) continue;
    const level = (textOf(value("level")) || "NONE") as keyof typeof bucket.levels;
    bucket.levels[level] = (bucket.levels[level] ?? 0) + n;
    events += n;
  }
  return { step_ms: step, from_ms: from, buckets, events };
}

const MAX_VALUES = 10;

/** Requests the most frequent values of the fields of the address; `events` is the number of all lines. */
export async function fetchFacets(context: PageContext, events: number): Promise<Facet[]> {
  const { route, signal } = context;
  const fields = facetFields(route);
  if (conditionsOf(route).length === 0) {
    const answer = await fetchJson("/api/v1/logs/facets", { ...filters(context), field: fields }, signal);
    return answer.facets;
  }
  const facets: Facet[] = [];
  for (const field of fields) {
    const commands = [`stats count(*) as n by ${field} as value`, "sort n desc"];
    const answer = await runConditions(context, commands, MAX_VALUES + 1);
    facets.push(facetOf(field, answer, events));
  }
  return facets;
}

/** Facet from rows of `value` and `n`, the most frequent first. */
export function facetOf(
  field: string,
  { columns, rows }: Pick<QueryAnswer, "columns" | "rows">,
  events: number,
): Facet {
  const [ofValue, ofCount] = [columns.indexOf("value"), columns.indexOf("n")];
  const all = rows.map((row) => ({ value: row[ofValue] ?? null, count: Number(row[ofCount] ?? 0) }));
  const missing = all.find(({ value }) => value === null)?.count ?? 0;
  const values = all.filter(({ value }) => value !== null).slice(0, MAX_VALUES);
  const counted = values.reduce((sum, { count }) => sum + count, missing);
  return { field, values, missing, other: Math.max(events - counted, 0) };
}
