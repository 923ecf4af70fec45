// Requests through several functions: the list, the waterfall, and the lines of all steps.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { checkAtAllWidths } from "./all-widths.mjs";
import { numberOf, openPage, serveDemo, stopAll, waitFor, waitUntilIdle } from "./fixture.mjs";
import { createSystem, LONG_NAMES, mockSystem, openSystem, showing } from "./systems.mjs";

let server;
const system = createSystem(5);
/** A request with two attempts of its last step, of which both failed. */
const failed = system.requests.find((one) => one.failed);

before(async () => {
  ({ server } = await serveDemo());
});

after(stopAll);

/** Opens a page whose answers about requests come from a system. */
const open = (path, { of = system, ...options } = {}) => openSystem(server, of, path, options);

const addressOf = (request) => `/request?id=${encodeURIComponent(request.id)}`;
const steps = (page) => page.locator(".waterfall > li");
const visibleLines = (page) => page.locator(".step-line:visible");

test("list has the requests of the answer, and continues where it ends", async () => {
  const { page, finish } = await open("/requests");
  const rows = page.locator("main tbody tr");
  assert.equal(await rows.count(), 50);
  assert.equal(numberOf(await page.locator("#count").innerText()), 120);
  await page.locator("#more").click();
  await waitFor("the second page", async () => (await rows.count()) === 100);
  await page.locator("#more").click();
  await waitFor("the last page", async () => (await rows.count()) === 120);
  assert.equal(await page.locator("#more").count(), 0);
  const addresses = await page
    .locator("tbody a.name")
    .evaluateAll((links) => links.map((link) => new URL(link.href).searchParams.get("id")));
  assert.deepEqual(addresses, system.requests.map(({ id }) => id).reverse());
  await finish();
});

test("list is ordered and filtered by its address", async () => {
  const { page, finish } = await open("/requests");
  for (const column of ["total", "cost", "time"]) {
    await page.locator(`#sort-${column}`).click();
    await waitUntilIdle(page);
    assert.equal(new URL(page.url()).searchParams.get("sort"), column);
    assert.equal(await page.locator("th[aria-sort]").getAttribute("aria-sort"), "descending");
  }
  await page.locator("#f-outcome").selectOption("failed");
  await waitUntilIdle(page);
  const count = system.requests.filter((one) => one.failed).length;
  assert.equal(numberOf(await page.locator("#count").innerText()), count);
  assert.equal(await page.locator("tbody .badge.bad").count(), Math.min(count, 50));
  await page.locator("#f-function").fill("no-such-function");
  await page.locator("#f-function").press("Enter");
  await page.getByText("No request matches").waitFor();
  await finish();
});

test("a store without shared ids says what gives them", async () => {
  const { page, finish } = await open("/requests", { of: { ...system, requests: [] } });
  const text = await page.locator(".empty-state").innerText();
  for (const source of ["X-Ray", "correlation_id", "TAILWATER_CORRELATION_FIELDS", "SQS"])
    assert.ok(text.includes(source), source);
  await finish();
});

test("a row leads to its waterfall, with each step, its evidence and the id that it shares", async () => {
  const { page } = await open("/requests?outcome=failed&sort=time");
  await page.locator("tbody a.name").last().click();
  await page.waitForURL(/\/request\?id=/);
  await waitUntilIdle(page);
  const id = new URL(page.url()).searchParams.get("id");
  const shown = system.requests.find((one) => one.id === id);
  assert.equal(await steps(page).count(), shown.steps.length);
  for (const [at, step] of shown.steps.entries()) {
    const text = (await steps(page).nth(at).innerText()).replaceAll(/\s+/g, " ");
    assert.ok(text.includes(step.function), text);
    if (step.parent === null) continue;
    const parent = `${step.parent + 1} ${shown.steps[step.parent].function}`;
    assert.ok(text.includes(parent) && text.includes(`confidence ${step.confidence_pct} %`), text);
    assert.ok(text.includes(`correlation id ${step.shared_id.id}`), text);
  }
  await page.locator(".step-name a.name").first().click();
  await page.waitForURL(new RegExp(`/invocation\\?key=${shown.steps[0].key}`));
});

