// Button that copies a text to the clipboard.

import { h } from "./dom";

/** Creates the button. Where the browser denies access to the clipboard, it shows the text in a field to copy. */
export function copyButton(label: string, text: () => string): HTMLElement {
  const button = h("button", { type: "button", class: "chip" }, label);
  const shell = h("span", { class: "copy", role: "status" }, button);
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text());
      button.textContent = "Copied";
      setTimeout(() => {
        button.textContent = label;
      }, 2000);
    } catch {
      const field = h("input", { class: "field", readonly: true, "aria-label": label, value: text() });
      shell.replaceChildren(field);
      field.select();
    }
  });
  return shell;
}
