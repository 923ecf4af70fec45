// Entry point: one layout whose content is the page that the address names. The page is rendered again when the
// address or the store changes.

import "./style/base.css";
import "./style/layout.css";
import "./style/content.css";
import "./style/chart.css";
import "./style/table.css";
import "./style/errors.css";
import "./style/invocations.css";
import "./style/log.css";
import "./style/pages.css";
import "./style/narrow.css";
import { fetchJson } from "./api";
import type { Status } from "./api-types";
import { destroyCharts } from "./chart";
import { emptyState } from "./components";
import { h } from "./dom";
import { enableKeys } from "./keys";
import { createLayout, type Layout } from "./layout";
import { oneFunction } from "./pages/function";
import { functions } from "./pages/functions";
import type { Page, PageLoader } from "./pages/loader";
import { applyPreferences } from "./preferences";
import { Route } from "./route";
import { skeleton } from "./skeleton";
import { enableTooltips } from "./tooltip";

// Most pages are loaded when they are opened first.
const PAGES: Record<string, PageLoader> = {
  "/": functions,
  "/function": oneFunction,
  "/invocation": async (context) => (await import("./pages/invocation")).invocation(context),
  "/invocations": async (context) => (await import("./pages/invocations")).invocations(context),
  "/requests": async (context) => (await import("./pages/requests")).requests(context),
  "/request": async (context) => (await import("./pages/request")).request(context),
  "/map": async (context) => (await import("./pages/map")).map(context),
  "/logs": async (context) => (await import("./pages/logs")).logs(context),
  "/query": async (context) => (await import("./pages/query")).query(context),
  "/errors": async (context) => (await import("./pages/errors")).errors(context),
  "/cost": async (context) => (await import("./pages/cost")).cost(context),
  "/insight": async (context) => (await import("./pages/insight")).insight(context),
  "/compare": async (context) => (await import("./pages/compare")).compare(context),
};

let layout: Layout | undefined;
/** Aborts the requests of the page that is being loaded or shown. */
let requests = new AbortController();
/** Revision of the store that is shown. */
let revision = 0;
/** Identity of the page that is shown: scroll position and focus are kept when it is rendered again. */
let shownPage = "";
/** Path of the page that is shown, or whose outline is. */
let shownPath = "";

/** Time after which the outline of another page replaces the one that is shown. */
const SKELETON_AFTER_MS = 300;
/** Called instead of loading the page again when the store has changed. */
let onChangeOfShown: (() => void) | undefined;

function navigate(address: string, mode: "push" | "replace" = "push"): void {
  const isNew = address !== location.pathname + location.search;
  if (mode === "push" && isNew) history.pushState(null, "", address);
  else history.replaceState(null, "", address);
  void load();
}

/** Loads the page that the address names and shows it. */
async function load(): Promise<void> {
  requests.abort();
  requests = new AbortController();
  onChangeOfShown = undefined;
  const { signal } = requests;
  const route = new Route(location.href);
  const loadPage = PAGES[route.path] ?? notFound;
  layout?.setBusy(true);
  const outline = showSkeletonLater(route, signal);
  try {
    const status = await fetchJson("/api/v1/status", {}, signal);
    revision = status.revision;
    const zoom = (since: number, until: number) =>
      navigate(route.with({ since: Math.round(since), until: Math.round(until), range: null }));
    const page = await loadPage({ route, status, signal, navigate, zoom });
    if (signal.aborted) return;
    show(route, status, page);
    onChangeOfShown = page.onChange;
    page.onShown?.();
  } catch (error) {
    if (signal.aborted) return;
    const reason =
      error instanceof TypeError
        ? `The server does not answer (${error.message}). Is \`tailwater serve\` still running?`
        : error instanceof Error
          ? error.message
          : String(error);
    const retry = h(
      "button",
      { type: "button", class: "chip", on: { click: () => void load() } },
      "Try again",
    );
    destroyCharts();
    shownPath = shownPage = "";
    layout?.render(route, undefined, "", [
      emptyState("This page could not be loaded", h("p", {}, reason), retry),
    ]);
  } finally {
    clearTimeout(outline);
    if (!signal.aborted) layout?.setBusy(false);
  }
}

/** Shows the outline of a page that is not shown yet: at once if the window is empty, else if loading takes long. */
function showSkeletonLater(route: Route, signal: AbortSignal): ReturnType<typeof setTimeout> | undefined {
  if (route.path === shownPath) return undefined;
  const showOutline = () => {
    if (signal.aborted) return;
    destroyCharts();
    shownPage = "";
    shownPath = route.path;
    layout?.render(route, undefined, route.path, skeleton(route.path));
  };
  if (shownPath !== "") return setTimeout(showOutline, SKELETON_AFTER_MS);
  showOutline();
  return undefined;
}

