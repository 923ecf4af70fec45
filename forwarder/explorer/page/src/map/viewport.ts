// Part of a drawing that is visible: its scale and offset, changed by dragging, pinching, the wheel and buttons.

import type { Point } from "./places";

export type Size = { width: number; height: number };

/** A point (x, y) of the drawing is shown at (x * scale + left, y * scale + top). */
export type View = { scale: number; left: number; top: number };

const [MIN_SCALE, MAX_SCALE] = [0.05, 2.5];

/** Smallest scale at which the numbers in nodes are readable; below it only their names are shown, larger. */
export const READABLE_SCALE = 0.8;

/** Smallest scale at which the larger names are readable. */
export const SMALLEST_START = 0.5;

const clamp = (value: number, low: number, high: number) => Math.min(Math.max(value, low), high);

/** The view scaled by a factor, with one point of the window kept in its place. */
export function zoomed({ scale, left, top }: View, factor: number, at: Point): View {
  const next = clamp(scale * factor, MIN_SCALE, MAX_SCALE);
  const change = next / scale;
  return { scale: next, left: at.x - (at.x - left) * change, top: at.y - (at.y - top) * change };
}

/** The view that shows the whole drawing, not enlarged. */
export function fitted(drawing: Size, window: Size): View {
  const scale = clamp(
    Math.min(window.width / Math.max(drawing.width, 1), window.height / Math.max(drawing.height, 1)),
    MIN_SCALE,
    1,
  );
  return {
    scale,
    left: (window.width - drawing.width * scale) / 2,
    top: (window.height - drawing.height * scale) / 2,
  };
}

/** The view with a point of the drawing in the middle. */
export function centred({ x, y }: Point, scale: number, window: Size): View {
  return { scale, left: window.width / 2 - x * scale, top: window.height / 2 - y * scale };
}

/** The view moved so that it shows no empty space beside a drawing that is larger than the window. */
export function clamped({ scale, left, top }: View, drawing: Size, window: Size): View {
  const place = (offset: number, shown: number, size: number) =>
    size <= shown ? (shown - size) / 2 : clamp(offset, shown - size, 0);
  return {
    scale,
    left: place(left, window.width, drawing.width * scale),
    top: place(top, window.height, drawing.height * scale),
  };
}

/** True if a point of the drawing is at least `margin` inside of the window. */
export function shows({ scale, left, top }: View, { x, y }: Point, window: Size, margin: number): boolean {
  const [atX, atY] = [x * scale + left, y * scale + top];
  return atX >= margin && atX <= window.width - margin && atY >= margin && atY <= window.height - margin;
}

/** Moves and scales the view of an element by mouse, touch and wheel; `change` is called with the next view. */
export function enablePointers(element: SVGElement, view: () => View, change: (view: View) => void): void {
  const pointers = new Map<number, Point>();
  const placeOf = (event: MouseEvent): Point => {
    const { left, top } = element.getBoundingClientRect();
    return { x: event.clientX - left, y: event.clientY - top };
  };
  let moved = 0;
  element.addEventListener("pointerdown", (event) => {
    pointers.set(event.pointerId, placeOf(event));
    moved = 0;
  });
  element.addEventListener("pointermove", (event) => {
    const before = pointers.get(event.pointerId);
    if (!before) return;
    const now = placeOf(event);
    const other = [...pointers].find(([id]) => id !== event.pointerId)?.[1];
    pointers.set(event.pointerId, now);
    moved += Math.abs(now.x - before.x) + Math.abs(now.y - before.y);
    // A click that trembles is no drag, and keeps its target.
    if (moved > 4) element.setPointerCapture(event.pointerId);
    else return;
    if (other) {
      const distance = (a: Point, b: Point) => Math.hypot(a.x - b.x, a.y - b.y);
      change(zoomed(view(), distance(now, other) / Math.max(distance(before, other), 1), other));
    } else {
      const { scale, left, top } = view();
      change({ scale, left: left + now.x - before.x, top: top + now.y - before.y });
    }
  });
  const end = (event: PointerEvent) => pointers.delete(event.pointerId);
  element.addEventListener("pointerup", end);
  element.addEventListener("pointercancel", end);
  element.addEventListener(
    "wheel",
    (event) => {
      // The wheel alone scrolls the page; a pinch on a touchpad comes with Ctrl.
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      change(zoomed(view(), Math.exp(-clamp(event.deltaY, -60, 60) / 120), placeOf(event)));
    },
    { passive: false },
  );
}
