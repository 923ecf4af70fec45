// Nothing wrong on screen: axes, gaps, times, names, themes, files, and slow or failing servers.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { openPage, serve, serveDemo, stopAll, waitFor, waitUntilIdle } from "./fixture.mjs";
import { drawnLabels, labelFaults, recordLabels } from "./labels.mjs";
import { DAY, manyFunctions, NEWEST, ODD_NAMES, oneFunction, withGap } from "./stores.mjs";

let demo;
let many;
let one;
let gap;

before(async () => {
  demo = (await serveDemo()).server;
  many = await serve(manyFunctions().store);
  one = await serve(oneFunction().store);
  gap = await serve(withGap().store);
});

after(stopAll);

const text = (page, selector) => page.locator(selector).innerText();

for (const font of ["Liberation Sans", "DejaVu Sans", "system-ui"]) {
  test(`axes of counts are whole, and no label is cut, doubled or on another one in ${font}`, async () => {
    for (const [server, path] of [
      [demo, "/"],
      [demo, "/function?name=checkout-api"],
      [demo, "/?range=1h"],
      [one, "/function?name=only"],
      [gap, "/"],
    ]) {
      const { page, go, finish } = await openPage(server);
      await page.addInitScript(recordLabels);
      await page.addInitScript((family) => {
        document.addEventListener("DOMContentLoaded", () =>
          document.documentElement.style.setProperty("--sans", family),
        );
      }, font);
      await go(path);
      await page.locator("canvas").first().waitFor();
      await page.waitForTimeout(150);
      const charts = await drawnLabels(page);
      assert.ok(charts.length > 0);
      assert.deepEqual(charts.flatMap(labelFaults), [], path);
      for (const { title, labels } of charts) {
        const middles = new Map();
        for (const label of labels.filter(({ right }) => right < 60)) {
          assert.ok(!middles.has(label.text), `${title}: ${label.text} twice`);
          middles.set(label.text, label.top);
        }
        if (!/^(Invocations|Errors)/.test(title)) continue;
        const values = [...middles.keys()];
        assert.ok(values.length >= 2 && values.every((value) => /^[\d,]+$/.test(value)), values.join());
      }
      await finish();
    }
  });
}

test("nothing is drawn where nothing ran for three months", async () => {
  const { page, go, finish } = await openPage(gap);
  await go("/function?name=seldom");
  await page.locator("canvas").first().waitFor();
  await page.waitForTimeout(200);
  // Pixels of the colour of a series in the middle of the plot, between the two days with runs.
  const drawn = await page.evaluate(() =>
    [...document.querySelectorAll("section.chart")]
      .filter((card) => /^(Duration|Memory used|Invocations)/.test(card.getAttribute("aria-label")))
      .map((card) => {
        const canvas = card.querySelector("canvas");
        const context = canvas.getContext("2d");
        const { data } = context.getImageData(
          Math.round(canvas.width * 0.4),
          0,
          Math.round(canvas.width * 0.3),
          canvas.height - 24,
        );
        const isColoured = (at) =>
          data[at + 3] > 0 &&
          Math.max(data[at], data[at + 1], data[at + 2]) - Math.min(data[at], data[at + 1], data[at + 2]) >
            40;
        let count = 0;
        for (let at = 0; at < data.length; at += 4) count += isColoured(at) ? 1 : 0;
        return count;
      }),
  );
  assert.deepEqual(drawn, [0, 0, 0]);
  await finish();
});

