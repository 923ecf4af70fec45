// Insight: what is worth a look, and the answers about cost, logs, memory, concurrency, waste and leaks.

import { fetchJson } from "../api";
import type { FunctionSummary, Insight, InsightDocument, Summary } from "../api-types";
import { unit } from "../components";
import { nameLink } from "../cut-name";
import { type Child, h } from "../dom";
import { formatCounted, formatPercent, formatUsd, UNKNOWN } from "../format";
import type { Route } from "../route";
import "../style/insight.css";
import { type Column, tableCard } from "../table";
import { noInvocations, sentence } from "./functions";
import { textCell, usdColumn } from "./insight-columns";
import { costByTable, dimensionForm } from "./insight-cost";
import { logTables } from "./insight-logs";
import { memoryTable } from "./insight-memory";
import { concurrencyTables, leakTable, timeoutTable } from "./insight-running";
import { wasteTable } from "./insight-waste";
import type { PageContext, PageLoader } from "./loader";

const SECTIONS: [string, string][] = [
  ["look", "Worth a look"],
  ["cost", "Cost"],
  ["logs", "Logs"],
  ["memory", "Memory"],
  ["concurrency", "Concurrency"],
  ["waste", "Waste"],
  ["leaks", "Leaks"],
  ["timeouts", "Timeouts"],
];

export const insight: PageLoader = async (context) => {
  const { route, status, signal } = context;
  const summary = await fetchJson("/api/v1/summary", route.range(status), signal);
  const found = summary.insight;
  if (found === null)
    return {
      title: "Insight",
      nav: "/insight",
      content: [noInvocations(context)],
    };
  const cost = h("div", { class: "answers", id: "cost" }, dimensionForm(context));
  const logs = h("div", { class: "answers", id: "logs" });
  return {
    title: "Insight",
    nav: "/insight",
    content: [
      h("div", { class: "title" }, h("h1", {}, "Insight"), contents()),
      lookTable(summary, context),
      cost,
      logs,
      memoryTable(found.memory, context),
      ...concurrencyTables(found, context),
      wasteTable(found.waste, context),
      leakTable(found.leaks, context),
      timeoutTable(found.timeout_risk, context),
      h(
        "ul",
        { class: "notes" },
        summary.notes.map((note) => h("li", {}, sentence(note))),
      ),
    ],
    onShown: () => {
      document.getElementById(location.hash.slice(1))?.scrollIntoView();
      void fillFromLines(context, found, cost, logs);
    },
  };
};

/** Links to the parts of the page. */
function contents(): HTMLElement {
  return h(
    "p",
    { class: "contents", role: "navigation", "aria-label": "Parts of this page" },
    SECTIONS.map(([id, title]) => h("a", { href: `#${id}` }, title)),
  );
}

/** Adds the answers that need the log lines, which takes longer than the others. */
async function fillFromLines(
  context: PageContext,
  known: InsightDocument,
  cost: HTMLElement,
  logs: HTMLElement,
): Promise<void> {
  const { route, status, signal } = context;
  const by = route.text("by");
  const showCost = (found: InsightDocument) =>
    cost.append(...found.cost_by.map((one) => costByTable(one, context)));
  if (by === "") showCost(known);
  const pending = () =>
    h("p", { class: "card no-data pending", role: "status" }, "Reading the log lines of this range …");
  logs.replaceChildren(pending());
  if (by !== "") cost.append(pending());
  try {
    const answer = await fetchJson("/api/v1/insight", { ...route.range(status), by }, signal);
    for (const waiting of cost.querySelectorAll(".pending")) waiting.remove();
    if (answer.insight && by !== "") showCost(answer.insight);
    logs.replaceChildren(...logTables(answer.insight?.logs ?? null, context));
  } catch (error) {
    if (signal.aborted) return;
    const reason = error instanceof Error ? error.message : String(error);
    for (const place of [cost, logs])
      for (const waiting of place.querySelectorAll(".pending"))
        waiting.replaceWith(h("p", { class: "card no-data bad", role: "alert" }, reason));
  }
}

