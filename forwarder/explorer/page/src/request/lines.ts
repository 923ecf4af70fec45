// Log lines of all steps of a request in their order, each with the number and the colour of its step.

import type { RequestDetail } from "../api-types";
import { type Child, h } from "../dom";
import { formatCount, formatCounted } from "../format";
import { logLine } from "../log-line";
import type { PageContext } from "../pages/loader";
import { stepNumber, toneOf } from "./waterfall";

export type StepLines = {
  element: HTMLElement;
  /** Shows the lines of one step only; null shows all. */
  show: (step: number | null) => void;
};

/** `begin` is the time that the line's times are relative to; `chosen` the step whose lines are shown at first. */
export function stepLines(
  detail: RequestDetail,
  begin: number,
  chosen: number | null,
  { route, signal }: PageContext,
  onChoice: (step: number | null) => void,
): StepLines {
  const reference = detail.time;
  const lines = detail.lines.map((line) => {
    const element = logLine(line, {
      route,
      signal,
      reference,
      start: begin,
      showsFunction: true,
      mark: stepNumber(line.step),
    });
    element.classList.add("step-line", toneOf(line.step));
    return element;
  });
  const count = h("span", { class: "count", "aria-live": "polite" });
  const choices = choiceButtons(detail, (step) => {
    show(step);
    onChoice(step);
  });
  const show = (step: number | null) => {
    for (const [at, element] of lines.entries())
      element.hidden = step !== null && detail.lines[at]?.step !== step;
    for (const [of, button] of choices) button.setAttribute("aria-pressed", String(of === step));
    const shown = lines.filter((element) => !element.hidden).length;
    count.textContent =
      step === null
        ? formatCounted(shown, "line")
        : `${formatCount(shown)} of ${formatCounted(lines.length, "line")}`;
  };
  show(chosen);
  const element = h(
    "section",
    { class: "card", "aria-label": "Log lines", id: "lines" },
    h("div", { class: "bar" }, h("h2", {}, "Log lines"), count),
    choices.length > 2
      ? h(
          "div",
          { class: "step-choices", role: "group", "aria-label": "Show the lines of" },
          choices.map(([, button]) => button),
        )
      : null,
    lines.length > 0
      ? h("div", { class: "log wide" }, lines)
      : h("p", { class: "no-data" }, "The store has no log lines of this request."),
    cutNote(detail, route.to("/logs", { text: `"${detail.id}"` })),
  );
  return { element, show };
}

/** A button for all lines, and one for each step that has lines. */
function choiceButtons(
  { steps, lines }: RequestDetail,
  choose: (step: number | null) => void,
): [number | null, HTMLElement][] {
  const button = (step: number | null, content: Child): [number | null, HTMLElement] => [
    step,
    h("button", { type: "button", class: "chip", on: { click: () => choose(step) } }, content),
  ];
  const counts = steps.map((_, step) => lines.filter((line) => line.step === step).length);
  const ofSteps = steps.flatMap((step, index) =>
    counts[index] ? [button(index, [stepNumber(index), " ", h("bdi", {}, step.label)])] : [],
  );
  return [button(null, "All steps"), ...ofSteps];
}

function cutNote({ lines, lines_truncated }: RequestDetail, search: string): Child {
  if (!lines_truncated) return null;
  return h(
    "p",
    { class: "foot", id: "cut" },
    `The request has more lines: the first ${formatCount(lines.length)} are shown. `,
    h("a", { href: search }, "Search the log for its id"),
    ", or open one of its invocations.",
  );
}
