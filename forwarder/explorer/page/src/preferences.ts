// Preferences of this browser: colour theme and time zone.

import { h } from "./dom";
import { setZone, type Zone } from "./zone";

type Theme = "system" | "light" | "dark";

const THEMES: [Theme, string][] = [
  ["system", "As the system"],
  ["light", "Light"],
  ["dark", "Dark"],
];

const ZONES: [Zone, string][] = [
  ["utc", "UTC"],
  ["local", "Local time"],
];

/** Reads a choice; the first one if there is none, or the browser keeps nothing. */
function read<Value extends string>(name: string, choices: [Value, string][]): Value {
  let kept: string | null = null;
  try {
    kept = localStorage.getItem(`tailwater.${name}`);
  } catch {
    // The browser forbids storage: the default holds.
  }
  const [first] = choices[0] as [Value, string];
  return choices.find(([value]) => value === kept)?.[0] ?? first;
}

function write(name: string, value: string): void {
  try {
    localStorage.setItem(`tailwater.${name}`, value);
  } catch {
    // The choice holds until the page is closed.
  }
}

function applyTheme(theme: Theme): void {
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

/** Applies what was chosen before. */
export function applyPreferences(): void {
  applyTheme(read("theme", THEMES));
  setZone(read("zone", ZONES));
}

/** Creates the menu; `onChange` renders the page again. */
export function preferencesMenu(onChange: () => void): HTMLElement {
  const group = <Value extends string>(
    name: string,
    title: string,
    choices: [Value, string][],
    apply: (value: Value) => void,
  ) => {
    const chosen = read(name, choices);
    const radios = choices.map(([value, label]) =>
      h(
        "label",
        {},
        h("input", {
          type: "radio",
          name,
          value,
          checked: value === chosen,
          on: {
            change: () => {
              write(name, value);
              apply(value);
              onChange();
            },
          },
        }),
        label,
      ),
    );
    return h("fieldset", {}, h("legend", {}, title), radios);
  };
  const menu = h(
    "details",
    { class: "menu", id: "display" },
    h("summary", { class: "chip" }, "Display"),
    h(
      "div",
      { class: "menu-panel card" },
      group("theme", "Theme", THEMES, applyTheme),
      group("zone", "Times", ZONES, setZone),
    ),
  );
  closeOnLeave(menu);
  return menu;
}

/** Closes a menu on Escape, and when something else is clicked. */
function closeOnLeave(menu: HTMLDetailsElement): void {
  document.addEventListener("click", (event) => {
    if (event.target instanceof Node && !menu.contains(event.target)) menu.open = false;
  });
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    menu.open = false;
    menu.querySelector("summary")?.focus();
  });
}
