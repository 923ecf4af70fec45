// Query page: editor, deep links, results and named queries.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { after, before, test } from "node:test";
import { openPage, serveDemo, stopAll, waitFor } from "./fixture.mjs";

let server;
let store;
/** Functions and their text REPORT lines, the most first. */
let reported;

before(async () => {
  ({ server, store } = await serveDemo());
  reported = (await ask(BY_FUNCTION)).rows;
  assert.ok(reported.length > 5);
});

after(stopAll);

const REPORTS = 'filter @type = "REPORT"';
const BY_FUNCTION = `${REPORTS} | stats count(*) as runs by @function | sort runs desc`;
const address = (q, more = {}) => `/query?${new URLSearchParams({ q, ...more })}`;
const ask = async (q, more = {}) =>
  (await fetch(`${server.url}api/v1/query?${new URLSearchParams({ q, ...more })}`)).json();

/** State of the result: `running`, `done`, `failed` or `cancelled`. */
async function reaches(page, state) {
  await page.locator(`#result[data-state=${state}]`).waitFor({ state: "attached" });
}

const text = (page) =>
  page
    .locator("#query-editor .cm-line")
    .evaluateAll((lines) => lines.map((line) => line.innerText).join("\n"));
const rows = async (page) =>
  (await page.locator("#result tbody tr").allInnerTexts()).map((row) => row.split("\t"));
const focused = (page) => page.evaluate(() => document.activeElement?.id);
const labels = (page) => page.locator("#query-editor .cm-completionLabel").allInnerTexts();

test("a query is written, completed, run and left by keyboard alone", async () => {
  const { page, go, finish } = await openPage(server);
  await go("/query");
  for (let step = 0; step < 40 && (await focused(page)) !== "query-editor"; step += 1)
    await page.keyboard.press("Tab");
  assert.equal(await focused(page), "query-editor");
  await page.keyboard.type("sta", { delay: 30 });
  await waitFor("commands are offered", async () => (await labels(page))[0] === "stats");
  await page.waitForTimeout(150);
  await page.keyboard.press("Enter");
  await page.keyboard.type("coun", { delay: 30 });
  await waitFor("functions are offered", async () => (await labels(page)).includes("countDistinct"));
  await page.waitForTimeout(150);
  await page.keyboard.press("Escape");
  await waitFor("the list is closed", async () => (await labels(page)).length === 0);
  await page.keyboard.type("t(*) as n by @func", { delay: 30 });
  await waitFor("fields are offered", async () => (await labels(page))[0] === "@function");
  await page.waitForTimeout(150);
  await page.keyboard.press("Tab");
  assert.equal(await text(page), "stats count(*) as n by @function");
  await page.keyboard.press("Control+Enter");
  await reaches(page, "done");
  assert.equal(new URL(page.url()).searchParams.get("q"), "stats count(*) as n by @function");
  assert.equal((await rows(page)).length, 12);
  assert.equal(await focused(page), "query-editor", "the editor keeps the focus");
  await page.keyboard.type(" | limit 2");
  await page.keyboard.press("Control+Enter");
  await waitFor("two rows", async () => (await rows(page)).length === 2);
  await page.keyboard.press("Tab");
  assert.equal(await focused(page), "run", "Tab leaves the editor");
  await page.keyboard.press("Shift+Tab");
  await page.keyboard.type("/");
  assert.equal(await focused(page), "query-editor", "a slash is text in the editor");
  await finish();
});

test("Ctrl+Space offers fields with their share of the events", async () => {
  const { page, go, finish } = await openPage(server);
  await go("/query");
  await page.locator("#query-editor .cm-content").click();
  await page.keyboard.type("filter ");
  await page.keyboard.press("Control+Space");
  const known = (await (await fetch(`${server.url}api/v1/query/fields`)).json()).fields;
  const option = page.locator("#query-editor li", { hasText: "@duration" }).first();
  const share = Math.round(known.find(({ name }) => name === "@duration").share * 100);
  assert.ok(share > 0);
  await page.keyboard.type("@dura", { delay: 30 });
  assert.equal((await option.innerText()).replace(/\s+/g, " "), `@duration ${share} %`);
  await page.waitForTimeout(150);
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Escape");
  assert.deepEqual(await labels(page), []);
  await finish();
});

