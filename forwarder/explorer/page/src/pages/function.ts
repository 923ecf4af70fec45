// One function: how long, how cold, how full, how often wrong, what it cost, and what each version changed.

import { ask, type ErrorGroup, type FunctionRow, type Invocation, type Series, type Spending, type Summary, type Version } from "../api";
import { chart, type Mark } from "../chart";
import { h, type Child } from "../dom";
import { clock, count, dollars, duration, moment, percent, said, UNKNOWN } from "../format";
import { empty, looks, share, stat, status as badge, time, unit } from "../show";
import { table, type Column } from "../table";
import { COST } from "./functions";
import { errorList } from "./errors";
import type { Context, Load } from "./page";

export const oneFunction: Load = async (context) => {
  const { place, status, signal } = context;
  const range = place.range(status);
  const which = { function: place.text("name"), account: place.text("account"), region: place.text("region") };
  const query = { ...range, ...which };
  const [summary, series, cost, errors, slowest, failed] = await Promise.all([
    ask<Summary>("summary", range, signal),
    ask<Series>("series", { ...query, buckets: 100 }, signal),
    ask<{ functions: Spending[] }>("cost", query, signal),
    ask<{ errors: ErrorGroup[]; total: number }>("errors", { ...range, function: which.function, account: which.account, limit: 20 }, signal),
    ask<{ invocations: Invocation[] }>("invocations", { ...query, order: "slowest", limit: 10 }, signal),
    ask<{ invocations: Invocation[] }>("invocations", { ...query, outcome: "failed", limit: 10 }, signal),
  ]);
  const row = summary.functions.find((row) => row.function === which.function && fits(which.account, row.account) && fits(which.region, row.region));
  const title = which.function || "Function";
  if (!row) return { title, nav: "/", content: [missing(context, title)] };
  const marks = deployments(row, range.since);
  return {
    title,
    nav: "/",
    content: [
      heading(row),
      strip(row),
      ...[looks(summary, place, row.function)].filter((node): node is HTMLElement => node instanceof Node),
      h("div", { class: "charts two" }, charts(row, series, cost.functions[0], marks, context)),
      versions(row, cost.functions[0], context),
      errorList("Errors", errors, context, { inFunction: true, newest: row.by_version.at(-1)?.version ?? "" }),
      h("div", { class: "charts two lists" }, invocations("Slowest invocations", slowest.invocations, context), invocations("Failed invocations", failed.invocations, context)),
    ],
  };
};

function fits(wanted: string, value: string | null): boolean {
  return wanted === "" || wanted === value;
}

function missing({ place }: Context, title: string): HTMLElement {
  return empty(`${title} did not run in this range`, h("p", {}, h("a", { href: place.with({ since: null, until: null, range: null }) }, "Look in all of it"), ", or go back to ", h("a", { href: place.to("/") }, "all functions"), "."));
}

function heading(row: FunctionRow): HTMLElement {
  const newest = row.by_version.at(-1);
  const facts = [
    row.region,
    row.account,
    row.arch_assumed ? `${row.arch} (assumed)` : row.arch,
    row.memory_mb === null ? null : `${count(row.memory_mb)} MB`,
    row.runtime,
    newest ? `version ${newest.version} since ${clock(newest.first_start_ms, row.last_start_ms)}` : null,
  ];
  return h("div", { class: "title" }, h("h1", {}, row.function), h("p", {}, facts.filter((fact) => fact !== null).join(" · ")));
}

function strip(row: FunctionRow): HTMLElement {
  return h(
    "dl",
    { class: "strip" },
    stat("Invocations", count(row.invocations), null, "Runs: one for each REPORT line in the logs."),
    stat("Errors", percent(row.errors, row.invocations), count(row.errors), "Failed runs as AWS counts them.", row.errors * 100 >= row.invocations && row.errors > 0),
    row.timeouts > 0 && stat("Timeouts", count(row.timeouts), null, "Failed runs that took longer than the function may."),
    row.out_of_memory > 0 && stat("Out of memory", count(row.out_of_memory), null, "Failed runs that needed more memory than the function has."),
    stat("Avg", said(duration(row.duration_ms.avg)), null, "What the handler took on average."),
    stat("p95", said(duration(row.duration_ms.p95)), `p99 ${said(duration(row.duration_ms.p99))}`, "95 of 100 runs took no longer than this."),
    stat("Cold starts", percent(row.cold_starts, row.invocations), row.init_ms.avg === null ? null : `avg ${said(duration(row.init_ms.avg))}`, "Runs that waited for their environment to initialise."),
    stat("Cost", dollars(row.cost_usd), row.cost_unknown, COST),
    stat("of it, cold starts", dollars(row.cold_start_cost_usd), null, "The part of the cost that paid for initialising."),
    stat("of it, failures", dollars(row.failure_cost_usd), null, "The part of the cost that paid for runs that failed."),
  );
}

