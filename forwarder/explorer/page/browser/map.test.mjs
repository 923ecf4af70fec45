// Map of functions and resources with 5, 40 and 300 functions: drawing, matrix, tables, questions and changes.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { checkAtAllWidths } from "./all-widths.mjs";
import { openPage, serveDemo, stopAll, waitFor, waitUntilIdle } from "./fixture.mjs";
import { createSystem, LONG_NAMES, mockSystem, openSystem, showing } from "./systems.mjs";

let server;
const [small, medium, large] = [5, 40, 300].map((count) => createSystem(count));

before(async () => {
  ({ server } = await serveDemo());
});

after(stopAll);

/** Waits until the drawing, if the page has one, is there. */
async function drawn(page) {
  await waitUntilIdle(page);
  await page.waitForFunction(() => document.querySelector(".pending") === null, undefined, {
    timeout: 30_000,
  });
}

/** Opens a page whose map is that of a system. */
async function open(path, system, options = {}) {
  const opened = await openSystem(server, system, path, options);
  await drawn(opened.page);
  return opened;
}

const nodes = (page) => page.locator(".map-canvas .node");
const node = (page, name) => page.locator(`.map-canvas .node[data-name=${JSON.stringify(name)}]`);
const panel = (page) => page.locator(".map-panel");
/** Edges of a system that a map without a comparison has. */
const currentEdges = ({ map }) => map.edges.filter(({ change }) => change !== "gone");

for (const [count, system] of [
  [5, small],
  [40, medium],
  [300, large],
]) {
  test(`drawing of ${count} functions has each node and call once, and no node on another`, async () => {
    const { page, finish } = await open("/map", system);
    assert.equal(await nodes(page).count(), system.map.nodes.length);
    assert.equal(await page.locator(".edge-line").count(), currentEdges(system).length);
    const counts = await page.locator("#counts").innerText();
    assert.match(counts, new RegExp(`^${count} functions, `));
    const places = await nodes(page).evaluateAll((all) =>
      all.map((one) =>
        /translate\(([-\d.]+) ([-\d.]+)\)/.exec(one.getAttribute("transform")).slice(1, 3).map(Number),
      ),
    );
    const overlaps = places.flatMap(([x, y], at) =>
      places
        .slice(at + 1)
        .filter(([otherX, otherY]) => Math.abs(x - otherX) < 176 && Math.abs(y - otherY) < 38),
    );
    assert.deepEqual(overlaps, []);
    await finish();
  });
}

test("first view of 300 functions has names of a readable size, and the overview shows where it is", async () => {
  const { page, finish } = await open("/map", large);
  const [shown, size] = await page.evaluate(() => {
    const box = document.querySelector(".map-canvas").getBoundingClientRect();
    const names = [...document.querySelectorAll(".node-large")].map((name) => name.getBoundingClientRect());
    const visible = names.filter(
      (name) =>
        name.left > box.left && name.right < box.right && name.top > box.top && name.bottom < box.bottom,
    );
    return [visible.length, Math.min(...visible.map((name) => name.height))];
  });
  assert.ok(shown > 15, `${shown} names`);
  assert.ok(size >= 9, `names of ${size} px`);
  assert.ok(await page.locator(".map-overview").isVisible());
  await page.getByRole("button", { name: "Fit the map" }).click();
  await waitFor("everything is visible", async () => !(await page.locator(".map-overview").isVisible()));
  await finish();
});

test("arranging 300 functions does not stop the page", async () => {
  const { page, go, finish } = await openPage(server);
  await mockSystem(page, large);
  await page.addInitScript(() => {
    window.longest = 0;
    let last = performance.now();
    setInterval(() => {
      window.longest = Math.max(window.longest, performance.now() - last);
      last = performance.now();
    }, 10);
  });
  const began = Date.now();
  await go("/map");
  await drawn(page);
  const longest = await page.evaluate(() => window.longest);
  console.log(
    `map of 300 functions after ${Date.now() - began} ms, page busy for ${longest.toFixed(0)} ms at most`,
  );
  assert.ok(longest < 1500, `busy for ${longest} ms`);
  await finish();
});

