// Most frequent values of fields among the lines of a search; a click on one adds it to the filters, or removes it.

import type { Facet, QueryField, QueryValue } from "../api-types";
import { h } from "../dom";
import { formatCount } from "../format";
import { renderText } from "../message";
import { textOf } from "../query/result-shape";
import type { Route } from "../route";
import { addedFields, conditionOn, conditionsOf, toggle, withFields } from "./conditions";

const TITLES: Record<string, string> = { "@function": "Function", "@level": "Level", "@version": "Version" };

type Options = { route: Route; navigate: (address: string) => void };

/** Facets, and a form that adds one for another field. */
export function facetList(facets: Facet[], fields: QueryField[], options: Options): Node[] {
  return [...facets.map((facet) => facetSection(facet, options)), fieldForm(fields, options)];
}

function facetSection({ field, values, other, missing }: Facet, { route }: Options): HTMLElement {
  const most = Math.max(...values.map(({ count }) => count), missing, 1);
  const rest = other > 0 ? h("li", { class: "u" }, h("span", {}, "other values"), formatCount(other)) : null;
  const added = addedFields(route);
  const remove = added.includes(field)
    ? h(
        "a",
        {
          class: "remove",
          href: withFields(
            route,
            added.filter((one) => one !== field),
          ),
          "aria-label": `Remove ${field}`,
        },
        "×",
      )
    : null;
  return h(
    "section",
    { class: "facet", "aria-label": TITLES[field] ?? field },
    h("h3", {}, TITLES[field] ?? h("code", {}, field), remove),
    h(
      "ul",
      {},
      values.map(({ value, count }) => facetValue(field, value, count, most, route)),
      missing > 0 ? facetValue(field, null, missing, most, route) : null,
      rest,
    ),
    values.length === 0 && missing === 0 ? h("p", { class: "u" }, "No lines.") : null,
  );
}

function facetValue(
  field: string,
  value: QueryValue,
  count: number,
  most: number,
  route: Route,
): HTMLElement {
  const [address, isChosen] = filterOf(field, value, route);
  const share = h("i", { "aria-hidden": "true" });
  share.style.width = `${(count / most) * 100}%`;
  const name = value === null ? h("em", {}, "missing") : renderText(textOf(value).slice(0, 200) || '""');
  return h(
    "li",
    {},
    h(
      "a",
      {
        href: address,
        "aria-current": isChosen ? "true" : null,
        title: isChosen ? "Remove this filter" : null,
      },
      share,
      h("span", { dir: "auto" }, name),
      h("span", { class: "n-lines" }, formatCount(count), isChosen ? " ×" : ""),
    ),
  );
}

/** Address that adds a value to the filters, or removes it, and whether it is among them. */
function filterOf(field: string, value: QueryValue, route: Route): [string, boolean] {
  // The form of the search has a field for the function.
  if (field === "@function" && typeof value === "string") {
    const isChosen = route.text("function") === value;
    return [route.with({ function: isChosen ? null : value }), isChosen];
  }
  const condition = conditionOn(field, value);
  return [toggle(route, condition), conditionsOf(route).includes(condition)];
}

function fieldForm(fields: QueryField[], { route, navigate }: Options): HTMLElement {
  const input = h("input", {
    id: "facet-field",
    class: "field",
    list: "facet-fields",
    placeholder: "order.id",
    "aria-label": "Field to count values of",
    autocomplete: "off",
    spellcheck: "false",
  });
  const form = h(
    "form",
    { class: "facet-form" },
    input,
    h(
      "datalist",
      { id: "facet-fields" },
      fields.map(({ name }) => h("option", { value: name })),
    ),
    h("button", { class: "chip" }, "Add field"),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const name = input.value.trim();
    if (name === "") return;
    input.value = "";
    navigate(withFields(route, [...addedFields(route), name]));
  });
  return form;
}

/** Conditions of a search, each with a link that removes it. */
export function conditionChips(route: Route): HTMLElement[] {
  return conditionsOf(route).map((condition) =>
    h(
      "a",
      { class: "chip condition", href: toggle(route, condition), title: "Remove this condition" },
      h("code", {}, renderText(condition)),
      " ×",
    ),
  );
}
