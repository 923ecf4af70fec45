// Page of one invocation: its log lines, its values, and the earlier lines of its environment.

import { fetchJson, RequestError } from "../api";
import type { Invocation, InvocationDetail } from "../api-types";
import { awsCommand } from "../aws-command";
import { emptyState, quantity, statusBadge, unit } from "../components";
import { copyButton } from "../copy";
import { toInvocations } from "../count-links";
import { type Child, h } from "../dom";
import {
  durationQuantity,
  formatBytes,
  formatClock,
  formatCount,
  formatCounted,
  formatDuration,
  formatExactTime,
  formatUsd,
} from "../format";
import { logLine } from "../log-line";
import { commandLine } from "../query/command-line";
import { quoteText } from "../query/named";
import type { Route } from "../route";
import { suggestions } from "../search/suggestions";
import { isError } from "./error-trace";
import type { Page, PageContext, PageLoader } from "./loader";

export const invocation: PageLoader = async (context) => {
  const { route, signal } = context;
  const query = { key: route.text("key"), request_id: route.text("request") };
  try {
    return pageOf(await fetchJson("/api/v1/invocation", query, signal), context);
  } catch (error) {
    const isUnknown = error instanceof RequestError && (error.problem.status ?? 0) < 500;
    if (!isUnknown) throw error;
    return unknownInvocation(query.request_id || query.key, context);
  }
};

/** Page about an id that no invocation has. */
async function unknownInvocation(id: string, context: PageContext): Promise<Page> {
  const { route } = context;
  const search = h("a", { href: route.to("/logs", { text: `"${id}"` }) }, "Search the log lines for it");
  const all = h("a", { href: route.to("/invocations") }, "show all invocations");
  return {
    title: "Unknown invocation",
    nav: "/invocations",
    content: [
      emptyState(
        "The store has no invocation with this id",
        h("p", {}, h("code", {}, id)),
        h("p", {}, search, " or ", all, "."),
        id === "" ? null : await suggestions(id, context),
      ),
    ],
  };
}

function pageOf(detail: InvocationDetail, { route, signal }: PageContext): Page {
  const { invocation } = detail;
  const start = Math.round(invocation.time_ms - (invocation.duration_ms ?? 0));
  const options = { route, signal, start, reference: invocation.time_ms };
  const lines = detail.lines.map((line) => logLine(line, { ...options, isOpen: isError(line) }));
  const earlier = detail.before.map((line) => logLine(line, options));
  return {
    title: `Invocation of ${invocation.function}`,
    nav: "/invocations",
    content: [
      heading(invocation, route),
      copyButtons(invocation),
      h(
        "div",
        { class: "split" },
        h("div", {}, log(lines), earlierLines(earlier)),
        h("aside", {}, details(invocation, route), otherAttempts(detail, route)),
      ),
    ],
  };
}

/** Buttons that copy ids, the address, and commands that find the same lines. */
function copyButtons(invocation: Invocation): HTMLElement {
  const { request_id, trace_id } = invocation;
  const query = [
    `filter @invocation.id = ${quoteText(request_id)}`,
    "fields @timestamp, @type, @level, @message",
    "sort @timestamp asc",
  ].join("\n| ");
  const link = () => `${location.origin}/invocation?key=${invocation.key}`;
  const aws = awsCommand(invocation);
  return h(
    "div",
    { class: "invocation-tools", role: "group", "aria-label": "Copy" },
    request_id ? copyButton("Copy request id", () => request_id) : null,
    trace_id ? copyButton("Copy trace id", () => trace_id) : null,
    copyButton("Copy link", link),
    request_id
      ? copyButton("Copy as query", () => commandLine(query, "insights", { since: null, until: null }))
      : null,
    aws ? copyButton("Copy as aws logs command", () => aws) : null,
  );
}

function heading(invocation: Invocation, route: Route): HTMLElement {
  return h(
    "div",
    { class: "title" },
    h("h1", {}, "Invocation"),
    h("p", {}, h("code", {}, invocation.request_id)),
    statusBadge(invocation),
    h(
      "p",
      {},
      "of ",
      h("a", { href: route.toFunction(invocation) }, invocation.function),
      `, ended ${formatExactTime(invocation.time_ms)}, `,
      h("a", { href: route.to("/request", { id: invocation.request_id }) }, "whole request"),
    ),
  );
}

