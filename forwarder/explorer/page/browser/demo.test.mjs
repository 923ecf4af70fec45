// The demo in the browser: every page, its numbers, and what can be done with mouse and keyboard.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { DEMO, barriers, close, firstStat, folder, replay, serve, settled, shoot, tab, until } from "./stage.mjs";

let server;
let summary;
let failed;

before(async () => {
  const store = join(folder(), "demo.db");
  summary = replay(store, DEMO);
  server = await serve(store);
  const found = await (await fetch(`${server.url}api/v1/invocations?function=checkout-api&outcome=failed&limit=1`)).json();
  failed = found.invocations[0];
});

after(async () => {
  await close();
  await server?.stop();
});

const grouped = (n) => n.toLocaleString("en-US");
const cells = (page, nth) => page.locator(`main table tbody tr > :nth-child(${nth})`).allInnerTexts();
const names = (page) => page.locator("main table tbody tr .name").allInnerTexts();

test("the numbers of the page are those of replay --json", async () => {
  const { page, go, done } = await tab(server);
  await go("/");
  const answered = await (await fetch(`${server.url}api/v1/summary`)).json();
  for (const part of ["totals", "functions", "range", "worth_a_look", "notes"]) assert.deepEqual(answered[part], summary[part], part);
  const stats = (await page.locator(".strip .stat").allInnerTexts()).join("\n");
  assert.ok(stats.includes(grouped(summary.totals.invocations)), stats);
  assert.ok(stats.includes(grouped(summary.totals.errors)) && stats.includes(`$${summary.totals.cost_usd.toFixed(3)}`), stats);
  const rows = page.locator("main table tbody tr");
  assert.equal(await rows.count(), summary.functions.length);
  for (const row of summary.functions) {
    const shown = (await rows.filter({ has: page.locator(".name", { hasText: new RegExp(`^${row.function}$`) }) }).innerText()).replace(/\s+/g, " ");
    for (const number of [row.invocations, row.errors, row.cold_starts, row.max_memory_mb]) assert.ok(shown.includes(grouped(number)), `${number} in ${shown}`);
    assert.ok(shown.includes(`of ${grouped(row.memory_mb)} MB`) && shown.includes("—"), shown);
  }
  await done();
});

test("every column sorts, both ways, and the link restores it", async () => {
  const { page, go, done } = await tab(server);
  await go("/");
  const columns = await page.locator("thead button").count();
  assert.equal(columns, 12);
  for (let column = 0; column < columns; column += 1) {
    const button = page.locator("thead button").nth(column);
    await button.click();
    await settled(page);
    const first = await page.locator("thead th").nth(column).getAttribute("aria-sort");
    await page.locator("thead button").nth(column).click();
    await settled(page);
    const second = await page.locator("thead th").nth(column).getAttribute("aria-sort");
    assert.deepEqual(new Set([first, second]), new Set(["ascending", "descending"]), `column ${column}`);
  }
  await go("/?sort=cost");
  const byCost = summary.functions.toSorted((a, b) => b.cost_usd - a.cost_usd).map((row) => row.function);
  assert.deepEqual(await names(page), byCost);
  await go("/?sort=-function");
  assert.deepEqual(await names(page), byCost.toSorted());
  await done();
});

test("the filter narrows as one types, keeps the caret, and is in the link", async () => {
  const { page, go, done } = await tab(server);
  await go("/");
  await page.locator("#filter").pressSequentially("api", { delay: 30 });
  await until("filtered", async () => (await names(page)).join() === "checkout-api");
  assert.equal(await page.evaluate(() => document.activeElement?.id), "filter");
  await page.keyboard.press("Backspace");
  await until("typed at the end", async () => (await page.locator("#filter").inputValue()) === "ap");
  const link = page.url();
  await go(link);
  assert.equal(await page.locator("#filter").inputValue(), "ap");
  await page.locator("#filter").fill("nothing is called so");
  await page.getByText("No function fits.").waitFor();
  await page.getByRole("link", { name: "Show all" }).click();
  await until("all again", async () => (await names(page)).length === 12);
  await page.getByRole("button", { name: "errors > 1 %" }).click();
  await until("failing ones", async () => (await names(page)).sort().join() === "checkout-api,invoice-pdf,thumbs-cleanup");
  await done();
});

test("a brush over a chart zooms, the link restores it, and back goes back", async () => {
  const { page, go, done } = await tab(server);
  await go("/");
  await page.locator(".u-over").first().waitFor();
  const box = await page.locator(".u-over").first().boundingBox();
  await page.mouse.move(box.x + box.width * 0.3, box.y + 40);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.6, box.y + 50, { steps: 5 });
  await page.mouse.up();
  await page.waitForURL(/since=\d+&until=\d+/);
  await settled(page);
  const total = () => firstStat(page);
  const zoomed = await total();
  assert.notEqual(zoomed, grouped(summary.totals.invocations));
  const link = page.url();
  const query = new URL(link).searchParams;
  const part = await (await fetch(`${server.url}api/v1/summary?since=${query.get("since")}&until=${query.get("until")}`)).json();
  assert.equal(zoomed, grouped(part.totals.invocations));
  await page.goBack();
  await until("all again", async () => (await total()) === grouped(summary.totals.invocations));
  await go(link);
  assert.equal(await total(), zoomed);
  await page.locator("#zoom-out").click();
  await until("more than before", async () => Number((await total()).replaceAll(",", "")) > part.totals.invocations);
  await page.getByRole("link", { name: "1h", exact: true }).click();
  await page.waitForURL(/range=1h/);
  await done();
});

