// List of invocations: filters, order and pages.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { numberOf, openPage, serveDemo, stopAll, waitFor, waitUntilIdle } from "./fixture.mjs";

let server;
let summary;

before(async () => {
  ({ server, summary } = await serveDemo());
});

after(stopAll);

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
