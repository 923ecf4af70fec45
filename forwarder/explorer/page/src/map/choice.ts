// Choice of nodes and calls in the drawing of the map, by mouse and keyboard.

import type { MapEdge } from "../api-types";
import type { Graph } from "./graph";
import { type Arrangement, NODE } from "./places";
import type { Selection } from "./selection";

/** SVG elements of the drawing: nodes by name; for each call, in the order of the calls, its line and its label. */
export type Elements = { nodes: Map<string, SVGElement>; edges: SVGElement[][] };

/** Marks a selection, and what it is connected with; everything else fades. */
export function markSelection(selection: Selection | null, { edges }: Graph, elements: Elements): void {
  const isOn = ({ from, to }: MapEdge) =>
    selection !== null &&
    ("node" in selection
      ? from === selection.node || to === selection.node
      : from === selection.from && to === selection.to);
  const near = new Set(edges.filter(isOn).flatMap(({ from, to }) => [from, to]));
  for (const [index, edge] of edges.entries())
    for (const element of elements.edges[index] ?? []) element.classList.toggle("on", isOn(edge));
  const chosen = selection !== null && "node" in selection ? selection.node : null;
  for (const [name, element] of elements.nodes) {
    element.classList.toggle("on", near.has(name) || name === chosen);
    element.setAttribute("aria-pressed", String(name === chosen));
  }
}

/** Makes one node reachable by Tab; the arrow keys move from it. */
export function makeReachable(name: string, { nodes }: Elements): void {
  for (const [other, element] of nodes) element.setAttribute("tabindex", other === name ? "0" : "-1");
}

/** `onSelect` is called when a node or an edge is clicked or opened by key, `onFocus` when a key leads to a node. */
export function enableChoice(
  graph: Graph,
  places: Arrangement,
  elements: Elements,
  onSelect: (selection: Selection) => void,
  onFocus: (name: string) => void,
): void {
  for (const [name, element] of elements.nodes) {
    element.addEventListener("click", () => {
      makeReachable(name, elements);
      onSelect({ node: name });
    });
    element.addEventListener("focus", () => {
      if (element.matches(":focus-visible")) onFocus(name);
    });
    element.addEventListener("keydown", (event) => {
      const isOpening = event.key === "Enter" || event.key === " ";
      const next = isOpening ? null : neighbourByKey(event.key, name, graph, places);
      if (!isOpening && next === null) return;
      event.preventDefault();
      if (next === null) return onSelect({ node: name });
      makeReachable(next, elements);
      elements.nodes.get(next)?.focus();
    });
  }
  for (const [index, { from, to }] of graph.edges.entries())
    for (const element of elements.edges[index] ?? [])
      element.addEventListener("click", () => onSelect({ from, to }));
}

/**
 * Node that an arrow key leads to: right to the nearest callee, left to the nearest caller, up and down to the next
 * node of the same layer. Null if there is none.
 */
export function neighbourByKey(
  key: string,
  name: string,
  { nodes, edges }: Graph,
  places: Pick<Arrangement, "nodes">,
): string | null {
  const all = nodes.map((node, index) => ({ name: node.name, place: places.nodes[index] ?? { x: 0, y: 0 } }));
  const from = all.find((one) => one.name === name)?.place;
  if (!from) return null;
  const nearest = (found: typeof all) =>
    found
      .filter((one) => one.name !== name)
      .sort((a, b) => Math.abs(a.place.y - from.y) - Math.abs(b.place.y - from.y))[0]?.name ?? null;
  const among = (names: string[]) => nearest(all.filter((one) => names.includes(one.name)));
  const inLayer = all.filter(({ place }) => Math.abs(place.x - from.x) < NODE.width / 2);
  switch (key) {
    case "ArrowRight":
      return among(edges.filter((edge) => edge.from === name).map((edge) => edge.to));
    case "ArrowLeft":
      return among(edges.filter((edge) => edge.to === name).map((edge) => edge.from));
    case "ArrowDown":
      return nearest(inLayer.filter(({ place }) => place.y > from.y));
    case "ArrowUp":
      return nearest(inLayer.filter(({ place }) => place.y < from.y));
    default:
      return null;
  }
}