test("times have their day everywhere, and a range has one name", async () => {
  const { page, go, finish } = await openPage(demo);
  await go("/?range=1h");
  assert.match(
    await text(page, ".shown-range"),
    /^Last 1 h of the data · 4 Mar 2026 08:58 UTC to 4 Mar 2026 09:58 UTC$/,
  );
  assert.match(await text(page, ".strip .stat:first-child"), /in 1 h/);
  assert.equal(await text(page, ".seg [aria-current]"), "1 h");
  await go("/function?name=checkout-api");
  const times = await page
    .getByRole("region", { name: "Slowest invocations" })
    .last()
    .locator(".name")
    .allInnerTexts();
  assert.ok(times.length === 10 && times.every((time) => /^\d+ Mar \d\d:\d\d$/.test(time)), times.join());
  await go("/logs");
  for (const line of await page
    .locator("details.line")
    .all()
    .then((all) => all.slice(0, 5))) {
    const [time, level] = [await line.locator("time").boundingBox(), await line.locator(".lv").boundingBox()];
    assert.ok(time.x + time.width <= level.x, "the level lies on the time");
    const clipped = await line.locator("time").evaluate((node) => node.scrollWidth > node.clientWidth);
    assert.ok(!clipped, "the time is cut");
  }
  await finish();
});

test("fleet shows slow runs by the measure of each function, and new versions", async () => {
  const { page, go, finish } = await openPage(demo);
  await go("/");
  const series = await (await fetch(`${demo.url}api/v1/series?buckets=100`)).json();
  const all = (list) => list.reduce((sum, value) => sum + value, 0);
  const share = ((all(series.slow) / all(series.invocations)) * 100).toFixed(1);
  const slow = page.locator(".stat", { hasText: "Slower than usual" });
  assert.ok((await slow.innerText()).includes(`${share} %`), share);
  assert.ok(Number(share) > 3 && Number(share) < 6, share);
  await page.getByRole("region", { name: "Slower than usual", exact: true }).locator(".plot").focus();
  const readout = page.getByRole("region", { name: "Slower than usual", exact: true }).locator(".readout");
  let found = "";
  for (let step = 0; step < 40 && !found.includes("first run of"); step += 1) {
    await page.keyboard.press("ArrowRight");
    found = await readout.innerText();
  }
  assert.match(found, /first run of checkout-api v41/);
  await finish();
});

test("throttles are left out, p95 is drawn, and memory is not red at 73 %", async () => {
  const { page, go, finish } = await openPage(one);
  await go("/");
  assert.ok(!(await page.locator("thead").innerText()).includes("Throttles"));
  assert.equal(await page.locator(".meter.hot").count(), 0);
  await go("/function?name=only");
  const keys = (title) =>
    page
      .getByRole("region", { name: title, exact: true })
      .locator(".key")
      .evaluateAll((all) => all.map((key) => `${key.textContent}:${/c-(\w+)/.exec(key.className)[1]}`));
  assert.deepEqual(
    (await keys("Duration")).map((key) => key.split(":")[0]),
    ["p50", "p95", "p99", "p100"],
  );
  assert.deepEqual(await keys("Memory used"), ["configured:ink3", "used:accent"]);
  assert.match(await page.getByRole("region", { name: "Memory used" }).innerText(), /73 % of 256 MB/);
  await finish();
});

test("values of a chart are a table too, with files", async () => {
  const { page, go, finish } = await openPage(one);
  await go("/");
  const chart = page.getByRole("region", { name: "Invocations", exact: true });
  await chart.getByText("Table", { exact: true }).click();
  const rows = await chart.locator("tbody tr").allInnerTexts();
  const sum = rows.reduce((all, row) => all + Number(row.split("\t").at(-1)), 0);
  assert.equal(sum, 3);
  const waiting = page.waitForEvent("download");
  await chart.getByRole("button", { name: "Invocations as JSON" }).click();
  const saved = JSON.parse(readFileSync(await (await waiting).path(), "utf8"));
  assert.equal(
    saved.reduce((all, row) => all + row.invocations, 0),
    3,
  );
  assert.equal(saved.length, rows.length);
  await finish();
});

