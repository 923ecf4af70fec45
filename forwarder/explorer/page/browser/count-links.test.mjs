// From numbers to the invocations that they count, and to the stack trace of a failure.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { fetchApi, numberOf, openPage, screenshot, serveDemo, stopAll, waitUntilIdle } from "./fixture.mjs";

let server;
let summary;

before(async () => {
  ({ server, summary } = await serveDemo());
});

after(stopAll);

const api = (path) => fetchApi(server, path);
const countOf = async (page) => numberOf(await page.locator("#count").innerText());

/** Addresses of all links of the page from counts to lists of invocations, and the numbers on them. */
const countLinksOf = (page) =>
  page
    .locator("main a.count-link[href^='/invocations']")
    .evaluateAll((found) => found.map((link) => [link.getAttribute("href"), link.textContent]));

test("each number of the overview and of the function pages leads to as many invocations", async () => {
  const { page, go, finish } = await openPage(server);
  const pages = ["/", "/errors", ...summary.functions.map((row) => `/function?name=${row.function}`)];
  const checked = new Map();
  for (const path of pages) {
    await go(path);
    const links = await countLinksOf(page);
    assert.ok(links.length > 0, path);
    for (const [href, text] of links) {
      const before = checked.get(href);
      assert.ok(before === undefined || before === numberOf(text), `${href}: ${before} and ${text}`);
      checked.set(href, numberOf(text));
    }
  }
  assert.ok(checked.size > 40, `${checked.size} links`);
  for (const [href, number] of checked) {
    await go(href);
    assert.equal(await countOf(page), number, href);
  }
  await finish();
});

test("a range of a chart and a count lead to the invocations of that range", async () => {
  const { page, go, finish } = await openPage(server);
  const series = await api("/api/v1/series?buckets=20");
  const bucket = series.errors.findIndex((count) => count > 0);
  const since = series.from_ms + bucket * series.step_ms;
  await go(`/?since=${since}&until=${since + series.step_ms}`);
  await page.locator(".strip a.count-link").nth(1).click();
  await page.locator("#count").waitFor();
  assert.equal(await countOf(page), series.errors[bucket]);
  assert.match(page.url(), new RegExp(`since=${since}`));
  await finish();
});

test("error groups add up to the failures and show the stack trace", async () => {
  const { page, go, finish } = await openPage(server);
  await go("/errors");
  const groups = await page.locator(".groups .times a.count-link[href^='/invocations']").allInnerTexts();
  const sum = groups.map(numberOf).reduce((a, b) => a + b, 0);
  assert.equal(sum, summary.totals.errors);
  assert.equal(numberOf(await page.locator(".totals .count-link").innerText()), sum);
  const trace = page.locator(".groups li", { hasText: "TypeError: Cannot read" }).first();
  await trace.locator("details.trace > summary").click();
  await trace.locator("details.line[open] .whole").first().waitFor();
  assert.match(await trace.locator(".whole").first().innerText(), /currency/);
  assert.match(await trace.innerText(), /Versions: 41 \(156\)/);
  await screenshot(page, "errors-trace-light-1280");
  // Filters are part of the address.
  await page.locator("#f-kind").selectOption("timeout");
  await waitUntilIdle(page);
  const timeouts = (await page.locator(".groups .times a.count-link").allInnerTexts()).map(numberOf);
  assert.equal(
    timeouts.reduce((a, b) => a + b, 0),
    summary.totals.timeouts,
  );
  await page.goBack();
  await waitUntilIdle(page);
  assert.equal(await page.locator("#f-kind").inputValue(), "");
  await finish();
});

test("rows of failed invocations name the error type", async () => {
  const { page, go, finish } = await openPage(server);
  await go("/invocations?outcome=error");
  const badges = await page.locator("tbody .badge").allInnerTexts();
  const named = badges.filter((text) => text.includes(" · "));
  const { invocations } = await api("/api/v1/invocations?outcome=error&limit=100");
  const known = invocations.filter((one) => one.error_group?.type || one.error_group?.title);
  assert.equal(named.length, known.length);
  assert.ok(named.length > 0 && invocations.every((one) => one.error_group !== null));
  await finish();
});

test("three clicks lead from the overview to the stack trace of the worst function's newest failure", async () => {
  const { page, go, finish } = await openPage(server);
  const worst = summary.functions.toSorted((a, b) => b.errors - a.errors)[0];
  const newest = (await api(`/api/v1/invocations?function=${worst.function}&outcome=failed&limit=1`))
    .invocations[0];
  await go("/");
  let clicks = 0;
  const click = async (locator) => {
    clicks += 1;
    await locator.click();
    await waitUntilIdle(page);
  };
  await click(page.locator("#sort-errors"));
  await click(page.locator("tbody tr").first().locator("a.count-link[href*='outcome=failed']"));
  await page.locator("#count").waitFor();
  await click(page.locator("tbody a.name").first());
  await page.locator("details.line[open] .whole").first().waitFor();
  assert.equal(new URL(page.url()).searchParams.get("key"), newest.key);
  assert.ok(clicks <= 3);
  const { lines } = await api(`/api/v1/invocation?key=${newest.key}`);
  const failing = lines.find((line) => line.level === "ERROR");
  const shown = await page.locator("details.line[open] .whole").first().innerText();
  const frame = /at [\w.]+|File "[^"]+"|\w+Error/.exec(failing.message)[0];
  assert.ok(shown.includes(frame), `${frame} in ${shown}`);
  await screenshot(page, "worst-failure-light-1280");
  await finish();
});
