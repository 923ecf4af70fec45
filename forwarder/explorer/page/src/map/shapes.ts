// Shapes of nodes and calls in the drawing of the map.

import type { MapEdge, MapNode } from "../api-types";
import { svg } from "../dom";
import { formatCount, formatDuration } from "../format";
import { edgeClass, edgeLabel, edgeText, kindName, nodeText } from "./graph";
import { NODE, type Point } from "./places";

/** Numbers of characters of a name in a node, and of the larger one that is shown where the drawing is small. */
const [MAX_NAME, MAX_LARGE_NAME] = [22, 13];

/** Name of at most so many characters: a long one is cut in the middle and keeps its end. */
export function nodeLabel(name: string, most: number): string {
  const characters = [...name];
  if (characters.length <= most) return name;
  const tail = Math.ceil((most - 1) / 2);
  return `${characters.slice(0, most - 1 - tail).join("")}…${characters.slice(-tail).join("")}`;
}

export function nodeElement(node: MapNode, { x, y }: Point): SVGElement {
  const { width, height } = NODE;
  const details = [
    node.kind === "function" ? null : kindName(node.kind),
    node.invocations > 0 ? formatCount(node.invocations) : null,
    node.p95_ms === null ? null : `p95 ${formatDuration(node.p95_ms)}`,
  ].filter((part) => part !== null);
  const failed = node.errors > 0 ? ` ${formatCount(node.errors)} failed` : "";
  return svg(
    "g",
    {
      class: `node kind-${node.kind}${node.errors > 0 ? " failing" : ""}`,
      transform: `translate(${x - width / 2} ${y - height / 2})`,
      role: "button",
      tabindex: -1,
      "aria-pressed": "false",
      "data-name": node.name,
    },
    svg("title", {}, nodeText(node)),
    svg("rect", { width, height, rx: node.kind === "function" ? 6 : 19 }),
    // A nested picture cuts what is too long, as text in SVG has no width.
    svg(
      "svg",
      { width: width - 8, height },
      svg("text", { class: "node-name", x: 12, y: 16 }, nodeLabel(node.name, MAX_NAME)),
      svg("text", { class: "node-large", x: 9, y: 25 }, nodeLabel(node.name, MAX_LARGE_NAME)),
      svg(
        "text",
        { class: "node-details", x: 12, y: 30 },
        details.join(" · "),
        svg("tspan", { class: "node-errors" }, failed),
      ),
    ),
  );
}

/** Names of the arrow heads, one for each state of a call. */
const ARROWS = ["plain", "bad", "new", "gone"];

export function arrowHeads(): SVGElement {
  const heads = ARROWS.map((name) =>
    svg(
      "marker",
      {
        id: `arrow-${name}`,
        class: `arrow-${name}`,
        viewBox: "0 0 8 8",
        refX: 7,
        refY: 4,
        markerWidth: 7,
        markerHeight: 7,
        markerUnits: "userSpaceOnUse",
        orient: "auto-start-reverse",
      },
      svg("path", { d: "M0 0.5 L8 4 L0 7.5 z" }),
    ),
  );
  return svg("defs", {}, heads);
}

/** A line through points whose ends and bends are level, so that parallel lines stay apart. */
export function pathOf(points: Point[]): string {
  const round = (n: number) => Math.round(n * 10) / 10;
  const at = (x: number, y: number) => `${round(x)} ${round(y)}`;
  const [first, ...rest] = points;
  if (!first || rest.length === 0) return "";
  const curves = rest.map(({ x, y }, index) => {
    const before = points[index] ?? first;
    const middle = (before.x + x) / 2;
    return `C${at(middle, before.y)} ${at(middle, y)} ${at(x, y)}`;
  });
  return `M${at(first.x, first.y)} ${curves.join(" ")}`;
}

/** Points of an edge that leaves and reaches its nodes in the middle of the sides that face each other. */
export function routeOf(points: Point[], from: Point, to: Point): Point[] {
  const direction = Math.sign(to.x - from.x);
  if (direction === 0) return points;
  const side = (NODE.width / 2) * direction;
  return [{ x: from.x + side, y: from.y }, ...points.slice(1, -1), { x: to.x - side, y: to.y }];
}

/** Place of the label of an edge: the middle of its middle part. */
function labelPlace(points: Point[]): Point {
  const middle = (points.length - 1) / 2;
  const [a, b] = [points[Math.floor(middle)], points[Math.ceil(middle)]];
  return { x: ((a?.x ?? 0) + (b?.x ?? 0)) / 2, y: ((a?.y ?? 0) + (b?.y ?? 0)) / 2 };
}

/** The line of a call, and its label if it has one, which is drawn above the nodes. */
export function edgeElements(edge: MapEdge, points: Point[]): [SVGElement] | [SVGElement, SVGElement] {
  const path = pathOf(points);
  const classes = edgeClass(edge);
  const arrow = /failing|slower/.test(classes) ? "bad" : (/new|gone/.exec(classes)?.[0] ?? "plain");
  const label = edgeLabel(edge);
  const { x, y } = labelPlace(points);
  const line = svg(
    "g",
    { class: `edge ${classes}` },
    svg("title", {}, edgeText(edge)),
    svg("path", { class: "edge-area", d: path }),
    svg("path", { class: "edge-line", d: path, "marker-end": `url(#arrow-${arrow})` }),
  );
  if (label === "") return [line];
  return [line, svg("text", { class: `edge edge-label ${classes}`, x, y: y - 4 }, label)];
}
