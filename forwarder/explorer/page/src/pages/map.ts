// Map of functions, the resources that they use, and the calls between them: as a drawing, a matrix or tables.

import { fetchJson, RequestError } from "../api";
import type { ServiceMap, Status } from "../api-types";
import { emptyState } from "../components";
import { h } from "../dom";
import { formatCounted, formatTime } from "../format";
import { arrangement } from "../map/arrangement";
import { type Drawing, drawing } from "../map/drawing";
import { drawn, type Graph, search } from "../map/graph";
import { matrix } from "../map/matrix";
import { impactCard } from "../map/panel";
import { askForm, choices, neighbourhoodOf } from "../map/question";
import { type SidePanel, sidePanel } from "../map/side-panel";
import { mapTables } from "../map/tables";
import type { Route } from "../route";
import "../style/insight.css";
import "../style/map.css";
import { noInvocations } from "./functions";
import type { Page, PageContext, PageLoader } from "./loader";
import { noLinks } from "./requests";

export const map: PageLoader = async (context) => {
  const { route, status } = context;
  if (status.invocations === 0) return { title: "Map", nav: "/map", content: [noInvocations(context)] };
  try {
    return pageOf(await fetchMap(context), context);
  } catch (error) {
    // The question cannot be read, or it names something that this range does not have.
    const isWrong = error instanceof RequestError && [400, 404].includes(error.problem.status ?? 0);
    if (!isWrong || route.text("ask") + route.text("of") === "") throw error;
    const content = [heading("Map"), askForm(context, error.problem), choices(context)];
    return { title: "Map", nav: "/map", content };
  }
};

/** The time before the one that the map shows, of the same length; of all stored data, its first half. */
export function periods(
  route: Route,
  status: Pick<Status, "first_ms" | "last_ms">,
): { from: number | null; to: number | null; before_from: number | null; before_to: number | null } {
  const { since, until } = route.range(status as Status);
  if (route.text("compare") === "") return { from: since, to: until, before_from: null, before_to: null };
  const [first, last] = [status.first_ms ?? 0, (status.last_ms ?? 0) + 1];
  const [start, end] = [since ?? Math.round((first + last) / 2), until ?? last];
  return {
    from: start,
    to: until,
    before_from: since === null ? first : start - (end - start),
    before_to: start,
  };
}

function fetchMap({ route, status, signal }: PageContext): Promise<ServiceMap> {
  const { of, depth, direction } = neighbourhoodOf(route);
  const query = {
    ...periods(route, status),
    account: route.text("account"),
    region: route.text("region"),
    ask: route.text("ask"),
    ...(of === "" ? {} : { of, depth, direction }),
  };
  return fetchJson("/api/v1/map", query, signal);
}

function heading(counts: string, comparison: string | null = null): HTMLElement {
  return h(
    "div",
    { class: "title" },
    h("h1", {}, "Map"),
    h("p", { id: "counts" }, counts),
    comparison === null ? null : h("p", {}, comparison),
  );
}

function comparisonText({ route, status }: PageContext): string | null {
  const { from, to, before_from, before_to } = periods(route, status);
  if (before_from === null || before_to === null || from === null) return null;
  const end = to ?? status.last_ms ?? 0;
  return `${formatTime(from)} to ${formatTime(end)}, compared with ${formatTime(before_from)} to ${formatTime(before_to)}`;
}

function pageOf(graph: ServiceMap, context: PageContext): Page {
  const { route, navigate, signal } = context;
  const { of } = neighbourhoodOf(route);
  const head = [
    heading(countText(drawn(graph)), comparisonText(context)),
    askForm(context, null),
    choices(context),
    graph.nodes_truncated
      ? h(
          "p",
          { class: "bad", role: "alert" },
          "The map has more nodes than are shown: ask about a part of it.",
        )
      : null,
    of !== "" && graph.impact ? impactCard(of, graph.impact, route) : null,
  ].filter((element) => element !== null);
  if (graph.edges.length === 0 && graph.nodes.every(({ kind }) => kind === "function")) {
    const empty = nothing(graph, route);
    return { title: "Map", nav: "/map", content: [...head, empty] };
  }
  const side = sidePanel(graph, route);
  const view = route.text("view");
  if (view === "table")
    return { title: "Map", nav: "/map", content: [...head, ...mapTables(drawn(graph), route, navigate)] };
  if (view === "matrix") {
    const toNode = (name: string) => route.with({ of: name, view: null, ask: null, select: null });
    const shown = matrix(graph, route.text("resources") !== "", toNode, side.select);
    return {
      title: "Map",
      nav: "/map",
      content: [
        ...head,
        split(h("section", { class: "card", "aria-label": "Dependency matrix" }, shown), side),
      ],
      onShown: side.restore,
    };
  }
  const place = h("section", { class: "card map-card", "aria-label": "Map" });
  place.append(
    h(
      "p",
      { class: "no-data pending", role: "status" },
      `Arranging ${formatCounted(graph.nodes.length, "node")} …`,
    ),
  );
  return {
    title: "Map",
    nav: "/map",
    content: [...head, split(place, side), legend()],
    onShown: () => void drawInto(place, drawn(graph), side, of === "" ? null : of, signal),
  };
}

