// Panel beside the map with the chosen node or call, which the address keeps.

import { h } from "../dom";
import { Route } from "../route";
import type { Graph } from "./graph";
import { panel } from "./panel";
import { parseSelection, type Selection, selectionText } from "./selection";

export type SidePanel = {
  element: HTMLElement;
  select: (selection: Selection) => void;
  /** Calls a function with each selection. */
  onSelect: (listener: (selection: Selection) => void) => void;
  /** Selects what the address names. */
  restore: () => void;
};

export function sidePanel(graph: Graph, route: Route): SidePanel {
  const hint = h(
    "p",
    { class: "card no-data" },
    "Choose a node or a connection to see its numbers and its evidence.",
  );
  const element = h("aside", { class: "map-panel", "aria-live": "polite", "aria-label": "Details" }, hint);
  let listener: (selection: Selection) => void = () => undefined;
  const show = (selection: Selection) => {
    const content = panel(selection, graph, route, select);
    element.replaceChildren(...(content.length > 0 ? content : [hint]));
    listener(selection);
  };
  const select = (selection: Selection) => {
    show(selection);
    history.replaceState(null, "", new Route(location.href).with({ select: selectionText(selection) }));
  };
  return {
    element,
    select,
    onSelect(next) {
      listener = next;
    },
    restore() {
      const selection = parseSelection(route.text("select"));
      if (selection !== null) show(selection);
    },
  };
}