test("bars stand where their times are: init, restore, handler, and the wait before them", async () => {
  const { page, go, finish } = await open("/");
  const longest = system.requests.find((one) => one.steps.length >= 5);
  await go(addressOf(longest));
  for (const [at, step] of longest.steps.entries()) {
    const track = await steps(page).nth(at).locator(".track").boundingBox();
    const place = async (kind) => {
      const bar = await steps(page).nth(at).locator(`.span-${kind}`).boundingBox();
      const toMs = (x) => ((x - track.x) / track.width) * longest.total_ms;
      return [toMs(bar.x), toMs(bar.x + bar.width)];
    };
    const near = (found, wanted, what) =>
      assert.ok(Math.abs(found - wanted) < longest.total_ms / 200, `${what} at ${found}, not ${wanted}`);
    const [runFrom, runTo] = await place("run");
    near(runFrom, step.time - step.duration_ms - longest.time, "handler");
    near(runTo, step.time - longest.time, "end of the handler");
    for (const kind of ["init", "restore"]) {
      if (step[`${kind}_ms`] === null) continue;
      const [from, to] = await place(kind);
      near(from, step.offset_ms, kind);
      near(to - from, step[`${kind}_ms`], `length of the ${kind}`);
    }
    if (at < 2) continue;
    const [from, to] = await place("wait");
    near(to, step.offset_ms, "end of the wait");
    assert.ok(to - from > 300, `waited ${to - from}`);
  }
  await finish();
});

test("attempts are counted, and what failed is named", async () => {
  const { page, finish } = await open(addressOf(failed));
  const last = failed.steps.length - 1;
  assert.match(
    await steps(page)
      .nth(last - 1)
      .innerText(),
    /timeout[\s\S]*attempt 1 of 2/,
  );
  assert.match(await steps(page).nth(last).innerText(), /error · CardDeclined[\s\S]*attempt 2 of 2/);
  const wait = await steps(page).nth(last).locator(".track").getAttribute("aria-label");
  assert.match(wait, /waited 900 ms after attempt 1 had ended/);
  const stats = (await page.locator(".strip").innerText()).replaceAll(/\s+/g, " ");
  assert.match(stats, /Retries 1 Failed 2/);
  await finish();
});

test("lines are in true order, and are shown of one step by button and by address", async () => {
  const { page, go, finish } = await open(addressOf(failed));
  const order = (locator) =>
    locator.locator(".step-number").evaluateAll((marks) => marks.map((mark) => Number(mark.textContent) - 1));
  assert.deepEqual(
    await order(visibleLines(page)),
    failed.lines.map(({ step }) => step),
  );
  await page.getByRole("button", { name: "lines of step 2" }).click();
  const own = failed.lines.filter(({ step }) => step === 1).length;
  assert.deepEqual(await order(visibleLines(page)), Array(own).fill(1));
  assert.equal(new URL(page.url()).searchParams.get("step"), "2");
  assert.match(await page.locator("#lines .count").innerText(), new RegExp(`^${own} of `));
  await page.reload();
  await waitUntilIdle(page);
  assert.equal(await visibleLines(page).count(), own);
  await page.getByRole("button", { name: "All steps" }).click();
  assert.equal(await visibleLines(page).count(), failed.lines.length);
  assert.equal(new URL(page.url()).searchParams.get("step"), null);
  await go(`${addressOf(failed)}&step=99`);
  assert.equal(await visibleLines(page).count(), failed.lines.length);
  await finish();
});

test("a request of more than 1,000 lines says so", async () => {
  const { page, go, finish } = await open(addressOf(failed));
  assert.equal(await page.locator("#cut").count(), 0);
  const long = createSystem(5, { lines: 400, requests: 2 });
  await mockSystem(page, long);
  const began = Date.now();
  await go(addressOf(long.requests[0]));
  assert.match(await page.locator("#cut").innerText(), /more lines: the first 1,000 are shown/);
  assert.equal(await visibleLines(page).count(), 1000);
  assert.ok(Date.now() - began < 5000);
  await finish();
});

