// Waterfall of a request: a row for each invocation with its place on the time axis and the evidence of its link.

import type { FunctionName } from "../api";
import type { RequestStep, SharedId } from "../api-types";
import { quantity, statusBadge, unit } from "../components";
import { cutName, nameTip } from "../cut-name";
import { type Child, h } from "../dom";
import { durationQuantity, formatCounted, formatDuration, formatUsd } from "../format";
import type { Route } from "../route";
import { evidenceSentence, idKindName, sharedIdText } from "./evidence";
import {
  axisTicks,
  endOf,
  type Span,
  type SpanKind,
  stepBefore,
  type Timeline,
  type TimelineRow,
} from "./timeline";

const SPAN_NAMES: Record<SpanKind, string> = {
  wait: "waited",
  init: "init",
  restore: "restore",
  run: "handler",
};

const CONFIDENCE =
  "By kind of evidence: 100 % an X-Ray parent span, 90 % a tag, 80 % within the run of the caller, 50 % order in time.";

/** Number of colours of steps; a step has its number beside the colour. */
const TONES = 8;

/** Deepest indentation of a row. */
const MAX_DEPTH = 6;

/** CSS class with the colour of a step. */
export function toneOf(step: number): string {
  return `tone-${step % TONES}`;
}

/** Number of a step as the page shows it, from 1. */
export function stepNumber(step: number): HTMLElement {
  return h("span", { class: `step-number ${toneOf(step)}` }, step + 1);
}

/** `lineCounts` has the number of lines of each step; `showLines` shows those of one step. */
export function waterfall(
  { rows, length }: Timeline,
  lineCounts: number[],
  route: Route,
  showLines: (step: number) => void,
): HTMLElement {
  const steps = rows.map(({ step }) => step);
  return h(
    "section",
    { class: "card", "aria-label": "Waterfall" },
    h(
      "div",
      { class: "bar" },
      h("h2", {}, "Waterfall"),
      h("span", { class: "count" }, formatCounted(rows.length, "invocation")),
      h("span", { class: "grow" }),
      (Object.keys(SPAN_NAMES) as SpanKind[]).map((kind) =>
        h("span", { class: "key" }, h("i", { class: `swatch span-${kind}` }), SPAN_NAMES[kind]),
      ),
    ),
    axis(length),
    h(
      "ol",
      { class: "waterfall" },
      rows.map((row) => rowItem(row, steps, length, lineCounts[row.index] ?? 0, route, showLines)),
    ),
  );
}

function place(element: HTMLElement, from: number, to: number, length: number): HTMLElement {
  element.style.left = `${(from / length) * 100}%`;
  element.style.width = `${((to - from) / length) * 100}%`;
  return element;
}

function axis(length: number): HTMLElement {
  const ticks = axisTicks(length).map((ms) =>
    place(h("span", { class: "tick" }, formatDuration(ms)), ms, ms, length),
  );
  return h(
    "div",
    { class: "step axis", "aria-hidden": "true" },
    h("span", {}),
    h("div", { class: "track" }, ticks),
  );
}

function rowItem(
  row: TimelineRow,
  steps: RequestStep[],
  length: number,
  lines: number,
  route: Route,
  showLines: (step: number) => void,
): HTMLElement {
  const { step, index, depth } = row;
  const name = h("div", { class: "step-name" }, stepNumber(index), invocationLink(step, route), marks(row));
  name.style.paddingLeft = `${Math.min(depth, MAX_DEPTH) * 12}px`;
  return h(
    "li",
    { class: `step ${toneOf(index)} ${isFailed(step) ? "failed" : ""}`.trim() },
    name,
    track(row, steps, length),
    h("div", { class: "step-duration" }, quantity(durationQuantity(step.duration_ms))),
    h(
      "p",
      { class: "step-evidence u" },
      evidence(step, steps),
      step.cost_usd === null ? null : h("span", {}, formatUsd(step.cost_usd)),
      h("a", { href: route.toFunction(step as FunctionName) }, "function"),
      lines > 0 ? linesButton(index, lines, showLines) : null,
    ),
  );
}

