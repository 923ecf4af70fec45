// Beside the editor: the named queries, or the tables of SQL.

import type { NamedQuery } from "../api-types";
import { h } from "../dom";
import type { Route } from "../route";
import { SQL_TABLES } from "./vocabulary";

/** Address that shows a named query: it runs unless a value must be given first. */
export function addressOf(named: NamedQuery, route: Route): string {
  const isReady = named.parameters.every((parameter) => parameter.default !== null);
  const q = isReady && named.parameters.length === 0 ? named.query : null;
  return route.to("/query", { q, named: named.name });
}

function groupsOf(queries: NamedQuery[]): [string, NamedQuery[]][] {
  const groups = new Map<string, NamedQuery[]>();
  for (const named of queries) groups.set(named.group, [...(groups.get(named.group) ?? []), named]);
  return [...groups];
}

/** Groups that the user has opened or closed, so that they stay so when the page is rendered again. */
const isGroupOpen = new Map<string, boolean>();

export function namedList(queries: NamedQuery[], current: string, route: Route): HTMLElement {
  const groups = groupsOf(queries).map(([group, members], index) => {
    const isCurrent = members.some(({ name }) => name === current);
    const items = members.map((named) =>
      h(
        "li",
        {},
        h(
          "a",
          { href: addressOf(named, route), "aria-current": named.name === current ? "true" : null },
          h("b", {}, named.name),
          h("span", {}, named.question),
        ),
      ),
    );
    const details = h(
      "details",
      { open: isGroupOpen.get(group) ?? (isCurrent || (current === "" && index === 0)) },
      h("summary", {}, group, h("span", { class: "count" }, String(members.length))),
      h("ul", {}, items),
    );
    details.addEventListener("toggle", () => isGroupOpen.set(group, details.open));
    return details;
  });
  return h(
    "nav",
    { class: "card named", "aria-label": "Named queries" },
    h("h2", {}, "Named queries"),
    groups,
  );
}

/** The same as a selection, for narrow screens. */
export function namedSelect(
  queries: NamedQuery[],
  current: string,
  route: Route,
  navigate: (address: string) => void,
): HTMLElement {
  const groups = groupsOf(queries).map(([group, members]) =>
    h(
      "optgroup",
      { label: group },
      members.map(({ name, question }) =>
        h("option", { value: name, selected: name === current }, `${name}: ${question}`),
      ),
    ),
  );
  const select = h(
    "select",
    { class: "field named-select", id: "named", "aria-label": "Named query" },
    h("option", { value: "" }, "Named queries"),
    groups,
  );
  select.addEventListener("change", () => {
    const named = queries.find(({ name }) => name === select.value);
    if (named) navigate(addressOf(named, route));
  });
  return select;
}

export function tableList(): HTMLElement {
  const tables = SQL_TABLES.map(({ name, columns }, index) =>
    h(
      "details",
      { open: index < 2 },
      h("summary", {}, h("code", {}, name), h("span", { class: "count" }, String(columns.length))),
      h("p", {}, h("code", {}, columns.join(", "))),
    ),
  );
  return h("section", { class: "card named", "aria-label": "Tables" }, h("h2", {}, "Tables"), tables);
}
