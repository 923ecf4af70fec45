import { expect, test } from "vitest";
import { centred, clamped, fitted, shows, type View, zoomed } from "./viewport";

const shown = ({ scale, left, top }: View, x: number, y: number) => [x * scale + left, y * scale + top];

test("zooming keeps the point under the pointer, also at the limits", () => {
  const view = { scale: 1, left: 10, top: 20 };
  const next = zoomed(view, 1.5, { x: 60, y: 70 });
  expect(shown(next, 50, 50)).toEqual([60, 70]);
  const most = zoomed(view, 1000, { x: 60, y: 70 });
  expect([most.scale, ...shown(most, 50, 50)]).toEqual([2.5, 60, 70]);
});

test("a drawing is fitted in the middle, and a small one is not enlarged", () => {
  const window = { width: 800, height: 400 };
  expect(fitted({ width: 1600, height: 400 }, window)).toEqual({ scale: 0.5, left: 0, top: 100 });
  expect(fitted({ width: 200, height: 100 }, window)).toEqual({ scale: 1, left: 300, top: 150 });
  expect(fitted({ width: 0, height: 0 }, window).scale).toBe(1);
});

test("a clamped view has no empty space beside a larger drawing, and a smaller one in the middle", () => {
  const window = { width: 800, height: 400 };
  const view = clamped({ scale: 1, left: 300, top: -10 }, { width: 2000, height: 100 }, window);
  expect(view).toEqual({ scale: 1, left: 0, top: 150 });
  expect(clamped({ scale: 1, left: -5000, top: 0 }, { width: 2000, height: 100 }, window).left).toBe(-1200);
});

test("a centred point is shown in the middle, others by their distance from the edge", () => {
  const window = { width: 800, height: 400 };
  const view = centred({ x: 1000, y: 2000 }, 0.8, window);
  expect(shown(view, 1000, 2000)).toEqual([400, 200]);
  expect(shows(view, { x: 1000, y: 2000 }, window, 20)).toBe(true);
  expect(shows(view, { x: 510, y: 2000 }, window, 20)).toBe(false);
});