/** Where versions begin, but for the one that everything begins with. */
function deployments(row: FunctionRow, since: number | null): Mark[] {
  const later = row.by_version.slice(1).concat(since === null ? [] : row.by_version.slice(0, 1).filter((version) => version.first_start_ms > since + 60_000));
  return later.map((version) => ({ time: version.first_start_ms, text: version.version === "$LATEST" ? version.version : `v${version.version}` }));
}

function charts(row: FunctionRow, series: Series, spending: Spending | undefined, marks: Mark[], { zoom }: Context): HTMLElement[] {
  const common = { from: series.from_ms, step: series.step_ms, marks, zoom, height: 168 };
  const ms = (value: number) => said(duration(value));
  const megabytes = (value: number) => `${count(Math.round(value))} MB`;
  const { duration_ms: all, cold_duration_ms: cold, warm_duration_ms: warm } = series;
  const size = row.memory_mb;
  return [
    chart({
      ...common,
      title: "Duration",
      tip: "What the handler took: p50, p90 and p99 of the runs in each step, and the longest one.",
      value: `p99 ${said(duration(row.duration_ms.p99))}`,
      format: ms,
      lines: [
        { name: "p100", values: all.max, colour: "ink3", shape: "line", dash: true },
        { name: "p99", values: all.p99, colour: "amber", shape: "line" },
        { name: "p90", values: all.p90, colour: "blue", shape: "line" },
        { name: "p50", values: all.p50, colour: "accent", shape: "line" },
      ],
    }),
    chart({
      ...common,
      title: "Cold against warm",
      tip: "The 95th percentile of runs that had to wait for their environment, the waiting included, beside that of all others.",
      value: row.cold_starts + row.restores > 0 ? `${percent(row.cold_starts + row.restores, row.invocations)} cold` : "none cold",
      format: ms,
      lines: [
        { name: "cold p95", values: cold.p95, colour: "violet", shape: "line" },
        { name: "warm p95", values: warm.p95, colour: "accent", shape: "line" },
      ],
    }),
    chart({
      ...common,
      title: "Memory used",
      tip: "The most memory that a run used in each step, against what the function has.",
      value: size === null ? UNKNOWN : `${percent(row.max_memory_mb ?? 0, size)} of ${count(size)} MB`,
      format: megabytes,
      lines: [
        { name: "size", values: series.memory_mb, colour: "red", shape: "line", dash: true },
        { name: "most used", values: series.max_memory_mb, colour: "accent", shape: "area" },
      ],
    }),
    chart({
      ...common,
      title: "Errors and timeouts",
      tip: "Failed runs in each step; timeouts are a part of them.",
      value: h("span", { class: row.errors > 0 ? "bad" : null }, count(row.errors)),
      format: count,
      lines: [
        { name: "errors", values: series.errors, colour: "red", shape: "bars" },
        { name: "timeouts", values: series.timeouts, colour: "amber", shape: "bars" },
      ],
    }),
    chart({ ...common, title: "Invocations", tip: "Runs that ended in each step, and those of them that waited for their environment.", value: count(row.invocations), format: count, lines: [{ name: "invocations", values: series.invocations, colour: "accent", shape: "area" }, { name: "cold", values: series.cold_starts, colour: "violet", shape: "bars" }] }),
    costByDay(row, spending, common),
  ];
}

const DAY = 86_400_000;

function costByDay(row: FunctionRow, spending: Spending | undefined, common: { marks: Mark[]; zoom: (since: number, until: number) => void; height: number }): HTMLElement {
  const days = spending?.days ?? [];
  const [first, last] = [days[0]?.day_ms ?? 0, days.at(-1)?.day_ms ?? 0];
  const all = Array.from({ length: Math.max(Math.round((last - first) / DAY) + 1, 1) }, (_, index) => days.find((day) => day.day_ms === first + index * DAY));
  return chart({
    ...common,
    marks: [],
    from: first,
    step: DAY,
    title: "Cost by day",
    tip: `${COST} Days begin at midnight UTC.`,
    value: dollars(row.cost_usd),
    format: dollars,
    lines: [
      { name: "cost", values: all.map((day) => day?.cost_usd ?? null), colour: "accent", shape: "bars" },
      { name: "cold starts", values: all.map((day) => day?.cold_start_cost_usd ?? null), colour: "violet", shape: "bars" },
    ],
  });
}

type VersionRow = Version & { before: Version | undefined; spending: Spending["versions"][number] | undefined };

