// List of pages, functions, ids and queries that match what is being typed, below a field: the search box or the palette.

import { fetchJson } from "../api";
import type { Found, NamedQuery } from "../api-types";
import { h } from "../dom";
import { formatClock } from "../format";
import { fillParameters } from "../query/named";
import { idKindName } from "../request/evidence";
import { Route } from "../route";

/** Something that can be opened. */
export type Target = { kind: string; name: string; detail?: string; href: string };

const PAGES: [string, string][] = [
  ["/", "Functions"],
  ["/invocations", "Invocations"],
  ["/requests", "Requests"],
  ["/map", "Map"],
  ["/errors", "Errors"],
  ["/logs", "Logs"],
  ["/query", "Query"],
  ["/cost", "Cost"],
];

/** Targets that match a text, the most likely first. */
export function targets(text: string, route: Route, found: Found | undefined, named: NamedQuery[]): Target[] {
  const words = text.toLowerCase();
  const has = (name: string) => name.toLowerCase().includes(words);
  const functions = (found?.functions ?? []).map((one) => ({
    kind: "function",
    name: one.function,
    detail: [one.region, one.account].filter((part) => part !== null).join(" · "),
    href: route.toFunction(one),
  }));
  const invocations = (found?.invocations ?? []).map((one) => ({
    kind: "invocation",
    name: one.request_id,
    detail: `${one.function}, ${formatClock(one.time_ms, one.time_ms)}, ${one.status.replaceAll("_", " ")}`,
    href: route.to("/invocation", { key: one.key }),
  }));
  const requests = (found?.ids ?? []).map(({ kind, id }) => ({
    kind: "request",
    name: id,
    detail: idKindName(kind),
    href: route.to("/request", { id }),
  }));
  const traces = (found?.traces ?? []).map((id) => ({
    kind: "trace",
    name: id,
    href: new Route("/request").with({ id }),
  }));
  const pages = PAGES.filter(([, name]) => has(name)).map(([path, name]) => ({
    kind: "page",
    name,
    href: route.to(path),
  }));
  const queries = named
    .filter(({ name, question }) => words !== "" && (has(name) || has(question)))
    .map((query) => ({
      kind: "query",
      name: query.question,
      detail: query.name,
      href: route.to("/query", { q: fillParameters(query, {}) }),
    }));
  const logs =
    text === "" ? [] : [{ kind: "logs", name: `Lines with “${text}”`, href: route.to("/logs", { text }) }];
  const ids = [...requests, ...invocations, ...traces];
  return text === "" ? [...pages, ...functions] : [...functions, ...ids, ...pages, ...queries, ...logs];
}

let counter = 0;

export type Finder = {
  /** List below the field. */
  list: HTMLElement;
  /** Opens the chosen target; false if none is chosen. */
  open: () => boolean;
  /** Empties the list. */
  close: () => void;
  /** Shows what matches the text of the field. */
  update: () => void;
};

/** Waits for this long after a key before it asks the server. */
const DELAY_MS = 120;

/** Connects a field with a list of targets, as a combo box: the arrow keys choose, Enter opens. */
export function finder(input: HTMLInputElement, navigate: (address: string) => void): Finder {
  counter += 1;
  const id = `finder-${counter}`;
  const list = h("ul", { id, class: "finder", role: "listbox", "aria-label": "Results", hidden: true });
  for (const [name, value] of Object.entries({
    role: "combobox",
    "aria-controls": id,
    "aria-expanded": "false",
    "aria-autocomplete": "list",
  }))
    input.setAttribute(name, value);
  let shown: Target[] = [];
  let chosen = -1;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let requests = new AbortController();
  let named: NamedQuery[] | undefined;

  const choose = (index: number) => {
    chosen = index;
    for (const [at, option] of [...list.children].entries())
      option.setAttribute("aria-selected", String(at === chosen));
    const option = list.children[chosen];
    if (option) {
      input.setAttribute("aria-activedescendant", option.id);
      option.scrollIntoView({ block: "nearest" });
    } else {
      input.removeAttribute("aria-activedescendant");
    }
  };
  const show = (found: Target[]) => {
    shown = found;
    list.replaceChildren(...found.map((target, index) => option(target, `${id}-${index}`)));
    list.hidden = found.length === 0;
    input.setAttribute("aria-expanded", String(found.length > 0));
    choose(-1);
  };
  const option = (target: Target, optionId: string) =>
    h(
      "li",
      {
        id: optionId,
        role: "option",
        "aria-selected": "false",
        // The field keeps the focus.
        on: {
          mousedown: (event: Event) => event.preventDefault(),
          click: () => openTarget(target),
        },
      },
      h("span", { class: "kind" }, target.kind),
      h("bdi", { class: "target" }, target.name),
      target.detail ? h("span", { class: "u" }, target.detail) : null,
    );
  const openTarget = (target: Target) => {
    close();
    navigate(target.href);
  };
  const close = () => {
    clearTimeout(timer);
    requests.abort();
    show([]);
  };
  const update = () => {
    clearTimeout(timer);
    requests.abort();
    requests = new AbortController();
    const { signal } = requests;
    timer = setTimeout(() => void load(signal), shown.length === 0 ? 0 : DELAY_MS);
  };
  const load = async (signal: AbortSignal) => {
    const text = input.value.trim();
    const route = new Route(location.href);
    try {
      named ??= (await fetchJson("/api/v1/query/named", {}, signal)).queries;
      const found = await fetchJson("/api/v1/find", { text }, signal);
      if (!signal.aborted) show(targets(text, route, found, named));
    } catch {
      if (!signal.aborted) show(targets(text, route, undefined, named ?? []));
    }
  };
  input.addEventListener("input", update);
  input.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    event.preventDefault();
    if (shown.length === 0) return update();
    const step = event.key === "ArrowDown" ? 1 : -1;
    choose((chosen + step + shown.length + (chosen < 0 && step < 0 ? 1 : 0)) % shown.length);
  });
  const open = () => {
    const target = shown[chosen];
    if (target) openTarget(target);
    return target !== undefined;
  };
  return { list, open, close, update };
}
