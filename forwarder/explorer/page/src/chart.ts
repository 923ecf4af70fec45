// Charts over time, drawn by uPlot: colours of the page, selection of a range to zoom to by mouse and keyboard, and
// markers of deployments.

import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { type Child, h, svg } from "./dom";
import { formatCounted, formatExactTime, formatTime, UNKNOWN } from "./format";
import { stack } from "./stack";

export type ChartSeries = {
  name: string;
  /** Value of each bucket; null where it is unknown. */
  values: (number | null)[];
  /** Name of a colour variable in style.css. */
  colour: string;
  shape: "line" | "area" | "bars";
  dash?: boolean;
};

/** A vertical line with a label, at a time in milliseconds. */
export type Marker = { time: number; text: string };

export type ChartOptions = {
  title: string;
  tip: string;
  /** Headline value at the right of the title. */
  value: Child;
  /** Start of the first bucket in milliseconds. */
  from: number;
  /** Width of a bucket in milliseconds. */
  step: number;
  series: ChartSeries[];
  /** Draws the series on top of each other, the first one at the bottom. */
  isStacked?: boolean;
  /** Zooms to a bucket that is clicked. */
  zoomsOnClick?: boolean;
  format: (value: number) => string;
  markers?: Marker[];
  height?: number;
  zoom: (since: number, until: number) => void;
};

const charts = new Set<{ plot: uPlot; observer: ResizeObserver }>();

/** Releases the charts of the page that was shown. */
export function destroyCharts(): void {
  for (const { plot, observer } of charts) {
    observer.disconnect();
    plot.destroy();
  }
  charts.clear();
}

function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

function translucent(name: string): string {
  return `color-mix(in srgb, ${colour(name)} 16%, transparent)`;
}

/** Creates a card with a chart. */
export function chart(options: ChartOptions): HTMLElement {
  const readout = h("p", { class: "readout", "aria-live": "polite" });
  const legend =
    options.series.length > 1 &&
    options.series.map((line) => h("span", { class: `key c-${line.colour}` }, h("i", {}), line.name));
  const title = h(
    "h3",
    {},
    h("span", { "data-tip": options.tip, tabindex: 0 }, options.title),
    legend,
    h("b", {}, options.value),
  );
  const canvas = h("div", {
    class: "plot",
    tabindex: 0,
    role: "group",
    "aria-label": `${options.title}, ${describeValues(options)}. Use the arrow keys to read values; press Enter at the start and at the end of a range to zoom to it.`,
  });
  const card = h("section", { class: "card chart" }, title, canvas, readout);
  if (
    options.series.every((line) => line.values.every((value) => value === null || value === 0)) &&
    options.series[0]?.shape !== "bars"
  ) {
    canvas.replaceChildren(h("p", { class: "no-data" }, "No data in this range."));
    canvas.removeAttribute("tabindex");
    return card;
  }
  requestAnimationFrame(() => {
    if (canvas.isConnected) draw(options, canvas, readout);
  });
  return card;
}

function describeValues(options: ChartOptions): string {
  const ranges = options.series.map((line) => {
    const known = line.values.filter((value): value is number => value !== null);
    return known.length === 0
      ? `${line.name}: no data`
      : `${line.name} from ${options.format(Math.min(...known))} to ${options.format(Math.max(...known))}`;
  });
  return ranges.join(", ");
}

