// Twenty random stores: the terminal, the JSON document and the page show the same numbers.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { after, test } from "node:test";
import { fetchApi, numberOf, openPage, serve, stopAll } from "./fixture.mjs";
import { randomStore } from "./stores.mjs";

/** Columns that the terminal and the page have, by their titles in both. */
const SHARED = {
  INVOCATIONS: "Invocations",
  AVG: "Avg",
  P95: "p95",
  ERRORS: "Errors",
  "COLD STARTS": "Cold starts",
  COST: "Cost",
};

after(stopAll);

const show = (store, ...words) =>
  execFileSync(process.env.TAILWATER, ["show", "--store", store, ...words], {
    env: { ...process.env, COLUMNS: "300" },
    stdio: ["ignore", "pipe", "ignore"],
  }).toString();

/** Text of a cell in one form: the page shows the share of no failure as well. */
const plain = (text) =>
  text
    .replace(/\s+/g, " ")
    .trim()
    .replace(/^0 0 %$/, "0");

/** Rows of the terminal's table by function: cells by title. Titles stand at the right end of their columns. */
function terminalRows(text) {
  const lines = text.split("\n");
  const head = lines.findIndex((line) => line.trimStart().startsWith("FUNCTION"));
  const titles = [...lines[head].matchAll(/\S+(?: \S+)*/g)];
  const rows = new Map();
  for (const line of lines.slice(head + 1)) {
    const cells = line.trim().split(/ {2,}/);
    if (!/^random-/.test(cells[0])) break;
    assert.ok(cells.length > 5, line);
    let from = 0;
    const row = titles.map(([title], at) => {
      // A cell ends where its title ends, except in the first column, which is aligned to the left.
      const next = titles[at + 1];
      const to = at === 0 ? next.index - 1 : titles[at].index + title.length;
      const cell = [...line].slice(from, to).join("");
      from = to;
      return [title, plain(cell)];
    });
    rows.set(cells[0], Object.fromEntries(row));
  }
  return rows;
}

/** Rows of the page's table by function: cells by title. */
const pageRows = (page) =>
  page.evaluate(() => {
    const texts = (cells) => [...cells].map((cell) => cell.innerText);
    const table = document.querySelector("main table");
    const titles = texts(table.querySelectorAll("thead th"));
    return [...table.querySelectorAll("tbody tr")].map((row) => {
      const cells = texts(row.children);
      return [
        row.querySelector(".name").innerText,
        Object.fromEntries(titles.map((title, at) => [title, cells[at]])),
      ];
    });
  });

for (let seed = 1; seed <= 20; seed += 1) {
  test(`numbers of random store ${seed} are the same everywhere`, async () => {
    const { store, summary } = randomStore(seed);
    const server = await serve(store);
    const answered = await fetchApi(server, "/api/v1/summary");
    assert.deepEqual(answered.functions, summary.functions);
    assert.deepEqual(answered.totals, summary.totals);
    assert.deepEqual(JSON.parse(show(store, "--json")).functions, summary.functions);
    const { page, go, finish } = await openPage(server, { viewport: { width: 2560, height: 900 } });
    await go("/");
    const [onTerminal, onPage] = [terminalRows(show(store)), new Map(await pageRows(page))];
    assert.deepEqual([...onPage.keys()].sort(), summary.functions.map((row) => row.function).sort());
    assert.deepEqual([...onTerminal.keys()].sort(), [...onPage.keys()].sort());
    for (const [name, cells] of onTerminal)
      for (const [title, theirs] of Object.entries(SHARED))
        assert.equal(plain(onPage.get(name)[theirs]), cells[title], `${title} of ${name}`);
    // Groups of errors, failures without a line included, add up to the failed invocations.
    const failed = (groups) => groups.reduce((sum, group) => sum + group.failed_invocations, 0);
    assert.equal(failed(summary.insight.errors.groups), summary.totals.errors);
    assert.equal(failed((await fetchApi(server, "/api/v1/errors?limit=100")).errors), summary.totals.errors);
    await go("/errors");
    const counts = page
      .locator(".groups li", { hasNot: page.getByText("handled", { exact: true }) })
      .locator(".times");
    const shown = (await counts.allInnerTexts()).map(numberOf);
    assert.equal(
      shown.reduce((sum, count) => sum + count, 0),
      summary.totals.errors,
    );
    await finish();
    await server.stop();
  });
}
