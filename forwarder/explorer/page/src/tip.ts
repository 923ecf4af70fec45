// Explanations: what a metric means, in one sentence, for the mouse and for the keyboard.

import { h } from "./dom";

/** Shows the text of `data-tip` beside whatever is pointed at or focused. */
export function watchTips(): void {
  const bubble = h("div", { class: "tip", role: "tooltip", id: "tip", hidden: true });
  document.body.append(bubble);
  let owner: Element | null = null;
  const hide = () => {
    owner?.removeAttribute("aria-describedby");
    owner = null;
    bubble.hidden = true;
  };
  const show = (event: Event) => {
    const found = event.target instanceof Element ? event.target.closest("[data-tip]") : null;
    if (found === owner) return;
    hide();
    if (!found) return;
    owner = found;
    bubble.textContent = found.getAttribute("data-tip");
    bubble.hidden = false;
    found.setAttribute("aria-describedby", "tip");
    const [at, size] = [found.getBoundingClientRect(), bubble.getBoundingClientRect()];
    const left = Math.min(Math.max(8, at.left), window.innerWidth - size.width - 8);
    const isRoom = at.bottom + size.height + 8 < window.innerHeight;
    bubble.style.left = `${left}px`;
    bubble.style.top = `${isRoom ? at.bottom + 6 : at.top - size.height - 6}px`;
  };
  for (const event of ["mouseover", "focusin"]) document.addEventListener(event, show);
  document.addEventListener("focusout", hide);
  document.addEventListener("scroll", hide, true);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") hide();
  });
}
