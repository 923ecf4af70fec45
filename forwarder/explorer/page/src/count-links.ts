// Links from a number to the invocations that it counts.

import type { FunctionName } from "./api";
import { type Child, h } from "./dom";
import type { Route } from "./route";

/** Filters of a list of invocations, by the names that addresses use. */
export type InvocationFilters = {
  version?: string | null;
  outcome?: "failed" | "error" | "timeout" | "out_of_memory" | "success";
  start?: "cold" | "restored" | "warm";
  group?: string;
  tenant?: string | null;
  slower?: number | null;
  field?: string;
  sort?: string;
  since?: number;
  until?: number;
};

/** Address of the list of invocations of a function, or of all functions, in the time range of `route`. */
export function toInvocations(
  route: Route,
  name: Partial<FunctionName> | null,
  filters: InvocationFilters = {},
): string {
  const range = filters.since === undefined ? {} : { range: null };
  return route.to("/invocations", {
    function: name?.function,
    account: name?.account,
    region: name?.region,
    ...range,
    ...filters,
  });
}

/** Link around a count; a count of 0 is no link. `what` names what it counts, for the tooltip. */
export function countLink(count: number, shown: Child, href: string, what: string): Child {
  return count === 0 ? shown : numberLink(shown, href, what);
}

/** Link around a number; `what` names what it counts, for the tooltip. */
export function numberLink(number: Child, href: string, what: string): HTMLElement {
  return h("a", { class: "count-link", href, title: `Show ${what}` }, number);
}
