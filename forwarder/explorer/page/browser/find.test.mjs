// Search box, palette, keys, suggestions and copied commands.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import {
  accessibilityViolations,
  fetchApi,
  openPage,
  screenshot,
  serveDemo,
  stopAll,
  waitFor,
  waitUntilIdle,
} from "./fixture.mjs";

let server;

before(async () => {
  ({ server } = await serveDemo());
});

after(stopAll);

const api = (path) => fetchApi(server, path);

test("keys walk through the rows, open them, and are listed", async () => {
  const { page, go, finish } = await openPage(server);
  await go("/invocations?outcome=failed");
  const links = page.locator("tbody a.name");
  await page.keyboard.press("j");
  await page.keyboard.press("j");
  await page.keyboard.press("j");
  await page.keyboard.press("k");
  const second = await links.nth(1).getAttribute("href");
  assert.equal(await page.evaluate(() => document.activeElement?.getAttribute("href")), second);
  await page.keyboard.press("Enter");
  await page.locator("h1", { hasText: "Invocation" }).waitFor();
  await waitUntilIdle(page);
  assert.equal(new URL(page.url()).pathname, "/invocation");
  await page.keyboard.press("?");
  const keys = page.getByRole("dialog", { name: "Keys" });
  await keys.waitFor();
  assert.match(await keys.innerText(), /Ctrl K/);
  assert.deepEqual(await accessibilityViolations(page), []);
  await screenshot(page, "keys-light-1280");
  await page.keyboard.press("Escape");
  await keys.waitFor({ state: "detached" });
  await finish();
});

test("palette opens functions, pages, ids and queries", async () => {
  const { page, go, finish } = await openPage(server);
  await go("/");
  await page.keyboard.press("Control+k");
  const field = page.getByRole("combobox", { name: "Go to" });
  await field.fill("chekout-api");
  await page.getByRole("option", { name: /checkout-api/ }).waitFor();
  assert.deepEqual(await accessibilityViolations(page), []);
  await screenshot(page, "palette-light-1280");
  await page.keyboard.press("Enter");
  await page.locator("h1", { hasText: "checkout-api" }).waitFor();
  const [one] = (await api("/api/v1/invocations?limit=1")).invocations;
  await page.keyboard.press("Control+k");
  await field.fill(one.request_id.slice(0, 8));
  await page.getByRole("option", { name: new RegExp(one.request_id) }).waitFor();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.getByText(one.request_id).first().waitFor();
  await page.keyboard.press("Control+k");
  await field.fill("cold");
  await page.getByRole("option").filter({ hasText: "query" }).first().click();
  await waitUntilIdle(page);
  assert.equal(new URL(page.url()).pathname, "/query");
  await finish();
});

test("search box finds functions, beginnings of ids, and text", async () => {
  const { page, go, finish } = await openPage(server);
  await go("/");
  const search = async (text) => {
    await page.locator("#search").fill(text);
    await page.locator("#search").press("Enter");
    await waitFor(`the result of ${text}`, async () => new URL(page.url()).pathname !== "/");
    await waitUntilIdle(page);
    const { pathname, searchParams } = new URL(page.url());
    await go("/");
    return [pathname, searchParams];
  };
  const [path, query] = await search("Checkout-API");
  assert.deepEqual([path, query.get("name")], ["/function", "checkout-api"]);
  const [one] = (await api("/api/v1/invocations?limit=1")).invocations;
  const [ofId, id] = await search(one.request_id.slice(0, 13));
  assert.deepEqual([ofId, id.get("key")], ["/invocation", one.key]);
  const [ofText, text] = await search("declined card");
  assert.deepEqual([ofText, text.get("text")], ["/logs", "declined card"]);
  await page.locator("#search").fill("checkout");
  await page.getByRole("option", { name: /checkout-api/ }).waitFor();
  await screenshot(page, "search-light-1280");
  await finish();
});

test("unknown ids and functions offer what resembles them", async () => {
  const { page, go, observed } = await openPage(server);
  const [one] = (await api("/api/v1/invocations?limit=1")).invocations;
  const unknown = `${one.request_id.slice(0, -4)}zzzz`;
  await go(`/invocation?request=${unknown}`);
  await page.getByText("The store has no invocation with this id").waitFor();
  await page.locator(".suggestions a", { hasText: one.request_id }).click();
  await page.locator("h1", { hasText: "Invocation" }).waitFor();
  await go("/function?name=checkout-apy");
  await page.locator(".suggestions a", { hasText: "checkout-api" }).click();
  await page.locator("h1", { hasText: "checkout-api" }).waitFor();
  assert.ok(
    observed.consoleErrors.every((error) => error.includes("404")),
    observed.consoleErrors.join(),
  );
});

test("ids, links and commands are copied", async () => {
  const { page, go, finish } = await openPage(server, { permissions: ["clipboard-read", "clipboard-write"] });
  const [one] = (await api("/api/v1/invocations?outcome=failed&limit=1")).invocations;
  await go(`/invocation?key=${one.key}`);
  const copied = async (name) => {
    await page.getByRole("button", { name, exact: true }).click();
    return page.evaluate(() => navigator.clipboard.readText());
  };
  assert.equal(await copied("Copy request id"), one.request_id);
  assert.equal(await copied("Copy link"), new URL(`/invocation?key=${one.key}`, server.url).href);
  assert.match(await copied("Copy as query"), new RegExp(`tailwater query .*${one.request_id}`, "s"));
  assert.match(await copied("Copy as aws logs command"), /^aws logs filter-log-events --/);
  await go("/invocations?function=checkout-api&outcome=failed");
  const query = await copied("Copy as query");
  assert.match(query, /@function = "checkout-api"/);
  await finish();
});
