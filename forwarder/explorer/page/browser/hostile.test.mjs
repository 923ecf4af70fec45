// Log lines are untrusted input: markup and control characters in them are shown as text and have no effect.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import {
  accessibilityViolations,
  openPage,
  replay,
  screenshot,
  serve,
  stopAll,
  temporaryFolder,
  waitFor,
  waitUntilIdle,
} from "./fixture.mjs";

const SCRIPT = `<script>window.owned = 1</script><img src=x onerror="window.owned = 2"><svg onload="window.owned = 3">`;
const REQUEST = "8f507cfc-1b1e-4c1b-9d36-b0a5e1d2c9aa";
const LINES = [
  `START RequestId: ${REQUEST} Version: 1\n`,
  `${SCRIPT}\n`,
  JSON.stringify({
    level: "ERROR",
    message: SCRIPT,
    [SCRIPT]: SCRIPT,
    errorType: SCRIPT,
    errorMessage: SCRIPT,
  }),
  `\u001b[31mred \u001b[1mbold\u001b[0m plain\u0007 bell \u001b]0;title\u0007\n`,
  `big ${"0123456789abcdef".repeat(65_536)} end\n`,
  `right to left: \u202Eevil\u202C שלום עולם مرحبا\n`,
  `emoji: 👩‍👩‍👧‍👦 🏳️‍🌈 ${"é̂".repeat(40)}\n`,
  `javascript:alert(1) https://evil.example/ \n`,
  `END RequestId: ${REQUEST}\n`,
  `REPORT RequestId: ${REQUEST}\tDuration: 5.00 ms\tBilled Duration: 5 ms\tMemory Size: 128 MB\tMax Memory Used: 64 MB\t\n`,
];

let server;

before(async () => {
  const folder = temporaryFolder();
  const document = {
    messageType: "DATA_MESSAGE",
    owner: "123456789012",
    logGroup: `/aws/lambda/hostile`,
    logStream: "2026/03/04/[1]4426346c2cdf4c54a74d3bd2b929fc44",
    subscriptionFilters: ["all"],
    logEvents: LINES.map((message, index) => ({
      id: String(index),
      timestamp: 1_772_618_400_000 + index,
      message,
    })),
  };
  writeFileSync(join(folder, "hostile.json"), JSON.stringify(document));
  const store = join(folder, "hostile.db");
  replay(store, join(folder, "hostile.json"));
  server = await serve(store);
});

after(async () => {
  await stopAll();
  await server?.stop();
});

const owned = (page) => page.evaluate(() => window.owned);

for (const [name, path] of [
  ["the log", "/logs"],
  ["the errors", "/errors"],
  ["an invocation", `/invocation?request=${REQUEST}`],
  ["a function", "/function?name=hostile"],
  ["a query", `/query?q=${encodeURIComponent("fields @message, errorType | limit 20")}`],
  ["a query by its messages", `/query?q=${encodeURIComponent("stats count(*) by @message")}`],
]) {
  test(`markup in log lines has no effect in ${name}`, async () => {
    const { page, go, finish } = await openPage(server);
    await go(path);
    if (path.startsWith("/query")) await page.locator("#result[data-state=done]").waitFor();
    await page.evaluate(() => {
      for (const line of document.querySelectorAll("details.line")) line.open = true;
      for (const cell of document.querySelectorAll(".cut")) cell.click();
    });
    await page.waitForTimeout(200);
    assert.equal(await owned(page), undefined);
    assert.equal(await page.locator("main script, main img, main svg[onload]").count(), 0);
    assert.ok((await page.locator("main").innerText()).includes("<script>window.owned = "));
    assert.deepEqual(await accessibilityViolations(page), []);
    await screenshot(page, `hostile-${name.replaceAll(" ", "-")}`);
    await finish();
  });
}

test("terminal colours are applied and control characters are shown as symbols", async () => {
  const { page, go, finish } = await openPage(server);
  await go('/logs?text="bold"');
  assert.equal((await page.locator(".ansi-red").first().innerText()).trim(), "red");
  assert.ok((await page.locator(".msg .control").count()) >= 1);
  const text = await page.locator("main").innerText();
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
  assert.ok(!/[\u0007\u001b\u202e]/.test(text), "control characters in the page");
  await go('/logs?text="right to left"');
  const [time, message] = [
    await page.locator(".line time").first().boundingBox(),
    await page.locator(".line .msg").first().boundingBox(),
  ];
  assert.ok(time.x + time.width <= message.x, "text direction changed the order of columns");
  await finish();
});

test("message of one megabyte is cut until the whole message is requested", async () => {
  const { page, go, finish } = await openPage(server);
  const began = Date.now();
  await go("/logs?text=big");
  await page.locator("details.line > summary").first().click();
  assert.ok((await page.locator("details.line pre").innerText()).length < 20_000);
  await page.getByRole("button", { name: /Show all 1,048,\d+ bytes/ }).click();
  await waitFor("the whole message is shown", async () =>
    (await page.locator("details.line pre").textContent()).endsWith(" end\n"),
  );
  assert.ok(Date.now() - began < 10_000);
  await finish();
});

test("markup in a query, a condition, a field and its values has no effect", async () => {
  const { page, go, observed } = await openPage(server);
  await go(`/query?named=${encodeURIComponent(SCRIPT)}&q=${encodeURIComponent(`filter ${SCRIPT}`)}`);
  await page.getByRole("alert").waitFor();
  assert.equal(await owned(page), undefined);
  const search = new URLSearchParams({ where: `errorType = ${JSON.stringify(SCRIPT)}`, facets: "errorType" });
  await go(`/logs?${search}`);
  await page.getByRole("region", { name: "errorType" }).getByText("<script>window.owned").waitFor();
  assert.equal(await page.locator("main script, main img, main svg[onload]").count(), 0);
  assert.equal(await page.locator("details.line").count(), 1);
  await go(`/logs?${new URLSearchParams({ where: SCRIPT, facets: SCRIPT })}`);
  await page.locator("a.condition", { hasText: "<script>" }).waitFor();
  assert.equal(await owned(page), undefined);
  assert.ok(observed.consoleErrors.every((error) => error.includes("400")));
});

test("markup in a function name has no effect", async () => {
  const store = join(temporaryFolder(), "named.db");
  const named = join(temporaryFolder(), "named.log");
  writeFileSync(named, LINES.at(-1));
  replay(store, "--function", SCRIPT, named);
  const other = await serve(store);
  const { page, go, finish } = await openPage(other);
  await go("/");
  assert.equal(await page.locator("main .name").first().innerText(), SCRIPT);
  await page.locator("main .name").first().click();
  await page.waitForURL(/\/function/);
  await waitUntilIdle(page);
  assert.equal(await page.locator("main h1").innerText(), SCRIPT);
  assert.equal(await owned(page), undefined);
  await finish();
  await other.stop();
});