function countText({ nodes, edges }: Graph): string {
  const functions = nodes.filter(({ kind }) => kind === "function").length;
  return [
    formatCounted(functions, "function"),
    formatCounted(nodes.length - functions, "resource"),
    formatCounted(edges.length, "connection"),
  ].join(", ");
}

/** Explanation of a map without connections, with the reason that the server gives. */
function nothing({ why_empty }: ServiceMap, route: Route): HTMLElement {
  if (why_empty === "none_in_this_part" || route.text("ask") !== "" || route.text("of") !== "")
    return emptyState(
      "Nothing in this range answers the question",
      h(
        "p",
        {},
        "The invocations share no id with others on this side, and name no resource. ",
        h(
          "a",
          { href: route.with({ ask: null, of: null, depth: null, direction: null }) },
          "Show the whole map",
        ),
        ".",
      ),
    );
  const reason = why_empty === null ? undefined : REASONS[why_empty];
  return emptyState(
    "No connection between functions in this range",
    reason === undefined ? noLinks(route) : h("div", {}, h("p", {}, reason), noLinks(route)),
  );
}

/** Reasons for a map without connections, by the server's words for them. */
const REASONS: Partial<Record<NonNullable<ServiceMap["why_empty"]>, string>> = {
  no_invocations: "No invocation ended in this range.",
  one_function:
    "All invocations are of one function: read the logs of the functions that it works with, too.",
  no_ids: "No line has a trace id, a correlation id or a message id, or names a resource.",
  no_shared_ids: "The lines have ids, but none is in the lines of two functions.",
  below_confidence: "The known connections have less confidence than asked for.",
};

function split(main: HTMLElement, side: SidePanel): HTMLElement {
  return h("div", { class: "split map-split" }, h("div", {}, main), side.element);
}

/** Arranges the graph and shows its drawing in `place`. */
async function drawInto(
  place: HTMLElement,
  graph: Graph,
  side: SidePanel,
  centre: string | null,
  signal: AbortSignal,
): Promise<void> {
  try {
    const shown = drawing(graph, await arrangement(graph, signal), side.select);
    place.replaceChildren(searchBar(graph, shown), shown.element);
    shown.start(centre);
    side.onSelect(shown.select);
    side.restore();
  } catch (error) {
    if (signal.aborted) return;
    const reason = error instanceof Error ? error.message : String(error);
    place.replaceChildren(h("p", { class: "no-data bad", role: "alert" }, reason));
  }
}

/** Field that marks the nodes whose names contain a text; Enter shows the next one. */
function searchBar(graph: Graph, shown: Drawing): HTMLElement {
  const count = h("span", { class: "count", "aria-live": "polite" });
  const input = h("input", {
    id: "map-search",
    class: "field",
    type: "search",
    placeholder: "Find a node",
    "aria-label": "Find a node",
    autocomplete: "off",
    spellcheck: "false",
  });
  let current = 0;
  const show = () => {
    const found = search(graph, input.value);
    current = found.length === 0 ? 0 : current % found.length;
    shown.markFound(found, current);
    count.textContent =
      input.value.trim() === "" ? "" : found.length === 0 ? "none" : `${current + 1} of ${found.length}`;
  };
  input.addEventListener("input", () => {
    current = 0;
    show();
  });
  const form = h("form", { class: "bar" }, input, count, h("span", { class: "grow" }), hint());
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    current += 1;
    show();
  });
  return form;
}

function hint(): HTMLElement {
  return h("span", { class: "u map-hint" }, "Drag to move; Ctrl and wheel, or + and −, to zoom");
}

/** Meaning of the lines and colours. */
function legend(): HTMLElement {
  const key = (classes: string, text: string) =>
    h("span", { class: "key" }, h("i", { class: `edge-key ${classes}` }), text);
  return h(
    "p",
    { class: "map-legend" },
    key("certain", "parent span or tag"),
    key("likely", "within the run of the caller"),
    key("uncertain", "order in time, or fewer than three calls"),
    key("certain is-failing", "failed calls, slower"),
    key("certain is-new", "new"),
    key("certain is-gone", "gone"),
  );
}