const notFound: PageLoader = async () => ({
  title: "Page not found",
  nav: "",
  content: [emptyState("Page not found", h("p", {}, h("a", { href: "/" }, "Show all functions")))],
});

/** Shows a page; keeps scroll position, focus and typed text if it was shown before. */
function show(route: Route, status: Status, page: Page): void {
  document.title = `${page.title} · Tailwater`;
  const identity = route.path + route.text("key") + route.text("name") + route.text("id");
  const isSamePage = shownPage === identity;
  const active = document.activeElement;
  const focused = active instanceof HTMLElement ? active.id : "";
  const caret = active instanceof HTMLInputElement ? active.selectionStart : null;
  const typed = unsubmittedInputs();
  const scrolled = [...document.querySelectorAll("main .scroll")].map((element) => element.scrollLeft);
  destroyCharts();
  layout?.render(route, status, page.nav, page.content);
  shownPage = identity;
  shownPath = route.path;
  if (!isSamePage) {
    if (!route.text("around")) window.scrollTo(0, 0);
    return;
  }
  for (const [index, element] of document.querySelectorAll("main .scroll").entries())
    element.scrollLeft = scrolled[index] ?? 0;
  for (const [id, value] of typed) {
    const field = document.getElementById(id);
    if (field instanceof HTMLInputElement) field.value = value;
  }
  const again = focused ? document.getElementById(focused) : null;
  again?.focus({ preventScroll: true });
  if (again instanceof HTMLInputElement && caret !== null) again.setSelectionRange(caret, caret);
}

/** Ids and values of input fields that were edited but not submitted; rendering must not lose them. */
function unsubmittedInputs(): [string, string][] {
  const fields = [...document.querySelectorAll<HTMLInputElement>("main input[id]")];
  return fields.filter((field) => field.value !== field.defaultValue).map((field) => [field.id, field.value]);
}

/**
 * Loads the page again when the store has changed, at most once a second. While the user reads a log or writes a
 * query, a button is shown instead. A hidden tab holds no connection: browsers limit them to six per server.
 */
function reloadOnChange(): void {
  let events: EventSource | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let latest = 0;
  const onChange = (event: Event) => {
    layout?.setConnected(true);
    latest = (JSON.parse((event as MessageEvent<string>).data) as { revision: number }).revision;
    if (latest === revision || timer !== undefined) return;
    if (revision > 0) layout?.noteChange();
    timer = setTimeout(() => {
      timer = undefined;
      // The page may have been loaded in the meantime.
      if (latest === revision) return;
      if (onChangeOfShown) {
        revision = latest;
        onChangeOfShown();
      } else if (isReadingOrWriting()) layout?.offerReload(() => void load());
      else void load();
    }, 1000);
  };
  const connect = () => {
    events?.close();
    events = undefined;
    if (document.hidden) return;
    events = new EventSource("/api/v1/events");
    events.addEventListener("open", () => layout?.setConnected(true));
    events.addEventListener("error", () => layout?.setConnected(false));
    events.addEventListener("change", onChange);
  };
  document.addEventListener("visibilitychange", connect);
  connect();
}

function isReadingOrWriting(): boolean {
  const hasOpenLine = document.querySelector("main details.line[open]") !== null;
  const isScrolled = location.pathname === "/logs" && window.scrollY > 300;
  return (
    hasOpenLine || isScrolled || ["/invocation", "/request", "/map", "/query"].includes(location.pathname)
  );
}

/** Follows links within the page without loading the document again. */
function handleLinks(): void {
  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    const hasModifier = event.metaKey || event.ctrlKey || event.shiftKey || event.altKey;
    if (!link || event.button !== 0 || hasModifier) return;
    const isOfPage = link.origin === location.origin && !link.pathname.startsWith("/api/");
    if (!isOfPage || link.hasAttribute("download")) return;
    if (link.hash && link.pathname === location.pathname) return;
    event.preventDefault();
    navigate(link.pathname + link.search);
  });
  window.addEventListener("popstate", () => void load());
  // Charts are drawn on a canvas, which style sheets do not reach.
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => void load());
}

applyPreferences();
layout = createLayout(navigate, () => void load());
enableTooltips();
enableKeys(navigate);
handleLinks();
void load();
reloadOnChange();