function versions(row: FunctionRow, spending: Spending | undefined, { place }: Context): HTMLElement {
  const rows = row.by_version.map((version, index): VersionRow => ({ ...version, before: row.by_version[index - 1], spending: spending?.versions.find((one) => one.version === version.version) }));
  const reference = row.last_start_ms;
  const [from, to] = [Math.min(...rows.map((one) => one.first_start_ms)), Math.max(...rows.map((one) => one.last_start_ms))];
  const columns: Column<VersionRow>[] = [
    { id: "version", title: "Version", tip: "The version that ran, as the log stream names it.", kind: "text", key: (one) => one.version, cell: (one) => h("a", { class: "name", href: place.to("/logs", { function: row.function }) }, one.version) },
    { id: "life", title: "When it ran", tip: "From its first run to its last one in this range.", kind: "text", key: (one) => one.first_start_ms, cell: (one) => lifeline(one, from, to) },
    { id: "first", title: "First seen", tip: "Start of its first run.", kind: "number", key: (one) => one.first_start_ms, cell: (one) => h("span", { title: moment(one.first_start_ms) }, clock(one.first_start_ms, reference)) },
    { id: "invocations", title: "Invocations", tip: "Its runs.", kind: "number", key: (one) => one.invocations, cell: (one) => count(one.invocations) },
    { id: "errors", title: "Errors", tip: "Those that failed, and how the share changed against the version before.", kind: "number", key: (one) => one.errors, cell: (one) => [share(one.errors, one.invocations, one.errors * 100 >= one.invocations), change(one.before && one.before.errors / one.before.invocations, one.errors / one.invocations, 0.005)] },
    { id: "p50", title: "p50", tip: "Half of its runs took no longer.", kind: "number", key: (one) => one.duration_ms.p50, cell: (one) => time(one.duration_ms.p50) },
    { id: "p95", title: "p95", tip: "95 of 100 of its runs took no longer; and how that changed against the version before.", kind: "number", key: (one) => one.duration_ms.p95, cell: (one) => [time(one.duration_ms.p95), change(one.before?.duration_ms.p95 ?? undefined, one.duration_ms.p95 ?? undefined, 0)] },
    { id: "cost", title: "Cost", tip: COST, kind: "number", key: (one) => one.spending?.cost_usd ?? null, cell: (one) => dollars(one.spending?.cost_usd) },
    { id: "each", title: "Cost per million", tip: "What a million runs of this version would cost.", kind: "number", key: (one) => one.spending?.cost_usd ?? null, cell: (one) => (one.spending?.cost_usd ? dollars((one.spending.cost_usd / one.spending.invocations) * 1e6) : UNKNOWN) },
  ];
  return h("section", { class: "card", "aria-label": "Versions" }, h("div", { class: "bar" }, h("h2", {}, "Versions"), h("span", { class: "count" }, rows.length === 1 ? "1 version" : `${rows.length} versions`)), table({ label: "Versions", columns, rows: rows.toReversed() }));
}

function lifeline(version: Version, from: number, to: number): HTMLElement {
  const bar = h("i", {});
  const whole = Math.max(to - from, 1);
  bar.style.left = `${((version.first_start_ms - from) / whole) * 100}%`;
  bar.style.width = `${Math.max(((version.last_start_ms - version.first_start_ms) / whole) * 100, 1)}%`;
  return h("span", { class: "life", role: "img", "aria-label": `from ${moment(version.first_start_ms)} to ${moment(version.last_start_ms)}` }, bar);
}

/** How something changed from one version to the next, where it did by more than a tenth. */
function change(before: number | undefined, after: number | undefined, least: number): Child {
  if (before === undefined || after === undefined || !Number.isFinite(before) || Math.abs(after - before) < least) return null;
  const ratio = before === 0 ? Infinity : after / before;
  if (ratio > 0.9 && ratio < 1.1) return null;
  const text = ratio === Infinity ? "new" : ratio >= 10 ? `× ${Math.round(ratio)}` : ratio > 1 ? `+${Math.round((ratio - 1) * 100)} %` : `−${Math.round((1 - ratio) * 100)} %`;
  return h("span", { class: ratio > 1 ? "change bad" : "change good" }, text);
}

function invocations(title: string, rows: Invocation[], { place }: Context): HTMLElement {
  const reference = rows[0]?.time_ms ?? 0;
  const columns: Column<Invocation>[] = [
    { id: "time", title: "When", tip: "When it ended.", kind: "text", key: (one) => one.time_ms, cell: (one) => h("a", { class: "name", href: place.to("/invocation", { key: one.key }), title: moment(one.time_ms) }, clock(one.time_ms, reference)) },
    { id: "status", title: "Outcome", tip: "How it ended, and the type of its error.", kind: "text", key: (one) => one.status, cell: (one) => badge(one) },
    { id: "duration", title: "Duration", tip: "What the handler took.", kind: "number", key: (one) => one.duration_ms, cell: (one) => [time(one.duration_ms), one.start === "warm" ? null : unit(` ${one.start}`)] },
    { id: "memory", title: "Memory", tip: "What it used, of what the function has.", kind: "number", key: (one) => one.max_memory_mb, cell: (one) => [count(one.max_memory_mb), unit(` of ${count(one.memory_mb)} MB`)], spare: true },
    { id: "version", title: "Version", tip: "The version that ran.", kind: "number", key: (one) => one.version, cell: (one) => one.version || UNKNOWN },
  ];
  return h("section", { class: "card", "aria-label": title }, h("div", { class: "bar" }, h("h2", {}, title)), rows.length > 0 ? table({ label: title, columns, rows }) : h("p", { class: "nothing" }, "None in this range."));
}
