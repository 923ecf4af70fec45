// Charts over time: uPlot, in the page's colours, with a brush, marks of deployments, and the same by keyboard.

import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import type { Numbers } from "./api";
import { h, type Child } from "./dom";
import { exactMoment, moment } from "./format";

export type Line = {
  name: string;
  values: Numbers;
  /** Name of a colour of the page. */
  colour: string;
  shape: "line" | "area" | "bars";
  dash?: boolean;
};

export type Mark = { time: number; text: string };

export type Chart = {
  title: string;
  tip: string;
  /** What stands at the right: the number that matters. */
  value: Child;
  from: number;
  step: number;
  lines: Line[];
  format: (value: number) => string;
  marks?: Mark[];
  height?: number;
  zoom: (since: number, until: number) => void;
};

const drawn = new Set<{ plot: uPlot; observer: ResizeObserver }>();

/** Lets go of the charts of a page that is no longer shown. */
export function forget(): void {
  for (const { plot, observer } of drawn) {
    observer.disconnect();
    plot.destroy();
  }
  drawn.clear();
}

function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

function faded(name: string): string {
  return `color-mix(in srgb, ${colour(name)} 16%, transparent)`;
}

/** A card with a chart. */
export function chart(what: Chart): HTMLElement {
  const readout = h("p", { class: "readout", "aria-live": "polite" });
  const key = what.lines.length > 1 && what.lines.map((line) => h("span", { class: `key c-${line.colour}` }, h("i", {}), line.name));
  const title = h("h3", {}, h("span", { "data-tip": what.tip, tabindex: 0 }, what.title), key, h("b", {}, what.value));
  const canvas = h("div", {
    class: "plot",
    tabindex: 0,
    role: "group",
    "aria-label": `${what.title}, ${summaryOf(what)}. Arrow keys read values; Enter marks a beginning and an end to zoom to.`,
  });
  const card = h("section", { class: "card chart" }, title, canvas, readout);
  if (what.lines.every((line) => line.values.every((value) => value === null || value === 0)) && what.lines[0]?.shape !== "bars") {
    canvas.replaceChildren(h("p", { class: "nothing" }, "Nothing in this range tells."));
    canvas.removeAttribute("tabindex");
    return card;
  }
  requestAnimationFrame(() => {
    if (canvas.isConnected) draw(what, canvas, readout);
  });
  return card;
}

function summaryOf(what: Chart): string {
  const ends = what.lines.map((line) => {
    const known = line.values.filter((value): value is number => value !== null);
    return known.length === 0 ? `${line.name}: nothing` : `${line.name} from ${what.format(Math.min(...known))} to ${what.format(Math.max(...known))}`;
  });
  return ends.join(", ");
}

function draw(what: Chart, canvas: HTMLElement, readout: HTMLElement): void {
  const count = what.lines[0]?.values.length ?? 0;
  const times = Array.from({ length: count }, (_, index) => (what.from + index * what.step) / 1000);
  const height = what.height ?? 148;
  const read = (index: number | null | undefined) => {
    readout.textContent = index === null || index === undefined ? "" : readoutOf(what, index);
  };
  const zoomTo = (first: number, last: number) => what.zoom(what.from + first * what.step, what.from + (last + 1) * what.step);
  let pressed = false;
  const plot = new uPlot(
    {
      width: Math.max(canvas.clientWidth, 120),
      height,
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"),
      padding: [12, 4, 0, 0],
      legend: { show: false },
      cursor: { y: false, points: { size: 6 }, drag: { x: true, y: false, setScale: false }, sync: { key: "page" } },
      // Half a step of room, so that the first and the last bar are whole.
      scales: { x: { time: true, range: (_, min, max) => [min - what.step / 2000, max + what.step / 2000] }, y: { range: (_, __, max) => [0, max > 0 ? max * 1.12 : 1] } },
      axes: axes(what),
      series: [{}, ...what.lines.map((line) => seriesOf(line))],
      hooks: {
        draw: [(u) => drawMarks(u, what.marks ?? [])],
        setCursor: [(u) => read(u.cursor.idx)],
        setSelect: [
          (u) => {
            // The other charts' brushes follow; only the one that was drawn on zooms.
            const isOwn = pressed;
            pressed = false;
            if (!isOwn) u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
            if (!isOwn || u.select.width < 4) return;
            const [first, last] = [u.posToIdx(u.select.left), u.posToIdx(u.select.left + u.select.width)];
            u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
            zoomTo(first, last);
          },
        ],
      },
    },
    [times, ...what.lines.map((line) => line.values)] as uPlot.AlignedData,
    canvas,
  );
  plot.over.addEventListener("mousedown", () => (pressed = true));
  keys(plot, canvas, count, read, zoomTo);
  const observer = new ResizeObserver(() => {
    if (canvas.clientWidth > 0 && canvas.clientWidth !== plot.width) plot.setSize({ width: canvas.clientWidth, height });
  });
  observer.observe(canvas);
  drawn.add({ plot, observer });
}

function readoutOf(what: Chart, index: number): string {
  const values = what.lines.map((line) => {
    const value = line.values[index];
    return `${line.name} ${value === null || value === undefined ? "—" : what.format(value)}`;
  });
  return `${moment(what.from + index * what.step)} · ${values.join(" · ")}`;
}

const FONT = "11px system-ui, sans-serif";

