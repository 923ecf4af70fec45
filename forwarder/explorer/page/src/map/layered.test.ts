import { expect, test } from "vitest";
import { arrange } from "./layered";
import { NODE } from "./places";

/** Pairs of nodes that lie on each other. */
function overlaps(nodes: { x: number; y: number }[]): number[][] {
  return nodes.flatMap((a, i) =>
    nodes
      .slice(i + 1)
      .flatMap((b, j) =>
        Math.abs(a.x - b.x) < NODE.width && Math.abs(a.y - b.y) < NODE.height ? [[i, i + 1 + j]] : [],
      ),
  );
}

test("callers stand left of what they call, and no node lies on another", () => {
  const names = ["a", "b", "c", "d", "alone", "alone too"];
  const { nodes, edges, width, height } = arrange({
    names,
    edges: [
      [0, 1],
      [1, 2],
      [0, 3],
    ],
  });
  const x = (at: number) => nodes[at]?.x ?? Number.NaN;
  expect(x(0)).toBeLessThan(x(1));
  expect(x(1)).toBeLessThan(x(2));
  expect(overlaps(nodes)).toEqual([]);
  expect(edges.every((points) => points.length >= 2)).toBe(true);
  for (const { x, y } of nodes) expect([x > 0 && x < width, y > 0 && y < height]).toEqual([true, true]);
});

test("circles, calls of itself, and nodes without any call are arranged", () => {
  const circle = arrange({
    names: ["a", "b"],
    edges: [
      [0, 1],
      [1, 0],
      [0, 0],
    ],
  });
  expect(overlaps(circle.nodes)).toEqual([]);
  expect(circle.edges.every((points) => points.length >= 2)).toBe(true);
  const alone = arrange({ names: ["a", "b", "c", "d", "e"], edges: [] });
  expect(overlaps(alone.nodes)).toEqual([]);
  expect(alone.height).toBeLessThan(200);
});