/** Next step of a finding: words and the address that they lead to. */
function nextStep(found: Insight, row: FunctionSummary | undefined, route: Route): Child {
  const link = (text: string, href: string) => h("a", { href }, text);
  const page = row ? route.toFunction(row) : route.to("/function", { name: found.function });
  const [before, newest] = [row?.by_version.at(-2), row?.by_version.at(-1)];
  switch (found.kind) {
    case "worse_version":
      return before && newest
        ? link(
            `Compare ${newest.version} with ${before.version}`,
            route.to("/compare", {
              versions: `${found.function}:${before.version},${found.function}:${newest.version}`,
            }),
          )
        : link("See its versions", page);
    case "new_error":
    case "regressed_error":
    case "errors":
      return link("Read its errors", page);
    case "timeouts":
      return link("See its slowest invocations", page);
    case "throttles":
      return link("See how many of it ran at once", "#concurrency");
    case "timeout_risk":
      return link("Raise the timeout, or find what waits", "#timeouts");
    case "short_memory":
    case "resize":
    case "idle_memory":
    case "arm64":
      return link("Choose another memory size", "#memory");
    case "leak":
      return link("See how fast it grows", "#leaks");
    case "always_cold":
    case "provisioned":
      return link("See environments and provisioned concurrency", "#concurrency");
    case "costly_init":
      return link("See its cold starts", page);
    case "chatty":
      return link("Leave lines out", "#logs");
    case "tenant_cost":
      return link("See the cost of each tenant", "#cost");
  }
}

function lookTable(summary: Summary, { route }: PageContext): HTMLElement {
  const rowOf = (found: Insight) =>
    summary.functions.find((row) => row.function === found.function && row.region === found.region);
  const columns: Column<Insight>[] = [
    {
      id: "function",
      title: "Function",
      tip: "Function name; leads to its page.",
      kind: "text",
      key: (found) => found.function,
      cell: (found) => {
        const row = rowOf(found);
        return nameLink(
          found.function,
          row ? route.toFunction(row) : route.to("/function", { name: found.function }),
        );
      },
      exported: (found) => ({ function: found.function, region: found.region }),
    },
    {
      id: "text",
      title: "Finding and its evidence",
      tip: "What was found, with the numbers that show it.",
      kind: "text",
      key: (found) => found.text,
      cell: (found) => textCell(found.text),
      exported: (found) => ({ kind: found.kind, text: found.text }),
    },
    usdColumn({
      id: "usd_per_month",
      title: "A month",
      tip: "Money in a month at this rate. Unknown for findings that are not about money.",
      value: (found) => found.usd_per_month,
    }),
    {
      id: "failed_pct",
      title: "Failed",
      tip: "Failed invocations in percent.",
      kind: "number",
      key: (found) => found.failed_pct,
      cell: (found) => (found.failed_pct === null ? UNKNOWN : formatPercent(found.failed_pct, 100)),
    },
    {
      id: "rank_usd_per_month",
      title: "Weight",
      tip: "Order of this list: the money in a month, and one cent for each failure. It is no cost.",
      kind: "number",
      key: (found) => found.rank_usd_per_month,
      cell: (found) => unit(formatUsd(found.rank_usd_per_month)),
    },
    {
      id: "next",
      title: "Next step",
      tip: "Where to look, or what to change.",
      kind: "text",
      key: (found) => found.kind,
      cell: (found) => textCell(nextStep(found, rowOf(found), route)),
      exported: () => ({}),
    },
  ];
  return tableCard({
    title: "Worth a look",
    id: "look",
    columns,
    rows: summary.worth_a_look,
    count: formatCounted(summary.worth_a_look.length, "finding"),
    about:
      "Most important first: money from $1 a month and 1 % of the bill, failures from 5 and 0.5 %, new errors, and what runs out of memory or time soon.",
    empty: "Nothing passes the limits in this range.",
  });
}
