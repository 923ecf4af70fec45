// Forms that choose what is compared.

import type { FunctionSummary, Status, Summary } from "../api-types";
import { h } from "../dom";
import { formatCount } from "../format";
import { fromInputText, toInputText, zone } from "../zone";
import type { PageContext } from "./loader";

/** The two sets that are compared: versions, or time ranges as `since..until`. */
export type Choice = { versions: string } | { a: string; b: string };

/** The first and the second half of all stored data. */
export function halves({ first_ms: first, last_ms: last }: Status): { a: string; b: string } {
  const [from, to] = [first ?? 0, (last ?? 0) + 1];
  const middle = Math.max(Math.round((from + to) / 2), from + 1);
  return { a: `${from}..${middle}`, b: `${middle}..${Math.max(to, middle + 1)}` };
}

export function compareForms(context: PageContext, summary: Summary, chosen: Choice): HTMLElement {
  return h(
    "div",
    { class: "charts compare-forms" },
    versionForm(context, summary, chosen),
    rangeForm(context, chosen),
  );
}

/** Function and versions of `FUNCTION:VERSION,FUNCTION:VERSION`. */
export function readVersions(text: string): { name: string; a: string; b: string } | null {
  const found = /^(.+):([^:,]+),(?:.+:)?([^:,]+)$/.exec(text);
  return found ? { name: found[1] ?? "", a: found[2] ?? "", b: found[3] ?? "" } : null;
}

function versionForm({ navigate }: PageContext, { functions }: Summary, chosen: Choice): HTMLElement {
  const several = functions.filter((row) => row.versions.length > 1);
  if (several.length === 0)
    return h(
      "section",
      { class: "card compare-form", "aria-label": "Two versions" },
      h("h2", {}, "Two versions"),
      h("p", { class: "u" }, "No function has run in more than one version."),
    );
  const selected = "versions" in chosen ? readVersions(chosen.versions) : null;
  const first = several.find((row) => row.function === selected?.name) ?? several[0];
  const name = select(
    "compare-function",
    several.map((row) => row.function),
    first?.function ?? "",
  );
  const [a, b] = [select("compare-a", [], ""), select("compare-b", [], "")];
  const fill = (row: FunctionSummary | undefined) => {
    const versions = row?.by_version.map((one) => one.version).filter((version) => version !== "") ?? [];
    const isChosen = row?.function === selected?.name;
    fillSelect(a, versions, (isChosen && selected?.a) || (versions.at(-2) ?? ""), row);
    fillSelect(b, versions, (isChosen && selected?.b) || (versions.at(-1) ?? ""), row);
  };
  fill(first);
  name.addEventListener("change", () => fill(several.find((row) => row.function === name.value)));
  const form = h(
    "form",
    { class: "card compare-form", "aria-label": "Two versions" },
    h("h2", {}, "Two versions"),
    h("label", {}, "Function", name),
    h("label", {}, "A", a),
    h("label", {}, "B", b),
    h("button", { class: "primary" }, "Compare versions"),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    navigate(
      `/compare?${new URLSearchParams({ versions: `${name.value}:${a.value},${name.value}:${b.value}` })}`,
    );
  });
  return form;
}

function select(id: string, values: string[], chosen: string): HTMLSelectElement {
  return h(
    "select",
    { id, class: "field" },
    values.map((value) => h("option", { value, selected: value === chosen }, value)),
  );
}

function fillSelect(
  element: HTMLSelectElement,
  versions: string[],
  chosen: string,
  row: FunctionSummary | undefined,
): void {
  const runs = (version: string) => row?.by_version.find((one) => one.version === version)?.invocations ?? 0;
  element.replaceChildren(
    ...versions.map((value) =>
      h("option", { value, selected: value === chosen }, `${value} (${formatCount(runs(value))} runs)`),
    ),
  );
}

const HOUR = 3_600_000;

/** Pairs of ranges that are often compared. */
function presets(status: Status): [string, { a: string; b: string }][] {
  const end = (status.last_ms ?? 0) + 1;
  const last = (length: number) => ({
    a: `${end - 2 * length}..${end - length}`,
    b: `${end - length}..${end}`,
  });
  return [
    ["Last hour with the one before", last(HOUR)],
    ["Last 24 h with those before", last(24 * HOUR)],
    ["Last 7 d with those before", last(7 * 24 * HOUR)],
    ["Second half with the first", halves(status)],
  ];
}

function rangeForm({ status, navigate }: PageContext, chosen: Choice): HTMLElement {
  const shown = "a" in chosen ? chosen : halves(status);
  const ends = (range: string) => {
    const [since, until] = range.split("..").map(Number);
    const isKnown = Number.isFinite(since) && Number.isFinite(until);
    return isKnown ? [since ?? 0, until ?? 0] : [status.first_ms ?? 0, status.last_ms ?? 0];
  };
  const field = (name: string, label: string, ms: number | undefined) =>
    h(
      "label",
      {},
      `${label} (${zone() === "utc" ? "UTC" : "local time"})`,
      h("input", {
        type: "datetime-local",
        step: 1,
        name,
        class: "field",
        value: toInputText(ms ?? 0),
        required: true,
      }),
    );
  const [a, b] = [ends(shown.a), ends(shown.b)];
  const problem = h("p", { class: "bad", role: "alert" });
  const form = h(
    "form",
    { class: "card compare-form", "aria-label": "Two time ranges" },
    h("h2", {}, "Two time ranges"),
    h(
      "div",
      { class: "presets" },
      presets(status).map(([title, range]) =>
        h("a", { class: "chip", href: `/compare?${new URLSearchParams(range)}` }, title),
      ),
    ),
    field("a-since", "A from", a[0]),
    field("a-until", "A until", a[1]),
    field("b-since", "B from", b[0]),
    field("b-until", "B until", b[1]),
    h("button", { class: "primary" }, "Compare ranges"),
    problem,
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const values = new FormData(form);
    const read = (name: string) => fromInputText(String(values.get(name)));
    const range = (side: string) => [read(`${side}-since`), read(`${side}-until`)] as const;
    const [first, second] = [range("a"), range("b")];
    const wrong = [first, second].find(([since, until]) => !(since < until));
    problem.textContent = wrong ? `Range ${wrong === first ? "A" : "B"} ends before it begins.` : "";
    if (wrong) return;
    navigate(`/compare?${new URLSearchParams({ a: first.join(".."), b: second.join("..") })}`);
  });
  return form;
}