test("a node is found, chosen, and its numbers and calls are shown", async () => {
  const { page, finish } = await open("/map", large);
  const wanted = large.map.nodes.find(
    ({ name, kind }) => kind === "function" && currentEdges(large).some((edge) => edge.to === name),
  );
  await page.locator("#map-search").fill(wanted.name);
  assert.equal(await page.locator(".node.found").first().getAttribute("data-name"), wanted.name);
  const box = await node(page, wanted.name).boundingBox();
  const window = await page.locator(".map-canvas").boundingBox();
  assert.ok(box.x > window.x && box.x + box.width < window.x + window.width, "it is in view");
  await node(page, wanted.name).click();
  const text = (await panel(page).innerText()).replaceAll(/\s+/g, " ");
  assert.ok(text.includes(`Invocations ${wanted.invocations.toLocaleString("en-US")}`), text);
  const callers = currentEdges(large).filter((edge) => edge.to === wanted.name);
  assert.ok(text.includes(`Called by ${callers.length}`), text);
  assert.equal(await page.locator(".edge-line").count(), currentEdges(large).length);
  await panel(page).getByRole("button", { name: callers[0].from }).first().click();
  const evidence = (await panel(page).innerText()).replaceAll(/\s+/g, " ");
  assert.match(evidence, new RegExp(`Confidence ${callers[0].confidence_pct} %`));
  // The address restores the choice.
  await page.reload();
  await drawn(page);
  assert.match(await panel(page).innerText(), /Confidence/);
  await finish();
});

test("a question is sent as it is, and one that cannot be read is marked", async () => {
  const { page, observed } = await open("/map", medium);
  const asked = [];
  page.on("request", (request) => {
    const { pathname, searchParams } = new URL(request.url());
    if (pathname === "/api/v1/map") asked.push(searchParams.get("ask"));
  });
  const { from } = currentEdges(medium)[0];
  await page.locator("#f-ask").fill(`${from} -> *`);
  await page.getByRole("button", { name: "Ask" }).click();
  await page.waitForURL(/ask=/);
  await drawn(page);
  const callees = currentEdges(medium).filter((edge) => edge.from === from);
  assert.equal(await page.locator(".edge-line").count(), callees.length);
  assert.equal(asked.at(-1), `${from} -> *`);
  await page.locator("#f-ask").fill(`${from} calls what`);
  await page.keyboard.press("Enter");
  await page.getByRole("alert").waitFor();
  assert.match(await page.getByRole("alert").innerText(), /expected -> or ->>/);
  assert.equal(await page.locator("#f-ask").inputValue(), `${from} calls what`);
  await page.locator("#f-ask").fill("");
  await page.keyboard.press("Enter");
  await page.locator(".node").first().waitFor();
  assert.equal(await nodes(page).count(), medium.map.nodes.length);
  await page.goto(new URL("/map?of=no-such-function", server.url).href);
  await page.getByText(/the map has no function or resource "no-such-function"/).waitFor();
  await page.getByRole("link", { name: "around no-such-function" }).click();
  await page.locator(".node").first().waitFor();
  assert.ok(observed.consoleErrors.every((error) => /400|404/.test(error)));
});

/** Nodes that are so many calls away from one in the one direction or in the other. */
function reached(system, name, depth) {
  const found = new Set([name]);
  for (const [near, far] of [
    ["from", "to"],
    ["to", "from"],
  ]) {
    let border = [name];
    for (let step = 0; step < depth; step += 1) {
      border = currentEdges(system)
        .filter((edge) => border.includes(edge[near]))
        .map((edge) => edge[far]);
      for (const one of border) found.add(one);
    }
  }
  return found;
}

test("a neighbourhood of one to three calls is shown, with the impact of a failure", async () => {
  const { page, go, finish } = await open("/map", medium);
  const name = medium.functions[1];
  await node(page, name).click();
  await panel(page).getByRole("link", { name: "Neighbourhood" }).click();
  await page.waitForURL(/of=/);
  for (const depth of [1, 2, 3]) {
    await go(`/map?of=${name}&depth=${depth}`);
    await drawn(page);
    assert.equal(await nodes(page).count(), reached(medium, name, depth).size, `depth ${depth}`);
  }
  const impact = (await page.getByRole("region", { name: "Impact of a failure" }).innerText()).replaceAll(
    /\s+/g,
    " ",
  );
  const touched = medium.requests.filter((one) => one.steps.some((step) => step.function === name));
  assert.ok(impact.includes(`${touched.length} requests of this range`), impact);
  assert.ok(impact.includes(`${touched.filter((one) => one.failed).length} failed`), impact);
  await page.getByRole("link", { name: "what depends on it" }).click();
  await page.waitForURL(/direction=upstream/);
  await drawn(page);
  await page.getByRole("link", { name: `around ${name}` }).click();
  await drawn(page);
  assert.equal(await nodes(page).count(), medium.map.nodes.length);
  await finish();
});