function axes(what: Chart): uPlot.Axis[] {
  const grid = { stroke: colour("line2"), width: 1 };
  const common = { stroke: colour("ink3"), font: FONT, ticks: { show: false } };
  const count = what.lines[0]?.values.length ?? 0;
  // A handful of days are named one by one.
  const few = count <= 10 && what.step >= 86_400_000 ? Array.from({ length: count }, (_, index) => (what.from + index * what.step) / 1000) : null;
  return [
    { ...common, grid: { show: false }, size: 20, gap: 3, space: 64, ...(few ? { splits: () => few } : {}), values: (_, splits) => splits.map((seconds) => tick(seconds * 1000, what.step)) },
    { ...common, grid, size: 52, gap: 4, space: 36, values: (_, splits) => splits.map((value) => what.format(value)) },
  ];
}

function tick(ms: number, step: number): string {
  const [date, time] = exactMoment(ms).split(/ \d{4} /);
  const clock = (time ?? "").slice(0, step < 60_000 ? 8 : 5);
  return clock === "00:00" || step >= 86_400_000 ? (date ?? "") : clock;
}

function seriesOf(line: Line): uPlot.Series {
  const stroke = colour(line.colour);
  const base: uPlot.Series = { label: line.name, stroke, width: 1.5, points: { show: false }, spanGaps: true };
  if (line.dash) base.dash = [4, 4];
  if (line.shape === "area") base.fill = faded(line.colour);
  if (line.shape === "bars") {
    const bars = uPlot.paths.bars?.({ size: [0.62, 28] });
    return { ...base, fill: stroke, width: 0, ...(bars ? { paths: bars } : {}) };
  }
  // A lone point between gaps would not be seen as a line.
  const known = line.values.filter((value) => value !== null).length;
  return known < 3 ? { ...base, points: { show: true, size: 5, fill: stroke } } : base;
}

/** A dashed line where a version was first seen, with its name. */
function drawMarks(plot: uPlot, marks: Mark[]): void {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.strokeStyle = ctx.fillStyle = colour("violet");
  ctx.lineWidth = devicePixelRatio;
  ctx.setLineDash([3 * devicePixelRatio, 3 * devicePixelRatio]);
  ctx.font = `${11 * devicePixelRatio}px system-ui, sans-serif`;
  ctx.textAlign = "left";
  ctx.textBaseline = "alphabetic";
  for (const mark of marks) {
    const x = plot.valToPos(mark.time / 1000, "x", true);
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    const wide = ctx.measureText(mark.text).width + 6 * devicePixelRatio;
    const isRoom = x + wide < bbox.left + bbox.width;
    ctx.fillText(mark.text, isRoom ? x + 4 * devicePixelRatio : x - wide, bbox.top - 2 * devicePixelRatio);
  }
  ctx.restore();
}

/** Everything the mouse can do, by keyboard. */
function keys(plot: uPlot, canvas: HTMLElement, count: number, read: (index: number | null) => void, zoomTo: (first: number, last: number) => void): void {
  let at: number | null = null;
  let begun: number | null = null;
  const show = () => {
    if (at === null) return;
    plot.setCursor({ left: plot.valToPos(plot.data[0][at] ?? 0, "x"), top: 10 });
    read(at);
    if (begun === null) return;
    const [first, last] = [Math.min(begun, at), Math.max(begun, at)];
    const left = plot.valToPos(plot.data[0][first] ?? 0, "x");
    const right = plot.valToPos(plot.data[0][last] ?? 0, "x");
    plot.setSelect({ left, top: 0, width: Math.max(right - left, 2), height: plot.over.clientHeight }, false);
  };
  const end = () => {
    at = begun = null;
    plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    plot.setCursor({ left: -10, top: -10 });
    read(null);
  };
  canvas.addEventListener("blur", end);
  canvas.addEventListener("keydown", (event) => {
    const steps: Record<string, number> = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10, Home: -count, End: count };
    const step = steps[event.key];
    if (step !== undefined) {
      at = Math.min(Math.max((at ?? (step > 0 ? -1 : count)) + step, 0), count - 1);
      show();
    } else if (event.key === "Enter" && at !== null && begun === null) {
      begun = at;
      show();
    } else if (event.key === "Enter" && at !== null && begun !== null) {
      zoomTo(Math.min(begun, at), Math.max(begun, at));
    } else if (event.key === "Escape") {
      end();
    } else {
      return;
    }
    event.preventDefault();
  });
}

/** A line of a table row: how often something ran over time. */
export function sparkline(values: number[], errors: number[]): SVGElement {
  const [width, height] = [96, 22];
  const most = Math.max(...values, 1);
  const x = (index: number) => (values.length < 2 ? width / 2 : (index / (values.length - 1)) * (width - 2) + 1);
  const y = (value: number) => height - 2 - (value / most) * (height - 5);
  const path = values.map((value, index) => `${index === 0 ? "M" : "L"}${x(index).toFixed(1)} ${y(value).toFixed(1)}`).join("");
  const failed = errors.flatMap((value, index) => (value > 0 ? [`M${x(index).toFixed(1)} ${height - 1}v-2.5`] : [])).join("");
  const total = values.reduce((sum, value) => sum + value, 0);
  const make = (name: string, attributes: Record<string, string>) => {
    const element = document.createElementNS("http://www.w3.org/2000/svg", name) as SVGElement;
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    return element;
  };
  const picture = make("svg", { class: "spark", viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": `${total} runs over time, at most ${most} at once` });
  picture.append(make("path", { d: path, class: "spark-runs" }), make("path", { d: failed, class: "spark-errors" }));
  return picture;
}
