// Views of the map: a search, the dependency matrix, and words for nodes, edges and changes.

import type { MapEdge, MapNode, ServiceMap } from "../api-types";
import { formatCount, formatCounted, formatDuration } from "../format";

export type Graph = Pick<ServiceMap, "nodes" | "edges">;

export type Direction = "both" | "upstream" | "downstream";

/** Names of the nodes that contain a text, without regard to case. */
export function search({ nodes }: Graph, text: string): string[] {
  const wanted = text.trim().toLowerCase();
  if (wanted === "") return [];
  return nodes.map(({ name }) => name).filter((name) => name.toLowerCase().includes(wanted));
}

export type Matrix = {
  /** Callers, and callees, in the order of their names. */
  rows: string[];
  columns: string[];
  /** Cells with calls, by the indexes of row and column. */
  cells: { row: number; column: number; edge: MapEdge }[];
};

/** Matrix of the calls between functions; with `hasResources`, of those to and from resources too. */
export function dependencyMatrix({ nodes, edges }: Graph, hasResources: boolean): Matrix {
  const functions = new Set(nodes.filter(({ kind }) => kind === "function").map(({ name }) => name));
  const shown = hasResources
    ? edges
    : edges.filter(({ from, to }) => functions.has(from) && functions.has(to));
  const names = (of: (edge: MapEdge) => string) =>
    [...new Set(shown.map(of))].sort((a, b) => a.localeCompare(b, "en"));
  const [rows, columns] = [names((edge) => edge.from), names((edge) => edge.to)];
  const indexes = (list: string[]) => new Map(list.map((name, index) => [name, index]));
  const [rowOf, columnOf] = [indexes(rows), indexes(columns)];
  const cells = shown.map((edge) => ({
    row: rowOf.get(edge.from) ?? 0,
    column: columnOf.get(edge.to) ?? 0,
    edge,
  }));
  return { rows, columns, cells: cells.sort((a, b) => a.row - b.row || a.column - b.column) };
}

const KINDS: Record<MapNode["kind"], string> = {
  function: "function",
  queue: "queue",
  topic: "topic",
  bucket: "bucket",
  table: "table",
  bus: "event bus",
  stream: "stream",
  api: "API",
  state_machine: "state machine",
  host: "host",
};

/** The graph as it is drawn: without calls over resources, whose edges to and from these are drawn. */
export function drawn<G extends Graph>(graph: G): G {
  return { ...graph, edges: graph.edges.filter((edge) => !isOverResources(edge)) };
}

/** True if all calls between two functions go over resources that the map shows. */
function isOverResources({ via, via_calls, calls }: MapEdge): boolean {
  return via.length > 0 && via_calls >= calls;
}

/** Name of a kind of node; the API's own word for one that is not known. */
export function kindName(kind: MapNode["kind"]): string {
  return KINDS[kind] ?? String(kind).replaceAll("_", " ");
}

/** A node in one sentence, for screen readers. */
export function nodeText({ name, kind, invocations, errors, p95_ms }: MapNode): string {
  const parts = [`${name}, ${kindName(kind)}`];
  if (invocations > 0) parts.push(formatCounted(invocations, "invocation"));
  if (errors > 0) parts.push(`${formatCount(errors)} failed`);
  if (p95_ms !== null) parts.push(`p95 ${formatDuration(p95_ms)}`);
  return parts.join(", ");
}

/** An edge in one sentence. */
export function edgeText(edge: MapEdge): string {
  const parts = [`${edge.from} calls ${edge.to}: ${formatCounted(edge.calls, "call")}`];
  if (edge.errors > 0) parts.push(`${formatCount(edge.errors)} failed`);
  if (edge.retries > 0) parts.push(`${formatCount(edge.retries)} retried`);
  if (edge.via.length > 0) parts.push(`over ${edge.via.join(", ")}`);
  parts.push(`confidence ${edge.confidence_pct} %`);
  const change = changeText(edge);
  if (change !== null) parts.push(change);
  return parts.join(", ");
}

/** The change of an edge against the earlier period; null if it has none. */
export function changeText({ change, before, calls, errors, p95_ms }: MapEdge): string | null {
  switch (change) {
    case null:
      return null;
    case "new":
      return `new: no calls before, now ${formatCount(calls)}`;
    case "gone":
      return `gone: ${formatCounted(before?.calls ?? 0, "call")} before, now none`;
    case "slower":
      return `slower: p95 ${formatDuration(before?.p95_ms)} before, now ${formatDuration(p95_ms)}`;
    case "failing": {
      const share = (part: number, whole: number) => (whole === 0 ? 0 : Math.round((part / whole) * 100));
      const earlier = share(before?.errors ?? 0, before?.calls ?? 0);
      return `failing: ${earlier} % of ${formatCounted(before?.calls ?? 0, "call")} before, now ${share(errors, calls)} % of ${formatCount(calls)}`;
    }
  }
}

/** Short text at an edge of the drawing; empty if the call has no change and no failures. */
export function edgeLabel({ change, errors }: MapEdge): string {
  return change ?? (errors > 0 ? `${formatCount(errors)} failed` : "");
}

/** CSS class of a change; empty without one. */
export function changeClass(change: MapEdge["change"]): string {
  return change === null ? "" : `is-${change}`;
}

/** CSS classes of an edge: its confidence, and its change or that calls failed. */
export function edgeClass({ change, errors, uncertain, confidence_pct }: MapEdge): string {
  const certainty =
    uncertain || confidence_pct <= 50 ? "uncertain" : confidence_pct < 90 ? "likely" : "certain";
  return `${certainty} ${changeClass(change ?? (errors > 0 ? "failing" : null))}`.trim();
}