/** Opens the page with an API that answers after `delay` milliseconds. */
async function openSlowly(delay) {
  const opened = await openPage(demo);
  await opened.page.route("**/api/v1/**", async (route) => {
    await new Promise((resolve) => setTimeout(resolve, delay));
    await route.continue().catch(() => undefined);
  });
  await opened.page.goto(demo.url, { waitUntil: "commit" });
  return opened;
}

test("page of a server that is slow shows its outline at once, and never says offline", async () => {
  const { page, finish } = await openSlowly(3000);
  await page.locator(".skeleton").waitFor();
  for (let check = 0; check < 10; check += 1) {
    assert.match(await text(page, ".live"), /connecting|connected/);
    await page.waitForTimeout(50);
  }
  await waitUntilIdle(page);
  assert.equal(await page.locator(".skeleton").count(), 0);
  assert.equal(await text(page, ".live"), "connected");
  // Another page, too, has its outline, not the content of the one before.
  await page.getByRole("link", { name: "Cost", exact: true }).click();
  await page.locator(".skeleton").waitFor();
  await finish();
});

test("first paint does not wait for the server's answers", async () => {
  const paints = [];
  // A machine that is busy delays single rounds.
  for (let round = 0; round < 8 && (paints.at(-1) ?? 300) >= 300; round += 1) {
    const { page, finish } = await openSlowly(60_000);
    const paint = () => performance.getEntriesByName("first-contentful-paint")[0]?.startTime;
    await page.waitForFunction(paint);
    assert.equal(await page.locator("main .skeleton").count(), 1);
    paints.push(await page.evaluate(paint));
    await finish();
  }
  console.log(`first paint: ${Math.min(...paints).toFixed(0)} ms`);
  assert.ok(Math.min(...paints) < 300, `first paint after ${paints.join(", ")} ms`);
});

test("page of a server that fails says so and can be tried again", async () => {
  const { page, observed } = await openPage(demo);
  let mode = "500";
  await page.route("**/api/v1/summary**", (route) =>
    mode === "500"
      ? route.fulfill({ status: 500, json: { status: 500, title: "", detail: "the disk is gone" } })
      : mode === "abort"
        ? route.abort()
        : route.continue(),
  );
  await page.goto(demo.url);
  await page.getByText("the disk is gone").waitFor();
  mode = "abort";
  await page.getByRole("button", { name: "Try again" }).click();
  await page.getByText(/The server does not answer .* Is `tailwater serve` still running\?/).waitFor();
  mode = "works";
  await page.getByRole("button", { name: "Try again" }).click();
  await page.getByRole("heading", { name: "Functions" }).waitFor();
  assert.ok(observed.consoleErrors.every((error) => /Failed to load resource/.test(error)));
});

test("theme and time zone are chosen and kept", async () => {
  const { page, go, finish } = await openPage(demo, { colorScheme: "light", timezoneId: "Asia/Kolkata" });
  await page.addInitScript(recordLabels);
  await go("/?range=1h");
  const background = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  assert.equal(await background(), "rgb(246, 247, 249)");
  await page.getByText("Display", { exact: true }).click();
  await page.getByLabel("Dark").check();
  assert.equal(await background(), "rgb(13, 18, 23)");
  await page.getByLabel("Local time").check();
  await waitFor("local times", async () => (await text(page, ".shown-range")).includes("UTC+5:30"));
  await page.keyboard.press("Escape");
  assert.equal(await page.evaluate(() => document.activeElement?.textContent), "Display");
  await go("/?range=1h");
  assert.equal(await background(), "rgb(13, 18, 23)");
  assert.match(await text(page, ".shown-range"), /4 Mar 2026 14:28 UTC\+5:30 to 4 Mar 2026 15:28 UTC\+5:30/);
  await page.locator("canvas").first().waitFor();
  await page.waitForTimeout(150);
  const labels = (await drawnLabels(page))[0].labels.map((label) => label.text);
  assert.ok(
    labels.some((label) => /(14|15):\d\d$/.test(label)),
    labels.join(),
  );
  await page.locator(".custom > summary").click();
  assert.equal(await page.locator(".custom-form input[name=until]").inputValue(), "2026-03-04T15:28:58");
  await page.getByRole("button", { name: "Show", exact: true }).click();
  await page.waitForURL(/since=\d+/);
  const since = Number(new URL(page.url()).searchParams.get("since"));
  assert.equal(new Date(since).toISOString().slice(0, 16), "2026-03-04T08:58");
  await finish();
});

