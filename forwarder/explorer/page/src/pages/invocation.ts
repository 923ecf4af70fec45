// One invocation: its lines in order, its numbers, and what its environment said just before.

import { ask, type Detail, type Invocation, type Line } from "../api";
import { h, type Child } from "../dom";
import { clock, count, dollars, duration, exactMoment, said, bytes } from "../format";
import { logLine, quantity, status as badge } from "../show";
import type { Context, Load } from "./page";

export const invocation: Load = async ({ place, signal }) => {
  const detail = await ask<Detail>("invocation", { key: place.text("key"), request_id: place.text("request") }, signal);
  const one = detail.invocation;
  const start = one.time_ms - (one.duration_ms ?? 0);
  const whole = (line: Line) => wholeLine(line, signal);
  const show = (line: Line) => logLine(line, { place, start: Math.round(start), reference: one.time_ms, whole });
  const isError = (line: Line) => line.level === "ERROR" && ["app", "text", "emf"].includes(line.kind);
  const lines = h("div", { class: "log" }, detail.lines.map((line) => logLine(line, { place, start: Math.round(start), reference: one.time_ms, whole, open: isError(line) })));
  const openAll = h("button", { type: "button", class: "chip", "aria-pressed": "false" }, "Open all");
  openAll.addEventListener("click", () => {
    const open = openAll.getAttribute("aria-pressed") !== "true";
    openAll.setAttribute("aria-pressed", String(open));
    for (const line of lines.querySelectorAll("details")) line.open = open;
  });
  return {
    title: `Invocation of ${one.function}`,
    nav: "/",
    content: [
      h("div", { class: "title" }, h("h1", {}, "Invocation"), h("p", {}, h("code", {}, one.request_id)), badge(one), h("p", {}, "of ", h("a", { href: place.toFunction(one) }, one.function), `, ended ${exactMoment(one.time_ms)}`)),
      h(
        "div",
        { class: "split" },
        h(
          "div",
          {},
          h("section", { class: "card", "aria-label": "Log" }, h("div", { class: "bar" }, h("h2", {}, "Log"), h("span", { class: "count" }, `${count(detail.lines.length)} lines`), h("span", { class: "grow" }), openAll), detail.lines.length > 0 ? lines : h("p", { class: "nothing" }, "Its lines are not stored.")),
          before(detail, show),
        ),
        h("aside", {}, numbers(one), retries(detail.retries, place)),
      ),
    ],
  };
};

async function wholeLine(line: Line, signal: AbortSignal): Promise<Line> {
  const { events } = await ask<{ events: Line[] }>("logs/around", { place: line.place, count: 0 }, signal);
  return events[0] ?? line;
}

function before(detail: Detail, show: (line: Line) => HTMLElement): Child {
  if (detail.before.length === 0) return null;
  return h("section", { class: "card before", "aria-label": "Before it, in the same environment" }, h("div", { class: "bar" }, h("h2", {}, "Before it, in the same environment")), h("div", { class: "log" }, detail.before.map(show)));
}

function numbers(one: Invocation): HTMLElement {
  const facts: [string, Child | null][] = [
    ["Duration", quantity(duration(one.duration_ms))],
    ["Billed", one.billed_ms === null ? null : [count(one.billed_ms), h("span", { class: "u" }, " ms")]],
    ["Init (cold start)", one.init_ms === null ? null : quantity(duration(one.init_ms))],
    ["Restore (SnapStart)", one.restore_ms === null ? null : quantity(duration(one.restore_ms))],
    ["Memory", one.max_memory_mb === null ? null : [count(one.max_memory_mb), h("span", { class: "u" }, ` of ${count(one.memory_mb)} MB`)]],
    ["Cost", dollars(one.cost_usd)],
    ["of it, cold start", one.cold_start_cost_usd ? dollars(one.cold_start_cost_usd) : null],
    ["Response began after", one.response_latency_ms === null ? null : said(duration(one.response_latency_ms))],
    ["Response", one.produced_bytes === null ? null : bytes(one.produced_bytes)],
    ["Version", one.version || null],
    ["Region", one.region],
    ["Account", one.account],
    ["Architecture", one.arch],
    ["Trace", one.trace_id === null ? null : h("a", { href: `/logs?trace=${encodeURIComponent(one.trace_id)}` }, h("code", {}, one.trace_id))],
    ["Tenant", one.tenant],
    ["Log stream", one.log_stream ? h("code", {}, one.log_stream) : null],
  ];
  const told = facts.filter(([, value]) => value !== null);
  return h("section", { class: "card facts", "aria-label": "Numbers" }, h("dl", {}, told.map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)])));
}

function retries(others: Invocation[], place: Context["place"]): Child {
  if (others.length === 0) return null;
  const links = others.map((one) => h("li", {}, h("a", { href: place.to("/invocation", { key: one.key }) }, clock(one.time_ms, one.time_ms)), " ", badge(one)));
  return h("section", { class: "card retries" }, h("h2", {}, "Other runs of this request"), h("ul", {}, links));
}
