// The whole drawing of the map in small, with the part that is visible; a click moves there.

import type { MapNode } from "../api-types";
import { svg } from "../dom";
import { type Arrangement, NODE, type Point } from "./places";
import type { Size, View } from "./viewport";

export type Overview = {
  element: SVGElement;
  /** Shows which part is visible; hidden if that is everything. */
  show: (view: View, window: Size) => void;
};

export function overview(
  nodes: MapNode[],
  { width, height, nodes: places }: Arrangement,
  moveTo: (point: Point) => void,
): Overview {
  const visible = svg("rect", { class: "overview-window" });
  const element = svg(
    "svg",
    {
      class: "map-overview",
      viewBox: `0 0 ${Math.max(width, 1)} ${Math.max(height, 1)}`,
      "aria-hidden": "true",
    },
    svg("rect", { class: "overview-all", width, height }),
    places.map(({ x, y }, index) =>
      svg("rect", {
        class: nodes[index]?.errors ? "overview-node failing" : "overview-node",
        x: x - NODE.width / 2,
        y: y - NODE.height / 2,
        ...NODE,
      }),
    ),
    visible,
  );
  element.addEventListener("click", (event) => {
    const toDrawing = (element as SVGSVGElement).getScreenCTM()?.inverse();
    if (toDrawing) moveTo(new DOMPoint(event.clientX, event.clientY).matrixTransform(toDrawing));
  });
  return {
    element,
    show({ scale, left, top }, window) {
      const [x, y] = [-left / scale, -top / scale];
      const size = { width: window.width / scale, height: window.height / scale };
      for (const [name, value] of Object.entries({ x, y, ...size }))
        visible.setAttribute(name, String(value));
      // Sums of fractions are off by less than a unit.
      const isWhole = x < 1 && y < 1 && x + size.width > width - 1 && y + size.height > height - 1;
      element.toggleAttribute("hidden", isWhole);
    },
  };
}
