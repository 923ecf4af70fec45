// Card with a list of error groups.

import type { ErrorGroup, Errors } from "../api-types";
import { unit } from "../components";
import { numberLink, toInvocations } from "../count-links";
import { type Child, h, svg } from "../dom";
import { formatClock, formatCount, formatCounted, formatTime } from "../format";
import type { Route } from "../route";
import { stackTrace } from "./error-trace";
import type { PageContext } from "./loader";

/** Kinds of errors, and their names. */
export const KINDS: [ErrorGroup["kind"], string][] = [
  ["exception", "exception"],
  ["timeout", "timeout"],
  ["out_of_memory", "out of memory"],
  ["init", "INIT failed"],
  ["exit", "runtime exited"],
  ["unknown", "no line tells why"],
  ["handled", "handled"],
];

/** Card with a list of error groups. */
export function errorList(
  title: string,
  { errors: groups, total }: Errors,
  context: PageContext,
  { isOfOneFunction = false }: { isOfOneFunction?: boolean },
): HTMLElement {
  const counted = formatCounted(total, "group");
  const shown = total > groups.length ? `${groups.length} of ${counted}` : counted;
  return h(
    "section",
    { class: "card", "aria-label": title },
    h("div", { class: "bar" }, h("h2", {}, title), h("span", { class: "count" }, shown)),
    groups.length > 0
      ? h(
          "ul",
          { class: isOfOneFunction ? "groups" : "groups wide" },
          groups.map((group) => groupItem(group, context, isOfOneFunction)),
        )
      : h("p", { class: "no-data" }, "No errors in this range."),
  );
}

function groupItem(group: ErrorGroup, context: PageContext, isOfOneFunction: boolean): HTMLElement {
  const { route, status } = context;
  const reference = status.last_ms ?? 0;
  const href = addressOf(group, route);
  const details = h("details", { class: "trace" }, h("summary", {}, "Stack trace, versions"));
  details.addEventListener(
    "toggle",
    () => {
      if (details.open) details.append(h("div", {}, versions(group, route), stackTrace(group, context)));
    },
    { once: true },
  );
  return h(
    "li",
    {},
    h(
      "div",
      { class: "what" },
      badges(group),
      h("a", { class: "error-group", href }, h("code", { dir: "auto" }, group.title)),
      group.culprit
        ? h("span", { class: "u culprit" }, " in ", h("code", { dir: "auto" }, group.culprit))
        : null,
    ),
    isOfOneFunction
      ? null
      : h(
          "a",
          { class: "function-link", href: route.toFunction(group), title: group.function },
          group.function,
        ),
    timeBars(group),
    h(
      "span",
      { class: "times" },
      numberLink(formatCount(countOf(group)), href, "what this counts"),
      unit(" ×"),
    ),
    h(
      "span",
      { class: "u seen" },
      h(
        "span",
        { title: `First seen ${formatTime(group.first_seen_ms)}` },
        `first ${formatClock(group.first_seen_ms, reference)}`,
      ),
      " ",
      h(
        "span",
        { title: `Last seen ${formatTime(group.last_seen_ms)}` },
        `last ${formatClock(group.last_seen_ms, reference)}`,
      ),
    ),
    details,
  );
}

/** Failed invocations of a group; of a group that ended none, its lines. */
function countOf(group: ErrorGroup): number {
  return group.kind === "handled" ? group.events : group.failed_invocations;
}

/** Address of the invocations of a group; of a group that ended none, of its latest line. */
function addressOf(group: ErrorGroup, route: Route, version = route.text("version")): string {
  if (group.failed_invocations > 0) return toInvocations(route, group, { group: group.id, version });
  return route.to("/logs", {
    function: group.function,
    level: "error",
    range: null,
    since: group.last_seen_ms,
    until: group.last_seen_ms + 1,
  });
}

function badges(group: ErrorGroup): Child {
  const kind = KINDS.find(([name]) => name === group.kind)?.[1] ?? group.kind;
  return [
    group.regressed_in_version ? h("span", { class: "new" }, `back in ${group.regressed_in_version}`) : null,
    group.new_in_version ? h("span", { class: "new" }, `new in ${group.new_in_version}`) : null,
    group.kind === "exception" ? null : h("span", { class: "badge kind-badge" }, kind),
    group.trend === "rising" ? h("span", { class: "badge kind-badge" }, "rising") : null,
  ];
}

/** Occurrences over time as bars. */
function timeBars({ over_time }: ErrorGroup): SVGElement {
  const [width, height] = [96, 20];
  const most = Math.max(...over_time, 1);
  const step = width / over_time.length;
  const bars = over_time.map((count, index) => {
    const size = count === 0 ? 0 : Math.max((count / most) * height, 2);
    return svg("rect", { x: index * step, y: height - size, width: step - 1, height: size });
  });
  return svg(
    "svg",
    {
      class: "time-bars",
      viewBox: `0 0 ${width} ${height}`,
      role: "img",
      "aria-label": `Over time: ${over_time.join(", ")}`,
    },
    bars,
  );
}

function versions(group: ErrorGroup, route: Route): Child {
  const known = group.versions.filter(({ version }) => version !== "");
  if (known.length === 0) return null;
  return h(
    "p",
    { class: "u" },
    "Versions: ",
    known.map((one, index) => [
      index > 0 ? ", " : null,
      one.version,
      " (",
      one.failed_invocations > 0
        ? numberLink(
            formatCount(one.failed_invocations),
            addressOf(group, route, one.version),
            `those of version ${one.version}`,
          )
        : `${formatCount(one.events)} lines`,
      ")",
    ]),
  );
}
