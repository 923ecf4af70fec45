// Charts over time, drawn by uPlot: colours of the page, selection of a range to zoom to by mouse and keyboard, and
// markers of deployments.

import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { axes } from "./chart-axes";
import { isolatedPoints, withoutIdleTime } from "./chart-gaps";
import { chartTable } from "./chart-table";
import { type Child, h, svg } from "./dom";
import { formatCount, formatCounted, formatTime, formatUtcDay, UNKNOWN } from "./format";
import { stack } from "./stack";
import { zone } from "./zone";

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

const DAY = 86_400_000;

const charts = new Set<{ plot: uPlot; observer: ResizeObserver }>();

/** Releases the charts of the page that was shown. */
export function destroyCharts(): void {
  for (const { plot, observer } of charts) {
    observer.disconnect();
    plot.destroy();
  }
  charts.clear();
}

/** Colour of the theme that is shown, in a form that a canvas understands. */
function colour(name: string): string {
  const probe = h("i", { hidden: true });
  probe.style.color = `var(--${name})`;
  document.body.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}

const font = (size: number) => `${size}px ${getComputedStyle(document.body).fontFamily}`;

function translucent(name: string): string {
  return `color-mix(in srgb, ${colour(name)} 16%, transparent)`;
}

/** Creates a card with a chart. */
export function chart(options: ChartOptions): HTMLElement {
  const readout = h("p", { class: "readout", "aria-live": "polite" });
  const legend =
    options.series.length > 1 &&
    options.series.map((line) =>
      h("span", { class: `key c-${line.colour}${line.dash ? " dash" : ""}` }, h("i", {}), line.name),
    );
  const title = h(
    "h3",
    {},
    h("span", { "data-tip": options.tip, tabindex: 0 }, options.title),
    legend,
    h("b", {}, options.value),
  );
  const values = chartTable(options, (index) => bucketName(options, index));
  const canvas = h("div", {
    class: "plot",
    tabindex: 0,
    role: "group",
    "aria-label": `${options.title}, ${describeValues(options)}. Use the arrow keys to read values; press Enter at the start and at the end of a range to zoom to it.`,
  });
  const card = h(
    "section",
    { class: "card chart", "aria-label": options.title },
    title,
    canvas,
    readout,
    values,
  );
  if (
    options.series.every((line) => line.values.every((value) => value === null || value === 0)) &&
    options.series[0]?.shape !== "bars"
  ) {
    canvas.replaceChildren(h("p", { class: "no-data" }, "No data in this range."));
    for (const name of ["tabindex", "role", "aria-label"]) canvas.removeAttribute(name);
    values.remove();
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
  const drawn = options.isStacked
    ? stack(options.series)
    : options.series.map((line) =>
        line.shape === "area" ? { ...line, values: withoutIdleTime(line.values) } : line,
      );
  let [isDragStart, hasDragged] = [false, false];
  const plot = new uPlot(
    {
      width: Math.max(canvas.clientWidth, 120),
      height,
      tzDate: (seconds) => {
        const date = new Date(seconds * 1000);
        return zone() === "utc" || options.step >= DAY ? uPlot.tzDate(date, "Etc/UTC") : date;
      },
      padding: [14, 6, 0, 0],
      legend: { show: false },
      cursor: {
        y: false,
        points: { size: 6 },
        drag: { x: true, y: false, setScale: false },
        sync: { key: "page" },
      },
      // Half a bucket of space at both ends, so that the first and the last bar are complete.
      scales: {
        x: {
          time: true,
          range: () => [
            (options.from - options.step / 2) / 1000,
            (options.from + (count - 0.5) * options.step) / 1000,
          ],
        },
        y: { range: (_, __, max) => [0, max > 0 ? max * 1.12 : 1] },
      },
      axes: axes({
        ...options,
        count,
        isCount: options.format === formatCount,
        font: font(11),
        ink: colour("ink3"),
        grid: colour("line2"),
      }),
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
  return [bucketName(options, index), ...values, ...markersIn(options, index)].join(" · ");
}

/** Start of a bucket; a bucket of days begins at midnight UTC. */
function bucketName(options: ChartOptions, index: number): string {
  const start = options.from + index * options.step;
  return options.step >= DAY ? `${formatUtcDay(start, true)} UTC` : formatTime(start);
}

/** Texts of the markers in a bucket. */
function markersIn({ from, step, markers }: ChartOptions, index: number): string[] {
  const start = from + index * step;
  return (markers ?? []).flatMap(({ time, text }) =>
    time >= start && time < start + step ? [`first run of ${text}`] : [],
  );
}

function uplotSeries(line: ChartSeries): uPlot.Series {
  const stroke = colour(line.colour);
  const base: uPlot.Series = {
    label: line.name,
    stroke,
    width: 1.5,
    points: {
      show: true,
      size: 4,
      fill: stroke,
      filter: (plot, series) => isolatedPoints(plot.data[series] ?? []),
    },
    spanGaps: false,
  };
  if (line.dash) base.dash = [4, 4];
  if (line.shape === "area") base.fill = translucent(line.colour);
  if (line.shape === "bars") {
    const bars = uPlot.paths.bars?.({ size: [0.62, 28] });
    return { ...base, fill: stroke, width: 0, points: { show: false }, ...(bars ? { paths: bars } : {}) };
  }
  return base;
}

function drawMarkers(plot: uPlot, markers: Marker[]): void {
  const { ctx, bbox } = plot;
  const scale = devicePixelRatio;
  ctx.save();
  ctx.strokeStyle = ctx.fillStyle = colour("violet");
  ctx.lineWidth = scale;
  ctx.setLineDash([3 * scale, 3 * scale]);
  ctx.font = font(11 * scale);
  ctx.textAlign = "left";
  ctx.textBaseline = "alphabetic";
  let end = bbox.left;
  for (const marker of markers.toSorted((a, b) => a.time - b.time)) {
    const x = plot.valToPos(marker.time / 1000, "x", true);
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    const width = ctx.measureText(marker.text).width + 6 * scale;
    const fitsRight = x + width < bbox.left + bbox.width;
    const left = fitsRight ? x + 4 * scale : x - width;
    // A label that would touch another one is left out; the readout has it.
    if (left < end || left + width > bbox.left + bbox.width + 2 * scale) continue;
    ctx.fillText(marker.text, left, bbox.top - 3 * scale);
    end = left + width;
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
  // Where nothing ran there is no line.
  const shown = withoutIdleTime(values);
  const isKnown = (index: number) => shown[index] !== null && shown[index] !== undefined;
  const line = shown
    .map((value, index) =>
      value === null ? "" : `${isKnown(index - 1) ? "L" : "M"}${x(index).toFixed(1)} ${y(value).toFixed(1)}`,
    )
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
