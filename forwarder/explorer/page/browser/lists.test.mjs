// List of invocations and error groups: filters, order, pages, and their look.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import {
  accessibilityViolations,
  fetchApi,
  numberOf,
  openPage,
  screenshot,
  serveDemo,
  stopAll,
  waitFor,
  waitUntilIdle,
} from "./fixture.mjs";

let server;
let summary;

before(async () => {
  ({ server, summary } = await serveDemo());
});

after(stopAll);

const api = (path) => fetchApi(server, path);
const countOf = async (page) => numberOf(await page.locator("#count").innerText());

test("list is filtered, ordered and continued, and the address restores it", async () => {
  const { page, go, finish } = await openPage(server);
  await go("/invocations");
  assert.equal(await countOf(page), summary.totals.invocations);
  const rows = page.locator("main tbody tr");
  assert.equal(await rows.count(), 100);
  await page.locator("#more").click();
  await waitFor("the second page", async () => (await rows.count()) === 200);
  const keys = await page.locator("tbody a.name").evaluateAll((links) => links.map((link) => link.href));
  assert.equal(new Set(keys).size, 200);
  for (const column of ["duration", "memory", "cost", "time"]) {
    await page.locator(`#sort-${column}`).click();
    await waitUntilIdle(page);
    await page.locator(`#sort-${column}`).click();
    await waitUntilIdle(page);
    const sorted = page.locator("th[aria-sort]");
    assert.equal(await sorted.count(), 1, column);
    assert.ok(new URL(page.url()).searchParams.get("sort").endsWith(column));
  }
  const row = summary.functions.find((one) => one.timeouts > 0);
  await page.locator("#f-function").fill(row.function);
  await page.locator("#f-outcome").selectOption("timeout");
  await waitUntilIdle(page);
  assert.equal(await countOf(page), row.timeouts);
  await page.reload();
  await waitUntilIdle(page);
  assert.equal(await countOf(page), row.timeouts);
  assert.equal(await page.locator("#f-function").inputValue(), row.function);
  await page.locator(".condition", { hasText: "outcome" }).click();
  await waitUntilIdle(page);
  assert.equal(await countOf(page), row.invocations);
  await page.goBack();
  await waitUntilIdle(page);
  assert.equal(await countOf(page), row.timeouts);
  await go("/invocations?function=no-such-function");
  await page.getByText("No invocation matches").waitFor();
  await finish();
});

test("filters complete what exists", async () => {
  const { page, go, finish } = await openPage(server);
  await go("/invocations?function=checkout-api");
  const choices = (name) =>
    page.locator(`#choices-${name} option`).evaluateAll((all) => all.map((one) => one.value));
  const names = summary.functions.map((row) => row.function).sort();
  assert.deepEqual((await choices("function")).sort(), names);
  const versions = summary.functions.find((row) => row.function === "checkout-api").by_version;
  assert.deepEqual((await choices("version")).sort(), versions.map((one) => one.version).sort());
  await go("/logs");
  assert.deepEqual((await choices("function")).sort(), names);
  await finish();
});

for (const colorScheme of ["light", "dark"]) {
  test(`lists are accessible and fit each width, ${colorScheme} theme`, async () => {
    for (const width of [360, 768, 1280, 1920]) {
      const { page, go, finish } = await openPage(server, { colorScheme, viewport: { width, height: 900 } });
      for (const [name, path] of Object.entries({
        invocations: "/invocations?outcome=failed&sort=duration",
        errors: "/errors",
        invocation: `/invocation?key=${(await api("/api/v1/invocations?outcome=error&limit=1")).invocations[0].key}`,
        logs: "/logs?level=error",
      })) {
        await go(path);
        const overflow = await page.evaluate(
          () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
        );
        assert.ok(overflow <= 0, `${name} at ${width}: ${overflow} px too wide`);
        if (width === 360 || width === 1280) assert.deepEqual(await accessibilityViolations(page), [], name);
        await screenshot(page, `${name}-${colorScheme}-${width}`);
      }
      await finish();
    }
  });
}
