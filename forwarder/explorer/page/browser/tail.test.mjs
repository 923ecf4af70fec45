// Live tail: new lines appear, do not move what is read, and wait while the tail is paused.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, test } from "node:test";
import { gzipSync } from "node:zlib";
import { openPage, screenshot, serve, stopAll, temporaryFolder, waitFor } from "./fixture.mjs";

after(stopAll);

let counter = 0;

/** Posts a delivery with `count` lines. */
async function deliver(server, count, word = "order") {
  const events = Array.from({ length: count }, () => {
    counter += 1;
    const id = String(counter).padStart(56, "0");
    return { id, timestamp: Date.now() + counter, message: `${word} number ${counter} placed` };
  });
  const document = {
    messageType: "DATA_MESSAGE",
    owner: "123456789012",
    logGroup: "/aws/lambda/shop",
    logStream: "2026/03/04/[1]aa",
    subscriptionFilters: ["all"],
    logEvents: events,
  };
  const data = gzipSync(JSON.stringify(document)).toString("base64");
  const answer = await fetch(`${server.url}api/v1/deliveries`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ awslogs: { data } }),
  });
  assert.equal(answer.status, 200);
}

test("live tail shows new lines, and waits while the reader reads", async () => {
  const store = join(temporaryFolder(), "live.db");
  const server = await serve(store);
  await deliver(server, 60);
  await waitFor("the server has read it", async () => {
    return (await (await fetch(`${server.url}api/v1/status`)).json()).events === 60;
  });
  const { page, go, finish } = await openPage(server);
  await deliver(server, 5);
  await waitFor("lines arrive", async () => {
    return (await (await fetch(`${server.url}api/v1/status`)).json()).receiving;
  });
  await go("/logs");
  await page.locator("#tail").click();
  const lines = page.locator("#results details.line");
  await waitFor("the first lines", async () => (await lines.count()) === 50);
  await deliver(server, 3);
  await page.getByText(`number ${counter} placed`).waitFor();
  assert.equal(await lines.count(), 53);
  assert.notEqual(await page.locator("#rate").innerText(), "0.0 lines/s");

  // A reader who has scrolled down keeps the place.
  await page.evaluate(() => window.scrollTo(0, 400));
  const top = () =>
    page.evaluate(() => document.querySelector("#results details:nth-child(30)").getBoundingClientRect().top);
  const text = () => page.locator("#results details").nth(29).innerText();
  const before = [await top(), await text()];
  await deliver(server, 4);
  await page.getByRole("button", { name: "4 new" }).waitFor();
  assert.deepEqual([await top(), await text()], before);
  await screenshot(page, "tail-waiting-light-1280");
  await page.getByRole("button", { name: "4 new" }).click();
  await page.getByText(`number ${counter} placed`).waitFor();
  assert.equal(await lines.count(), 57);

  await page.getByRole("button", { name: "Pause" }).click();
  await deliver(server, 2);
  await page.getByRole("button", { name: "2 new" }).waitFor();
  assert.equal(await lines.count(), 57);
  await page.getByRole("button", { name: "Continue" }).click();
  await waitFor("the waiting lines", async () => (await lines.count()) === 59);

  // Filters apply to the tail.
  await page.locator("#f-text").fill("refund");
  await page.locator("#f-text").press("Enter");
  await waitFor("no line", async () => (await lines.count()) === 0);
  await deliver(server, 1);
  await deliver(server, 1, "refund");
  await page.getByText("refund number").waitFor();
  assert.equal(await lines.count(), 1);
  await finish();
  await server.stop();
});

test("live tail is not offered while nothing is written", async () => {
  const store = join(temporaryFolder(), "still.db");
  const first = await serve(store);
  await deliver(first, 3);
  await first.stop();
  const server = await serve(store);
  const { page, go, finish } = await openPage(server);
  await go("/logs");
  await page.locator("#results details.line").first().waitFor();
  assert.equal(await page.locator("#tail").count(), 0);
  await finish();
  await server.stop();
});
