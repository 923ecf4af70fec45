// Axes of charts: labels that are never cut, never overlap and never repeat, in any font.

import type uPlot from "uplot";
import { formatTick, formatUtcDay } from "./format";
import { timeParts } from "./zone";

const DAY = 86_400_000;

/** Least space between two labels of the time axis in pixels. */
const LABEL_SPACE = 10;

/** Space for the labels of values: as much in most charts, so that times stand below each other. */
const MIN_LABEL_WIDTH = 44;

/** Increments of an axis of counts: there is no half of an invocation. */
const WHOLE_INCREMENTS = Array.from({ length: 16 }, (_, power) =>
  [1, 2, 5].map((digit) => digit * 10 ** power),
).flat();

export type AxisOptions = {
  /** Start of the first bucket in milliseconds. */
  from: number;
  /** Width of a bucket in milliseconds. */
  step: number;
  count: number;
  isCount: boolean;
  format: (value: number) => string;
  font: string;
  ink: string;
  grid: string;
};

/** Place of a label: its middle in pixels, its day, and its text without and with the day. */
export type Tick = { middle: number; day: string; short: string; long: string };

/**
 * Texts of labels on an axis of this width; empty where a label would be cut or touch the one before. The first one
 * has its day, and so has each that is on another day than the one before.
 */
export function placeLabels(ticks: Tick[], width: number, widthOf: (text: string) => number): string[] {
  let [end, day] = [-LABEL_SPACE, ""];
  return ticks.map((tick) => {
    const text = tick.day === day ? tick.short : tick.long;
    const half = widthOf(text) / 2;
    if (tick.middle - half < Math.max(end + LABEL_SPACE, 0) || tick.middle + half > width) return "";
    [end, day] = [tick.middle + half, tick.day];
    return text;
  });
}

/** Removes labels that are the same as the one before: a rounded number would stand for two. */
export function withoutRepeats(labels: string[]): string[] {
  return labels.map((label, index) => (label === labels[index - 1] ? "" : label));
}

let measuring: CanvasRenderingContext2D | null = null;

function textWidth(text: string, font: string): number {
  measuring ??= document.createElement("canvas").getContext("2d");
  if (!measuring) return text.length * 7;
  measuring.font = font;
  return measuring.measureText(text).width;
}

export function axes(options: AxisOptions): uPlot.Axis[] {
  const { font, count, step, from } = options;
  const common = { stroke: options.ink, font, ticks: { show: false } };
  // With few days, each has a label.
  const days =
    count <= 10 && step >= DAY
      ? Array.from({ length: count }, (_, index) => (from + index * step) / 1000)
      : null;
  return [
    {
      ...common,
      grid: { show: false },
      size: 20,
      gap: 3,
      space: 74,
      ...(days ? { splits: () => days } : {}),
      values: (plot, splits) => timeLabels(plot, splits, options),
    },
    {
      ...common,
      grid: { stroke: options.grid, width: 1 },
      gap: 4,
      space: 30,
      ...(options.isCount ? { incrs: WHOLE_INCREMENTS } : {}),
      size: (plot, values, axis, cycle) => {
        const known = (plot.axes[axis] as uPlot.Axis & { _size?: number })._size;
        if (cycle > 1 && known !== undefined) return known;
        return (
          Math.ceil(Math.max(MIN_LABEL_WIDTH, ...(values ?? []).map((text) => textWidth(text, font)))) + 10
        );
      },
      values: (_, splits) => withoutRepeats(splits.map((value) => options.format(value))),
    },
  ];
}

function timeLabels(plot: uPlot, splits: number[], { from, step, count, font }: AxisOptions): string[] {
  const hasYears = timeParts(from)?.year !== timeParts(from + step * count)?.year;
  const ticks = splits.map((seconds): Tick => {
    const ms = seconds * 1000;
    const [short, long] =
      step >= DAY
        ? [formatUtcDay(ms, hasYears), formatUtcDay(ms, hasYears)]
        : [formatTick(ms, step, false, hasYears), formatTick(ms, step, true, hasYears)];
    const { year, month, day } = timeParts(ms) ?? {};
    return { middle: plot.valToPos(seconds, "x"), day: `${year}-${month}-${day}`, short, long };
  });
  const width = plot.valToPos(plot.scales.x?.max ?? 0, "x");
  return placeLabels(ticks, width, (text) => textWidth(text, font));
}
