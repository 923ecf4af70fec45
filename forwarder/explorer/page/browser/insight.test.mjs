// The pages of insight and of comparisons: their numbers are those of the API, and lead on.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { fetchApi, openPage, serve, serveDemo, stopAll, waitUntilIdle } from "./fixture.mjs";
import { oneFunction } from "./stores.mjs";

let server;
let insight;

before(async () => {
  ({ server } = await serveDemo());
  insight = (await fetchApi(server, "api/v1/insight")).insight;
});

after(stopAll);

const table = (page, title) => page.locator(`section[aria-label="${title}"]`);
const column = (page, title, nth) =>
  table(page, title).locator(`tbody tr > :nth-child(${nth})`).allInnerTexts();

async function openInsight(path = "/insight") {
  const opened = await openPage(server);
  await opened.go(path);
  await opened.page.waitForFunction(() => document.querySelector(".pending") === null);
  return opened;
}

test("each answer of the insight has a table with the rows of the API", async () => {
  const { page, finish } = await openInsight();
  const rows = (title) => table(page, title).locator("tbody tr").count();
  const tenants = insight.cost_by.find(({ dimension }) => dimension === "tenant");
  assert.equal(await rows("Cost by tenant"), tenants.rows.length + 1);
  assert.equal(await rows("Log cost by function"), insight.logs.by_function.length);
  assert.equal(await rows("Log cost by level"), insight.logs.by_level.length);
  assert.equal(await rows("Dearest log patterns"), insight.logs.patterns.length);
  assert.equal(await rows("Memory sizes"), insight.memory.length);
  assert.equal(await rows("Concurrency"), insight.concurrency.functions.length);
  assert.equal(await rows("Waste"), insight.waste.by_function.length);
  assert.equal(await rows("Timeout risk"), insight.timeout_risk.length);
  assert.equal(await rows("Memory leaks"), insight.leaks.length);
  const summary = await fetchApi(server, "api/v1/summary");
  assert.deepEqual(
    await column(page, "Worth a look", 2),
    summary.worth_a_look.map(({ text }) => text),
  );
  await finish();
});

test("cost without a value is said first when it is large", async () => {
  const { page, finish } = await openInsight();
  const [first] = await column(page, "Cost by tenant", 1);
  assert.equal(first, "unknown");
  assert.match(await table(page, "Cost by tenant").locator(".table-about").innerText(), /^Mostly unknown\./);
  const versions = await column(page, "Cost by version", 1);
  assert.ok(!versions.includes("unknown"), versions.join());
  await finish();
});

test("cost is divided by any dimension that is named", async () => {
  const { page, finish } = await openInsight();
  await page.getByLabel("Dimensions of the cost").fill("function,day");
  await page.getByRole("button", { name: "Show", exact: true }).click();
  await page.waitForURL(/by=function%2Cday/);
  await page.locator('section[aria-label="Cost by day"]').waitFor();
  assert.equal(await table(page, "Cost by tenant").count(), 0);
  const [name] = await column(page, "Cost by function", 1);
  await table(page, "Cost by function").getByRole("link", { name }).click();
  await page.waitForURL(/\/function\?name=/);
  await finish();
});

test("a wrong dimension is explained, and the rest of the page stays", async () => {
  const { page, go, observed } = await openPage(server);
  await go("/insight?by=colour");
  await page.getByRole("alert").first().waitFor();
  assert.match(await page.getByRole("alert").first().innerText(), /tenant/);
  assert.ok((await table(page, "Memory sizes").locator("tbody tr").count()) > 0);
  assert.ok(observed.consoleErrors.every((error) => error.includes("400")));
});

test("a what-if is a rule to copy, with what would be lost", async () => {
  const { page, finish } = await openInsight();
  const at = insight.logs.what_if.findIndex(({ rule }) => rule !== null);
  const change = insight.logs.what_if[at];
  const row = table(page, "What would save log cost").locator("tbody tr").nth(at);
  await row.getByText("Show", { exact: true }).click();
  assert.equal((await row.locator("pre").innerText()).trim(), change.rule.trim());
  await row.getByRole("button", { name: "Copy rule" }).click();
  await row
    .locator(".copy")
    .getByText(/Copied/)
    .or(row.locator(".copy input"))
    .waitFor();
  const lost = await table(page, "What would save log cost").innerText();
  assert.match(lost, /Set the system log level to WARN not advised/);
  assert.match(lost, /All about [\d,]+ invocations\./);
  await finish();
});

