// The query that finds the same invocations as the filters of an address.

import { quoteText } from "./query/named";
import type { Route } from "./route";

const FAILED = ["error", "timeout", "out_of_memory"];

/** Text of a query in the Logs Insights language: a row for each invocation, the latest first. */
export function invocationsQuery(route: Route): string {
  const conditions: string[] = [];
  const equals = (field: string, value: string) => {
    if (value !== "") conditions.push(`${field} = ${quoteText(value)}`);
  };
  equals("@function", route.text("function"));
  equals("@account", route.text("account"));
  equals("@region", route.text("region"));
  equals("@version", route.text("version"));
  equals("@invocation.tenant", route.text("tenant"));
  equals("@invocation.errorGroup", route.text("group"));
  const outcome = route.text("outcome");
  if (outcome === "failed")
    conditions.push(`@invocation.status in [${FAILED.map((status) => quoteText(status)).join(", ")}]`);
  else equals("@invocation.status", outcome);
  const start = route.text("start");
  if (start === "cold") conditions.push("@invocation.initMs >= 0");
  else if (start === "restored")
    conditions.push("@invocation.coldStart = 1", "not ispresent(@invocation.initMs)");
  else if (start === "warm") conditions.push("@invocation.coldStart = 0");
  const slower = Number(route.text("slower"));
  if (slower > 0) conditions.push(`@invocation.durationMs > ${slower}`);
  const [, field, value] = /^([^:]+):(.*)$/s.exec(route.text("field")) ?? [];
  if (field !== undefined) equals(field, value ?? "");
  const filters = ["ispresent(@invocation.id)", ...conditions].map((condition) => `filter ${condition}`);
  const stats =
    "stats max(@timestamp) as ended, max(@invocation.durationMs) as ms by @invocation.id, @function, @invocation.status";
  return [...filters, stats, "sort ended desc"].join("\n| ");
}
