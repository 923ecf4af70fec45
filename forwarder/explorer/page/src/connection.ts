// State of the connection to the server: what the page may expect to see.

import { h } from "./dom";
import { formatTime } from "./format";

/** Data that is not older than this is of something that runs now. */
const RECENT_MS = 5 * 60_000;

export type Connection = {
  element: HTMLElement;
  /** The server reports changes of the store, or cannot be reached. */
  set: (isConnected: boolean) => void;
  /** The store has changed, or has this latest time. */
  note: (isChanged: boolean, lastMs: number | null) => void;
};

/** Creates the indicator. It says "live" only while new data arrive, and "offline" only after a failure. */
export function createConnection(): Connection {
  const text = h("span", {}, "connecting");
  const element = h("span", { class: "live off", role: "status" }, h("i", {}), text);
  let isConnected: boolean | null = null;
  let changed = 0;
  let last: number | null = null;
  const show = () => {
    const isLive = isConnected === true && Date.now() - Math.max(changed, last ?? 0) < RECENT_MS;
    element.classList.toggle("off", !isLive);
    text.textContent =
      isConnected === null ? "connecting" : !isConnected ? "offline" : isLive ? "live" : "connected";
    element.title =
      isConnected === false
        ? "The server cannot be reached; the page shows what it has."
        : `${last === null ? "The store has no data." : `Latest data: ${formatTime(last)}.`} New data appear by themselves.`;
  };
  setInterval(show, 30_000);
  return {
    element,
    set(connected) {
      isConnected = connected;
      show();
    },
    note(isChanged, lastMs) {
      if (isChanged) changed = Date.now();
      last = lastMs;
      show();
    },
  };
}
