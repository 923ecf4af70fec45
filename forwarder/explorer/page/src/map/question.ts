// Box that asks the map by arrows, and the choices of its view, its neighbourhood and its comparison.

import type { Problem } from "../api-types";
import { type Child, h } from "../dom";
import type { PageContext } from "../pages/loader";
import type { Route } from "../route";
import type { Direction } from "./graph";

/** Views of the map, by their names in addresses. */
const VIEWS: [string, string][] = [
  ["", "Drawing"],
  ["matrix", "Matrix"],
  ["table", "Tables"],
];

const DIRECTIONS: [Direction, string][] = [
  ["both", "both directions"],
  ["upstream", "what depends on it"],
  ["downstream", "what it depends on"],
];

const MAX_DEPTH = 3;

/** Neighbourhood that an address names. */
export function neighbourhoodOf(route: Route): { of: string; depth: number; direction: Direction } {
  const depth = Number(route.text("depth"));
  return {
    of: route.text("of"),
    depth: Number.isInteger(depth) && depth >= 1 && depth <= MAX_DEPTH ? depth : 1,
    direction: DIRECTIONS.find(([name]) => name === route.text("direction"))?.[0] ?? "both",
  };
}

/** Form for a question; `problem` is the server's answer if it cannot read the one that the address has. */
export function askForm({ route, navigate }: PageContext, problem: Partial<Problem> | null): HTMLElement {
  const input = h("input", {
    id: "f-ask",
    name: "ask",
    class: "field",
    type: "search",
    value: route.text("ask"),
    placeholder: "checkout-api -> *",
    "aria-describedby": "ask-help",
    "aria-invalid": problem === null ? null : "true",
    autocomplete: "off",
    spellcheck: "false",
  });
  const form = h(
    "form",
    { class: "filters card", role: "search", "aria-label": "Ask the map" },
    h("label", { class: "for-text" }, h("span", {}, "Question"), input),
    h("div", { class: "buttons" }, h("button", { class: "primary" }, "Ask")),
    h(
      "p",
      { class: "ask-help u", id: "ask-help" },
      example("a -> *", "what a calls"),
      example("* -> a", "what calls a"),
      example("a ->> b", "all ways from a to b, up to 8 calls"),
      example("a ->> * depth 2", "with a depth"),
    ),
    problem === null ? null : problemText(route.text("ask"), problem),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    input.defaultValue = input.value;
    navigate(route.with({ ask: input.value.trim(), of: null, select: null }));
  });
  return form;
}

function example(arrows: string, meaning: string): HTMLElement {
  return h("span", {}, h("code", {}, arrows), ` ${meaning}`);
}

/** The question with a mark where it cannot be read, and the reason. */
function problemText(ask: string, { detail, start, end }: Partial<Problem>): HTMLElement {
  const marked: Child =
    start === undefined
      ? null
      : h(
          "code",
          {},
          ask.slice(0, start),
          h("mark", {}, ask.slice(start, Math.max(end ?? start, start + 1)) || " "),
          ask.slice(Math.max(end ?? start, start + 1)),
        );
  return h(
    "p",
    { class: "bad ask-problem", role: "alert" },
    marked,
    " ",
    detail ?? "The question cannot be read.",
  );
}

/** Choices of the view and of what is compared; those of the neighbourhood if the map is about one node. */
export function choices(context: PageContext): HTMLElement {
  const { route } = context;
  const chosen = route.text("view");
  return h(
    "div",
    { class: "map-choices" },
    links(
      "View",
      VIEWS.map(([view, title]) => [title, route.with({ view }), view === chosen]),
    ),
    chosen === "matrix"
      ? links("Rows and columns", [
          ["Functions", route.with({ resources: null }), route.text("resources") === ""],
          ["With resources", route.with({ resources: 1 }), route.text("resources") !== ""],
        ])
      : null,
    neighbourhoodChoices(route),
    h("span", { class: "u" }, "compared with"),
    links("Compared with", [
      ["Nothing", route.with({ compare: null }), route.text("compare") === ""],
      ["The previous period", route.with({ compare: "before" }), route.text("compare") !== ""],
    ]),
  );
}

function neighbourhoodChoices(route: Route): Child {
  const { of, depth, direction } = neighbourhoodOf(route);
  if (of === "") return null;
  const depths = Array.from({ length: MAX_DEPTH }, (_, index) => index + 1);
  return [
    h(
      "a",
      {
        class: "chip condition",
        href: route.with({ of: null, depth: null, direction: null }),
        title: "Show the whole map",
      },
      "around ",
      h("bdi", {}, of),
      " ×",
    ),
    h("span", { class: "u" }, "distance in calls"),
    links(
      "Distance in calls",
      depths.map((one) => [String(one), route.with({ depth: one }), one === depth]),
    ),
    links(
      "Direction",
      DIRECTIONS.map(([name, title]) => [title, route.with({ direction: name }), name === direction]),
    ),
  ];
}

/** Links of which one is current; each is a title, an address, and whether it is current. */
function links(label: string, items: [string, string, boolean][]): HTMLElement {
  return h(
    "div",
    { class: "seg", role: "group", "aria-label": label },
    items.map(([title, href, isCurrent]) =>
      h("a", { href, "aria-current": isCurrent ? "true" : null }, title),
    ),
  );
}
