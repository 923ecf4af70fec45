// Time without data in charts: a gap, not a line through it.

/**
 * Values of an area that ends where nothing ran: of a run of zeros only the first and the last one are kept, which draw
 * the fall and the rise beside it.
 */
export function withoutIdleTime(values: (number | null)[]): (number | null)[] {
  const isIdle = (index: number) => index < 0 || index >= values.length || !values[index];
  return values.map((value, index) => (value === 0 && isIdle(index - 1) && isIdle(index + 1) ? null : value));
}

/** Indices of values between two gaps: a line needs two points, so they would not be seen. */
export function isolatedPoints(values: ArrayLike<number | null | undefined>): number[] {
  const isKnown = (index: number) => values[index] !== null && values[index] !== undefined;
  return Array.from({ length: values.length }, (_, index) => index).filter(
    (index) => isKnown(index) && !isKnown(index - 1) && !isKnown(index + 1),
  );
}
