// Error log lines, grouped by message.

import { fetchJson } from "../api";
import type { Errors } from "../api-types";
import { emptyState, unit } from "../components";
import { h } from "../dom";
import { formatClock, formatCount, formatCounted, formatTime } from "../format";
import type { PageContext, PageLoader } from "./loader";

export const errors: PageLoader = async (context) => {
  const { route, status, signal } = context;
  const range = route.range(status);
  const found = await fetchJson("/api/v1/errors", { ...range, limit: 200 }, signal);
  const content =
    found.errors.length > 0
      ? [
          h(
            "div",
            { class: "title" },
            h("h1", {}, "Errors"),
            h("p", {}, "Error log lines, grouped by message. Numbers and ids are ignored."),
          ),
          errorList("Error groups", found, context, {}),
        ]
      : [
          emptyState(
            "No errors in this range",
            h(
              "p",
              {},
              status.events > 0
                ? "All log lines in this range are below level ERROR."
                : "The store is empty. Load logs with: tailwater replay PATH",
            ),
          ),
        ];
  return { title: "Errors", nav: "/errors", content };
};

/** Card with a list of error groups; marks those that the newest version introduced. */
export function errorList(
  title: string,
  { errors: groups, total }: Errors,
  { route, status }: PageContext,
  { isOfOneFunction = false, newestVersion = "" }: { isOfOneFunction?: boolean; newestVersion?: string },
): HTMLElement {
  const reference = status.last_ms ?? 0;
  const rows = groups.map((group) => {
    const isNew = newestVersion !== "" && group.first_version === newestVersion && groups.length > 1;
    return h(
      "li",
      {},
      h(
        "a",
        {
          class: "error-group",
          href: route.to("/logs", { around: group.place }),
          title: "Show the latest line and the lines around it",
        },
        isNew ? h("span", { class: "new" }, `new in ${newestVersion}`) : null,
        h("code", { dir: "auto" }, group.title),
      ),
      isOfOneFunction
        ? null
        : h(
            "a",
            {
              class: "function-link",
              href: route.to("/function", { name: group.function, account: group.account }),
            },
            group.function,
          ),
      h("span", { class: "times" }, formatCount(group.events), unit(" ×")),
      h(
        "span",
        {
          class: "u",
          title: `First seen ${formatTime(group.first_ms)}${group.first_version ? ` in version ${group.first_version}` : ""}`,
        },
        `first ${formatClock(group.first_ms, reference)}${group.first_version ? ` in ${group.first_version}` : ""}`,
      ),
      h(
        "span",
        { class: "u", title: `Last seen ${formatTime(group.last_ms)}` },
        `last ${formatClock(group.last_ms, reference)}`,
      ),
    );
  });
  const counted = formatCounted(total, "group");
  const shown = total > groups.length ? `${groups.length} of ${counted}` : counted;
  return h(
    "section",
    { class: "card", "aria-label": title },
    h("div", { class: "bar" }, h("h2", {}, title), h("span", { class: "count" }, shown)),
    rows.length > 0
      ? h("ul", { class: isOfOneFunction ? "error-groups" : "error-groups wide" }, rows)
      : h("p", { class: "no-data" }, "No errors in this range."),
  );
}
