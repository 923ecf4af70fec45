// Layered drawing of a graph by dagre: callers left of what they call. Nodes without calls stand in a grid below.

import { Graph, layout } from "@dagrejs/dagre";
import { type Arrangement, type Drawable, NODE, type Point } from "./places";

/** Space between nodes, between the edges that pass them, and between layers. */
const [NODE_GAP, EDGE_GAP, LAYER_GAP] = [10, 8, 64];

export function arrange({ names, edges }: Drawable): Arrangement {
  const linked = new Set(edges.flat());
  const graph = new Graph();
  graph.setGraph({
    rankdir: "LR",
    nodesep: NODE_GAP,
    edgesep: EDGE_GAP,
    ranksep: LAYER_GAP,
    ranker: "tight-tree",
  });
  for (const index of linked) graph.setNode(String(index), { ...NODE });
  for (const [from, to] of edges) graph.setEdge(String(from), String(to), {});
  if (linked.size > 0) layout(graph);
  const size = graph.graph() as { width?: number; height?: number };
  const [width, height] = linked.size > 0 ? [size.width ?? 0, size.height ?? 0] : [0, 0];
  const grid = gridBelow(names.length - linked.size, width, height);
  let alone = 0;
  const nodes = names.map((_, index) => {
    if (!linked.has(index)) return grid.places[alone++] ?? { x: 0, y: 0 };
    const { x = 0, y = 0 } = graph.node(String(index)) as Partial<Point>;
    return { x, y };
  });
  const routes = edges.map(([from, to]) => {
    const { points = [] } = graph.edge(String(from), String(to)) as { points?: Point[] };
    return points.map(({ x, y }) => ({ x, y }));
  });
  return { width: Math.max(width, grid.width), height: grid.height, nodes, edges: routes };
}

/** Centres of `count` nodes in rows below a drawing. */
function gridBelow(count: number, width: number, height: number) {
  const step = { x: NODE.width + NODE_GAP, y: NODE.height + NODE_GAP };
  const columns = Math.max(Math.floor(Math.max(width, 4 * step.x) / step.x), 1);
  const top = height === 0 ? 0 : height + LAYER_GAP;
  const places = Array.from({ length: count }, (_, at) => ({
    x: (at % columns) * step.x + NODE.width / 2,
    y: top + Math.floor(at / columns) * step.y + NODE.height / 2,
  }));
  const rows = Math.ceil(count / columns);
  return {
    places,
    width: count === 0 ? 0 : Math.min(count, columns) * step.x - NODE_GAP,
    height: rows === 0 ? height : top + rows * step.y - NODE_GAP,
  };
}
