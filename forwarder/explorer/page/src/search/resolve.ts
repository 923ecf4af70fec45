// Address for a text in the search box, which is an id, a function name, or words of log lines.

import { fetchJson } from "../api";
import type { Found } from "../api-types";
import type { Route } from "../route";

const REQUEST_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const TRACE_ID = /^1-[0-9a-f]{8}-[0-9a-f]{24}$/i;

/** Address for a text and what the server finds for it: an id leads to its request if it has one. */
export function addressOf(text: string, found: Found, route: Route): string {
  const same = found.functions.filter((one) => one.function.toLowerCase() === text.toLowerCase());
  const [only, another] = found.invocations;
  if (same[0] && same.length === 1) return route.toFunction(same[0]);
  const exact =
    found.ids.find(({ id }) => id === text) ?? (found.ids.length === 1 ? found.ids[0] : undefined);
  if (exact) return route.to("/request", { id: exact.id });
  if (only && !another && found.traces.length === 0) return route.to("/invocation", { key: only.key });
  if (found.traces.length === 1 && found.invocations.length === 0)
    return route.to("/request", { id: found.traces[0] });
  if (REQUEST_ID.test(text)) return route.to("/invocation", { request: text });
  if (TRACE_ID.test(text)) return route.to("/logs", { trace: text });
  return route.to("/logs", { text });
}

/** Address for a text of the search box. */
export async function resolve(text: string, route: Route): Promise<string> {
  try {
    const found = await fetchJson("/api/v1/find", { text }, AbortSignal.timeout(3000));
    return addressOf(text, found, route);
  } catch {
    return addressOf(text, { functions: [], invocations: [], traces: [], ids: [] }, route);
  }
}
