// Panel beside the map: the numbers of the chosen node or edge, its evidence, and where it leads.

import type { MapEdge, MapImpact, MapNode } from "../api-types";
import { duration, unit } from "../components";
import { type Child, h } from "../dom";
import { formatCount, formatCounted, formatPercent, formatUsd, UNKNOWN } from "../format";
import { edgeEvidence, exampleRequest, exampleText } from "../request/evidence";
import type { Route } from "../route";
import { changeClass, changeText, edgeLabel, type Graph, kindName } from "./graph";
import type { Selection } from "./selection";

type Facts = [string, Child][];

/** Content of the panel; `choose` selects another node or edge. */
export function panel(
  selection: Selection | null,
  graph: Graph,
  route: Route,
  choose: (selection: Selection) => void,
): HTMLElement[] {
  if (selection === null) return [];
  if ("node" in selection) {
    const node = graph.nodes.find(({ name }) => name === selection.node);
    return node ? nodePanel(node, graph, route, choose) : [];
  }
  const edge = graph.edges.find(({ from, to }) => from === selection.from && to === selection.to);
  return edge ? [edgePanel(edge, route, choose)] : [];
}

function card(label: string, title: Child, ...content: Child[]): HTMLElement {
  return h(
    "section",
    { class: "card facts", "aria-label": label },
    h("div", { class: "bar" }, h("h2", {}, title)),
    content,
  );
}

function factList(facts: Facts): HTMLElement {
  return h(
    "dl",
    {},
    facts.map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]),
  );
}

function nodePanel(
  node: MapNode,
  { edges }: Graph,
  route: Route,
  choose: (selection: Selection) => void,
): HTMLElement[] {
  const { name, kind } = node;
  const facts: Facts = [
    ["Kind", kindName(kind)],
    ["Invocations", formatCount(node.invocations)],
    ["Failed", [formatCount(node.errors), unit(` ${formatPercent(node.errors, node.invocations)}`)]],
    ["Average", duration(node.average_ms)],
    ["p95", duration(node.p95_ms)],
    ["Share of requests", node.traces_pct === null ? UNKNOWN : formatPercent(node.traces_pct, 100)],
    ...answerFacts(node),
    ["Cost", formatUsd(node.cost_usd)],
  ];
  const of = { of: name, ask: null, view: null, select: null };
  return [
    card(
      "Chosen node",
      h("bdi", {}, name),
      factList(facts),
      h(
        "p",
        { class: "panel-links" },
        h("a", { class: "chip", href: route.with({ ...of, direction: null }) }, "Neighbourhood"),
        h(
          "a",
          { class: "chip", href: route.with({ ...of, direction: "upstream", depth: 3 }) },
          "What depends on it",
        ),
        h(
          "a",
          { class: "chip", href: route.with({ ...of, direction: "downstream", depth: 3 }) },
          "What it depends on",
        ),
        kind === "function"
          ? [
              h("a", { class: "chip", href: route.to("/function", place(node)) }, "Function page"),
              h("a", { class: "chip", href: route.to("/requests", { function: name }) }, "Its requests"),
            ]
          : null,
      ),
    ),
    edgeList(
      "Called by",
      edges.filter((edge) => edge.to === name),
      (edge) => edge.from,
      choose,
    ),
    edgeList(
      "Calls",
      edges.filter((edge) => edge.from === name),
      (edge) => edge.to,
      choose,
    ),
  ];
}

/** Name of a function for its page, with account and region where several have the name. */
function place({ name, function: own, account, region }: MapNode): Record<string, string | null> {
  return name === own ? { name } : { name: own, account, region };
}

/** Invocations of a function by outcome. */
function answerFacts({ answers }: MapNode): Facts {
  if (answers === null) return [];
  return [
    ["Succeeded", formatCount(answers.ok)],
    ["Throttled", formatCount(answers.throttled)],
    ["Errors", formatCount(answers.errors)],
    ["Out of time or memory", formatCount(answers.faults)],
  ];
}

