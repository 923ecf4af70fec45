// Pages of the demo: their numbers, and their use by mouse and keyboard.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import {
  fetchApi,
  firstStat,
  openPage,
  screenshot,
  serveDemo,
  stopAll,
  waitFor,
  waitUntilIdle,
} from "./fixture.mjs";

let server;
let summary;
let failed;

before(async () => {
  ({ server, summary } = await serveDemo());
  const found = await fetchApi(server, "api/v1/invocations?function=checkout-api&outcome=failed&limit=1");
  failed = found.invocations[0];
});

after(stopAll);

const grouped = (n) => n.toLocaleString("en-US");
const cells = (page, nth) => page.locator(`main table tbody tr > :nth-child(${nth})`).allInnerTexts();
const names = (page) => page.locator("main table tbody tr .name").allInnerTexts();

test("numbers of the page equal those of replay --json", async () => {
  const { page, go, finish } = await openPage(server);
  await go("/");
  const answered = await (await fetch(`${server.url}api/v1/summary`)).json();
  for (const part of ["totals", "functions", "range", "worth_a_look"])
    assert.deepEqual(answered[part], summary[part], part);
  // The cost of logs is told by /api/v1/insight alone.
  const notes = summary.notes.filter((note) => !note.startsWith("log cost is"));
  assert.deepEqual(answered.notes, notes);
  const stats = (await page.locator(".strip .stat").allInnerTexts()).join("\n");
  assert.ok(stats.includes(grouped(summary.totals.invocations)), stats);
  assert.ok(
    stats.includes(grouped(summary.totals.errors)) &&
      stats.includes(`$${summary.totals.cost_usd.toFixed(3)}`),
    stats,
  );
  const rows = page.locator("main table tbody tr");
  assert.equal(await rows.count(), summary.functions.length);
  for (const row of summary.functions) {
    const shown = (
      await rows
        .filter({ has: page.locator(".name", { hasText: new RegExp(`^${row.function}$`) }) })
        .innerText()
    ).replace(/\s+/g, " ");
    for (const number of [row.invocations, row.errors, row.cold_starts, row.max_memory_mb])
      assert.ok(shown.includes(grouped(number)), `${number} in ${shown}`);
    assert.ok(shown.includes(`of ${grouped(row.memory_mb)} MB`), shown);
  }
  await finish();
});

test("every column sorts in both directions and the address restores the order", async () => {
  const { page, go, finish } = await openPage(server);
  await go("/");
  const columns = await page.locator("thead button").count();
  assert.equal(columns, 11);
  for (let column = 0; column < columns; column += 1) {
    const button = page.locator("thead button").nth(column);
    await button.click();
    await waitUntilIdle(page);
    const first = await page.locator("thead th").nth(column).getAttribute("aria-sort");
    await page.locator("thead button").nth(column).click();
    await waitUntilIdle(page);
    const second = await page.locator("thead th").nth(column).getAttribute("aria-sort");
    assert.deepEqual(new Set([first, second]), new Set(["ascending", "descending"]), `column ${column}`);
  }
  await go("/?sort=cost");
  const byCost = summary.functions.toSorted((a, b) => b.cost_usd - a.cost_usd).map((row) => row.function);
  assert.deepEqual(await names(page), byCost);
  await go("/?sort=-function");
  assert.deepEqual(await names(page), byCost.toSorted());
  await finish();
});

test("filter applies while typing, keeps the caret, and is part of the address", async () => {
  const { page, go, finish } = await openPage(server);
  await go("/");
  await page.locator("#filter").pressSequentially("api", { delay: 30 });
  await waitFor("the filter applies", async () => (await names(page)).join() === "checkout-api");
  assert.equal(await page.evaluate(() => document.activeElement?.id), "filter");
  await page.keyboard.press("Backspace");
  await waitFor("the caret is at the end", async () => (await page.locator("#filter").inputValue()) === "ap");
  const link = page.url();
  await go(link);
  assert.equal(await page.locator("#filter").inputValue(), "ap");
  await page.locator("#filter").fill("nothing is called so");
  await page.getByText("No matching function.").waitFor();
  await page.getByRole("link", { name: "Show all" }).click();
  await waitFor("all functions are shown", async () => (await names(page)).length === 12);
  await page.getByRole("button", { name: "errors > 1 %" }).click();
  await waitFor(
    "failing functions are shown",
    async () => (await names(page)).sort().join() === "checkout-api,invoice-pdf,thumbs-cleanup",
  );
  await finish();
});

