// Query page: accessibility, width and screenshots.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { accessibilityViolations, openPage, screenshot, serveDemo, stopAll } from "./fixture.mjs";

let server;

before(async () => {
  ({ server } = await serveDemo());
});

after(stopAll);

const REPORTS = 'filter @type = "REPORT"';
const address = (q, more = {}) => `/query?${new URLSearchParams({ q, ...more })}`;

const VIEWS = {
  empty: "/query",
  bins: address(`${REPORTS}\n| stats count(*) as runs, avg(@duration) as ms by bin(30m)`),
  bars: address(`${REPORTS} | stats count(*) as runs by @function | sort runs desc`),
  lines: address("fields @timestamp, @function, @message | sort @timestamp desc | limit 40"),
  error: address(`${REPORTS}\n| stat count(*)`),
  parameters: "/query?named=request",
  sql: address("SELECT function, avg(duration_ms) AS ms FROM invocations GROUP BY function", {
    language: "sql",
  }),
};

for (const colorScheme of ["light", "dark"]) {
  test(`query page is accessible and fits, ${colorScheme} theme`, async () => {
    for (const width of [360, 768, 1280, 1920]) {
      const { page, go } = await openPage(server, { colorScheme, viewport: { width, height: 860 } });
      const isChecked = width === 360 || width === 1280;
      const views = Object.entries(VIEWS).filter(
        ([name]) => isChecked || name === "bins" || name === "error",
      );
      for (const [name, path] of views) {
        await go(path);
        await page.waitForFunction(() => document.getElementById("result")?.dataset.state !== "running");
        await page.waitForTimeout(100);
        if (isChecked)
          assert.deepEqual(await accessibilityViolations(page), [], `${name} ${colorScheme} ${width}`);
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        assert.ok(overflow <= 0, `${name} is ${overflow} px wider than ${width}`);
        await screenshot(page, `query-${name}-${colorScheme}-${width}`, { fullPage: name !== "lines" });
      }
      await page.locator("#query-editor .cm-content").click();
      await page.keyboard.press("Control+End");
      await page.keyboard.type(" WHERE c", { delay: 30 });
      await page.locator("#query-editor .cm-completionLabel").first().waitFor();
      if (isChecked)
        assert.deepEqual(await accessibilityViolations(page), [], `completion ${colorScheme} ${width}`);
      await screenshot(page, `query-completion-${colorScheme}-${width}`);
      await page.context().close();
    }
  });
}
