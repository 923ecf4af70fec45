// Difference between two values, with its sign and in words.

import { formatCount } from "./format";

/** Kind of a measure, which decides the words for a difference. */
export type Measure = "count" | "failures" | "share" | "duration" | "cost";

export type Difference = { text: string; tone: "bad" | "good" | "" };

/** Words for more and for less; the first is bad, except of counts, which are neither. */
const WORDS: Record<Measure, [string, string]> = {
  count: ["more", "fewer"],
  failures: ["more", "fewer"],
  share: ["worse", "better"],
  duration: ["slower", "faster"],
  cost: ["dearer", "cheaper"],
};

/** Least relative change that counts as one: percentiles are accurate to 0.5 %. */
const LEAST = 0.01;

/** Compares `b` with `a`. Shares are in percent, and their difference is in points. */
export function difference(a: number | null, b: number | null, measure: Measure): Difference {
  if (a === null || b === null) return { text: a === b ? "" : "unknown", tone: "" };
  const [more, less] = WORDS[measure];
  const isSmall = measure === "share" ? Math.abs(b - a) < 0.05 : Math.abs(b - a) <= Math.abs(a) * LEAST;
  if (a === b || isSmall) return { text: "the same", tone: "" };
  const tone = measure === "count" ? "" : b > a ? "bad" : "good";
  const word = b > a ? more : less;
  const sign = b > a ? "+" : "−";
  if (measure === "share") {
    const points = Math.abs(b - a);
    return { text: `${sign}${points.toFixed(points < 9.95 ? 1 : 0)} points ${word}`, tone };
  }
  if (a === 0) return { text: `${sign}${formatCount(b)}, from none`, tone };
  const ratio = b / a;
  const size = ratio >= 10 ? `× ${Math.round(ratio)}` : `${sign}${percent(Math.abs(ratio - 1))} %`;
  return { text: `${size} ${word}`, tone };
}

function percent(part: number): string {
  const value = part * 100;
  return value < 9.95 ? value.toFixed(1) : String(Math.round(value));
}
