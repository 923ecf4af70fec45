// Outline of a page, shown until its data are there.

import { h } from "./dom";

const blocks = (count: number, name: string) =>
  Array.from({ length: count }, () => h("div", { class: `bone ${name}` }));

/** Creates the outline: headline figures, charts and rows of a table. */
export function skeleton(path: string): HTMLElement[] {
  const hasCharts = ["/", "/function"].includes(path);
  return [
    h(
      "div",
      { class: "skeleton", role: "status", "aria-label": "Loading" },
      h("div", { class: "strip" }, blocks(6, "figure")),
      hasCharts ? h("div", { class: "charts three" }, blocks(3, "plot-bone card")) : null,
      h("div", { class: "card" }, blocks(8, "row")),
    ),
  ];
}
