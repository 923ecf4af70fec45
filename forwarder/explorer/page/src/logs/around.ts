// The lines around one line of a log stream.

import { fetchJson } from "../api";
import { h } from "../dom";
import { formatExactTime } from "../format";
import { logLine } from "../log-line";
import type { PageLoader } from "../pages/loader";

/** One line and its neighbours in the same log stream. */
export const linesAround: PageLoader = async ({ route, signal, status }) => {
  const wanted = route.text("around");
  const size = Math.min(Math.max(Number(route.text("lines")) || 30, 10), 200);
  const { events } = await fetchJson("/api/v1/logs/around", { place: wanted, count: size }, signal);
  const line = events.find((line) => line.place === wanted);
  const list = h(
    "div",
    { class: "log wide" },
    events.map((line) =>
      logLine(line, { route, signal, reference: status.last_ms ?? 0, isCurrent: line.place === wanted }),
    ),
  );
  const current = list.querySelector("details.current");
  if (current instanceof HTMLDetailsElement) {
    current.open = true;
    setTimeout(() => current.scrollIntoView({ block: "center" }), 60);
  }
  return {
    title: "Surrounding lines",
    nav: "/logs",
    content: [
      h(
        "div",
        { class: "title" },
        h("h1", {}, "Surrounding lines"),
        h(
          "p",
          {},
          line
            ? [
                "of ",
                h(
                  "a",
                  { href: route.to("/function", { name: line.function, account: line.account }) },
                  line.function,
                ),
                `, ${formatExactTime(line.time_ms)}, in `,
                h("code", {}, line.log_stream || "unknown log stream"),
              ]
            : "The line is no longer in the store.",
        ),
      ),
      h(
        "section",
        { class: "card", "aria-label": "Lines of one log stream, in order" },
        list,
        h(
          "p",
          { class: "foot" },
          size < 200
            ? h(
                "a",
                { class: "chip", href: route.with({ lines: Math.min(size * 2, 200) }) },
                "Show more lines",
              )
            : null,
        ),
      ),
    ],
  };
};
