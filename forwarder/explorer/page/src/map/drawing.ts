// Drawing of the map: nodes and calls in layers, to zoom, to move, and to walk through by keyboard.

import type { MapEdge } from "../api-types";
import { h, svg } from "../dom";
import { type Elements, enableChoice, makeReachable, markSelection } from "./choice";
import type { Graph } from "./graph";
import { overview } from "./overview";
import type { Arrangement, Point } from "./places";
import type { Selection } from "./selection";
import { arrowHeads, edgeElements, nodeElement, routeOf } from "./shapes";
import {
  centred,
  clamped,
  enablePointers,
  fitted,
  READABLE_SCALE,
  SMALLEST_START,
  shows,
  type View,
  zoomed,
} from "./viewport";

export type Drawing = {
  element: HTMLElement;
  /** Marks a node or a call, and what it is connected with; null marks nothing. */
  select: (selection: Selection | null) => void;
  /** Marks the nodes with these names and shows the one at `current`. */
  markFound: (names: string[], current: number) => void;
  /** Sets the first view; call it when the element has its size. */
  start: (centre: string | null) => void;
};

/** Factor of a click on a zoom button. */
const ZOOM_STEP = 1.4;

/** Distance from the edge of the window at which a node is moved into it. */
const MARGIN = 60;

export function drawing(
  graph: Graph,
  places: Arrangement,
  onSelect: (selection: Selection) => void,
): Drawing {
  const placeByName = new Map(
    graph.nodes.map(({ name }, index) => [name, places.nodes[index] ?? { x: 0, y: 0 }]),
  );
  const placeOf = (name: string): Point => placeByName.get(name) ?? { x: 0, y: 0 };
  const elements: Elements = {
    nodes: new Map(graph.nodes.map((node) => [node.name, nodeElement(node, placeOf(node.name))])),
    edges: graph.edges.map((edge, index) =>
      edgeElements(edge, routeOf(places.edges[index] ?? [], placeOf(edge.from), placeOf(edge.to))),
    ),
  };
  const content = svg(
    "g",
    {},
    elements.edges.map(([line]) => line ?? null),
    [...elements.nodes.values()],
    elements.edges.map(([, label]) => label ?? null),
  );
  const label = "Map of functions and calls: arrow keys follow calls, Enter shows details";
  const canvas = svg(
    "svg",
    { class: "map-canvas", role: "group", "aria-label": label },
    arrowHeads(),
    content,
  );
  const window = () => ({ width: canvas.clientWidth, height: canvas.clientHeight });
  let view: View = { scale: 1, left: 0, top: 0 };
  const small = overview(graph.nodes, places, (point) => show(centred(point, view.scale, window())));
  const show = (next: View) => {
    view = next;
    content.setAttribute("transform", `translate(${view.left} ${view.top}) scale(${view.scale})`);
    canvas.classList.toggle("names-only", view.scale < READABLE_SCALE);
    small.show(view, window());
  };
  const bringInto = (name: string) => {
    const scale = Math.max(view.scale, READABLE_SCALE);
    if (scale !== view.scale || !shows(view, placeOf(name), window(), MARGIN))
      show(centred(placeOf(name), scale, window()));
  };
  const zoom = (factor: number) =>
    show(zoomed(view, factor, { x: window().width / 2, y: window().height / 2 }));
  enablePointers(canvas, () => view, show);
  enableChoice(graph, places, elements, onSelect, bringInto);
  return {
    element: h(
      "div",
      { class: "map-window" },
      canvas,
      small.element,
      zoomTools(zoom, () => show(fitted(places, window()))),
    ),
    select(selection) {
      canvas.classList.toggle("has-selection", selection !== null);
      markSelection(selection, graph, elements);
    },
    markFound(names, current) {
      for (const [name, element] of elements.nodes) element.classList.toggle("found", names.includes(name));
      const shown = names[current];
      if (shown !== undefined) bringInto(shown);
    },
    start(centre) {
      const whole = fitted(places, window());
      const name = centre ?? busiest(graph.edges) ?? graph.nodes[0]?.name ?? "";
      const part = clamped(centred(placeOf(name), SMALLEST_START, window()), places, window());
      show(whole.scale >= SMALLEST_START ? whole : part);
      makeReachable(name, elements);
    },
  };
}

/** Name of the node with the most different callers and callees. */
function busiest(edges: MapEdge[]): string | null {
  const degrees = new Map<string, number>();
  for (const name of edges.flatMap(({ from, to }) => [from, to]))
    degrees.set(name, (degrees.get(name) ?? 0) + 1);
  const [most] = [...degrees].sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0], "en"));
  return most?.[0] ?? null;
}

function zoomTools(zoom: (factor: number) => void, fit: () => void): HTMLElement {
  const button = (text: string, label: string, click: () => void) =>
    h("button", { type: "button", class: "chip", "aria-label": label, on: { click } }, text);
  return h(
    "div",
    { class: "map-tools", role: "group", "aria-label": "Zoom" },
    button("+", "Zoom in", () => zoom(ZOOM_STEP)),
    button("−", "Zoom out", () => zoom(1 / ZOOM_STEP)),
    button("Fit", "Fit the map into the window", fit),
  );
}
