// Chosen part of the map, as addresses have it: a node by its name, or a call as a JSON list of the names of its ends.

export type Selection = { node: string } | { from: string; to: string };

export function selectionText(selection: Selection): string {
  return "node" in selection ? selection.node : JSON.stringify([selection.from, selection.to]);
}

/** Selection of a text; null of an empty one. */
export function parseSelection(text: string): Selection | null {
  if (text === "") return null;
  try {
    const [from, to] = JSON.parse(text) as unknown[];
    if (typeof from === "string" && typeof to === "string") return { from, to };
  } catch {
    // The text is the name of a node.
  }
  return { node: text };
}