test("changes against the time before are marked in words in each view", async () => {
  const { page, finish } = await open("/map", medium);
  const asked = [];
  page.on("request", (request) => asked.push(new URL(request.url())));
  await page.getByRole("link", { name: "The previous period" }).click();
  await page.waitForURL(/compare=before/);
  await drawn(page);
  const { searchParams } = asked.find(({ pathname }) => pathname === "/api/v1/map");
  const [from, beforeFrom, beforeTo] = ["from", "before_from", "before_to"].map((name) =>
    Number(searchParams.get(name)),
  );
  assert.ok(beforeFrom < beforeTo && beforeTo === from, searchParams.toString());
  for (const change of ["new", "gone", "slower", "failing"]) {
    const count = medium.map.edges.filter((edge) => edge.change === change).length;
    assert.ok(count > 0);
    const labels = page.locator(".edge-label", { hasText: new RegExp(`^${change}$`) });
    assert.equal(await labels.count(), count, change);
  }
  await page.getByRole("link", { name: "Tables" }).click();
  await page.waitForURL(/view=table/);
  await drawn(page);
  const gone = medium.map.edges.filter((edge) => edge.change === "gone");
  assert.equal(await page.getByText(/^gone: [\d,]+ calls? before, now none$/).count(), gone.length);
  await finish();
});

test("matrix has a cell for each call between functions, and is walked by keyboard", async () => {
  const { page, go, finish } = await open("/map?view=matrix", large);
  const isFunction = (name) => large.functions.includes(name);
  const between = currentEdges(large).filter(({ from, to }) => isFunction(from) && isFunction(to));
  const cells = page.locator(".matrix .cell");
  assert.equal(await cells.count(), between.length);
  // Each cell stands in the row of its caller and the column of its callee.
  const misplaced = await cells.evaluateAll(
    (all) =>
      all.filter((cell) => {
        const [, from, to] = /^(\S+) calls (\S+): /.exec(cell.getAttribute("aria-label"));
        const box = cell.getBoundingClientRect();
        const titled = (selector, name) =>
          [...document.querySelectorAll(selector)].find((one) => one.title === name).style;
        return (
          box.width === 0 ||
          cell.style.gridRow !== titled(".matrix-row", from).gridRow ||
          cell.style.gridColumn !== titled(".matrix-column", to).gridColumn
        );
      }).length,
  );
  assert.equal(misplaced, 0);
  assert.equal(await page.locator(".cell[tabindex='0']").count(), 1);
  await cells.first().focus();
  await page.keyboard.press("ArrowDown");
  const focused = await page.evaluate(() => document.activeElement.getAttribute("aria-label"));
  assert.match(focused, / calls /);
  await page.keyboard.press("Enter");
  await waitFor("its numbers", async () => /Confidence/.test(await panel(page).innerText()));
  await go("/map?view=matrix&resources=1");
  assert.equal(await cells.count(), currentEdges(large).length);
  await finish();
});

test("tables are sorted by the address and saved with whole values", async () => {
  const { page, finish } = await open("/map?view=table", large);
  const save = async (name) => {
    const waiting = page.waitForEvent("download");
    await page.getByRole("button", { name }).click();
    return readFileSync(await (await waiting).path(), "utf8");
  };
  const saved = JSON.parse(await save("Calls as JSON"));
  const edges = currentEdges(large);
  assert.equal(saved.length, edges.length);
  const pairs = (list) =>
    list.map(({ from, to, calls, errors }) => `${from} ${to} ${calls} ${errors}`).sort();
  assert.deepEqual(pairs(saved), pairs(edges));
  const csv = await save("Functions and resources as CSV");
  assert.equal(csv.trimEnd().split("\r\n").length, large.map.nodes.length + 1);
  await page.locator("#sort-edge_errors").click();
  await drawn(page);
  const first = page.getByRole("region", { name: "Calls" }).last().locator("tbody tr").first();
  const most = Math.max(...edges.map(({ errors }) => errors));
  assert.ok((await first.innerText()).includes(most.toLocaleString("en-US")));
  await finish();
});