function draw(options: ChartOptions, canvas: HTMLElement, readout: HTMLElement): void {
  const count = options.series[0]?.values.length ?? 0;
  const times = Array.from({ length: count }, (_, index) => (options.from + index * options.step) / 1000);
  const height = options.height ?? 148;
  const showValues = (index: number | null | undefined) => {
    readout.textContent = index === null || index === undefined ? "" : formatValues(options, index);
  };
  const zoomTo = (first: number, last: number) =>
    options.zoom(options.from + first * options.step, options.from + (last + 1) * options.step);
  const drawn = options.isStacked ? stack(options.series) : options.series;
  let [isDragStart, hasDragged] = [false, false];
  const plot = new uPlot(
    {
      width: Math.max(canvas.clientWidth, 120),
      height,
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"),
      padding: [12, 4, 0, 0],
      legend: { show: false },
      cursor: {
        y: false,
        points: { size: 6 },
        drag: { x: true, y: false, setScale: false },
        sync: { key: "page" },
      },
      // Half a bucket of space at both ends, so that the first and the last bar are complete.
      scales: {
        x: { time: true, range: (_, min, max) => [min - options.step / 2000, max + options.step / 2000] },
        y: { range: (_, __, max) => [0, max > 0 ? max * 1.12 : 1] },
      },
      axes: axes(options),
      series: [{}, ...drawn.map((line) => uplotSeries(line))],
      hooks: {
        draw: [(u) => drawMarkers(u, options.markers ?? [])],
        setCursor: [(u) => showValues(u.cursor.idx)],
        setSelect: [
          (u) => {
            // The selections of all charts are synchronised; only the chart under the mouse zooms.
            const isOwn = isDragStart;
            isDragStart = false;
            if (!isOwn) u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
            if (!isOwn || u.select.width < 4) return;
            hasDragged = true;
            const [first, last] = [u.posToIdx(u.select.left), u.posToIdx(u.select.left + u.select.width)];
            u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
            zoomTo(first, last);
          },
        ],
      },
    },
    [times, ...drawn.map((line) => line.values)] as uPlot.AlignedData,
    canvas,
  );
  plot.over.addEventListener("mousedown", () => {
    isDragStart = true;
    hasDragged = false;
  });
  plot.over.addEventListener("click", () => {
    const index = plot.cursor.idx;
    if (options.zoomsOnClick && !hasDragged && index !== null && index !== undefined) zoomTo(index, index);
  });
  addKeyboardControl(plot, canvas, count, showValues, zoomTo);
  const observer = new ResizeObserver(() => {
    if (canvas.clientWidth > 0 && canvas.clientWidth !== plot.width)
      plot.setSize({ width: canvas.clientWidth, height });
  });
  observer.observe(canvas);
  charts.add({ plot, observer });
}

function formatValues(options: ChartOptions, index: number): string {
  const values = options.series.map((line) => {
    const value = line.values[index];
    return `${line.name} ${value === null || value === undefined ? UNKNOWN : options.format(value)}`;
  });
  return `${formatTime(options.from + index * options.step)} · ${values.join(" · ")}`;
}

const FONT = "11px system-ui, sans-serif";

function axes(options: ChartOptions): uPlot.Axis[] {
  const grid = { stroke: colour("line2"), width: 1 };
  const common = { stroke: colour("ink3"), font: FONT, ticks: { show: false } };
  const count = options.series[0]?.values.length ?? 0;
  // With few days, each has a label.
  const days =
    count <= 10 && options.step >= 86_400_000
      ? Array.from({ length: count }, (_, index) => (options.from + index * options.step) / 1000)
      : null;
  return [
    {
      ...common,
      grid: { show: false },
      size: 20,
      gap: 3,
      space: 64,
      ...(days ? { splits: () => days } : {}),
      values: (_, splits) => splits.map((seconds) => formatTick(seconds * 1000, options.step)),
    },
    {
      ...common,
      grid,
      size: 52,
      gap: 4,
      space: 36,
      values: (_, splits) => splits.map((value) => options.format(value)),
    },
  ];
}

/** Label of the time axis: the date at midnight, else the time. */
function formatTick(ms: number, step: number): string {
  const [date, time] = formatExactTime(ms).split(/ \d{4} /);
  const clock = (time ?? "").slice(0, step < 60_000 ? 8 : 5);
  return clock === "00:00" || step >= 86_400_000 ? (date ?? "") : clock;
}

function uplotSeries(line: ChartSeries): uPlot.Series {
  const stroke = colour(line.colour);
  const base: uPlot.Series = {
    label: line.name,
    stroke,
    width: 1.5,
    points: { show: false },
    spanGaps: true,
  };
  if (line.dash) base.dash = [4, 4];
  if (line.shape === "area") base.fill = translucent(line.colour);
  if (line.shape === "bars") {
    const bars = uPlot.paths.bars?.({ size: [0.62, 28] });
    return { ...base, fill: stroke, width: 0, ...(bars ? { paths: bars } : {}) };
  }
  // Points make single values visible: a line needs two.
  const known = line.values.filter((value) => value !== null).length;
  return known < 3 ? { ...base, points: { show: true, size: 5, fill: stroke } } : base;
}

