// The page fills by itself: from nothing, from a delivery, from a file that is followed.
import assert from "node:assert/strict";
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { DEMO, close, firstStat, folder, serve, shoot, start, tab, until } from "./stage.mjs";

after(close);

const invocations = async (page) => Number((await firstStat(page)).replaceAll(",", ""));

test("an empty store says what to do, then fills while it is looked at", async () => {
  const own = folder();
  const store = join(own, "live.db");
  const server = await serve(store);
  const { page, go, done } = await tab(server);
  await go("/");
  await page.getByText("Nothing is stored yet").waitFor();
  await page.getByText("tailwater replay PATH").waitFor();
  await shoot(page, "empty-light-1280");
  const event = readFileSync(join(DEMO, "stock-sync-event.json"));
  const answer = await fetch(`${server.url}api/v1/deliveries`, { method: "POST", headers: { "content-type": "application/json" }, body: event });
  assert.equal(answer.status, 200);
  const { ledger } = await answer.json();
  assert.ok(ledger.delivered > 0 && ledger.received === ledger.delivered, JSON.stringify(ledger));
  await until("the delivery is shown", async () => (await invocations(page)) === 144);
  const again = await (await fetch(`${server.url}api/v1/deliveries`, { method: "POST", headers: { "content-type": "application/json" }, body: event })).json();
  assert.equal(again.ledger.duplicates, again.ledger.delivered);

  const file = join(own, "growing.log");
  const report = (n) => `2026-03-04T10:00:0${n}.000000+00:00 2026/03/04/[1]aa REPORT RequestId: 0000000${n}-1b1e-4c1b-9d36-b0a5e1d2c9aa\tDuration: 5.00 ms\tBilled Duration: 5 ms\tMemory Size: 128 MB\tMax Memory Used: 64 MB\t\n`;
  writeFileSync(file, report(1));
  const follower = start("replay", "--follow", "--function", "growing", "--store", store, file);
  await until("the first line is shown", async () => (await invocations(page)) === 145, 15_000);
  appendFileSync(file, report(2) + report(3));
  await until("what was appended is shown", async () => (await invocations(page)) === 147, 15_000);
  const names = await page.locator("main .name").allInnerTexts();
  assert.ok(names.includes("growing"), names.join());
  await follower.stop();
  assert.equal(follower.child.exitCode, 0);
  await done();
  await server.stop();
});

test("a filter that is being typed survives what comes", async () => {
  const own = folder();
  const store = join(own, "live.db");
  const server = await serve(store);
  const post = (name) => fetch(`${server.url}api/v1/deliveries`, { method: "POST", headers: { "content-type": "application/json" }, body: readFileSync(join(DEMO, name)) });
  await post("stock-sync-event.json");
  const { page, go, done } = await tab(server);
  await go("/");
  await page.locator("#filter").pressSequentially("stoc");
  const begun = (await (await fetch(`${server.url}api/v1/status`)).json()).revision;
  const follower = start("replay", "--store", store, join(DEMO, "thumbs-cleanup.csv"));
  await until("the store has changed", async () => (await (await fetch(`${server.url}api/v1/status`)).json()).revision > begun);
  await page.getByText("1 of 2 functions").waitFor({ timeout: 10_000 });
  assert.equal(await page.locator("#filter").inputValue(), "stoc");
  assert.equal(await page.evaluate(() => document.activeElement?.id), "filter");
  await follower.stop();
  await done();
  await server.stop();
});

test("with a token the page asks for it first", async () => {
  const own = folder();
  writeFileSync(join(own, "token"), "correct-horse-battery-staple\n");
  const server = await serve(join(own, "live.db"), "--token-file", join(own, "token"));
  const { page } = await tab(server);
  await page.goto(server.url);
  await page.getByLabel("Access token").fill("correct-horse-battery-staple");
  await page.getByRole("button", { name: "Log in" }).click();
  await page.getByText("Nothing is stored yet").waitFor();
  await server.stop();
});
