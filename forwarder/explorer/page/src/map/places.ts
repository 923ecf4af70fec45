// Places of nodes and edges in the drawing of the map.

export type Point = { x: number; y: number };

/** Size of each node. */
export const NODE = { width: 176, height: 38 };

/** Names of nodes, and edges as pairs of their indexes. */
export type Drawable = { names: string[]; edges: [number, number][] };

export type Arrangement = {
  width: number;
  height: number;
  /** Centre of each node. */
  nodes: Point[];
  /** Points of each edge. */
  edges: Point[][];
};