function invocationLink(step: RequestStep, route: Route): HTMLElement {
  return h(
    "a",
    {
      class: "name",
      href: route.to("/invocation", { key: step.key }),
      "data-tip": nameTip(step.label),
      "aria-label": `Invocation of ${step.label}`,
    },
    cutName(step.label),
  );
}

export function isFailed({ status }: RequestStep): boolean {
  return status !== "success" && status !== "unknown";
}

/** Outcome of a step that failed, and its number among the attempts. */
function marks({ step, attempts }: TimelineRow): Child {
  return [
    isFailed(step) ? statusBadge({ ...step, error_group: null }) : null,
    attempts > 1 ? h("span", { class: "badge" }, `attempt ${step.attempt} of ${attempts}`) : null,
  ];
}

function track({ step, index, spans }: TimelineRow, steps: RequestStep[], length: number): HTMLElement {
  const before = stepBefore(step, steps);
  const bars = spans.map((span) =>
    place(
      h("span", { class: `span span-${span.kind}`, "data-tip": spanText(span, step, before) }),
      span.from,
      span.to,
      length,
    ),
  );
  const text = spans.map((span) => spanText(span, step, before)).join(", ");
  return h(
    "div",
    { class: "track", role: "img", "aria-label": `Step ${index + 1}: ${text}` },
    bars,
    ticksBehind(length),
  );
}

/** Lines of the axis behind the bars. */
function ticksBehind(length: number): HTMLElement[] {
  return axisTicks(length)
    .slice(1)
    .map((ms) => place(h("i", { class: "grid-line" }), ms, ms, length));
}

function spanText({ kind, from, to }: Span, step: RequestStep, before: RequestStep | undefined): string {
  const size = formatDuration(to - from);
  const name = before?.label === step.label ? `attempt ${before.attempt}` : before?.label;
  if (kind === "wait") return `waited ${size} after ${name} had ended`;
  return `${SPAN_NAMES[kind]} ${size} from ${formatDuration(from)} on`;
}

/** Sentence about the evidence of a link, its confidence, and the id that both steps share. */
function evidence(step: RequestStep, steps: RequestStep[]): Child {
  const parent = step.parent === null ? undefined : steps[step.parent];
  const name = parent && step.parent !== null ? `${step.parent + 1} ${parent.label}` : null;
  return [
    h("span", {}, evidenceSentence(step, name)),
    step.confidence_pct === null
      ? null
      : h("span", { "data-tip": CONFIDENCE, tabindex: 0 }, `confidence ${step.confidence_pct} %`),
    sharedIdOf(step.shared_id, parent),
    step.message_id?.id === step.shared_id?.id ? null : sharedIdOf(step.message_id, parent),
    step.evidence === "parent_span" && step.parent_span_id !== null
      ? h("span", { class: "shared-id" }, "parent span ", h("code", {}, step.parent_span_id))
      : null,
    step.gap_ms === null || step.gap_ms === 0 ? null : unit(gapText(step, parent)),
  ];
}

/** Id that a step shares with its parent; the tip says which lines have it. */
function sharedIdOf(shared: SharedId | null, parent: RequestStep | undefined): Child {
  if (shared === null) return null;
  return h(
    "span",
    { class: "shared-id", "data-tip": sharedIdText(shared, parent?.label ?? "the parent"), tabindex: 0 },
    idKindName(shared.kind),
    " ",
    h("code", {}, shared.id),
  );
}

function gapText({ gap_ms, start_ms }: RequestStep, parent: RequestStep | undefined): string {
  const hasEnded = parent !== undefined && endOf(parent) <= start_ms;
  return `${formatDuration(gap_ms)} after ${hasEnded ? "its end" : "its start"}`;
}

function linesButton(index: number, lines: number, showLines: (step: number) => void): HTMLElement {
  return h(
    "button",
    {
      type: "button",
      class: "chip",
      "aria-label": `${formatCounted(lines, "line")} of step ${index + 1}`,
      on: { click: () => showLines(index) },
    },
    formatCounted(lines, "line"),
  );
}
