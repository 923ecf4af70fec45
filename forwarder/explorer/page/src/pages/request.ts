// Page of one request: its invocations as a waterfall, and their log lines in one order.

import { fetchJson, RequestError } from "../api";
import type { RequestDetail } from "../api-types";
import { emptyState, quantity, stat } from "../components";
import { copyButton } from "../copy";
import { h } from "../dom";
import { durationQuantity, formatCount, formatCounted, formatExactTime, formatUsd } from "../format";
import { idKindName } from "../request/evidence";
import { stepLines } from "../request/lines";
import { timeline } from "../request/timeline";
import { isFailed, waterfall } from "../request/waterfall";
import "../style/insight.css";
import "../style/request.css";
import { suggestions } from "../search/suggestions";
import type { Page, PageContext, PageLoader } from "./loader";

export const request: PageLoader = async (context) => {
  const { route, signal } = context;
  const id = route.text("id");
  try {
    return pageOf(await fetchJson("/api/v1/request", { id }, signal), context);
  } catch (error) {
    const isUnknown = error instanceof RequestError && (error.problem.status ?? 0) < 500;
    if (!isUnknown) throw error;
    return unknownRequest(id, error.message, context);
  }
};

/** Page about an id that no request has, or that is the beginning of several ids. */
async function unknownRequest(id: string, reason: string, context: PageContext): Promise<Page> {
  const { route } = context;
  return {
    title: "Unknown request",
    nav: "/requests",
    content: [
      emptyState(
        "No single request has this id",
        h("p", {}, h("code", {}, id)),
        h("p", {}, reason),
        h(
          "p",
          {},
          h("a", { href: route.to("/logs", { text: `"${id}"` }) }, "Search the log lines for it"),
          " or ",
          h("a", { href: route.to("/requests") }, "show all requests"),
          ".",
        ),
        id === "" ? null : await suggestions(id, context),
      ),
    ],
  };
}

function pageOf(detail: RequestDetail, context: PageContext): Page {
  const { route } = context;
  const line = timeline(detail.steps);
  const counts = detail.steps.map((_, step) => detail.lines.filter((one) => one.step === step).length);
  const keepChoice = (step: number | null) =>
    history.replaceState(null, "", route.with({ step: step === null ? null : step + 1 }));
  const lines = stepLines(detail, line.begin, chosenStep(detail, route.text("step")), context, keepChoice);
  const showLines = (step: number) => {
    lines.show(step);
    keepChoice(step);
    lines.element.scrollIntoView({ block: "start" });
    lines.element.querySelector<HTMLElement>('[aria-pressed="true"]')?.focus({ preventScroll: true });
  };
  return {
    title: `Request through ${formatCounted(functionsOf(detail).length, "function")}`,
    nav: "/requests",
    content: [
      heading(detail),
      headline(detail),
      detail.truncated
        ? h(
            "p",
            { class: "bad", role: "alert" },
            `The request has more steps than these ${detail.steps.length}.`,
          )
        : null,
      waterfall(line, counts, route, showLines),
      h("div", { class: "split" }, h("div", {}, lines.element), h("aside", {}, ids(detail))),
    ].filter((element) => element !== null),
  };
}

/** Index of the step that the address names; null if it names none. */
function chosenStep({ steps }: RequestDetail, text: string): number | null {
  const step = Number(text) - 1;
  return steps[step] ? step : null;
}

function functionsOf({ steps }: RequestDetail): string[] {
  return [...new Set(steps.map((step) => step.label))];
}

function heading({ id, id_kind, time }: RequestDetail): HTMLElement {
  return h(
    "div",
    { class: "title" },
    h("h1", {}, "Request"),
    h("p", {}, h("code", {}, id)),
    h("p", {}, `${idKindName(id_kind)}, began ${formatExactTime(time)}`),
    h(
      "span",
      { class: "invocation-tools" },
      copyButton("Copy id", () => id),
      copyButton("Copy link", () => `${location.origin}/request?id=${encodeURIComponent(id)}`),
    ),
  );
}

function headline(detail: RequestDetail): HTMLElement {
  const { steps, total_ms, cost_usd } = detail;
  const failed = steps.filter(isFailed).length;
  const retries = steps.filter((step) => step.attempt > 1).length;
  return h(
    "dl",
    { class: "strip" },
    stat(
      "Duration",
      quantity(durationQuantity(total_ms)),
      null,
      "From the start of the first invocation to the end of the last one, with the time between them.",
    ),
    stat("Cost", formatUsd(cost_usd), null, "List price of all its invocations together, first tier."),
    stat(
      "Invocations",
      formatCount(steps.length),
      `of ${formatCounted(functionsOf(detail).length, "function")}`,
      "Invocations that share ids, each attempt counted.",
    ),
    stat(
      "Retries",
      formatCount(retries),
      null,
      "Further attempts of a Lambda request id, after one that failed.",
    ),
    stat("Failed", formatCount(failed), null, "Invocations that failed.", failed > 0),
  );
}

/** The ids that connect the invocations. */
function ids({ ids: shared }: RequestDetail): HTMLElement {
  return h(
    "section",
    { class: "card facts", "aria-label": "Shared ids" },
    h("div", { class: "bar" }, h("h2", {}, "Shared ids")),
    h(
      "dl",
      {},
      shared.map(({ kind, id, invocations }) => [
        h("dt", {}, idKindName(kind), h("br"), formatCounted(invocations, "invocation")),
        h("dd", {}, h("code", {}, id)),
      ]),
    ),
  );
}
