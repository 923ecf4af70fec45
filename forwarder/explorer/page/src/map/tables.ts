// The map as tables: the calls, and the answers of each function and resource.

import type { MapAnswers, MapEdge, MapNode } from "../api-types";
import { duration } from "../components";
import { nameLink } from "../cut-name";
import { type Child, h } from "../dom";
import { formatCount, formatCounted, formatPercent, UNKNOWN } from "../format";
import { countColumn, numberColumn, textCell, usdColumn } from "../pages/insight-columns";
import { edgeEvidence } from "../request/evidence";
import type { Route } from "../route";
import { type Column, parseSortOrder, sortRows, tableCard } from "../table";
import { changeClass, changeText, type Graph, kindName } from "./graph";

const percent = (value: number | null): Child => (value === null ? UNKNOWN : formatPercent(value, 100));

/** Tables of the calls and of the nodes; the address has their order. */
export function mapTables(
  { nodes, edges }: Graph,
  route: Route,
  navigate: (address: string) => void,
): HTMLElement[] {
  const edgeOrder = parseSortOrder(route.text("calls"), EDGE_IDS, {
    column: "edge_calls",
    isDescending: true,
  });
  const nodeOrder = parseSortOrder(route.text("nodes"), NODE_IDS, {
    column: "invocations",
    isDescending: true,
  });
  const [ofEdges, ofNodes] = [edgeColumns(route), nodeColumns(route)];
  return [
    tableCard({
      title: "Calls",
      columns: ofEdges,
      rows: sortRows(edges, ofEdges, edgeOrder),
      order: edgeOrder,
      sort: (calls) => navigate(route.with({ calls })),
      count: formatCounted(edges.length, "call"),
      empty: "No calls in this range.",
    }),
    tableCard({
      title: "Functions and resources",
      columns: ofNodes,
      rows: sortRows(nodes, ofNodes, nodeOrder),
      order: nodeOrder,
      sort: (order) => navigate(route.with({ nodes: order })),
      count: formatCounted(nodes.length, "node"),
      about:
        "Invocations by outcome: an error ended the handler, a fault is out of time or memory. Throttled calls leave no line in the logs of a function.",
      empty: "Nothing in this range.",
    }),
  ];
}

function nodeLinkColumn<Row>(
  id: string,
  title: string,
  tip: string,
  nameOf: (row: Row) => string,
  route: Route,
): Column<Row> {
  return {
    id,
    title,
    tip,
    kind: "text",
    key: nameOf,
    cell: (row) =>
      nameLink(nameOf(row), route.with({ of: nameOf(row), view: null, ask: null, select: null })),
  };
}

const EDGE_IDS = [
  "from",
  "to",
  "edge_calls",
  "edge_errors",
  "retries",
  "edge_p95_ms",
  "confidence_pct",
  "change",
].map((id) => ({ id }));

