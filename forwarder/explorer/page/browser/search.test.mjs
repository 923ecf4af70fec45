// Log search: number of lines over time, values of fields, and conditions.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { checkAtAllWidths } from "./all-widths.mjs";
import { openPage, serveDemo, stopAll, waitFor, waitUntilIdle } from "./fixture.mjs";

let server;

before(async () => {
  ({ server } = await serveDemo());
});

after(stopAll);

const count = async (q, more = {}) => {
  const query = new URLSearchParams({ q: `${q} | stats count(*) as n`, ...more });
  return (await (await fetch(`${server.url}api/v1/query?${query}`)).json()).rows[0]?.[0] ?? 0;
};
const grouped = (n) => n.toLocaleString("en-US");

/** Number of lines of the histogram. */
async function total(page) {
  await page.locator(".log-histogram .chart").waitFor();
  return Number((await page.locator(".log-histogram h3 b").innerText()).replace(/\D/g, ""));
}

const facet = (page, name) => page.getByRole("region", { name, exact: true });
const value = (page, name, text) => facet(page, name).getByRole("link").filter({ hasText: text }).first();

test("histogram counts all lines by level, also in its table", async () => {
  const { page, go, finish } = await openPage(server);
  await go("/logs");
  const status = await (await fetch(`${server.url}api/v1/status`)).json();
  assert.equal(await total(page), status.events);
  const table = page.locator(".log-histogram table");
  const levels = (await table.locator("thead th").allTextContents()).slice(1);
  assert.ok(levels.includes("error") && levels.includes("info"), levels.join());
  const column = levels.indexOf("error") + 2;
  const errors = await table.locator(`tbody td:nth-child(${column})`).allTextContents();
  const sum = errors.reduce((all, cell) => all + Number(cell.replaceAll(",", "")), 0);
  assert.equal(sum, await count('filter @level = "ERROR"'));
  await finish();
});

test("a bar that is clicked and a range that is dragged or keyed narrow the search", async () => {
  const { page, go, finish } = await openPage(server);
  await go("/logs");
  const all = await total(page);
  const over = page.locator(".log-histogram .u-over");
  await over.waitFor();
  const narrowed = async (act) => {
    await act();
    await page.waitForURL(/since=\d+&until=\d+/);
    await waitUntilIdle(page);
    const { searchParams } = new URL(page.url());
    const range = { since: searchParams.get("since"), until: searchParams.get("until") };
    const expected = await count("fields @timestamp", range);
    assert.ok(expected < all && expected > 0, `${expected} of ${all}`);
    await waitFor("the histogram counts the range", async () => (await total(page)) === expected);
    await page.goBack();
    await waitFor("all lines are counted", async () => (await total(page)) === all);
    await over.waitFor();
    await page.waitForTimeout(100);
  };
  const box = await over.boundingBox();
  await narrowed(() => page.mouse.click(box.x + box.width * 0.25, box.y + box.height - 8));
  await narrowed(async () => {
    await page.mouse.move(box.x + box.width * 0.2, box.y + 30);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.5, box.y + 30, { steps: 5 });
    await page.mouse.up();
  });
  await narrowed(async () => {
    await page.locator(".log-histogram .plot").focus();
    for (let step = 0; step < 6; step += 1) await page.keyboard.press("ArrowRight");
    assert.match(await page.locator(".log-histogram .readout").innerText(), /UTC · .*info \d/);
    await page.keyboard.press("Enter");
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("Enter");
  });
  await finish();
});

test("values of fields filter the lines, and again remove the filter", async () => {
  const { page, go, finish } = await openPage(server);
  await go("/logs");
  const all = await total(page);
  const shown = await value(page, "Function", "checkout-api").innerText();
  const ofFunction = await count('filter @function = "checkout-api"');
  assert.equal(shown.replace(/\s+/g, " "), `checkout-api ${grouped(ofFunction)}`);
  await value(page, "Function", "checkout-api").click();
  await page.waitForURL(/function=checkout-api/);
  await waitFor("only its lines", async () => (await total(page)) === ofFunction);
  await value(page, "Level", "ERROR").click();
  await page.waitForURL(/where=/);
  const errors = await count('filter @function = "checkout-api" and @level = "ERROR"');
  await waitFor("only its errors", async () => (await total(page)) === errors);
  assert.equal(await page.locator("details.line").count(), 100);
  const levels = await page.locator("details.line .lv").allInnerTexts();
  assert.deepEqual([...new Set(levels)], ["ERROR"]);
  await page.locator("#more").click();
  await waitFor("all errors", async () => (await page.locator("details.line").count()) === errors);
  await page.locator("details.line summary").first().click();
  await page.locator("details.line[open] .about").getByRole("link", { name: "surrounding lines" }).click();
  await page.locator("details.current[open]").waitFor();
  await page.goBack();
  await waitUntilIdle(page);
  await value(page, "Level", "ERROR").click();
  await waitFor("the condition is gone", async () => (await total(page)) === ofFunction);
  await value(page, "Function", "checkout-api").click();
  await waitFor("the filter is gone", async () => (await total(page)) === all);
  await finish();
});

test("a field is added, filters, and the search opens as a query with the same lines", async () => {
  const { page, go, finish } = await openPage(server);
  await go("/logs?function=checkout-api");
  await page.locator("#facet-field").fill("currency");
  await page.keyboard.press("Enter");
  await page.waitForURL(/facets=currency/);
  const euro = await count('filter @function = "checkout-api" and currency = "EUR"');
  assert.ok(euro > 0);
  await value(page, "currency", "EUR").click();
  await waitFor("only lines with it", async () => (await total(page)) === euro);
  const version = await value(page, "Version", "41").innerText();
  assert.equal(
    Number(version.replace(/^41\s+/, "").replaceAll(",", "")),
    await count('filter @function = "checkout-api" and currency = "EUR" and @version = "41"'),
  );
  await page.locator("#as-query").click();
  await page.waitForURL(/\/query\?/);
  await page.locator("#result[data-state=done]").waitFor();
  const head = await page.locator(".result-head .count").innerText();
  assert.ok(head.includes(`of ${grouped(euro)} rows`) || head.startsWith(`${grouped(euro)} rows`), head);
  await page.goBack();
  await page.locator("a.condition").click();
  await page.waitForURL((url) => !url.searchParams.has("where"));
  await page.getByRole("link", { name: "Remove currency" }).click();
  await page.waitForURL((url) => !url.searchParams.has("facets"));
  await finish();
});

test("a condition that is no query is reported and can be removed", async () => {
  const { page, go, observed } = await openPage(server);
  await go(`/logs?where=${encodeURIComponent("a = = 1")}`);
  await page.locator(".foot", { hasText: /line \d+, column \d+/ }).waitFor();
  await page.locator("a.condition").click();
  await waitFor("lines are shown", async () => (await page.locator("details.line").count()) === 100);
  assert.ok(observed.consoleErrors.every((error) => error.includes("400")));
});

test("log search is accessible and fits at all widths", async () => {
  const showing =
    (address) =>
    async ({ page, go }) => {
      await go(address);
      await total(page);
      await page.locator("#facets").evaluate((details) => {
        details.open = true;
      });
      await page.locator("#facets form").waitFor();
    };
  const where = encodeURIComponent('@level = "ERROR"');
  await checkAtAllWidths(
    server,
    {
      all: showing("/logs"),
      conditions: showing(`/logs?function=checkout-api&where=${where}&facets=currency`),
    },
    { prefix: "search-" },
  );
});