function edgeList(
  title: string,
  edges: MapEdge[],
  nameOf: (edge: MapEdge) => string,
  choose: (selection: Selection) => void,
): HTMLElement {
  const items = edges.map((edge) =>
    h(
      "li",
      {},
      h(
        "button",
        {
          type: "button",
          class: "edge-button",
          on: { click: () => choose({ from: edge.from, to: edge.to }) },
        },
        h("bdi", {}, nameOf(edge)),
      ),
      unit(` ${formatCount(edge.calls)}`),
      edgeLabel(edge)
        ? h("span", { class: `edge-change ${changeClass(edge.change ?? "failing")}` }, edgeLabel(edge))
        : null,
    ),
  );
  return card(
    title,
    `${title} ${formatCount(edges.length)}`,
    edges.length > 0
      ? h("ul", { class: "edge-list" }, items)
      : h("p", { class: "no-data" }, "Nothing is known."),
  );
}

function edgePanel(edge: MapEdge, route: Route, choose: (selection: Selection) => void): HTMLElement {
  const node = (name: string) =>
    h(
      "button",
      { type: "button", class: "edge-button", on: { click: () => choose({ node: name }) } },
      h("bdi", {}, name),
    );
  const facts: Facts = [
    ["Caller", node(edge.from)],
    ["Callee", node(edge.to)],
    ["Calls", formatCount(edge.calls)],
    ["Failed", [formatCount(edge.errors), unit(` ${formatPercent(edge.errors, edge.calls)}`)]],
    [
      "Retried",
      edge.failed_retries > 0
        ? `${formatCount(edge.retries)}, ${formatCount(edge.failed_retries)} failed`
        : formatCount(edge.retries),
    ],
    ...(edge.via.length > 0 ? ([["Over", h("bdi", {}, edge.via.join(", "))]] as Facts) : []),
    ["p95 of the callee", duration(edge.p95_ms)],
    ["Change", changeText(edge) ?? "none known"],
    ["Evidence", edgeEvidence(edge)],
    ["By parent span", formatCounted(edge.parent_span_calls, "call")],
    ["By shared id", formatCounted(edge.shared_id_calls, "call")],
    ["Declared by a tag", edge.declared ? "yes" : "no"],
    ["Confidence", `${edge.confidence_pct} %`],
    ["Example", exampleLink(edge, route)],
  ];
  return card(
    "Chosen call",
    "Call",
    factList(facts),
    edge.uncertain
      ? h("p", { class: "foot" }, "Fewer than three calls and no tag: it may be a coincidence.")
      : null,
  );
}

/** A call that shows the edge, with a link to its request. */
function exampleLink(edge: MapEdge, route: Route): Child {
  const [text, id] = [exampleText(edge), exampleRequest(edge)];
  if (text === null || id === null) return UNKNOWN;
  return [h("bdi", {}, text), " ", h("a", { href: route.to("/request", { id }) }, "Its request")];
}

/** Card about a failure of the node that the map is about: the functions upstream, and the requests that touch it. */
export function impactCard(name: string, impact: MapImpact, route: Route): HTMLElement {
  const { callers, requests, failed_requests } = impact;
  const links = callers.map((one, index) => [
    index > 0 ? ", " : null,
    h("a", { href: route.with({ of: one.name, select: null }) }, h("bdi", {}, one.name)),
    unit(` ${formatCounted(one.requests, "request")}`),
  ]);
  return h(
    "section",
    { class: "card impact", "aria-label": "Impact of a failure" },
    h("h2", {}, "If ", h("bdi", {}, name), " fails"),
    h(
      "p",
      {},
      callers.length > 0
        ? [`${formatCounted(callers.length, "function")} upstream: `, links, ". "]
        : "No function is known to depend on it. ",
      h("a", { href: route.to("/requests", { function: name }) }, formatCounted(requests, "request")),
      " of this range touched it, ",
      h("span", { class: failed_requests > 0 ? "bad" : null }, `${formatCount(failed_requests)} failed`),
      ".",
    ),
    h(
      "p",
      { class: "u" },
      `Of ${formatCounted(impact.invocations, "invocation")}, ${formatCount(impact.single_invocations)} are part of no request across functions; for ${formatCount(impact.without_caller)} no log tells the caller.`,
    ),
  );
}
