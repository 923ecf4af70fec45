// The page updates when the store changes: by a delivery, or by a replay that follows a file.
import assert from "node:assert/strict";
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import {
  DEMO,
  firstStat,
  openPage,
  screenshot,
  serve,
  startProgram,
  stopAll,
  temporaryFolder,
  waitFor,
} from "./fixture.mjs";

after(stopAll);

const invocations = async (page) => Number((await firstStat(page)).replaceAll(",", ""));

test("page of an empty store shows instructions and updates with new data", async () => {
  const folder = temporaryFolder();
  const store = join(folder, "live.db");
  const server = await serve(store);
  const { page, go, finish } = await openPage(server);
  await go("/");
  await page.getByText("The store is empty").waitFor();
  await page.getByText("tailwater replay PATH").waitFor();
  await screenshot(page, "empty-light-1280");
  const event = readFileSync(join(DEMO, "stock-sync-event.json"));
  const answer = await fetch(`${server.url}api/v1/deliveries`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: event,
  });
  assert.equal(answer.status, 200);
  const { ledger } = await answer.json();
  assert.ok(ledger.delivered > 0 && ledger.received === ledger.delivered, JSON.stringify(ledger));
  await waitFor("the delivery is shown", async () => (await invocations(page)) === 144);
  const again = await (
    await fetch(`${server.url}api/v1/deliveries`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: event,
    })
  ).json();
  assert.equal(again.ledger.duplicates, again.ledger.delivered);

  const file = join(folder, "growing.log");
  const report = (n) =>
    `2026-03-04T10:00:0${n}.000000+00:00 2026/03/04/[1]aa REPORT RequestId: 0000000${n}-1b1e-4c1b-9d36-b0a5e1d2c9aa\tDuration: 5.00 ms\tBilled Duration: 5 ms\tMemory Size: 128 MB\tMax Memory Used: 64 MB\t\n`;
  writeFileSync(file, report(1));
  const follower = startProgram("replay", "--follow", "--function", "growing", "--store", store, file);
  await waitFor("the first line is shown", async () => (await invocations(page)) === 145, 15_000);
  appendFileSync(file, report(2) + report(3));
  await waitFor("the appended lines are shown", async () => (await invocations(page)) === 147, 15_000);
  const names = await page.locator("main .name").allInnerTexts();
  assert.ok(names.includes("growing"), names.join());
  await follower.stop();
  assert.equal(follower.child.exitCode, 0);
  await finish();
  await server.stop();
});

test("text being typed into the filter survives an update", async () => {
  const folder = temporaryFolder();
  const store = join(folder, "live.db");
  const server = await serve(store);
  const post = (name) =>
    fetch(`${server.url}api/v1/deliveries`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: readFileSync(join(DEMO, name)),
    });
  await post("stock-sync-event.json");
  const { page, go, finish } = await openPage(server);
  await go("/");
  await page.locator("#filter").pressSequentially("stoc");
  const revision = (await (await fetch(`${server.url}api/v1/status`)).json()).revision;
  const follower = startProgram("replay", "--store", store, join(DEMO, "thumbs-cleanup.csv"));
  await waitFor(
    "the store has changed",
    async () => (await (await fetch(`${server.url}api/v1/status`)).json()).revision > revision,
  );
  await page.getByText("1 of 2 functions").waitFor({ timeout: 10_000 });
  assert.equal(await page.locator("#filter").inputValue(), "stoc");
  assert.equal(await page.evaluate(() => document.activeElement?.id), "filter");
  await follower.stop();
  await finish();
  await server.stop();
});

test("login form is shown when a token is required", async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "token"), "correct-horse-battery-staple\n");
  const server = await serve(join(folder, "live.db"), "--token-file", join(folder, "token"));
  const { page } = await openPage(server);
  await page.goto(server.url);
  await page.getByLabel("Access token").fill("correct-horse-battery-staple");
  await page.getByRole("button", { name: "Log in" }).click();
  await page.getByText("The store is empty").waitFor();
  await server.stop();
});