test("a chart can be read and zoomed by keyboard", async () => {
  const { page, go, done } = await tab(server);
  await go("/");
  await page.locator(".u-over").first().waitFor();
  await page.locator(".plot").first().focus();
  for (let step = 0; step < 6; step += 1) await page.keyboard.press("ArrowRight");
  const read = await page.locator(".readout").first().innerText();
  assert.match(read, /Mar 2026 \d\d:\d\d UTC · invocations \d/);
  await page.keyboard.press("Enter");
  for (let step = 0; step < 9; step += 1) await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Enter");
  await page.waitForURL(/since=/);
  const { searchParams } = new URL(page.url());
  assert.equal((Number(searchParams.get("until")) - Number(searchParams.get("since"))) % 10, 0);
  await done();
});

test("everything is reached by keyboard: search, links, sorting, tips", async () => {
  const { page, go, done } = await tab(server);
  await go("/");
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement?.textContent), "To the content");
  await page.keyboard.press("/");
  assert.equal(await page.evaluate(() => document.activeElement?.id), "search");
  await page.keyboard.type("insufficient_funds");
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/logs\?text=insufficient_funds/);
  await settled(page);
  assert.ok((await page.locator("details.line").count()) >= 12);
  await page.locator("details.line > summary").first().focus();
  await page.keyboard.press("Enter");
  await page.locator("details.line[open] pre").first().waitFor();
  await go("/");
  await page.locator("#sort-cost").focus();
  assert.match(await page.locator("#tip").innerText(), /list price/);
  await page.keyboard.press("Enter");
  await page.waitForURL(/sort=cost/);
  assert.equal(await page.evaluate(() => document.activeElement?.id), "sort-cost");
  await done();
});

test("a function shows its charts, its versions and what went wrong", async () => {
  const { page, go, done } = await tab(server);
  await go("/");
  await page.getByRole("link", { name: "checkout-api", exact: true }).last().click();
  await page.waitForURL(/\/function\?/);
  await settled(page);
  assert.equal(await page.locator("canvas").count(), 6);
  const text = await page.locator("main").innerText();
  const row = summary.functions.find((row) => row.function === "checkout-api");
  for (const version of row.by_version) assert.ok(text.includes(grouped(version.invocations)), version.version);
  assert.match(text, /version 41 since 3 Mar 14:20: errors 0.25 % → 3.6 %/);
  assert.match(text, /new in 41\s*TypeError: Cannot read properties of undefined \(reading 'currency'\)/);
  assert.equal((await page.locator(".problems .times").first().innerText()).replace(/\D/g, ""), "156");
  await page.getByRole("region", { name: "Slowest invocations" }).last().getByRole("link").first().click();
  await page.waitForURL(/\/invocation\?key=/);
  await settled(page);
  assert.match(await page.locator("main h1").innerText(), /Invocation/);
  await page.goBack();
  await page.waitForURL(/\/function\?/);
  await settled(page);
  await page.locator(".problem").first().click();
  await page.waitForURL(/around=/);
  await page.locator("details.current[open]").waitFor();
  await done();
});

test("an invocation shows its lines in order, its numbers and what came before", async () => {
  const { page, go, done } = await tab(server);
  await go(`/invocation?key=${failed.key}`);
  const kinds = await page.locator("section[aria-label=Log] .lv").allInnerTexts();
  assert.equal(kinds[0], "START");
  assert.equal(kinds.at(-1), "REPORT");
  assert.ok(kinds.includes("ERROR"));
  const facts = (await page.locator(".facts").innerText()).replace(/\s+/g, " ");
  assert.ok(facts.includes(`of ${failed.memory_mb} MB`) && facts.includes(`Version ${failed.version}`), facts);
  assert.ok((await page.locator(".before details").count()) > 0);
  await page.getByRole("button", { name: "Open all" }).click();
  assert.equal(await page.locator("section[aria-label=Log] details:not([open])").count(), 0);
  await page.locator("section[aria-label=Log] pre .k").first().waitFor();
  await go(`/invocation?request=${failed.request_id}`);
  assert.ok((await page.locator("main").innerText()).includes(failed.request_id));
  await done();
});

