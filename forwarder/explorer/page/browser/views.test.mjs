// Every page at five widths in both themes, with few and many functions, odd names, no data and gaps: nothing is wider
// than the window, no label is cut, and axe finds nothing. A screenshot of each is to be looked at.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, test } from "node:test";
import {
  accessibilityViolations,
  demoStore,
  openPage,
  screenshot,
  serve,
  stopAll,
  temporaryFolder,
} from "./fixture.mjs";
import { drawnLabels, labelFaults, recordLabels } from "./labels.mjs";
import { manyFunctions, ODD_NAMES, oneFunction, withGap } from "./stores.mjs";

after(stopAll);

// Colours do not depend on the width: the dark theme is looked at in three.
const WIDTHS = { light: [360, 768, 1280, 1920, 2560], dark: [360, 1280, 2560] };

const odd = (at) => `/function?name=${encodeURIComponent(ODD_NAMES[at])}`;

const STORES = {
  demo: [
    demoStore,
    {
      functions: "/",
      function: "/function?name=checkout-api",
      cost: "/cost",
      insight: "/insight",
      compare: "/compare",
      logs: "/logs?level=warn",
    },
  ],
  one: [oneFunction, { functions: "/", function: "/function?name=only", insight: "/insight" }],
  many: [
    manyFunctions,
    { functions: "/", long: odd(2), rtl: odd(3), insight: "/insight", compare: "/compare" },
  ],
  empty: [
    () => ({ store: join(temporaryFolder(), "empty.db") }),
    { functions: "/", cost: "/cost", insight: "/insight", compare: "/compare" },
  ],
  gap: [withGap, { functions: "/", function: "/function?name=seldom", cost: "/cost" }],
};

/** Widest overflow of the document, and numbers of columns whose title does not stand above them. */
function layoutFaults() {
  const faults = [];
  const wide = document.documentElement.scrollWidth - window.innerWidth;
  if (wide > 0) faults.push(`${wide} px wider than the window`);
  const brand = document.querySelector(".brand").getBoundingClientRect().left;
  const content = document.querySelector("main > :not(.visually-hidden)")?.getBoundingClientRect().left;
  if (content !== undefined && Math.abs(brand - content) > 1)
    faults.push(`header begins at ${brand}, content at ${content}`);
  const rightOf = (node) => {
    const range = document.createRange();
    range.selectNodeContents(node);
    return range.getBoundingClientRect().right;
  };
  for (const table of document.querySelectorAll("main table")) {
    for (const [at, head] of [...table.querySelectorAll("thead th.r")].entries()) {
      const cell = table.querySelectorAll("tbody tr:first-child > .r")[at];
      const title = head.firstElementChild;
      if (!cell || cell.textContent === "" || head.offsetWidth === 0) continue;
      const difference = rightOf(title) - rightOf(cell);
      if (Math.abs(difference) > 2)
        faults.push(`title ${title.textContent} is ${difference} px off its numbers`);
    }
  }
  return faults;
}

for (const [name, [make, pages]] of Object.entries(STORES)) {
  for (const [colorScheme, widths] of Object.entries(WIDTHS)) {
    test(`pages of the store "${name}" at all widths, ${colorScheme} theme`, async () => {
      const server = await serve(make().store);
      for (const width of widths) {
        const { page, go, finish } = await openPage(server, {
          colorScheme,
          viewport: { width, height: 900 },
        });
        await page.addInitScript(recordLabels);
        for (const [pageName, path] of Object.entries(pages)) {
          const place = `${name}-${pageName}-${colorScheme}-${width}`;
          await go(path);
          await page.waitForFunction(() => document.querySelector(".pending") === null);
          await page.waitForTimeout(150);
          assert.deepEqual(await page.evaluate(layoutFaults), [], place);
          const charts = await drawnLabels(page);
          assert.deepEqual(charts.flatMap(labelFaults), [], place);
          if (width === 360 || width === 1280)
            assert.deepEqual(await accessibilityViolations(page), [], place);
          await screenshot(page, `views-${place}`, {
            fullPage: true,
            clip: { x: 0, y: 0, width, height: 1700 },
          });
        }
        await finish();
      }
      await server.stop();
    });
  }
}
