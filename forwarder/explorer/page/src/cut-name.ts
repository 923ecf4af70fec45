// Long names: cut in the middle, so that the end, which tells stacks apart, stays readable; whole on hover and focus.

import { h } from "./dom";

/** Number of characters at the end of a name that are never cut. */
const TAIL = 12;

/** Names up to this many characters are never cut. */
const MAX_WHOLE = 28;

const segmenter = new Intl.Segmenter("en", { granularity: "grapheme" });

/** Divides a name into a part that may be cut and its end; the end is empty if the name is short. */
export function splitName(name: string): [string, string] {
  if (name.length <= MAX_WHOLE) return [name, ""];
  const characters = [...segmenter.segment(name)].map(({ segment }) => segment);
  if (characters.length <= MAX_WHOLE && !/[\u1100-\u{3fffd}]/u.test(name)) return [name, ""];
  return [characters.slice(0, -TAIL).join(""), characters.slice(-TAIL).join("")];
}

/** Content of an element that shows a name; pass `nameTip` to the element, so that it shows the whole name. */
export function cutName(name: string): HTMLElement {
  const [head, tail] = splitName(name);
  return tail === ""
    ? h("bdi", { class: "whole-name" }, name)
    : h("bdi", { class: "cut-name" }, h("span", { class: "head" }, head), h("span", {}, tail));
}

/** Text of the tooltip of a name; null if the name is shown whole. */
export function nameTip(name: string): string | null {
  return splitName(name)[1] === "" ? null : name;
}

/** Link whose text is a name that is cut in the middle. */
export function nameLink(name: string, href: string): HTMLElement {
  return h("a", { class: "name", href, "data-tip": nameTip(name) }, cutName(name));
}