function log(lines: HTMLElement[]): HTMLElement {
  const list = h("div", { class: "log" }, lines);
  const expandAll = h("button", { type: "button", class: "chip", "aria-pressed": "false" }, "Expand all");
  expandAll.addEventListener("click", () => {
    const isOpen = expandAll.getAttribute("aria-pressed") !== "true";
    expandAll.setAttribute("aria-pressed", String(isOpen));
    for (const line of list.querySelectorAll("details")) line.open = isOpen;
  });
  return h(
    "section",
    { class: "card", "aria-label": "Log" },
    h(
      "div",
      { class: "bar" },
      h("h2", {}, "Log"),
      h("span", { class: "count" }, formatCounted(lines.length, "line")),
      h("span", { class: "grow" }),
      expandAll,
    ),
    lines.length > 0 ? list : h("p", { class: "no-data" }, "The store has no log lines of this invocation."),
  );
}

function earlierLines(lines: HTMLElement[]): Child {
  if (lines.length === 0) return null;
  const title = "Earlier lines of the same environment";
  return h(
    "section",
    { class: "card before", "aria-label": title },
    h("div", { class: "bar" }, h("h2", {}, title)),
    h("div", { class: "log" }, lines),
  );
}

/** Link to all invocations that failed with the same error. */
function errorLink(invocation: Invocation, route: Route): Child {
  const { error_group } = invocation;
  if (!error_group) return null;
  const href = toInvocations(route, invocation, { group: error_group.id });
  return h(
    "a",
    { class: "count-link", href, title: "Show all invocations with this error" },
    error_group.title,
  );
}

function details(invocation: Invocation, route: Route): HTMLElement {
  const facts: [string, Child | null][] = [
    ["Duration", quantity(durationQuantity(invocation.duration_ms))],
    ["Billed", invocation.billed_ms === null ? null : [formatCount(invocation.billed_ms), unit(" ms")]],
    [
      "Init (cold start)",
      invocation.init_ms === null ? null : quantity(durationQuantity(invocation.init_ms)),
    ],
    [
      "Restore (SnapStart)",
      invocation.restore_ms === null ? null : quantity(durationQuantity(invocation.restore_ms)),
    ],
    [
      "Memory",
      invocation.max_memory_mb === null
        ? null
        : [formatCount(invocation.max_memory_mb), unit(` of ${formatCount(invocation.memory_mb)} MB`)],
    ],
    ["Cost", formatUsd(invocation.cost_usd)],
    ["Cold start cost", invocation.cold_start_cost_usd ? formatUsd(invocation.cold_start_cost_usd) : null],
    [
      "Response latency",
      invocation.response_latency_ms === null ? null : formatDuration(invocation.response_latency_ms),
    ],
    ["Response size", invocation.produced_bytes === null ? null : formatBytes(invocation.produced_bytes)],
    ["Error", errorLink(invocation, route)],
    ["Version", invocation.version || null],
    ["Region", invocation.region],
    ["Account", invocation.account],
    ["Architecture", invocation.arch],
    ["Trace", invocation.trace_id === null ? null : traceLink(invocation.trace_id)],
    ["Tenant", invocation.tenant],
    ["Log stream", invocation.log_stream ? h("code", {}, invocation.log_stream) : null],
  ];
  const known = facts.filter(([, value]) => value !== null);
  return h(
    "section",
    { class: "card facts", "aria-label": "Details" },
    h(
      "dl",
      {},
      known.map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]),
    ),
  );
}

function traceLink(id: string): HTMLElement {
  return h("a", { href: `/logs?trace=${encodeURIComponent(id)}` }, h("code", {}, id));
}

function otherAttempts({ retries }: InvocationDetail, route: Route): Child {
  if (retries.length === 0) return null;
  const links = retries.map((other) =>
    h(
      "li",
      {},
      h(
        "a",
        { href: route.to("/invocation", { key: other.key }) },
        formatClock(other.time_ms, other.time_ms),
      ),
      " ",
      statusBadge(other),
    ),
  );
  return h(
    "section",
    { class: "card retries" },
    h("h2", {}, "Other attempts of this request"),
    h("ul", {}, links),
  );
}
