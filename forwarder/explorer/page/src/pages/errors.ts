// Groups of errors: failed invocations and error lines with the same cause.

import { fetchJson } from "../api";
import type { ErrorGroup, Errors, Names } from "../api-types";
import { emptyState } from "../components";
import { numberLink, toInvocations } from "../count-links";
import { type Child, h } from "../dom";
import { formatCount } from "../format";
import type { Route } from "../route";
import { fetchNames, filterSelect, functionFields, onFilter } from "../search/filters";
import { errorList, KINDS } from "./error-list";
import type { PageContext, PageLoader } from "./loader";

/** Groups that are shown, by the value of the field `show`. */
const SHOWN: [string, string][] = [
  ["", "all"],
  ["failed", "with failed invocations"],
  ["new", "new or back"],
  ["rising", "rising"],
];

export const errors: PageLoader = async (context) => {
  const { route, status, signal } = context;
  const text = (name: string) => route.text(name);
  const selected = {
    function: text("function"),
    account: text("account"),
    region: text("region"),
    version: text("version"),
  };
  const [names, found] = await Promise.all([
    fetchNames(context),
    fetchJson("/api/v1/errors", { ...route.range(status), ...selected, limit: 500 }, signal),
  ]);
  const groups = found.errors.filter((group) => isShown(group, text("kind"), text("show")));
  const heading = h(
    "div",
    { class: "title" },
    h("h1", {}, "Errors"),
    h("p", { class: "totals" }, sumOf(found, route)),
  );
  const isFiltered = ["function", "account", "region", "version", "kind", "show"].some((name) => text(name));
  const list =
    groups.length > 0
      ? errorList("Error groups", { ...found, errors: groups }, context, {})
      : noErrors(found, route, status.events === 0, isFiltered);
  return {
    title: "Errors",
    nav: "/errors",
    content: [heading, filterForm(context, names), list],
  };
};

function isShown(group: ErrorGroup, kind: string, shown: string): boolean {
  if (kind !== "" && group.kind !== kind) return false;
  if (shown === "failed") return group.failed_invocations > 0;
  if (shown === "new") return group.new_in_version !== null || group.regressed_in_version !== null;
  return shown !== "rising" || group.trend === "rising";
}

/** The number of failed invocations, which is the sum over all groups. */
function sumOf(found: Errors, route: Route): Child {
  const filters = { version: route.text("version"), outcome: "failed" as const };
  const name = {
    function: route.text("function"),
    account: route.text("account"),
    region: route.text("region"),
  };
  const count = formatCount(found.failed_invocations);
  const what = "the failed invocations";
  return [
    numberLink(h("b", {}, count), toInvocations(route, name, filters), what),
    ` failed invocation${found.failed_invocations === 1 ? "" : "s"}, each in one group of the same cause`,
  ];
}

function noErrors(found: Errors, route: Route, isEmpty: boolean, isFiltered: boolean): HTMLElement {
  if (found.too_many)
    return emptyState(
      "Too many errors to group",
      h("p", {}, "The store has more errors than are kept in memory. Delete old data from it."),
    );
  if (isFiltered)
    return emptyState(
      "No matching errors",
      h("p", {}, h("a", { href: route.to("/errors") }, "Remove the filters"), "."),
    );
  const reason = isEmpty
    ? "The store is empty. Load logs with: tailwater replay PATH"
    : "No invocation failed in this range, and no log line tells an error.";
  return emptyState("No errors in this range", h("p", {}, reason));
}

function filterForm({ route, navigate }: PageContext, names: Names): HTMLElement {
  const text = (name: string) => route.text(name);
  const form = h(
    "form",
    { class: "filters card", role: "search", "aria-label": "Filter errors" },
    functionFields(names, text),
    filterSelect("kind", "Kind", text("kind"), [["", "any"], ...KINDS]),
    filterSelect("show", "Groups", text("show"), SHOWN),
    h("div", { class: "buttons" }, h("button", { class: "primary" }, "Show")),
  );
  onFilter(form, (values) => navigate(route.with(values)));
  return form;
}