test("tokens have colours of their own", async () => {
  const { page, go, finish } = await openPage(server);
  await go(address(`filter @message like /err/ and a = "b" | stats count(*) by bin(1h) # c\n| limit 3`));
  for (const [kind, expected] of [
    ["command", ["filter", "stats", "limit"]],
    ["function", ["count", "bin"]],
    ["regex", ["/err/"]],
    ["text", ['"b"']],
    ["number", ["3"]],
    ["comment", ["# c"]],
  ])
    assert.deepEqual(await page.locator(`#query-editor .t-${kind}`).allInnerTexts(), expected, kind);
  const colours = await page
    .locator(
      "#query-editor .t-command, #query-editor .t-function, #query-editor .t-text, #query-editor .t-regex",
    )
    .evaluateAll((tokens) => [...new Set(tokens.map((token) => getComputedStyle(token).color))]);
  assert.equal(colours.length, 4, "the style sheet of the editor applies");
  await finish();
});

test("an address runs its query, and back and forward restore it", async () => {
  const { page, go, finish } = await openPage(server);
  await go(address(BY_FUNCTION));
  await reaches(page, "done");
  assert.deepEqual(
    await rows(page),
    reported.map(([name, runs]) => [name, String(runs)]),
  );
  assert.equal(await text(page), BY_FUNCTION);
  assert.match(
    await page.locator(".result-head .count").innerText(),
    new RegExp(`^${reported.length} rows · [\\d,]+ events read in `),
  );
  await page.locator("#query-editor .cm-content").click();
  await page.keyboard.press("Control+End");
  await page.keyboard.type(" | limit 1");
  await page.locator("#run").click();
  await waitFor("one row", async () => (await rows(page)).length === 1);
  await page.goBack();
  await waitFor("all rows", async () => (await rows(page)).length === reported.length);
  assert.equal(await text(page), BY_FUNCTION);
  await page.goForward();
  await waitFor("one row again", async () => (await rows(page)).length === 1);
  assert.equal(await text(page), `${BY_FUNCTION} | limit 1`);
  await page.locator("#query-editor .cm-content").click();
  await page.keyboard.press("Control+End");
  await page.keyboard.type(" # edited");
  await page.getByRole("link", { name: "1 h", exact: true }).click();
  await page.waitForURL(/range=1h/);
  await reaches(page, "done");
  const status = await (await fetch(`${server.url}api/v1/status`)).json();
  const hour = await ask(`${BY_FUNCTION} | limit 1`, { since: status.last_ms + 1 - 3_600_000 });
  assert.equal(await text(page), `${BY_FUNCTION} | limit 1 # edited`, "another range keeps what is written");
  await waitFor("the last hour", async () => (await rows(page))[0]?.[1] === String(hour.rows[0][1]));
  await finish();
});

test("an error is underlined and its suggestion mends the query", async () => {
  const { page, go, observed } = await openPage(server);
  await go(address(`${REPORTS}\n| stat count(*) as n by @function`));
  await reaches(page, "failed");
  assert.equal(await page.locator("#query-editor .t-error").innerText(), "stat");
  const alert = page.getByRole("alert");
  assert.match(await alert.innerText(), /line 2, column 3: unknown command `stat`/);
  await alert.getByRole("button", { name: "Use stats" }).click();
  assert.equal(await page.locator("#query-editor .t-error").count(), 0);
  await page.keyboard.press("Control+Enter");
  await reaches(page, "done");
  assert.equal((await rows(page)).length, reported.length);
  await go(address("filter"));
  await reaches(page, "failed");
  assert.equal(await page.locator("#query-editor .t-error").innerText(), "r", "the end of the query");
  assert.deepEqual(
    observed.consoleErrors.filter((error) => !error.includes("400")),
    [],
  );
});

