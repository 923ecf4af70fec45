import { expect, test } from "vitest";
import type { MapEdge, MapNode } from "../api-types";
import { changeText, dependencyMatrix, drawn, edgeClass, edgeText, search } from "./graph";

const node = (name: string, kind: MapNode["kind"] = "function"): MapNode => ({
  kind,
  name,
  function: kind === "function" ? name : null,
  account: null,
  region: null,
  invocations: 10,
  errors: 0,
  average_ms: null,
  p95_ms: null,
  traces_pct: null,
  cost_usd: null,
  answers: { ok: 10, throttled: 0, errors: 0, faults: 0 },
});

const edge = (from: string, to: string, changes: Partial<MapEdge> = {}): MapEdge => ({
  from,
  to,
  calls: 20,
  errors: 0,
  retries: 0,
  failed_retries: 0,
  via: [],
  via_calls: 0,
  p95_ms: 40,
  parent_span_calls: 0,
  shared_id_calls: 20,
  declared: false,
  confidence_pct: 80,
  evidence: ["enclosing"],
  uncertain: false,
  change: null,
  before: null,
  example: null,
  ...changes,
});

// a → b → c → d, with a queue between c and d, and e → b.
const graph = {
  nodes: [node("a"), node("b"), node("c"), node("SQS:jobs", "queue"), node("d"), node("e"), node("alone")],
  edges: [edge("a", "b"), edge("b", "c"), edge("c", "SQS:jobs"), edge("SQS:jobs", "d"), edge("e", "b")],
};

test("search ignores case and finds nothing without a text", () => {
  expect(search(graph, "sqs")).toEqual(["SQS:jobs"]);
  expect(search(graph, " ")).toEqual([]);
});

test("matrix has callers as rows and callees as columns, of functions unless resources are wanted", () => {
  const functions = dependencyMatrix(graph, false);
  expect(functions.rows).toEqual(["a", "b", "e"]);
  expect(functions.columns).toEqual(["b", "c"]);
  expect(functions.cells.map(({ row, column }) => [row, column])).toEqual([
    [0, 0],
    [1, 1],
    [2, 0],
  ]);
  expect(dependencyMatrix(graph, true).cells).toHaveLength(5);
});

test("confidence decides the line of an edge, and what is wrong its colour", () => {
  expect(edgeClass(edge("a", "b", { confidence_pct: 100 }))).toBe("certain");
  expect(edgeClass(edge("a", "b"))).toBe("likely");
  expect(edgeClass(edge("a", "b", { confidence_pct: 50 }))).toBe("uncertain");
  expect(edgeClass(edge("a", "b", { confidence_pct: 100, uncertain: true, errors: 1 }))).toBe(
    "uncertain is-failing",
  );
  expect(edgeClass(edge("a", "b", { change: "new", errors: 1 }))).toBe("likely is-new");
});

test("changes are told in words, with the numbers of both periods", () => {
  const before = { calls: 100, errors: 1, p95_ms: 20 };
  expect(changeText(edge("a", "b"))).toBeNull();
  expect(changeText(edge("a", "b", { change: "gone", calls: 0, before }))).toBe(
    "gone: 100 calls before, now none",
  );
  expect(changeText(edge("a", "b", { change: "slower", before }))).toBe(
    "slower: p95 20 ms before, now 40 ms",
  );
  expect(changeText(edge("a", "b", { change: "failing", errors: 10, before }))).toBe(
    "failing: 1 % of 100 calls before, now 50 % of 20",
  );
  expect(edgeText(edge("a", "b", { errors: 2, calls: 1200 }))).toBe(
    "a calls b: 1,200 calls, 2 failed, confidence 80 %",
  );
});

test("a call over a queue is drawn as the edges to and from the queue, and stays in the matrix", () => {
  const over = edge("c", "d", { via: ["SQS:jobs"], via_calls: 20, retries: 1 });
  const partly = edge("c", "e", { via: ["SQS:jobs"], via_calls: 5 });
  const system = { ...graph, edges: [...graph.edges, over, partly] };
  expect(drawn(system).edges).not.toContain(over);
  expect(drawn(system).edges).toContain(partly);
  const { rows, columns, cells } = dependencyMatrix(system, false);
  expect(cells.map(({ row, column }) => `${rows[row]}${columns[column]}`)).toContain("cd");
  expect(edgeText(over)).toContain("1 retried, over SQS:jobs");
});