function drawMarkers(plot: uPlot, markers: Marker[]): void {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.strokeStyle = ctx.fillStyle = colour("violet");
  ctx.lineWidth = devicePixelRatio;
  ctx.setLineDash([3 * devicePixelRatio, 3 * devicePixelRatio]);
  ctx.font = `${11 * devicePixelRatio}px system-ui, sans-serif`;
  ctx.textAlign = "left";
  ctx.textBaseline = "alphabetic";
  for (const marker of markers) {
    const x = plot.valToPos(marker.time / 1000, "x", true);
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    const width = ctx.measureText(marker.text).width + 6 * devicePixelRatio;
    const fitsRight = x + width < bbox.left + bbox.width;
    ctx.fillText(
      marker.text,
      fitsRight ? x + 4 * devicePixelRatio : x - width,
      bbox.top - 2 * devicePixelRatio,
    );
  }
  ctx.restore();
}

/** Reads values with the arrow keys and zooms with Enter. */
function addKeyboardControl(
  plot: uPlot,
  canvas: HTMLElement,
  count: number,
  showValues: (index: number | null) => void,
  zoomTo: (first: number, last: number) => void,
): void {
  let index: number | null = null;
  let start: number | null = null;
  const show = () => {
    if (index === null) return;
    plot.setCursor({ left: plot.valToPos(plot.data[0][index] ?? 0, "x"), top: 10 });
    showValues(index);
    if (start === null) return;
    const [first, last] = [Math.min(start, index), Math.max(start, index)];
    const left = plot.valToPos(plot.data[0][first] ?? 0, "x");
    const right = plot.valToPos(plot.data[0][last] ?? 0, "x");
    plot.setSelect({ left, top: 0, width: Math.max(right - left, 2), height: plot.over.clientHeight }, false);
  };
  const reset = () => {
    index = start = null;
    plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    plot.setCursor({ left: -10, top: -10 });
    showValues(null);
  };
  canvas.addEventListener("blur", reset);
  canvas.addEventListener("keydown", (event) => {
    const steps: Record<string, number> = {
      ArrowLeft: -1,
      ArrowRight: 1,
      PageUp: -10,
      PageDown: 10,
      Home: -count,
      End: count,
    };
    const step = steps[event.key];
    if (step !== undefined) {
      index = Math.min(Math.max((index ?? (step > 0 ? -1 : count)) + step, 0), count - 1);
      show();
    } else if (event.key === "Enter" && index !== null && start === null) {
      start = index;
      show();
    } else if (event.key === "Enter" && index !== null && start !== null) {
      zoomTo(Math.min(start, index), Math.max(start, index));
    } else if (event.key === "Escape") {
      reset();
    } else {
      return;
    }
    event.preventDefault();
  });
}

/** A small chart of a table row: invocations over time, with marks below where some failed. */
export function sparkline(values: number[], errors: number[]): SVGElement {
  const [width, height] = [96, 22];
  const most = Math.max(...values, 1);
  const x = (index: number) =>
    values.length < 2 ? width / 2 : (index / (values.length - 1)) * (width - 2) + 1;
  const y = (value: number) => height - 2 - (value / most) * (height - 5);
  const line = values
    .map((value, index) => `${index === 0 ? "M" : "L"}${x(index).toFixed(1)} ${y(value).toFixed(1)}`)
    .join("");
  const failures = errors
    .flatMap((value, index) => (value > 0 ? [`M${x(index).toFixed(1)} ${height - 1}v-2.5`] : []))
    .join("");
  const total = values.reduce((sum, value) => sum + value, 0);
  return svg(
    "svg",
    {
      class: "spark",
      viewBox: `0 0 ${width} ${height}`,
      role: "img",
      "aria-label": `${formatCounted(total, "invocation")} over time, at most ${most} per interval`,
    },
    svg("path", { d: line, class: "spark-invocations" }),
    svg("path", { d: failures, class: "spark-errors" }),
  );
}
