// Requests and the map of a store: the page shows what the API answers.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { numberOf, openPage, replay, serve, stopAll, temporaryFolder, waitUntilIdle } from "./fixture.mjs";
import { writeLinkedLogs } from "./linked-logs.mjs";

const ORDERS = 60;

let server;

before(async () => {
  const [logs, store] = [temporaryFolder(), join(temporaryFolder(), "tailwater.db")];
  writeLinkedLogs(logs, ORDERS);
  replay(store, logs);
  server = await serve(store);
});

after(stopAll);

async function open(path) {
  const opened = await openPage(server);
  await opened.go(path);
  return opened;
}

/** Answer of the API as the page gets it. */
const api = (page, path) => page.evaluate(async (url) => (await fetch(url)).json(), path);

const drawn = (page) => page.waitForFunction(() => document.querySelector(".pending") === null);

test("list, waterfall and lines have the requests, steps and lines of the API", async () => {
  const { page, go, finish } = await open("/requests");
  const list = await api(page, "/api/v1/requests?limit=50");
  assert.equal(list.chains, ORDERS);
  assert.equal(numberOf(await page.locator("#count").innerText()), list.chains);
  const ids = await page
    .locator("tbody a.name")
    .evaluateAll((links) => links.map((link) => new URL(link.href).searchParams.get("id")));
  assert.deepEqual(
    ids,
    list.requests.map(({ id }) => id),
  );
  for (const { id } of list.requests.slice(0, 3)) {
    await go(`/request?id=${encodeURIComponent(id)}`);
    const detail = await api(page, `/api/v1/request?id=${encodeURIComponent(id)}`);
    const names = await page.locator(".waterfall > li .step-name a.name").allTextContents();
    assert.deepEqual(
      names,
      detail.steps.map((step) => step.function),
    );
    assert.equal(await page.locator(".step-line").count(), detail.lines.length);
    const stats = (await page.locator(".strip").innerText()).replaceAll(/\s+/g, " ");
    assert.ok(stats.includes(`Invocations ${detail.steps.length}`), stats);
    const linked = detail.steps.filter(({ parent }) => parent !== null).length;
    assert.equal(await page.locator(".step-evidence", { hasText: "confidence" }).count(), linked);
    const keys = await page
      .locator(".step-name a.name")
      .evaluateAll((links) => links.map((link) => new URL(link.href).searchParams.get("key")));
    assert.deepEqual(
      keys,
      detail.steps.map(({ key }) => key),
    );
  }
  await finish();
});

test("each id of a request leads to it from the search box", async () => {
  const { page, go, finish } = await open("/requests");
  const { requests } = await api(page, "/api/v1/requests?limit=1");
  const detail = await api(page, `/api/v1/request?id=${encodeURIComponent(requests[0].id)}`);
  assert.ok(detail.ids.length > 0);
  for (const { id } of detail.ids) {
    await go("/");
    await page.locator("#search").fill(id);
    await page.locator("#search").press("Enter");
    await page.waitForURL(/\/request\?/);
    await waitUntilIdle(page);
    assert.equal(await page.locator(".waterfall > li").count(), detail.steps.length, id);
  }
  await finish();
});

test("drawing, matrix and tables have the nodes and calls of the API", async () => {
  const { page, go, finish } = await open("/map");
  const { nodes, edges } = await api(page, "/api/v1/map");
  const calls = edges.map(({ from, to, calls }) => `${from} > ${to} ${calls}`);
  const expected = ["SQS:orders > worker 72", "web > SQS:orders 60", "web > price 60", "web > worker 72"];
  assert.deepEqual(calls.sort(), expected);
  await drawn(page);
  const names = await page.locator(".node").evaluateAll((all) => all.map((one) => one.dataset.name));
  assert.deepEqual(names.sort(), nodes.map(({ name }) => name).sort());
  // The calls from web to worker are shown as those to and from the queue, except in the matrix.
  const shown = edges.length - 1;
  assert.equal(await page.locator(".edge-line").count(), shown);
  await go("/map?view=matrix&resources=1");
  assert.equal(await page.locator(".cell").count(), edges.length);
  await go("/map?view=table");
  const rows = (title) => page.locator(`section.card[aria-label="${title}"] tbody tr`).count();
  assert.equal(await rows("Calls"), shown);
  assert.equal(await rows("Functions and resources"), nodes.length);
  const question = encodeURIComponent("SQS:orders -> *");
  await go(`/map?ask=${question}`);
  await drawn(page);
  const asked = await api(page, `/api/v1/map?ask=${question}`);
  assert.ok(asked.nodes.length < nodes.length);
  assert.equal(await page.locator(".node").count(), asked.nodes.length);
  await finish();
});