test("steps, lines and their buttons are reached and used by keyboard", async () => {
  const { page, finish } = await open(addressOf(failed));
  await page.keyboard.press("j");
  await page.keyboard.press("j");
  assert.equal(await page.evaluate(() => document.activeElement.textContent), failed.steps[1].function);
  await page.getByRole("button", { name: "lines of step 3" }).focus();
  await page.keyboard.press("Enter");
  assert.equal(
    await page.evaluate(() => document.activeElement.textContent.trim()),
    `3 ${failed.steps[2].function}`,
  );
  for (let back = 0; back < 3; back += 1) await page.keyboard.press("Shift+Tab");
  await page.keyboard.press("Space");
  assert.equal(await visibleLines(page).count(), failed.lines.length);
  await finish();
});

test("any id leads from the search box and from the palette to its request", async () => {
  const { page, go, finish } = await open("/");
  const [first] = system.requests;
  for (const text of [first.ids[0].id, first.ids[1].id, first.ids[1].id.slice(0, 12)]) {
    await page.locator("#search").fill(text);
    await page.locator("#search").press("Enter");
    await page.waitForURL(/\/request\?/);
    await waitUntilIdle(page);
    assert.equal(await steps(page).count(), first.steps.length);
    await go("/");
  }
  await page.keyboard.press("Control+k");
  await page.getByRole("combobox", { name: "Go to" }).fill(first.ids[1].id.slice(0, 12));
  await page
    .getByRole("option", { name: /^request/ })
    .first()
    .click();
  await page.waitForURL(/\/request\?/);
  await finish();
});

test("an unknown id and the beginning of several are explained", async () => {
  const { page, go, observed } = await openPage(server);
  await mockSystem(page, system);
  await go("/request?id=0123456789abcdef");
  await page.getByText("no request with the id 0123456789abcdef").waitFor();
  await go("/request?id=order-000");
  await page.getByText(/several requests have ids that begin with order-000/).waitFor();
  await page.locator(".suggestions a[href*='/request?']").first().waitFor();
  assert.ok(observed.consoleErrors.every((error) => /404|409/.test(error)));
});

test("an invocation leads to its whole request, a function to its place on the map", async () => {
  const { page, go, finish } = await open("/invocations");
  await page.locator("tbody a.name").first().click();
  await page.waitForURL(/\/invocation\?/);
  const link = page.getByRole("link", { name: "whole request" });
  const shown = await page.locator(".title code").innerText();
  assert.equal(new URL(await link.evaluate((node) => node.href)).searchParams.get("id"), shown);
  await go("/function?name=checkout-api");
  const onMap = page.getByRole("link", { name: "on the map" });
  assert.match(await onMap.getAttribute("href"), /^\/map\?of=checkout-api$/);
  await finish();
});

const SCRIPT = `<script>window.owned = 1</script><img src=x onerror="window.owned = 2">`;

test("markup in names, ids and lines has no effect", async () => {
  const hostile = createSystem(5, { names: [SCRIPT, `${SCRIPT} 2`], texts: [SCRIPT], requests: 1 });
  for (const request of hostile.requests) {
    for (const step of request.steps) if (step.shared_id) step.shared_id = { kind: SCRIPT, id: SCRIPT };
    request.ids = [{ kind: SCRIPT, id: SCRIPT, invocations: 2 }];
    request.id_kind = SCRIPT;
  }
  const { page, go, finish } = await open("/requests", { of: hostile });
  for (const path of ["/requests", `/request?id=${encodeURIComponent(SCRIPT)}`]) {
    await go(path);
    await page.evaluate(() => {
      for (const line of document.querySelectorAll("details.line")) line.open = true;
    });
    assert.ok((await page.locator("main").innerText()).includes("<script>window.owned = 1</script>"), path);
    assert.equal(await page.locator("main script, main img").count(), 0);
    assert.equal(await page.evaluate(() => window.owned), undefined);
  }
  await finish();
});

test("requests are accessible and fit at all widths", async () => {
  const long = createSystem(5, { names: LONG_NAMES });
  await checkAtAllWidths(server, {
    requests: showing(system, "/requests"),
    request: showing(system, addressOf(failed)),
    "request-long": showing(long, addressOf(long.requests[1])),
    "requests-none": showing({ ...system, requests: [] }, "/requests"),
  });
});