test("a running query is cancelled by its button, by a new run and by leaving", async () => {
  const { page, go, finish } = await openPage(server);
  const aborted = [];
  page.on("requestfailed", (request) => aborted.push(new URL(request.url()).searchParams.get("q")));
  await page.route(/api\/v1\/query\?.*slow/, () => {});
  await go(address("limit 3 # slow 1"));
  await reaches(page, "running");
  await page.getByText("The query is running").waitFor();
  await page.locator("#cancel").click();
  await reaches(page, "cancelled");
  await waitFor("the request is aborted", () => aborted.join() === "limit 3 # slow 1");
  await page.getByRole("button", { name: "Run again" }).click();
  await reaches(page, "running");
  await page.locator("#query-editor .cm-content").click();
  await page.keyboard.press("Control+End");
  await page.keyboard.type("2");
  await page.keyboard.press("Control+Enter");
  await waitFor("the new run aborts the old one", () => aborted.length === 2);
  await page.getByRole("link", { name: "Errors", exact: true }).click();
  await waitFor("leaving aborts", () => aborted.at(-1) === "limit 3 # slow 12");
  await finish();
});

test("results are drawn where they suit a chart", async () => {
  const { page, go, finish } = await openPage(server);
  await go(address(`${REPORTS} | stats count(*) as runs by bin(1h)`));
  await reaches(page, "done");
  await page.locator("#result canvas").waitFor();
  await page.locator("#result .plot").focus();
  await page.keyboard.press("ArrowRight");
  const answer = await ask(`${REPORTS} | stats count(*) as runs by bin(1h)`);
  assert.match(
    await page.locator("#result .readout").innerText(),
    new RegExp(`^3 Mar 2026 \\d\\d:00 UTC · runs ${answer.rows[0][1]}$`),
  );
  await go(address(BY_FUNCTION));
  await reaches(page, "done");
  assert.equal(await page.locator("#result .bars li").count(), reported.length);
  await go(address("fields @timestamp, @message | limit 5"));
  await reaches(page, "done");
  assert.equal(await page.locator("#result .chart").count(), 0);
  await finish();
});

test("rows sort, long cells open, and links lead to the line and the invocation", async () => {
  const { page, go, finish } = await openPage(server);
  const q = `${REPORTS} | fields @timestamp, @requestId, @duration, @message | limit 300`;
  await go(address(q));
  await reaches(page, "done");
  assert.equal(await page.locator("#result tbody tr").count(), 200);
  await page.locator("#more-rows").click();
  assert.equal(await page.locator("#result tbody tr").count(), 300);
  await page.locator("#result thead button", { hasText: "@duration" }).click();
  const column = (await page.locator("#result thead th").allInnerTexts()).findIndex((name) =>
    name.startsWith("@duration"),
  );
  const values = (await rows(page)).map((row) => Number(row[column]));
  assert.deepEqual(
    values,
    values.toSorted((a, b) => b - a),
  );
  assert.match(await page.evaluate(() => document.activeElement?.textContent ?? ""), /@duration/);
  const cut = page.locator("#result .cut").first();
  await cut.click();
  const whole = await page.locator("#result .whole-cell").innerText();
  assert.ok(whole.length > 90 && whole.startsWith("REPORT RequestId: "), whole);
  await page.locator("#result .row-links").first().getByRole("link", { name: "line" }).click();
  await page.locator("details.current[open]").waitFor();
  await page.goBack();
  await reaches(page, "done");
  await page.locator("#result .row-links").first().getByRole("link", { name: "invocation" }).click();
  await page.waitForURL(/\/invocation\?request=/);
  await page.locator(".facts").waitFor();
  await finish();
});

test("SQL has its own editor text, tables and results", async () => {
  const { page, go, finish } = await openPage(server);
  await go(address(BY_FUNCTION));
  await page.getByRole("link", { name: "SQL", exact: true }).click();
  await page.waitForURL(/language=sql/);
  await page.getByRole("heading", { name: "Tables" }).waitFor();
  await page.locator("#query-editor .cm-content").click();
  await page.keyboard.type(
    "SELECT function, count(*) AS n FROM invocations GROUP BY function ORDER BY n DESC ",
  );
  await page.keyboard.press("Control+Enter");
  await reaches(page, "done");
  const { functions } = await (await fetch(`${server.url}api/v1/summary`)).json();
  const shown = (await rows(page)).map((row) => row.slice(-2).join(" "));
  const expected = functions.map((row) => `${row.function} ${row.invocations}`);
  assert.deepEqual(shown.toSorted(), expected.toSorted());
  await page.getByRole("link", { name: "Logs Insights" }).click();
  await waitFor("the other text is restored", async () => (await text(page)) === BY_FUNCTION);
  await finish();
});

