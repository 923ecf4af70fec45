// Page of one invocation: its log lines, its values, and the earlier lines of its environment.

import { fetchJson } from "../api";
import type { Invocation, InvocationDetail, Line } from "../api-types";
import { quantity, statusBadge, unit } from "../components";
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
import type { Route } from "../route";
import type { PageLoader } from "./loader";

export const invocation: PageLoader = async ({ route, signal }) => {
  const query = { key: route.text("key"), request_id: route.text("request") };
  const detail = await fetchJson("/api/v1/invocation", query, signal);
  const { invocation } = detail;
  const start = Math.round(invocation.time_ms - (invocation.duration_ms ?? 0));
  const options = { route, signal, start, reference: invocation.time_ms };
  const lines = detail.lines.map((line) => logLine(line, { ...options, isOpen: isError(line) }));
  const earlier = detail.before.map((line) => logLine(line, options));
  return {
    title: `Invocation of ${invocation.function}`,
    nav: "/",
    content: [
      heading(invocation, route),
      h(
        "div",
        { class: "split" },
        h("div", {}, log(lines), earlierLines(earlier)),
        h("aside", {}, details(invocation), otherAttempts(detail, route)),
      ),
    ],
  };
};

function isError(line: Line): boolean {
  return line.level === "ERROR" && ["app", "text", "emf"].includes(line.kind);
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
      `, ended ${formatExactTime(invocation.time_ms)}`,
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

function details(invocation: Invocation): HTMLElement {
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
