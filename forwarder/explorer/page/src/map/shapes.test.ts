import { expect, test } from "vitest";
import type { MapEdge, MapNode } from "../api-types";
import { neighbourByKey } from "./choice";
import { cellByKey } from "./matrix";
import { nodeLabel, pathOf, routeOf } from "./shapes";

const nodes = ["a", "b", "c", "d"].map((name) => ({ name }) as MapNode);
const edges = [
  ["a", "b"],
  ["a", "c"],
  ["c", "d"],
].map(([from, to]) => ({ from, to }) as MapEdge);
const places = {
  nodes: [
    { x: 0, y: 100 },
    { x: 300, y: 0 },
    { x: 300, y: 90 },
    { x: 600, y: 90 },
  ],
};

test("arrow keys follow the nearest call, and move within a layer", () => {
  const to = (key: string, name: string) => neighbourByKey(key, name, { nodes, edges }, places);
  expect(to("ArrowRight", "a")).toBe("c");
  expect(to("ArrowLeft", "b")).toBe("a");
  expect(to("ArrowUp", "c")).toBe("b");
  expect(to("ArrowDown", "c")).toBeNull();
  expect(to("ArrowRight", "d")).toBeNull();
  expect(to("x", "a")).toBeNull();
});

test("arrow keys move to the nearest cell of a matrix, and down to the next row that has one", () => {
  const cells = [
    { row: 0, column: 3 },
    { row: 2, column: 0 },
    { row: 2, column: 4 },
  ];
  expect(cellByKey(cells, 0, "ArrowDown")).toBe(2);
  expect(cellByKey(cells, 2, "ArrowLeft")).toBe(1);
  expect(cellByKey(cells, 1, "ArrowUp")).toBe(0);
  expect(cellByKey(cells, 1, "ArrowLeft")).toBeNull();
  expect(cellByKey(cells, -1, "ArrowDown")).toBeNull();
});

test("long names keep their end, in whole characters", () => {
  expect(nodeLabel("checkout-api", 24)).toBe("checkout-api");
  expect(nodeLabel("shop-prod-CheckoutStack-HandleOrder1A2B", 24)).toBe("shop-prod-C…dleOrder1A2B");
  expect([...nodeLabel("注".repeat(30), 24)]).toHaveLength(24);
});

test("path begins and ends at the points of its ends", () => {
  const at = (x: number, y: number) => ({ x, y });
  expect(pathOf([at(0, 0), at(10, 5)])).toBe("M0 0 C5 0 5 5 10 5");
  expect(pathOf([at(0, 0)])).toBe("");
});

test("an edge leaves and reaches its nodes at the sides that face each other", () => {
  const [from, to, bend] = [
    { x: 100, y: 10 },
    { x: 400, y: 50 },
    { x: 250, y: 30 },
  ];
  expect(routeOf([from, bend, to], from, to)).toEqual([{ x: 188, y: 10 }, bend, { x: 312, y: 50 }]);
  expect(routeOf([to, bend, from], to, from)).toEqual([{ x: 312, y: 50 }, bend, { x: 188, y: 10 }]);
  expect(routeOf([from, bend, from], from, from)).toEqual([from, bend, from]);
});
