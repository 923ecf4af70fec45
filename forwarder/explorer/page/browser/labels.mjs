// Texts that the page draws on canvases, with their places: labels of charts are in no document.

/** Records the texts of each canvas; run before the page's own scripts. */
export function recordLabels() {
  const labels = new Map();
  window.drawnLabels = labels;
  const { clearRect, fillText } = CanvasRenderingContext2D.prototype;
  CanvasRenderingContext2D.prototype.clearRect = function (...rectangle) {
    labels.set(this.canvas, []);
    return clearRect.apply(this, rectangle);
  };
  CanvasRenderingContext2D.prototype.fillText = function (text, x, y, ...rest) {
    const { width, actualBoundingBoxAscent: above, actualBoundingBoxDescent: below } = this.measureText(text);
    const { e, f } = this.getTransform();
    const left = { left: 0, center: -width / 2, right: -width, start: 0, end: -width }[this.textAlign];
    if (text !== "")
      labels.get(this.canvas)?.push({
        text,
        left: x + e + left,
        right: x + e + left + width,
        top: y + f - above,
        bottom: y + f + below,
      });
    return fillText.call(this, text, x, y, ...rest);
  };
}

/** Labels of each chart that is shown: its title, its size, and the texts. */
export function drawnLabels(page) {
  return page.evaluate(() =>
    [...document.querySelectorAll("section.chart")].flatMap((card) => {
      const canvas = card.querySelector("canvas");
      if (!canvas) return [];
      const labels = window.drawnLabels.get(canvas) ?? [];
      return [{ title: card.getAttribute("aria-label"), width: canvas.width, height: canvas.height, labels }];
    }),
  );
}

/** Labels that are cut by an edge, or lie on each other. */
export function labelFaults({ title, width, height, labels }) {
  const isCut = (label) =>
    label.left < -0.5 || label.right > width + 0.5 || label.top < -0.5 || label.bottom > height + 0.5;
  const cut = labels.filter(isCut).map((label) => `${title}: ${label.text} is cut`);
  const touching = labels.flatMap((a, index) =>
    labels
      .slice(index + 1)
      .filter((b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom)
      .map((b) => `${title}: ${a.text} lies on ${b.text}`),
  );
  return [...cut, ...touching];
}
