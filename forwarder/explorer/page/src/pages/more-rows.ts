// Foot of a table whose rows come in pages: the number of rows that are shown, and a button that adds the next ones.

import { h } from "../dom";
import { formatCount } from "../format";

type Options<Answer> = {
  /** The table that gets more rows. */
  table: HTMLElement;
  first: Answer;
  total: number;
  fetchPage: (next: string) => Promise<Answer>;
  /** A table of the rows of an answer. */
  rows: (answer: Answer) => HTMLElement;
  signal: AbortSignal;
};

export function moreRows<Answer extends { next: string | null }>(options: Options<Answer>): HTMLElement {
  const { table, first, total, fetchPage, rows, signal } = options;
  const foot = h("p", { class: "foot", "aria-live": "polite" });
  const showFoot = ({ next }: Answer) => {
    const count = formatCount(table.querySelectorAll("tbody tr").length);
    if (next === null) foot.replaceChildren(`${count} shown. `);
    else foot.replaceChildren(`${count} of ${formatCount(total)} shown. `, moreButton(next));
  };
  const moreButton = (next: string) => {
    const button = h("button", { type: "button", class: "chip", id: "more" }, "Show more");
    button.addEventListener("click", async () => {
      button.disabled = true;
      try {
        const more = await fetchPage(next);
        const added = rows(more).querySelectorAll("tbody tr");
        table.querySelector("tbody")?.append(...added);
        showFoot(more);
        added[0]?.querySelector("a")?.focus();
      } catch (error) {
        if (!signal.aborted) foot.textContent = error instanceof Error ? error.message : String(error);
      }
    });
    return button;
  };
  showFoot(first);
  return foot;
}