function edgeColumns(route: Route): Column<MapEdge>[] {
  return [
    nodeLinkColumn(
      "from",
      "Caller",
      "Function or resource that calls; leads to its map.",
      (edge) => edge.from,
      route,
    ),
    nodeLinkColumn(
      "to",
      "Callee",
      "Function or resource that is called; leads to its map.",
      (edge) => edge.to,
      route,
    ),
    {
      ...countColumn<MapEdge>({
        id: "edge_calls",
        title: "Calls",
        tip: "Calls.",
        value: (edge) => edge.calls,
      }),
      exported: (edge) => ({
        calls: edge.calls,
        parent_span_calls: edge.parent_span_calls,
        shared_id_calls: edge.shared_id_calls,
      }),
    },
    {
      id: "edge_errors",
      title: "Failed",
      tip: "Calls whose callee failed.",
      kind: "number",
      key: (edge) => edge.errors,
      cell: (edge) => h("span", { class: edge.errors > 0 ? "bad" : "zero" }, formatCount(edge.errors)),
      exported: (edge) => ({ errors: edge.errors }),
    },
    {
      ...countColumn<MapEdge>({
        id: "retries",
        title: "Retried",
        tip: "Calls that are retries by Lambda.",
        value: (edge) => edge.retries,
      }),
      exported: (edge) => ({ retries: edge.retries, failed_retries: edge.failed_retries }),
    },
    {
      ...numberColumn<MapEdge>(
        {
          id: "edge_p95_ms",
          title: "p95",
          tip: "95th percentile of the callee's duration.",
          value: (edge) => edge.p95_ms,
        },
        duration,
      ),
      exported: (edge) => ({ p95_ms: edge.p95_ms }),
    },
    {
      id: "change",
      title: "Change",
      tip: "Change against the earlier period that is compared with.",
      kind: "text",
      key: (edge) => edge.change,
      cell: (edge) =>
        textCell(
          h("span", { class: `edge-change ${changeClass(edge.change)}` }, changeText(edge) ?? UNKNOWN),
        ),
      exported: (edge) => ({
        change: edge.change,
        before_calls: edge.before?.calls ?? null,
        before_errors: edge.before?.errors ?? null,
        before_p95_ms: edge.before?.p95_ms ?? null,
      }),
    },
    {
      ...numberColumn<MapEdge>(
        {
          id: "confidence_pct",
          title: "Confidence",
          tip: "By the strongest evidence: 100 % a parent span, 90 % a tag, 80 % within the run of the caller, 50 % order in time.",
          value: (edge) => edge.confidence_pct,
        },
        percent,
      ),
      exported: (edge) => ({ confidence_pct: edge.confidence_pct, declared: edge.declared }),
    },
    {
      id: "evidence",
      title: "Evidence",
      tip: "Evidence in the logs that one calls the other.",
      kind: "text",
      isUnsorted: true,
      isOptional: true,
      key: (edge) => edge.evidence.join(),
      cell: (edge) => textCell(edgeEvidence(edge), edge.uncertain ? "; fewer than three calls" : null),
      exported: (edge) => ({ evidence: edge.evidence.join(), is_uncertain: edge.uncertain }),
    },
  ];
}

const NODE_IDS = [
  "name",
  "kind",
  "invocations",
  "average_ms",
  "p95_ms",
  "traces_pct",
  "ok",
  "throttled",
  "errors",
  "faults",
  "cost_usd",
].map((id) => ({ id }));

function nodeColumns(route: Route): Column<MapNode>[] {
  const answers = (id: keyof MapAnswers, title: string, tip: string): Column<MapNode> =>
    countColumn({ id, title, tip, value: (node) => node.answers?.[id] ?? null });
  return [
    nodeLinkColumn("name", "Name", "Function or resource; leads to its map.", (node) => node.name, route),
    {
      id: "kind",
      title: "Kind",
      tip: "Function, or kind of resource.",
      kind: "text",
      key: (node) => node.kind,
      cell: (node) => kindName(node.kind),
    },
    countColumn({
      id: "invocations",
      title: "Invocations",
      tip: "Invocations of a function; of a resource, those whose log lines name it.",
      value: (node) => node.invocations,
    }),
    numberColumn(
      { id: "average_ms", title: "Average", tip: "Average duration.", value: (node) => node.average_ms },
      duration,
    ),
    numberColumn(
      { id: "p95_ms", title: "p95", tip: "95th percentile of the duration.", value: (node) => node.p95_ms },
      duration,
    ),
    numberColumn(
      {
        id: "traces_pct",
        title: "Share of requests",
        tip: "Share of the requests that touch it.",
        value: (node) => node.traces_pct,
      },
      percent,
    ),
    answers("ok", "Ok", "Invocations that succeeded."),
    answers("throttled", "Throttled", "Throttled calls, if the logs show them."),
    answers("errors", "Errors", "Invocations that ended with an error."),
    answers("faults", "Faults", "Invocations that Lambda ended: out of time or memory."),
    usdColumn({
      id: "cost_usd",
      title: "Cost",
      tip: "List price of its invocations, first tier.",
      value: (node) => node.cost_usd,
    }),
  ];
}
