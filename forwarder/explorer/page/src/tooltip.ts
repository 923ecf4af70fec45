// Tooltips that explain a value, for mouse and keyboard.

import { h } from "./dom";

/** Shows the text of the attribute `data-tip` beside the element that is pointed at or focused. */
export function enableTooltips(): void {
  const tooltip = h("div", { class: "tip", role: "tooltip", id: "tip", hidden: true });
  document.body.append(tooltip);
  let owner: Element | null = null;
  const hide = () => {
    owner?.removeAttribute("aria-describedby");
    owner = null;
    tooltip.hidden = true;
  };
  const show = (event: Event) => {
    const found = event.target instanceof Element ? event.target.closest("[data-tip]") : null;
    if (found === owner) return;
    hide();
    if (!found) return;
    owner = found;
    tooltip.textContent = found.getAttribute("data-tip");
    tooltip.hidden = false;
    found.setAttribute("aria-describedby", "tip");
    const [anchor, size] = [found.getBoundingClientRect(), tooltip.getBoundingClientRect()];
    const left = Math.min(Math.max(8, anchor.left), window.innerWidth - size.width - 8);
    const fitsBelow = anchor.bottom + size.height + 8 < window.innerHeight;
    tooltip.style.left = `${left}px`;
    tooltip.style.top = `${fitsBelow ? anchor.bottom + 6 : anchor.top - size.height - 6}px`;
  };
  for (const event of ["mouseover", "focusin"]) document.addEventListener(event, show);
  document.addEventListener("focusout", hide);
  document.addEventListener("scroll", hide, true);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") hide();
  });
}
