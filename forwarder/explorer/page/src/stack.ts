// Series of a chart on top of each other.

import type { ChartSeries } from "./chart";

/**
 * Series whose bars, drawn over each other in the order of the result, look stacked with the first one of `series` at
 * the bottom: each value is the sum of its own and those below, and the highest comes first.
 */
export function stack(series: ChartSeries[]): ChartSeries[] {
  const sums: number[] = [];
  const stacked = series.map((line) => ({
    ...line,
    values: line.values.map((value, index) => {
      sums[index] = (sums[index] ?? 0) + (value ?? 0);
      // A bar without a height of its own would only be drawn over.
      return value ? (sums[index] ?? 0) : null;
    }),
  }));
  return stacked.reverse();
}
