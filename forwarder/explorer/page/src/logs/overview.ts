// Histogram and facets around the lines of a search; they are requested after the lines.

import { fetchJson } from "../api";
import type { Facet, LogHistogram, QueryField } from "../api-types";
import { h } from "../dom";
import type { PageContext } from "../pages/loader";
import { conditionsOf, withConditions } from "./conditions";
import { facetList } from "./facets";
import { histogram as histogramCard } from "./histogram";
import { fetchFacets, fetchHistogram } from "./search";

export type Overview = {
  histogram: HTMLElement;
  facets: HTMLElement;
  /** Link that opens the search as a query. */
  asQuery: HTMLElement;
};

type Data = { histogram: LogHistogram; facets: Facet[]; fields: QueryField[] };

/** The last answers, shown until those after a change of the store arrive. */
let last: { address: string; data: Data } | undefined;

export function overview(context: PageContext): Overview {
  const shown: Overview = {
    histogram: h("div", { class: "log-histogram" }, waiting("Counting the lines …")),
    facets: h("details", {
      class: "card facets",
      id: "facets",
      open: matchMedia("(min-width: 901px)").matches,
    }),
    asQuery: h("a", { class: "chip", id: "as-query" }, "Open as query"),
  };
  fillFacets(shown.facets, [waiting("Counting the values …")]);
  const address = context.route.with({});
  if (last?.address === address) show(shown, last.data, context);
  void load(shown, address, context);
  return shown;
}

async function load(shown: Overview, address: string, context: PageContext): Promise<void> {
  const { route, status, signal } = context;
  try {
    const histogram = await fetchHistogram(context);
    const before = last?.address === address ? last.data : { facets: [], fields: [] };
    show(shown, { ...before, histogram }, context);
    const [facets, { fields }] = await Promise.all([
      fetchFacets(context, histogram.events),
      fetchJson("/api/v1/query/fields", route.range(status), signal),
    ]);
    const data = { histogram, facets, fields };
    last = { address, data };
    fillFacets(shown.facets, facetList(facets, fields, context));
  } catch (error) {
    if (signal.aborted) return;
    const reason = h(
      "p",
      { class: "no-data", role: "alert" },
      error instanceof Error ? error.message : String(error),
    );
    if (shown.histogram.querySelector(".chart")) fillFacets(shown.facets, [reason]);
    else shown.histogram.replaceChildren(h("div", { class: "card" }, reason));
  }
}

function show(shown: Overview, { histogram, facets, fields }: Data, context: PageContext): void {
  const { route, zoom } = context;
  shown.histogram.replaceChildren(histogramCard(histogram, zoom));
  // A search can be too long for a query.
  shown.asQuery.hidden = histogram.query === "";
  const q = withConditions(histogram.query, conditionsOf(route));
  shown.asQuery.setAttribute("href", route.to("/query", { q }));
  if (facets.length > 0) fillFacets(shown.facets, facetList(facets, fields, context));
}

function fillFacets(facets: HTMLElement, content: Node[]): void {
  facets.replaceChildren(h("summary", {}, "Fields"), h("div", { class: "facet-grid" }, content));
}

function waiting(text: string): HTMLElement {
  return h("p", { class: "no-data" }, text);
}