test("drawing is moved, zoomed and walked through by mouse and keyboard", async () => {
  const { page, finish } = await open("/map", small);
  const transform = () => page.locator(".map-canvas > g").getAttribute("transform");
  const start = await transform();
  await page.getByRole("button", { name: "Zoom in" }).click();
  assert.notEqual(await transform(), start);
  const window = await page.locator(".map-canvas").boundingBox();
  const zoomed = await transform();
  await page.mouse.move(window.x + 40, window.y + 40);
  await page.mouse.down();
  await page.mouse.move(window.x + 140, window.y + 90, { steps: 5 });
  await page.mouse.up();
  assert.notEqual(await transform(), zoomed);
  // The wheel alone scrolls the page.
  const moved = await transform();
  await page.mouse.wheel(0, 60);
  assert.equal(await transform(), moved);
  await page.keyboard.down("Control");
  await page.mouse.wheel(0, -60);
  await page.keyboard.up("Control");
  await waitFor("it is zoomed", async () => (await transform()) !== moved);
  await page.getByRole("button", { name: "Fit the map" }).click();
  assert.equal(await page.locator(".node[tabindex='0']").count(), 1);
  const edge = currentEdges(small)[0];
  await node(page, edge.from).click();
  await node(page, edge.from).focus();
  await page.keyboard.press("ArrowRight");
  const name = await page.evaluate(() => document.activeElement.dataset.name);
  assert.ok(
    currentEdges(small).some((one) => one.from === edge.from && one.to === name),
    name,
  );
  await page.keyboard.press("Enter");
  await waitFor("its numbers", async () => (await panel(page).innerText()).startsWith(name));
  await finish();
});

test("a store without connections says what gives them", async () => {
  const alone = {
    ...small,
    map: { ...small.map, nodes: small.map.nodes.filter(({ kind }) => kind === "function"), edges: [] },
  };
  const { page, finish } = await open("/map", alone);
  const text = await page.locator(".empty-state").innerText();
  for (const source of ["X-Ray", "correlation_id", "SQS"]) assert.ok(text.includes(source), source);
  await finish();
});

test("the map loads its layout alone, in a script of its own of at most 150 kB", async () => {
  const { page, go, finish } = await openPage(server);
  await mockSystem(page, small);
  const scripts = [];
  page.on("response", (response) => {
    if (response.url().endsWith(".js")) scripts.push([response.url(), response.request().sizes()]);
  });
  await go("/");
  assert.ok(!scripts.some(([url]) => url.includes("layered")));
  await go("/map");
  await drawn(page);
  const [, sizes] = scripts.find(([url]) => url.includes("layered"));
  assert.ok((await sizes).responseBodySize < 150_000);
  await finish();
});

const SCRIPT = `<script>window.owned = 1</script><img src=x onerror="window.owned = 2">`;

test("markup in names and questions has no effect in any view", async () => {
  const hostile = createSystem(5, { names: [SCRIPT, `${SCRIPT} 2`] });
  for (const [view, ask] of [
    ["", ""],
    ["matrix", ""],
    ["table", ""],
    ["", SCRIPT],
  ]) {
    const query = new URLSearchParams({
      view,
      ask,
      select: SCRIPT,
      ...(ask ? {} : { of: SCRIPT, depth: 3 }),
    });
    const { page, observed } = await open(`/map?${query}`, hostile);
    assert.ok((await page.locator("main").innerHTML()).includes("&lt;script&gt;"), view);
    assert.equal(await page.locator("main script, main img").count(), 0);
    assert.equal(await page.evaluate(() => window.owned), undefined);
    assert.ok(observed.consoleErrors.every((error) => error.includes("400")));
    await page.close();
  }
});

test("map is accessible and fits at all widths", async () => {
  const long = createSystem(5, { names: LONG_NAMES });
  const last = encodeURIComponent(LONG_NAMES[1]);
  await checkAtAllWidths(server, {
    "map-5": showing(small, `/map?compare=before&select=${small.functions[1]}`),
    "map-300": showing(large, "/map"),
    "map-of": showing(medium, `/map?of=${medium.functions[1]}&depth=2`),
    "map-long": showing(long, `/map?of=${last}&select=${last}`),
    "matrix-300": showing(large, "/map?view=matrix&compare=before"),
    "map-tables": showing(medium, "/map?view=table&compare=before"),
  });
});