test("the log is searched by text, function, level, request and time, page by page", async () => {
  const { page, go, done } = await tab(server);
  await go("/logs");
  assert.equal(await page.locator("details.line").count(), 100);
  await page.locator("#more").click();
  await until("two pages", async () => (await page.locator("details.line").count()) === 200);
  const places = await page.locator("details.line").evaluateAll((lines) => lines.map((line) => line.id));
  assert.equal(new Set(places).size, 200, "no line twice");
  await page.locator("#f-level").selectOption("error");
  // Drawing the answer must not take away what is typed meanwhile.
  await page.locator("#f-function").fill("invoice-pdf");
  await page.getByRole("button", { name: "Search" }).click();
  await page.waitForURL(/function=invoice-pdf/);
  await settled(page);
  const of = await page.locator("details.line .of").allInnerTexts();
  assert.ok(of.length >= 4 && of.every((name) => name === "invoice-pdf"), of.join());
  await go(`/logs?request=${failed.request_id}`);
  assert.equal(await page.locator("details.line").count(), 5);
  await go("/logs?text=no-such-word-anywhere");
  await page.getByText("No line matches.").waitFor();
  await go(`/logs?text=TypeError&since=${failed.time_ms - 1000}&until=${failed.time_ms + 1000}`);
  assert.equal(await page.locator("details.line").count(), 1);
  await page.locator("details.line summary").click();
  await page.getByRole("link", { name: "lines around it" }).click();
  await page.locator("details.current[open]").waitFor();
  assert.ok((await page.locator("details.line").count()) > 20);
  await done();
});

test("what a search finds is exported and read again", async () => {
  const { page, go, done } = await tab(server);
  await go("/logs?function=checkout-api&level=error");
  const waiting = page.waitForEvent("download");
  await page.getByRole("link", { name: "Export NDJSON" }).click();
  const path = await (await waiting).path();
  const records = readFileSync(path, "utf8").trim().split("\n").map((line) => JSON.parse(line));
  assert.ok(records.length > 100 && records.every((record) => record.function === "checkout-api" && ["ERROR", "FATAL"].includes(record.level)));
  await done();
});

test("cost and errors show what the summary says", async () => {
  const { page, go, done } = await tab(server);
  await go("/cost");
  const byCost = summary.functions.toSorted((a, b) => b.cost_usd - a.cost_usd).map((row) => row.function);
  assert.deepEqual((await names(page)).slice(0, 12), byCost);
  assert.ok((await page.locator(".strip").innerText()).includes(`$${summary.totals.cost_usd.toFixed(3)}`));
  assert.match(await page.locator(".strip").innerText(), /Wasted on timeouts/);
  await go("/errors");
  assert.ok((await page.locator(".problems li").count()) >= 8);
  await page.locator(".where").first().click();
  await page.waitForURL(/\/function\?name=checkout-api/);
  await settled(page);
  await page.locator("main table").first().waitFor();
  assert.ok((await cells(page, 1)).length > 0);
  await done();
});

test("an address of nothing and a function that never ran say so", async () => {
  const { page, go, noted } = await tab(server);
  await go("/no-such-page");
  await page.getByText("There is no such page").waitFor();
  await go("/function?name=nobody");
  await page.getByText("nobody did not run in this range").waitFor();
  await go("/invocation?key=00000000000000000000000000000000");
  await page.getByText("invocation not found").waitFor();
  assert.ok(noted.complaints.every((complaint) => complaint.includes("404")), noted.complaints.join());
});

const PAGES = () => ({
  functions: "/",
  function: "/function?name=checkout-api",
  invocation: `/invocation?key=${failed.key}`,
  logs: "/logs?level=warn",
  errors: "/errors",
  cost: "/cost",
});

for (const colorScheme of ["light", "dark"]) {
  test(`nobody is shut out, ${colorScheme}`, async () => {
    for (const width of [1280, 360]) {
      const { page, go, done } = await tab(server, { colorScheme, viewport: { width, height: 860 } });
      for (const [name, path] of Object.entries(PAGES())) {
        await go(path);
        await page.waitForTimeout(250);
        assert.deepEqual(await barriers(page), [], `${name} ${colorScheme} ${width}`);
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        assert.ok(overflow <= 0, `${name} is ${overflow} px wider than ${width}`);
        await shoot(page, `${name}-${colorScheme}-${width}`, { fullPage: width === 1280 && name !== "logs" });
      }
      await done();
    }
  });
}

// What README.md shows: made anew by each run, kept in the repository by whoever looked at them.
test("the pictures of the README", async () => {
  for (const [name, path, colorScheme, height] of [
    ["functions", "/", "dark", 1000],
    ["function", "/function?name=checkout-api", "light", 980],
    ["invocation", `/invocation?key=${failed.key}`, "light", 620],
  ]) {
    const { page, go, done } = await tab(server, { colorScheme, viewport: { width: 1280, height } });
    await go(path);
    await page.waitForTimeout(300);
    await shoot(page, `readme-${name}`);
    await done();
  }
});

test("the page weighs little", async () => {
  const { page, done, noted } = await tab(server);
  const sizes = [];
  page.on("response", async (response) => {
    if (!response.url().includes("/api/")) sizes.push(response.request().sizes().then((size) => size.responseBodySize));
  });
  await page.goto(server.url);
  await settled(page);
  const total = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
  console.log(`page weight: ${total} bytes, ${noted.requests.length} requests`);
  assert.ok(total > 10_000 && total < 250_000, `${total} bytes`);
  await done();
});