test("long names keep their end, and are whole on focus", async () => {
  const { page, go, finish } = await openPage(many);
  await go("/?filter=HandleOrder");
  const names = page.locator("tbody .name");
  assert.deepEqual((await names.allInnerTexts()).sort(), ODD_NAMES.slice(0, 2).sort());
  for (const name of await names.all()) {
    const [head, tail] = [name.locator(".head"), name.locator("span").last()];
    assert.ok(await head.evaluate((node) => node.scrollWidth > node.clientWidth), "the beginning is cut");
    assert.equal((await tail.innerText()).length, 12);
    const [cell, end] = [await name.boundingBox(), await tail.boundingBox()];
    assert.ok(end.x + end.width <= cell.x + cell.width + 1, "the end is visible");
    await name.focus();
    assert.equal(await text(page, "#tip"), await name.innerText());
  }
  await finish();
});

test("tables are saved with whole values, and formulas in names do nothing", async () => {
  const { page, go, finish } = await openPage(many);
  await go("/");
  const save = async (kind) => {
    const waiting = page.waitForEvent("download");
    await page.getByRole("button", { name: `Functions as ${kind}` }).click();
    return readFileSync(await (await waiting).path(), "utf8");
  };
  const csv = await save("CSV");
  assert.equal(csv.trimEnd().split("\r\n").length, 401);
  assert.ok(csv.includes("'=HYPERLINK(1),"), "a formula");
  const rows = JSON.parse(await save("JSON"));
  assert.equal(rows.length, 400);
  const { functions } = await (await fetch(`${many.url}api/v1/summary`)).json();
  for (const name of ODD_NAMES) {
    const [row, known] = [rows, functions].map((list) => list.find((one) => one.function === name));
    assert.deepEqual(
      [row.invocations, row.duration_p95_ms, row.cost_usd, row.last_start_ms],
      [known.invocations, known.duration_ms.p95, known.cost_usd, known.last_start_ms],
      name,
    );
  }
  await finish();
});

test("tables that are wider than the window are scrolled, not cut, and say so by a shadow", async () => {
  const { page, go, finish } = await openPage(many, { viewport: { width: 768, height: 900 } });
  await go("/");
  const scroll = page.locator(".scroll").first();
  const [inner, outer] = await scroll.evaluate((node) => [node.scrollWidth, node.clientWidth]);
  assert.ok(inner > outer);
  assert.match(await scroll.evaluate((node) => getComputedStyle(node).backgroundAttachment), /local.*scroll/);
  await scroll.focus();
  await page.keyboard.press("ArrowRight");
  await waitFor("it scrolls by keyboard", () => scroll.evaluate((node) => node.scrollLeft > 0));
  await finish();
});

test("times of another year have their year", async () => {
  const { page, go, finish } = await openPage(gap);
  await go(`/function?name=seldom&until=${NEWEST - 80 * DAY}`);
  const first = page.getByRole("region", { name: "Slowest invocations" }).last().locator(".name").first();
  assert.match(await first.innerText(), /^\d+ Dec( 2025)? \d\d:\d\d$/);
  await finish();
});

test("an unknown function offers those with a similar name", async () => {
  const { page, go, finish } = await openPage(demo);
  await go("/function?name=checkout-service");
  await page.getByText("checkout-service has no invocations in this range").waitFor();
  await page.getByRole("link", { name: "checkout-api" }).click();
  await page.waitForURL(/name=checkout-api/);
  await finish();
});
