// Query page at all widths.
import { after, before, test } from "node:test";
import { checkAtAllWidths } from "./all-widths.mjs";
import { serveDemo, stopAll } from "./fixture.mjs";

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

test("query page is accessible and fits at all widths", async () => {
  const ran =
    (path) =>
    async ({ page, go }) => {
      await go(path);
      await page.waitForFunction(() => document.getElementById("result")?.dataset.state !== "running");
    };
  const completion = async ({ page, go }) => {
    await ran(VIEWS.sql)({ page, go });
    await page.locator("#query-editor .cm-content").click();
    await page.keyboard.press("Control+End");
    await page.keyboard.type(" WHERE c", { delay: 30 });
    await page.locator("#query-editor .cm-completionLabel").first().waitFor();
  };
  const views = Object.entries(VIEWS).map(([name, path]) => [name, ran(path)]);
  await checkAtAllWidths(
    server,
    { ...Object.fromEntries(views), completion },
    { prefix: "query-", expected: /400/ },
  );
});