test("named queries run, and their parameters are filled in", async () => {
  const { page, go, finish } = await openPage(server);
  await go("/query");
  const side = page.getByRole("navigation", { name: "Named queries" });
  const { queries } = await (await fetch(`${server.url}api/v1/query/named`)).json();
  assert.equal(await side.locator("li a").count(), queries.length);
  await side.locator("details").evaluateAll((groups) => {
    for (const group of groups) group.open = true;
  });
  await side.locator("a", { has: page.locator("b", { hasText: /^percentiles$/ }) }).click();
  await page.waitForURL(/named=percentiles/);
  await reaches(page, "done");
  assert.ok((await rows(page)).length > 0);
  const request = await page.evaluate(async () => {
    const q = 'filter @type = "REPORT" | fields @requestId | limit 1';
    return (await (await fetch(`/api/v1/query?q=${encodeURIComponent(q)}`)).json()).rows[0][0];
  });
  await go("/query?named=request");
  await page.getByText("Fill in the parameters").waitFor();
  await page.getByLabel("ID", { exact: true }).fill(request);
  await page.getByRole("button", { name: "Fill in and run" }).click();
  await reaches(page, "done");
  assert.ok((await text(page)).includes(`"${request}"`));
  assert.ok((await rows(page)).length >= 2);
  await finish();
});

test("link and command are copied, and the command gives the same rows", async () => {
  const { page, go, finish } = await openPage(server, { permissions: ["clipboard-read", "clipboard-write"] });
  const q = `filter @message like /it's|"x"|\\$HOME|\`/ or @type = 'REPORT'\n| stats count(*) as n by @function`;
  await go(address(q, { since: "1772532000970", until: "1772560000000" }));
  await reaches(page, "done");
  const copied = () => page.evaluate(() => navigator.clipboard.readText());
  await page.getByRole("button", { name: "Copy link" }).click();
  await page.getByRole("button", { name: "Copied" }).waitFor();
  assert.equal(await copied(), page.url());
  await page.getByRole("button", { name: "Copy command" }).click();
  await waitFor("the command is copied", async () => (await copied()).startsWith("tailwater query "));
  const command = (await copied()).replace("tailwater", '"$TAILWATER"');
  const out = execFileSync("sh", ["-c", `${command} --format json`], { cwd: dirname(store) });
  const shown = (await rows(page)).map(([name, n]) => ({ "@function": name, n: Number(n) }));
  assert.deepEqual(JSON.parse(out.toString()), shown);
  await finish();
});

test("results are downloaded as CSV and JSON", async () => {
  const { page, go, finish } = await openPage(server);
  await go(address(BY_FUNCTION));
  await reaches(page, "done");
  const download = async (name) => {
    const waiting = page.waitForEvent("download");
    await page.getByRole("button", { name, exact: true }).click();
    return readFileSync(await (await waiting).path(), "utf8");
  };
  const csv = await download("CSV");
  assert.equal(
    csv,
    ["@function,runs", ...reported.map((row) => row.join(","))].map((line) => `${line}\r\n`).join(""),
  );
  assert.deepEqual(
    JSON.parse(await download("JSON")),
    reported.map(([name, runs]) => ({ "@function": name, runs })),
  );
  await finish();
});

test("without rows and with remarks the result says so", async () => {
  const { page, go, finish } = await openPage(server);
  await go(address('filter @message = "nothing is so"'));
  await reaches(page, "done");
  await page.getByText("No rows").waitFor();
  // bin(300s) is one minute, as in CloudWatch, and the server says so.
  await go(address("stats count(*) by bin(300s) | limit 3"));
  await reaches(page, "done");
  assert.ok((await page.locator(".remarks li").count()) > 0);
  await go(address("fields @timestamp, @message | sort @timestamp desc"));
  await page.getByText(/^first 1,000 of [\d,]+ rows/).waitFor();
  await page.getByRole("button", { name: "Load up to 10,000" }).click();
  await page.getByText(/^first 10,000 of [\d,]+ rows/).waitFor();
  await finish();
});
