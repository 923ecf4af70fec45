// Looks at views at all widths: nothing is wider than the window, and axe finds nothing, in both themes.
import assert from "node:assert/strict";
import { accessibilityViolations, openPage, screenshot, waitUntilIdle } from "./fixture.mjs";

const WIDTHS = [360, 768, 1280, 1920, 2560];
/** Widths of a phone and of a desk, each with a layout of its own, where axe looks. */
const AUDITED = [360, 1280];

/** How far the document is wider than the window. */
function overflow() {
  const wide = document.documentElement.scrollWidth - window.innerWidth;
  return wide > 0 ? [`${wide} px wider than the window`] : [];
}

/**
 * Opens each of `views` at each width. A view is an address, or a function that shows it in a page by `{ page, go }`.
 *
 * - `prefix` begins the names of the screenshots.
 * - `init` is run by each page before its own scripts.
 * - `faults` adds to what is wrong with a page: a function that resolves to sentences.
 * - `expected` is a pattern of the errors that the views log.
 */
export async function checkAtAllWidths(
  server,
  views,
  { prefix = "", init, faults = async () => [], expected } = {},
) {
  for (const width of WIDTHS) {
    const { page, go, finish } = await openPage(server, {
      colorScheme: "light",
      viewport: { width, height: 900 },
    });
    if (init) await page.addInitScript(init);
    for (const [name, view] of Object.entries(views)) {
      const at = `${prefix}${name} at ${width}`;
      await (typeof view === "string" ? go(view) : view({ page, go }));
      await settled(page);
      assert.deepEqual([...(await page.evaluate(overflow)), ...(await faults(page))], [], at);
      await shoot(page, `${prefix}${name}-light-${width}`);
      if (!AUDITED.includes(width)) continue;
      assert.deepEqual(await accessibilityViolations(page), [], at);
      await page.emulateMedia({ colorScheme: "dark" });
      await settled(page);
      assert.deepEqual(await accessibilityViolations(page, ["color-contrast"]), [], `${at}, dark`);
      await shoot(page, `${prefix}${name}-dark-${width}`);
      await page.emulateMedia({ colorScheme: "light" });
    }
    await finish(expected);
  }
}

/** Waits for the data, the drawings and the transitions of colours. */
async function settled(page) {
  await waitUntilIdle(page);
  await page.waitForFunction(() => document.querySelector(".pending") === null, undefined, {
    timeout: 30_000,
  });
  await page.waitForTimeout(200);
}

function shoot(page, name) {
  const { width } = page.viewportSize();
  return screenshot(page, name, { fullPage: true, clip: { x: 0, y: 0, width, height: 1700 } });
}