test("selecting a range in a chart zooms, and the address and the back button restore it", async () => {
  const { page, go, finish } = await openPage(server);
  await go("/");
  await page.locator(".u-over").first().waitFor();
  const box = await page.locator(".u-over").first().boundingBox();
  await page.mouse.move(box.x + box.width * 0.3, box.y + 40);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.6, box.y + 50, { steps: 5 });
  await page.mouse.up();
  await page.waitForURL(/since=\d+&until=\d+/);
  await waitUntilIdle(page);
  const total = () => firstStat(page);
  const zoomed = await total();
  assert.notEqual(zoomed, grouped(summary.totals.invocations));
  const link = page.url();
  const query = new URL(link).searchParams;
  const part = await (
    await fetch(`${server.url}api/v1/summary?since=${query.get("since")}&until=${query.get("until")}`)
  ).json();
  assert.equal(zoomed, grouped(part.totals.invocations));
  await page.goBack();
  await waitFor(
    "all functions are shown",
    async () => (await total()) === grouped(summary.totals.invocations),
  );
  await go(link);
  assert.equal(await total(), zoomed);
  await page.locator("#zoom-out").click();
  await waitFor(
    "more than before",
    async () => Number((await total()).replaceAll(",", "")) > part.totals.invocations,
  );
  await page.getByRole("link", { name: "1 h", exact: true }).click();
  await page.waitForURL(/range=1h/);
  await finish();
});

test("charts are read and zoomed by keyboard", async () => {
  const { page, go, finish } = await openPage(server);
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
  await finish();
});

test("search, links, sorting and tooltips work by keyboard", async () => {
  const { page, go, finish } = await openPage(server);
  await go("/");
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement?.textContent), "Skip to content");
  await page.keyboard.press("/");
  assert.equal(await page.evaluate(() => document.activeElement?.id), "search");
  await page.keyboard.type("insufficient_funds");
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/logs\?text=insufficient_funds/);
  await waitUntilIdle(page);
  assert.ok((await page.locator("details.line").count()) >= 12);
  await page.locator("details.line > summary").first().focus();
  await page.keyboard.press("Enter");
  await page.locator("details.line[open] pre").first().waitFor();
  await go("/");
  await page.locator("#sort-cost").focus();
  assert.match(await page.locator("#tip").innerText(), /List price/);
  await page.keyboard.press("Enter");
  await page.waitForURL(/sort=cost/);
  assert.equal(await page.evaluate(() => document.activeElement?.id), "sort-cost");
  await finish();
});

test("function page shows charts, versions and errors", async () => {
  const { page, go, finish } = await openPage(server);
  await go("/");
  await page.getByRole("link", { name: "checkout-api", exact: true }).last().click();
  await page.waitForURL(/\/function\?/);
  await waitUntilIdle(page);
  assert.equal(await page.locator("canvas").count(), 6);
  const text = await page.locator("main").innerText();
  const row = summary.functions.find((row) => row.function === "checkout-api");
  for (const version of row.by_version)
    assert.ok(text.includes(grouped(version.invocations)), version.version);
  assert.match(text, /version 41 since 3 Mar 14:20: errors 0.25 % → 3.6 %/);
  assert.match(text, /new in 41\s*TypeError: Cannot read properties of undefined \(reading 'currency'\)/);
  assert.equal((await page.locator(".groups .times").first().innerText()).replace(/\D/g, ""), "156");
  await page.getByRole("region", { name: "Slowest invocations" }).last().getByRole("link").first().click();
  await page.waitForURL(/\/invocation\?key=/);
  await waitUntilIdle(page);
  assert.match(await page.locator("main h1").innerText(), /Invocation/);
  await page.goBack();
  await page.waitForURL(/\/function\?/);
  await waitUntilIdle(page);
  await page.locator(".error-group").first().click();
  await page.waitForURL(/\/invocations\?.*group=/);
  await page.locator("#count", { hasText: "156" }).waitFor();
  await finish();
});

test("invocation page shows log lines in order, details and earlier lines", async () => {
  const { page, go, finish } = await openPage(server);
  await go(`/invocation?key=${failed.key}`);
  const kinds = await page.locator("section[aria-label=Log] .lv").allInnerTexts();
  assert.equal(kinds[0], "START");
  assert.equal(kinds.at(-1), "REPORT");
  assert.ok(kinds.includes("ERROR"));
  const facts = (await page.locator(".facts").innerText()).replace(/\s+/g, " ");
  assert.ok(
    facts.includes(`of ${failed.memory_mb} MB`) && facts.includes(`Version ${failed.version}`),
    facts,
  );
  assert.ok((await page.locator(".before details").count()) > 0);
  await page.getByRole("button", { name: "Expand all" }).click();
  assert.equal(await page.locator("section[aria-label=Log] details:not([open])").count(), 0);
  await page.locator("section[aria-label=Log] pre .k").first().waitFor();
  await go(`/invocation?request=${failed.request_id}`);
  assert.ok((await page.locator("main").innerText()).includes(failed.request_id));
  await finish();
});

