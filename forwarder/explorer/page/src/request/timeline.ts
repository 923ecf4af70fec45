// Places of the steps of a request on one time axis: initialisation, restore, handler, and the wait before them.

import type { RequestStep } from "../api-types";

export type SpanKind = "wait" | "init" | "restore" | "run";

/** Part of a step, in milliseconds from the beginning of the request. */
export type Span = { kind: SpanKind; from: number; to: number };

export type TimelineRow = {
  step: RequestStep;
  /** Index of the step. */
  index: number;
  /** Number of its ancestors. */
  depth: number;
  spans: Span[];
  /** Attempts of its request id by the same function. */
  attempts: number;
};

export type Timeline = {
  /** Time at which the first step began, with its initialisation. */
  begin: number;
  /** Time until the last step ended. */
  length: number;
  rows: TimelineRow[];
};

/** Start of the handler, after initialisation and restore. */
function handlerStart({ start_ms, init_ms, restore_ms }: RequestStep): number {
  return start_ms + (init_ms ?? 0) + (restore_ms ?? 0);
}

/** End of the handler. */
export function endOf(step: RequestStep): number {
  return handlerStart(step) + (step.duration_ms ?? 0);
}

/** Step after which this one began to wait: the attempt before it, else its parent. */
export function stepBefore(step: RequestStep, steps: RequestStep[]): RequestStep | undefined {
  const attempt = steps.find((one) => isSameRequest(one, step) && one.attempt === step.attempt - 1);
  return attempt ?? steps[step.parent ?? -1];
}

function isSameRequest(a: RequestStep, b: RequestStep): boolean {
  return a.request_id !== null && a.request_id === b.request_id && a.label === b.label;
}

/** Number of ancestors of a step; the count stops at a cycle. */
function depthOf(steps: RequestStep[], index: number): number {
  const seen = new Set([index]);
  let parent = steps[index]?.parent ?? null;
  while (parent !== null && !seen.has(parent)) {
    seen.add(parent);
    parent = steps[parent]?.parent ?? null;
  }
  return seen.size - 1;
}

function spansOf(step: RequestStep, before: RequestStep | undefined, begin: number): Span[] {
  const from = step.start_ms;
  const initEnd = from + (step.init_ms ?? 0);
  const spans: Span[] = [
    { kind: "wait", from: before ? endOf(before) : from, to: from },
    { kind: "init", from, to: initEnd },
    { kind: "restore", from: initEnd, to: handlerStart(step) },
    { kind: "run", from: handlerStart(step), to: endOf(step) },
  ];
  return spans
    .filter((span) => span.kind === "run" || span.to > span.from)
    .map((span) => ({ ...span, from: span.from - begin, to: span.to - begin }));
}

export function timeline(steps: RequestStep[]): Timeline {
  const begin = Math.min(...steps.map((step) => step.start_ms));
  const length = Math.max(...steps.map(endOf)) - begin;
  const rows = steps.map((step, index) => ({
    step,
    index,
    depth: depthOf(steps, index),
    spans: spansOf(step, stepBefore(step, steps), begin),
    attempts: Math.max(steps.filter((one) => isSameRequest(one, step)).length, step.attempt),
  }));
  return { begin, length: Math.max(length, 1), rows };
}

/** Round times on the axis, at most six, from 0 on. */
export function axisTicks(length: number): number[] {
  const rough = length / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((factor) => power * factor >= rough) ?? 10);
  return Array.from({ length: Math.floor(length / step) + 1 }, (_, index) => index * step);
}