test("every section of the insight can be linked to", async () => {
  const { page, go, finish } = await openPage(server);
  await go("/insight#memory");
  await page.waitForFunction(() => document.querySelector(".pending") === null);
  for (const link of await page.locator(".contents a").all()) {
    const id = (await link.getAttribute("href")).slice(1);
    assert.equal(await page.locator(`[id="${id}"]`).count(), 1, id);
  }
  await page.locator(".contents").getByRole("link", { name: "Waste" }).click();
  await page.waitForURL(/#waste/);
  await waitUntilIdle(page);
  assert.ok(await table(page, "Waste").isVisible());
  await finish();
});

test("two versions are compared with signs and words", async () => {
  const { page, go, finish } = await openPage(server);
  await go("/compare");
  assert.match(await page.locator(".title").innerText(), /A: checkout-api:40 · B: checkout-api:41/);
  const answer = await (
    await fetch(`${server.url}api/v1/compare?versions=checkout-api:40,checkout-api:41`)
  ).json();
  const rows = (await table(page, "All together").locator("tbody tr").allInnerTexts()).map((row) =>
    row.replace(/\s+/g, " "),
  );
  const { a, b } = answer.total;
  const grouped = (n) => n.toLocaleString("en-US");
  assert.equal(
    rows[0].split(" ").slice(0, 3).join(" "),
    `Invocations ${grouped(a.invocations)} ${grouped(b.invocations)}`,
  );
  const points = (b.error_rate_pct - a.error_rate_pct).toFixed(1);
  assert.ok(rows[2].endsWith(`+${points} points worse`), rows[2]);
  const slower = Math.round((b.duration_ms.p95 / a.duration_ms.p95 - 1) * 100);
  assert.ok(
    rows.some((row) => row.startsWith("p95") && row.endsWith(`+${slower} % slower`)),
    rows.join("\n"),
  );
  assert.equal(await table(page, "New errors").locator("tbody tr").count(), answer.new_errors.length);
  assert.match(await table(page, "Gone errors").innerText(), /0 groups/);
  await page.locator("#compare-a").selectOption("41");
  await page.locator("#compare-b").selectOption("40");
  await page.getByRole("button", { name: "Compare versions" }).click();
  await page.waitForURL(/versions=checkout-api%3A41%2Ccheckout-api%3A40/);
  await waitUntilIdle(page);
  assert.match(await table(page, "All together").innerText(), /points better/);
  await finish();
});

test("two ranges are compared, and the address restores them", async () => {
  const { page, go, finish } = await openPage(server);
  await go("/compare");
  await page.getByRole("link", { name: "Second half with the first" }).click();
  await page.waitForURL(/a=\d+\.\.\d+&b=\d+\.\.\d+/);
  await waitUntilIdle(page);
  const link = page.url();
  const shown = await table(page, "All together").innerText();
  await go(link);
  assert.equal(await table(page, "All together").innerText(), shown);
  const [first, second] = await table(page, "All together")
    .locator("tbody tr")
    .first()
    .locator("td")
    .allInnerTexts();
  const sum = [first, second].reduce((all, cell) => all + Number(cell.replaceAll(",", "")), 0);
  const summary = await fetchApi(server, "api/v1/summary");
  assert.equal(sum, summary.totals.invocations);
  await page.getByLabel(/B until/).fill("2026-03-03T10:00:00");
  await page.getByRole("button", { name: "Compare ranges" }).click();
  await page.getByText("Range B ends before it begins.").waitFor();
  await finish();
});

test("a worse version leads to its comparison, from the list of findings", async () => {
  const { page, finish } = await openInsight();
  await page.getByRole("link", { name: "Compare 41 with 40" }).click();
  await page.waitForURL(/versions=checkout-api/);
  await finish();
});

test("a store with one version compares its ranges", async () => {
  const other = await serve(oneFunction().store);
  const { page, go, finish } = await openPage(other);
  await go("/compare");
  await page.getByText("No function has run in more than one version.").waitFor();
  assert.match(await table(page, "All together").innerText(), /Invocations/);
  await finish();
  await other.stop();
});
