// Filters of a page, which complete the names that the store knows.

import { fetchJson } from "../api";
import type { Names } from "../api-types";
import { h } from "../dom";
import type { PageContext } from "../pages/loader";

let known: { revision: number; names: Names } | undefined;

/** Names in the store; requested again only after the store has changed. */
export async function fetchNames({ status, signal }: Pick<PageContext, "status" | "signal">): Promise<Names> {
  if (known?.revision !== status.revision)
    known = { revision: status.revision, names: await fetchJson("/api/v1/names", {}, signal) };
  return known.names;
}

/** Versions of the functions with this name, or of all. */
function versionsOf({ functions }: Names, name: string): string[] {
  const matching = functions.filter((one) => name === "" || one.function === name);
  return [...new Set(matching.flatMap(({ versions }) => versions))];
}

/** A text field of a filter form that completes what exists. */
export function filterField(options: {
  name: string;
  label: string;
  value: string;
  placeholder?: string;
  choices?: string[];
}): HTMLElement {
  const { name, label, value, placeholder = "", choices = [] } = options;
  const input = h("input", {
    id: `f-${name}`,
    name,
    class: "field",
    type: "search",
    placeholder,
    value,
    list: choices.length > 0 ? `choices-${name}` : null,
    autocomplete: "off",
    spellcheck: "false",
  });
  const list = h(
    "datalist",
    { id: `choices-${name}` },
    [...new Set(choices)].map((choice) => h("option", { value: choice })),
  );
  return h("label", { class: `for-${name}` }, h("span", {}, label), input, choices.length > 0 ? list : null);
}

/** A select field of a filter form; `choices` are values and their titles. */
export function filterSelect(
  name: string,
  label: string,
  value: string,
  choices: [string, string][],
): HTMLElement {
  const options = choices.map(([choice, title]) =>
    h("option", { value: choice, selected: choice === value }, title),
  );
  const select = h("select", { id: `f-${name}`, name, class: "field" }, options);
  return h("label", { class: `for-${name}` }, h("span", {}, label), select);
}

/**
 * Fields for function and version, and for account and region where the store has several; one that is set is always
 * shown. `read` returns the value of a field.
 */
export function functionFields(names: Names, read: (name: string) => string): HTMLElement[] {
  const field = (name: string, label: string, choices: string[]) =>
    filterField({ name, label, value: read(name), placeholder: "any", choices });
  const fieldOfSeveral = (name: string, label: string, choices: string[]) =>
    choices.length > 1 || read(name) !== "" ? [field(name, label, choices)] : [];
  return [
    field(
      "function",
      "Function",
      names.functions.map((one) => one.function),
    ),
    field("version", "Version", versionsOf(names, read("function"))),
    ...fieldOfSeveral("account", "Account", names.accounts),
    ...fieldOfSeveral("region", "Region", names.regions),
  ];
}

/** Calls `apply` with the values of a filter form when it is submitted, and when a choice is made. */
export function onFilter(form: HTMLFormElement, apply: (values: Record<string, string>) => void): void {
  const submit = (event?: Event) => {
    event?.preventDefault();
    const values = Object.fromEntries(
      [...new FormData(form)].map(([name, value]) => [name, String(value).trim()]),
    );
    // Submitted values are not kept as edited ones when the page is rendered again.
    for (const input of form.querySelectorAll("input")) input.defaultValue = input.value;
    apply(values);
  };
  form.addEventListener("submit", submit);
  for (const select of form.querySelectorAll("select")) select.addEventListener("change", () => submit());
}
