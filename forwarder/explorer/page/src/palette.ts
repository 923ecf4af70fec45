// Command palette (Ctrl K) and the list of keys (?), as dialogs. Keys j and k move through the rows of a page.

import { h } from "./dom";
import { finder } from "./search/finder";
import "./style/palette.css";

const KEYS: [string, string][] = [
  ["/", "Search"],
  ["Ctrl K", "Go to a page, a function, an id or a query"],
  ["j, k", "Next and previous row"],
  ["Enter", "Open the row"],
  ["Esc", "Close a dialog, leave a field"],
  ["?", "Show this list"],
];

/** Opens the command palette. */
export function openPalette(navigate: (address: string) => void): void {
  const input = h("input", {
    type: "text",
    class: "field",
    placeholder: "Function, page, id, query",
    "aria-label": "Go to",
    autocomplete: "off",
    spellcheck: "false",
  });
  const dialog = openDialog("Go to", "palette");
  const go = (address: string) => {
    dialog.close();
    navigate(address);
  };
  const found = finder(input, go);
  const form = h("form", { method: "dialog" }, input);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const first = found.list.firstElementChild;
    if (!found.open() && first instanceof HTMLElement) first.click();
  });
  dialog.append(form, found.list);
  found.update();
  input.focus();
}

/** Shows the keys that the page knows. */
export function openKeys(): void {
  const dialog = openDialog("Keys", "keys");
  const close = h("button", { type: "button", class: "chip" }, "Close");
  close.addEventListener("click", () => dialog.close());
  const rows = KEYS.map(([keys, meaning]) => [
    h(
      "dt",
      {},
      keys.split(", ").map((key) => [h("kbd", {}, key), " "]),
    ),
    h("dd", {}, meaning),
  ]);
  dialog.append(h("h2", {}, "Keys"), h("dl", {}, rows), close);
  close.focus();
}

function openDialog(label: string, name: string): HTMLDialogElement {
  document.querySelector("dialog")?.remove();
  const dialog = h("dialog", { class: `card ${name}`, "aria-label": label });
  dialog.addEventListener("close", () => dialog.remove());
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}
