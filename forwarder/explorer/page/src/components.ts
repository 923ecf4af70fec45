// Small elements that several pages use.

import type { Invocation, Summary } from "./api-types";
import { cutName, nameTip } from "./cut-name";
import { type Child, h } from "./dom";
import { durationQuantity, formatCount, formatPercent, type Quantity, UNKNOWN } from "./format";
import type { Route } from "./route";

/** Secondary text beside a value, such as its unit. */
export function unit(text: string): HTMLElement {
  return h("span", { class: "u" }, text);
}

export function quantity({ text, unit: name }: Quantity): Child {
  return name ? [text, unit(` ${name}`)] : text;
}

export function duration(ms: number | null | undefined): Child {
  return quantity(durationQuantity(ms));
}

/** A count and its share of the whole: `453 2.5 %`. */
export function countWithShare(part: number, whole: number, isBad = false): Child {
  if (part === 0) return h("span", { class: "zero" }, "0 ", h("span", { class: "u share" }, "0 %"));
  return [
    h("span", { class: isBad ? "bad" : null }, formatCount(part)),
    " ",
    h("span", { class: "u share" }, formatPercent(part, whole)),
  ];
}

/** One figure of a page's headline figures. */
export function stat(label: string, value: Child, detail: Child, tip: string, isBad = false): HTMLElement {
  return h(
    "div",
    { class: "stat" },
    h("dt", { "data-tip": tip, tabindex: 0 }, label),
    h("dd", { class: isBad ? "bad" : null }, value, detail ? h("small", {}, detail) : null),
  );
}

/** Message shown instead of content. */
export function emptyState(title: string, ...content: Child[]): HTMLElement {
  return h("div", { class: "empty-state" }, h("h2", {}, title), content);
}

/** A percentage with a bar, red from 90 %. */
export function percentBar(percent: number | null): Child {
  if (percent === null) return UNKNOWN;
  const bar = h("i", {});
  bar.style.width = `${Math.min(percent, 100)}%`;
  return [
    h("span", { class: percent >= 90 ? "meter hot" : "meter", "aria-hidden": "true" }, bar),
    h("span", { class: "share" }, percent.toFixed(percent < 9.95 ? 1 : 0), unit(" %")),
  ];
}

/** Share of the whole in percent, with a bar. */
export function shareBar(part: number | null, whole: number | null): Child {
  if (part === null || !whole) return UNKNOWN;
  const bar = h("i", {});
  bar.style.width = `${(part / whole) * 100}%`;
  return [
    h("span", { class: "meter", "aria-hidden": "true" }, bar),
    h("span", { class: "share" }, formatPercent(part, whole)),
  ];
}

const URGENT = [
  "worse_version",
  "new_error",
  "regressed_error",
  "short_memory",
  "timeouts",
  "throttles",
  "errors",
  "leak",
];

/** Maximum number of findings about all functions. */
const MAX_FINDINGS = 5;

/** The most important findings about all functions, or those about the one named `only`; empty without findings. */
export function insights(summary: Summary, route: Route, only?: string): HTMLElement[] {
  const found =
    only === undefined
      ? summary.worth_a_look.slice(0, MAX_FINDINGS)
      : summary.worth_a_look.filter((insight) => insight.function === only);
  if (found.length === 0) return [];
  const rows = found.map((insight) => {
    const target = summary.functions.find(
      (row) => row.function === insight.function && row.region === insight.region,
    );
    const name =
      target && only === undefined
        ? h(
            "a",
            { href: route.toFunction(target), "data-tip": nameTip(insight.function) },
            cutName(insight.function),
          )
        : h("b", {}, cutName(insight.function));
    return h(
      "li",
      { class: URGENT.includes(insight.look) ? "hot" : null },
      name,
      h("span", {}, insight.text),
    );
  });
  return [
    h(
      "section",
      { class: "insights", "aria-label": "Worth a look" },
      h(
        "h2",
        {},
        only === undefined ? h("a", { href: route.to("/insight") }, "Worth a look") : "Worth a look",
      ),
      h("ul", {}, rows),
    ),
  ];
}

const STATUS: Record<Invocation["status"], string> = {
  success: "ok",
  error: "error",
  timeout: "timeout",
  out_of_memory: "out of memory",
  unknown: "unknown",
};

type Outcome = Pick<Invocation, "status" | "error_type" | "error_group">;

/** The type of the error with which an invocation failed; its first line if it has no type. */
function errorName({ status, error_type, error_group }: Outcome): string {
  if (status === "timeout" || status === "out_of_memory") return error_type ? ` · ${error_type}` : "";
  const name = error_group?.type ?? error_type ?? error_group?.title;
  return name ? ` · ${name}` : "";
}

export function statusBadge(invocation: Outcome): HTMLElement {
  const isBad = invocation.status !== "success" && invocation.status !== "unknown";
  return h(
    "span",
    { class: isBad ? "badge bad" : "badge" },
    STATUS[invocation.status],
    errorName(invocation),
  );
}
