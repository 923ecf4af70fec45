// Dependency matrix: callers as rows, callees as columns, and a button where one calls the other.

import type { MapEdge } from "../api-types";
import { h } from "../dom";
import { changeText, dependencyMatrix, edgeClass, edgeText, type Graph } from "./graph";
import type { Selection } from "./selection";

/** Sizes of the names of the rows and columns, and of a cell, in pixels. */
const [ROW_NAME, COLUMN_NAME, CELL] = [200, 160, 20];

/** Creates the matrix; `toNode` is the address of the map of one node. */
export function matrix(
  graph: Graph,
  hasResources: boolean,
  toNode: (name: string) => string,
  onSelect: (selection: Selection) => void,
): HTMLElement {
  const { rows, columns, cells } = dependencyMatrix(graph, hasResources);
  if (cells.length === 0)
    return h(
      "p",
      { class: "no-data" },
      "No function calls another one directly. Resources between them can be shown.",
    );
  const nameLink = (name: string, kind: string, index: number) => {
    const link = h("a", { class: `matrix-${kind}`, href: toNode(name), title: name }, h("bdi", {}, name));
    if (kind === "row") link.style.gridRow = String(index + 2);
    else link.style.gridColumn = String(index + 2);
    return link;
  };
  const buttons = cells.map(({ row, column, edge }) => cellButton(edge, row, column, onSelect));
  const grid = h(
    "div",
    { class: "matrix", role: "group", "aria-label": "Dependency matrix: rows call columns; arrow keys move" },
    h("span", { class: "matrix-corner" }, "calls →"),
    columns.map((name, index) => nameLink(name, "column", index)),
    rows.map((name, index) => nameLink(name, "row", index)),
    buttons,
  );
  grid.style.gridTemplateColumns = `${ROW_NAME}px repeat(${columns.length}, ${CELL}px)`;
  grid.style.gridTemplateRows = `${COLUMN_NAME}px repeat(${rows.length}, ${CELL}px)`;
  enableArrows(grid, cells, buttons);
  return h("div", { class: "matrix-scroll", tabindex: 0, role: "region", "aria-label": "Matrix" }, grid);
}

function cellButton(
  edge: MapEdge,
  row: number,
  column: number,
  onSelect: (selection: Selection) => void,
): HTMLElement {
  const change = changeText(edge);
  const button = h(
    "button",
    {
      type: "button",
      class: `cell ${edgeClass(edge)}`,
      tabindex: -1,
      "aria-label": edgeText(edge),
      "data-tip": edgeText(edge),
      on: { click: () => onSelect({ from: edge.from, to: edge.to }) },
    },
    // The first letter of the change, so that it needs no colour.
    change === null ? (edge.errors > 0 ? "!" : "") : change.charAt(0).toUpperCase(),
  );
  button.style.gridRow = String(row + 2);
  button.style.gridColumn = String(column + 2);
  return button;
}

type Cell = { row: number; column: number };

/** Index of the cell that an arrow key leads to from the cell at `from`: the nearest one in that direction. */
export function cellByKey(cells: Cell[], from: number, key: string): number | null {
  const start = cells[from];
  if (!start) return null;
  const isAhead: Record<string, (cell: Cell) => boolean> = {
    ArrowRight: ({ row, column }) => row === start.row && column > start.column,
    ArrowLeft: ({ row, column }) => row === start.row && column < start.column,
    ArrowDown: ({ row }) => row > start.row,
    ArrowUp: ({ row }) => row < start.row,
  };
  const ahead = isAhead[key];
  if (!ahead) return null;
  const distance = ({ row, column }: Cell) =>
    Math.abs(row - start.row) * 10_000 + Math.abs(column - start.column);
  const found = cells.map((cell, index) => ({ cell, index })).filter(({ cell }) => ahead(cell));
  return found.sort((a, b) => distance(a.cell) - distance(b.cell))[0]?.index ?? null;
}

/** One cell can be reached by Tab; the arrow keys move from it. */
function enableArrows(grid: HTMLElement, cells: Cell[], buttons: HTMLElement[]): void {
  buttons[0]?.setAttribute("tabindex", "0");
  grid.addEventListener("keydown", (event) => {
    const from = buttons.findIndex((button) => button.matches(":focus"));
    const next = cellByKey(cells, from, event.key);
    const button = next === null ? undefined : buttons[next];
    if (!button) return;
    event.preventDefault();
    for (const other of buttons) other.setAttribute("tabindex", other === button ? "0" : "-1");
    button.focus();
  });
}
