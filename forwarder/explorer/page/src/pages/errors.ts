// Errors by what they say.

import { ask, type ErrorGroup } from "../api";
import { h } from "../dom";
import { clock, count, moment } from "../format";
import { empty, unit } from "../show";
import type { Context, Load } from "./page";

export const errors: Load = async (context) => {
  const { place, status, signal } = context;
  const range = place.range(status);
  const found = await ask<{ errors: ErrorGroup[]; total: number }>("errors", { ...range, limit: 200 }, signal);
  const content = found.errors.length > 0
    ? [h("div", { class: "title" }, h("h1", {}, "Errors"), h("p", {}, "Lines that tell of an error, grouped by what they say without numbers and ids.")), errorList("Groups", found, context, {})]
    : [empty("No line tells of an error", h("p", {}, status.events > 0 ? "In this range, every line is below the level ERROR." : "Nothing is stored yet: tailwater replay PATH"))];
  return { title: "Errors", nav: "/errors", content };
};

/** Groups of errors, the most frequent first. */
export function errorList(
  title: string,
  { errors: groups, total }: { errors: ErrorGroup[]; total: number },
  { place, status }: Context,
  { inFunction = false, newest = "" }: { inFunction?: boolean; newest?: string },
): HTMLElement {
  const reference = status.last_ms ?? 0;
  const rows = groups.map((group) => {
    const isNew = newest !== "" && group.first_version === newest && groups.length > 1;
    return h(
      "li",
      {},
      h(
        "a",
        { class: "problem", href: place.to("/logs", { around: group.place }), title: "The line that was last seen, and those around it" },
        isNew ? h("span", { class: "new" }, `new in ${newest}`) : null,
        h("code", { dir: "auto" }, group.title),
      ),
      inFunction ? null : h("a", { class: "where", href: place.to("/function", { name: group.function, account: group.account }) }, group.function),
      h("span", { class: "times" }, count(group.events), unit(" ×")),
      h("span", { class: "u", title: `First seen ${moment(group.first_ms)}${group.first_version ? ` in version ${group.first_version}` : ""}` }, `first ${clock(group.first_ms, reference)}${group.first_version ? ` in ${group.first_version}` : ""}`),
      h("span", { class: "u", title: `Last seen ${moment(group.last_ms)}` }, `last ${clock(group.last_ms, reference)}`),
    );
  });
  const shown = total > groups.length ? `${groups.length} of ${total} groups` : total === 1 ? "1 group" : `${total} groups`;
  return h(
    "section",
    { class: "card", "aria-label": title },
    h("div", { class: "bar" }, h("h2", {}, title), h("span", { class: "count" }, shown)),
    rows.length > 0 ? h("ul", { class: inFunction ? "problems" : "problems wide" }, rows) : h("p", { class: "nothing" }, "No line of this function tells of an error in this range."),
  );
}
