// Links shown when a function or an invocation is not found: similar names and ids, and a log search.

import { fetchJson } from "../api";
import { h } from "../dom";
import type { PageContext } from "../pages/loader";
import { targets } from "./finder";

/** Number of characters at the beginning of an id by which similar ones are looked up. */
const PREFIX = 8;

/** Links to functions and invocations that resemble `text`, and to a search for it. */
export async function suggestions(
  text: string,
  { route, signal }: Pick<PageContext, "route" | "signal">,
): Promise<HTMLElement> {
  const [whole, beginning] = await Promise.all(
    [text, text.slice(0, PREFIX)].map((part) => fetchJson("/api/v1/find", { text: part }, signal)),
  );
  const found = {
    functions: whole?.functions ?? [],
    invocations: beginning?.invocations ?? [],
    traces: whole?.traces ?? [],
    ids: whole?.ids ?? [],
  };
  const links = targets(text, route, found, []).map(({ kind, name, detail, href }) =>
    h("li", {}, h("span", { class: "kind" }, kind), h("a", { href }, name), detail ? ` ${detail}` : null),
  );
  return h("section", { class: "suggestions", "aria-label": "Did you mean" }, h("ul", {}, links));
}
