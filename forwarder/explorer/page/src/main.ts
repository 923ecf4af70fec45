// The page: one frame, and in it whatever the address names, drawn anew when the address or the store changes.

import "./style.css";
import { ask, type Status } from "./api";
import { forget } from "./chart";
import { h } from "./dom";
import { frame, type Frame } from "./frame";
import { cost } from "./pages/cost";
import { errors } from "./pages/errors";
import { oneFunction } from "./pages/function";
import { functions } from "./pages/functions";
import { invocation } from "./pages/invocation";
import { logs } from "./pages/logs";
import type { Load } from "./pages/page";
import { Place } from "./place";
import { empty } from "./show";
import { watchTips } from "./tip";

const PAGES: Record<string, Load> = {
  "/": functions,
  "/function": oneFunction,
  "/invocation": invocation,
  "/logs": logs,
  "/errors": errors,
  "/cost": cost,
};

let asked = new AbortController();
let shown: Frame | undefined;
let revision = 0;
/** The address that is drawn: what is scrolled and focused in it stays so when only its numbers change. */
let drawnPath = "";

function go(address: string, how: "push" | "replace" = "push"): void {
  if (how === "push" && address !== location.pathname + location.search) history.pushState(null, "", address);
  else history.replaceState(null, "", address);
  void draw();
}

async function draw(): Promise<void> {
  asked.abort();
  asked = new AbortController();
  const { signal } = asked;
  const place = new Place(location.href);
  const load = PAGES[place.path];
  shown?.busy(true);
  try {
    const status = await ask<Status>("status", {}, signal);
    revision = status.revision;
    const zoom = (since: number, until: number) => go(place.with({ since: Math.round(since), until: Math.round(until), range: null }));
    const page = load
      ? await load({ place, status, signal, go, zoom })
      : { title: "Not here", nav: "", content: [empty("There is no such page", h("p", {}, h("a", { href: "/" }, "All functions")))] };
    if (signal.aborted) return;
    show(place, status, page.title, page.nav, page.content);
  } catch (problem) {
    if (signal.aborted) return;
    const reason = problem instanceof Error ? problem.message : String(problem);
    const again = h("button", { type: "button", class: "chip", on: { click: () => void draw() } }, "Try again");
    shown?.fill(place, undefined, "", [empty("This cannot be shown", h("p", {}, reason), again)]);
  } finally {
    if (!signal.aborted) shown?.busy(false);
  }
}

function show(place: Place, status: Status, title: string, nav: string, content: Node[]): void {
  document.title = `${title} · Tailwater`;
  const isSamePage = drawnPath === place.path + place.text("key") + place.text("name");
  const focused = document.activeElement instanceof HTMLElement ? document.activeElement.id : "";
  const caret = document.activeElement instanceof HTMLInputElement ? document.activeElement.selectionStart : null;
  const typed = unsent();
  const scrolled = [...document.querySelectorAll("main .scroll")].map((element) => element.scrollLeft);
  forget();
  shown?.fill(place, status, nav, content);
  drawnPath = place.path + place.text("key") + place.text("name");
  if (!isSamePage) {
    if (!place.text("around")) window.scrollTo(0, 0);
    return;
  }
  document.querySelectorAll("main .scroll").forEach((element, index) => (element.scrollLeft = scrolled[index] ?? 0));
  for (const [id, value] of typed) {
    const field = document.getElementById(id);
    if (field instanceof HTMLInputElement) field.value = value;
  }
  const again = focused ? document.getElementById(focused) : null;
  again?.focus({ preventScroll: true });
  if (again instanceof HTMLInputElement && caret !== null) again.setSelectionRange(caret, caret);
}

/** What stands in fields and was not sent yet: drawing anew must not lose it. */
function unsent(): [string, string][] {
  const fields = [...document.querySelectorAll<HTMLInputElement>("main input[id]")];
  return fields.filter((field) => field.value !== field.defaultValue).map((field) => [field.id, field.value]);
}

/**
 * Draws anew when the store has changed, at most every second; a log that is being read stays as it is. A tab that
 * nobody sees listens to nothing: browsers allow a server six connections.
 */
function listen(): void {
  let news: EventSource | undefined;
  let waiting: ReturnType<typeof setTimeout> | undefined;
  const heard = (event: Event) => {
    shown?.live(true);
    const latest = (JSON.parse((event as MessageEvent<string>).data) as { revision: number }).revision;
    if (latest === revision || waiting !== undefined) return;
    waiting = setTimeout(() => {
      waiting = undefined;
      const isReading = document.querySelector("main details.line[open]") !== null || location.pathname === "/invocation";
      if (isReading || (location.pathname === "/logs" && window.scrollY > 300)) shown?.fresh(() => void draw());
      else void draw();
    }, 1000);
  };
  const connect = () => {
    news?.close();
    news = undefined;
    if (document.hidden) return;
    news = new EventSource("/api/v1/events");
    news.addEventListener("open", () => shown?.live(true));
    news.addEventListener("error", () => shown?.live(false));
    news.addEventListener("change", heard);
  };
  document.addEventListener("visibilitychange", connect);
  connect();
}

function followLinks(): void {
  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    const isPlain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
    if (!link || !isPlain || link.origin !== location.origin || link.hasAttribute("download") || link.pathname.startsWith("/api/")) return;
    if (link.hash && link.pathname === location.pathname) return;
    event.preventDefault();
    go(link.pathname + link.search);
  });
  window.addEventListener("popstate", () => void draw());
  // Colours of charts are drawn, not styled.
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => void draw());
}

shown = frame(go);
watchTips();
followLinks();
void draw();
listen();
