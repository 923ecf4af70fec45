// Measures of all functions together that a change of the traffic between them does not move.

import type { Series, Summary } from "./api-types";
import type { Marker } from "./chart";

/** Runs in an interval from which on its share is worth drawing. */
const ENOUGH_RUNS = 30;

/** Share of slow runs over time, in percent. */
export type SlowShare = { step: number; values: (number | null)[] };

/**
 * Share of runs that took longer than usual for their own function, in percent. Intervals are joined until they have
 * enough runs on average; one without runs has none.
 */
export function slowShare({ slow, invocations, step_ms: step }: Series): SlowShare {
  const total = sum(invocations);
  const joined = total === 0 ? 1 : Math.max(1, Math.ceil((ENOUGH_RUNS * invocations.length) / total));
  const values = Array.from({ length: Math.ceil(invocations.length / joined) }, (_, index) => {
    const part = (list: number[]) => sum(list.slice(index * joined, (index + 1) * joined));
    const runs = part(invocations);
    return runs === 0 ? null : (part(slow) / runs) * 100;
  });
  return { step: step * joined, values };
}

export function sum(list: number[]): number {
  return list.reduce((all, value) => all + value, 0);
}

/**
 * First runs of versions that appeared within the range. Those that are close to each other are one marker: as many
 * labels could not be read.
 */
export function fleetDeployments({ functions }: Summary, from: number, until: number): Marker[] {
  const first = functions.flatMap((row) =>
    row.by_version.slice(1).map(({ version, first_start_ms: time }) => ({
      time,
      text: `${row.function} ${version === "$LATEST" ? version : `v${version}`}`,
    })),
  );
  const near = (until - from) / 25;
  const groups: Marker[][] = [];
  for (const marker of first.toSorted((a, b) => a.time - b.time)) {
    const group = groups.at(-1);
    if (group?.[0] && marker.time - group[0].time < near) group.push(marker);
    else groups.push([marker]);
  }
  return groups.flatMap((group) => {
    const one = group[0];
    if (!one) return [];
    return group.length === 1 ? [one] : [{ time: one.time, text: `${group.length} new versions` }];
  });
}