test("log search filters by text, function, level, request and time, and has pages", async () => {
  const { page, go, finish } = await openPage(server);
  await go("/logs");
  assert.equal(await page.locator("details.line").count(), 100);
  await page.locator("#more").click();
  await waitFor("two pages", async () => (await page.locator("details.line").count()) === 200);
  const places = await page.locator("details.line").evaluateAll((lines) => lines.map((line) => line.id));
  assert.equal(new Set(places).size, 200, "duplicate lines");
  await page.locator("#f-level").selectOption("error");
  // An update of the page must keep the text that is being typed.
  await page.locator("#f-function").fill("invoice-pdf");
  await page.getByRole("button", { name: "Search" }).click();
  await page.waitForURL(/function=invoice-pdf/);
  await waitUntilIdle(page);
  const functions = await page.locator("details.line .fn").allInnerTexts();
  assert.ok(functions.length >= 4 && functions.every((name) => name === "invoice-pdf"), functions.join());
  await go(`/logs?request=${failed.request_id}`);
  assert.equal(await page.locator("details.line").count(), 5);
  await go("/logs?text=no-such-word-anywhere");
  await page.getByText("No matching lines.").waitFor();
  await go(`/logs?text=TypeError&since=${failed.time_ms - 1000}&until=${failed.time_ms + 1000}`);
  assert.equal(await page.locator("details.line").count(), 1);
  await page.locator("details.line summary").click();
  await page.getByRole("link", { name: "surrounding lines" }).click();
  await page.locator("details.current[open]").waitFor();
  assert.ok((await page.locator("details.line").count()) > 20);
  await finish();
});

test("search results are exported as NDJSON", async () => {
  const { page, go, finish } = await openPage(server);
  await go("/logs?function=checkout-api&level=error");
  const waiting = page.waitForEvent("download");
  await page.getByRole("link", { name: "Export NDJSON" }).click();
  const path = await (await waiting).path();
  const records = readFileSync(path, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  assert.ok(
    records.length > 100 &&
      records.every(
        (record) => record.function === "checkout-api" && ["ERROR", "FATAL"].includes(record.level),
      ),
  );
  await finish();
});

test("cost and error pages agree with the summary", async () => {
  const { page, go, finish } = await openPage(server);
  await go("/cost");
  const byCost = summary.functions.toSorted((a, b) => b.cost_usd - a.cost_usd).map((row) => row.function);
  assert.deepEqual((await names(page)).slice(0, 12), byCost);
  assert.ok((await page.locator(".strip").innerText()).includes(`$${summary.totals.cost_usd.toFixed(3)}`));
  assert.match(await page.locator(".strip").innerText(), /Timeout cost/);
  await go("/errors");
  assert.ok((await page.locator(".groups li").count()) >= 8);
  await page.locator(".function-link").first().click();
  await page.waitForURL(/\/function\?name=checkout-api/);
  await waitUntilIdle(page);
  await page.locator("main table").first().waitFor();
  assert.ok((await cells(page, 1)).length > 0);
  await finish();
});

test("unknown pages, functions and invocations are reported", async () => {
  const { page, go, observed } = await openPage(server);
  await go("/no-such-page");
  await page.getByText("Page not found").waitFor();
  await go("/function?name=nobody");
  await page.getByText("nobody has no invocations in this range").waitFor();
  await go("/invocation?key=00000000000000000000000000000000");
  await page.getByText("The store has no invocation with this id").waitFor();
  assert.ok(
    observed.consoleErrors.every((error) => error.includes("404")),
    observed.consoleErrors.join(),
  );
});

// Screenshots of README.md. Each run creates them; copy them to screenshots/ after a look at them.
test("screenshots of the README", async () => {
  for (const [name, path, colorScheme, height] of [
    ["functions", "/", "dark", 1000],
    ["function", "/function?name=checkout-api", "light", 980],
    ["invocation", `/invocation?key=${failed.key}`, "light", 620],
  ]) {
    const { page, go, finish } = await openPage(server, { colorScheme, viewport: { width: 1280, height } });
    await go(path);
    await page.waitForTimeout(300);
    await screenshot(page, `readme-${name}`);
    await finish();
  }
});

test("first load is smaller than 120 kB", async () => {
  const { page, finish, observed } = await openPage(server);
  const sizes = [];
  page.on("response", async (response) => {
    if (!response.url().includes("/api/"))
      sizes.push(
        response
          .request()
          .sizes()
          .then((size) => size.responseBodySize),
      );
  });
  await page.goto(server.url);
  await waitUntilIdle(page);
  const total = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
  console.log(`page weight: ${total} bytes, ${observed.requests.length} requests`);
  assert.ok(total > 10_000 && total < 120_000, `${total} bytes`);
  await finish();
});
