// Keys of every page: Ctrl K, ?, j and k. What they open is loaded when it is needed first.

/** Links and lines that j and k move through. */
const ROWS = "main tbody th > a, main .error-group, main .step-name > a, main details.line > summary";

/** Index of the row after a step from `current`, which is -1 before the first step. */
export function rowAfter(current: number, step: number, count: number): number {
  return current < 0 ? (step > 0 ? 0 : count - 1) : Math.min(Math.max(current + step, 0), count - 1);
}

function moveFocus(step: number): void {
  const rows = [...document.querySelectorAll<HTMLElement>(ROWS)].filter((row) => row.offsetParent !== null);
  const active = document.activeElement;
  const current = active instanceof HTMLElement ? rows.indexOf(active) : -1;
  rows[rowAfter(current, step, rows.length)]?.focus();
}

/** Handles the keys; `navigate` shows another address. */
export function enableKeys(navigate: (address: string) => void): void {
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      void import("./palette").then(({ openPalette }) => openPalette(navigate));
      return;
    }
    // The query editor is in a shadow root, where the target of an event is its host.
    const target = event.composedPath()[0];
    const isTyping =
      target instanceof HTMLElement &&
      (target.matches("input, textarea, select") || target.isContentEditable);
    if (isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
    if (document.querySelector("dialog[open]")) return;
    if (event.key === "?") void import("./palette").then(({ openKeys }) => openKeys());
    else if (event.key === "j") moveFocus(1);
    else if (event.key === "k") moveFocus(-1);
    else return;
    event.preventDefault();
  });
}
