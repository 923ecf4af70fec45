// Fixture of the browser tests: servers with a store of their own, and browser pages that record requests and errors.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { toIndexed } from "./png.mjs";

export const DEMO = join(import.meta.dirname, "../../../../tests/demo");
const PROGRAM = process.env.TAILWATER;
export const SHOTS = process.env.SHOTS;
const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--disable-lcd-text",
];

/** Creates a folder that is removed when the process exits. */
export function temporaryFolder() {
  const path = mkdtempSync(join(tmpdir(), "tailwater-page-"));
  process.on("exit", () => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** Loads `paths` into a store; returns the JSON summary. */
export function replay(store, ...paths) {
  const out = execFileSync(PROGRAM, ["replay", "--json", "--store", store, ...paths], {
    timeout: 60_000,
    maxBuffer: 64 << 20,
    stdio: ["ignore", "pipe", "ignore"],
  });
  return JSON.parse(out.toString());
}

const children = new Set();
process.on("exit", () => {
  for (const child of children) child.kill("SIGKILL");
});

/** Starts the program in the background. */
export function startProgram(...flags) {
  const child = spawn(PROGRAM, flags, { stdio: ["pipe", "ignore", "pipe"] });
  children.add(child);
  const stop = () =>
    new Promise((resolve) => {
      children.delete(child);
      child.once("exit", resolve);
      if (child.exitCode !== null) resolve(child.exitCode);
      child.kill("SIGINT");
    });
  return { child, stop };
}

/** Starts a server on a free port. */
export async function serve(store, ...flags) {
  const { child, stop } = startProgram("serve", "--store", store, "--addr", "127.0.0.1:0", ...flags);
  const url = await new Promise((resolve, reject) => {
    let output = "";
    child.stderr.on("data", (chunk) => {
      output += chunk;
      const address = /http:\/\/[\d.:]+\//.exec(output);
      if (address) resolve(address[0]);
    });
    child.once("exit", () => reject(new Error(output)));
  });
  return { url, stop, pid: child.pid };
}

/** Loads the demo into a store of its own, with the default name; returns its path and the JSON summary. */
export function demoStore() {
  const store = join(temporaryFolder(), "tailwater.db");
  return { store, summary: replay(store, DEMO) };
}

/** Serves the demo; returns the server, the store's path, and the JSON summary. */
export async function serveDemo() {
  const { store, summary } = demoStore();
  return { server: await serve(store), store, summary };
}

/** Answer of the server's API, as JSON. */
export async function fetchApi(server, path) {
  return (await fetch(new URL(path, server.url))).json();
}

/** First number of a text: `453 2.5 %` is 453. */
export const numberOf = (text) => Number(/[\d,]+/.exec(text)[0].replaceAll(",", ""));

let browser;

export async function launchBrowser() {
  browser ??= await chromium.launch({ executablePath: process.env.CHROMIUM, args: FLAGS });
  return browser;
}

/** Closes the browser and stops all programs. */
export async function stopAll() {
  await browser?.close();
  browser = undefined;
  for (const child of children) child.kill("SIGKILL");
}

/** First headline figure, the number of invocations; 0 if the page has none. */
export async function firstStat(page) {
  return page.evaluate(() => document.querySelector(".strip .stat dd")?.firstChild?.textContent ?? "0");
}

/**
 * Opens a browser page; `finish` checks that it sent requests only to the server, and logged no errors but those that match
 * a pattern.
 */
export async function openPage(server, options = {}) {
  const context = await (await launchBrowser()).newContext({
    viewport: { width: 1280, height: 860 },
    ...options,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  const observed = { requests: [], consoleErrors: [] };
  page.on("request", (request) => observed.requests.push(request.url()));
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning")
      observed.consoleErrors.push(message.text());
  });
  page.on("pageerror", (error) => observed.consoleErrors.push(error.message));
  const go = async (path) => {
    await page.goto(new URL(path, server.url).href);
    await waitUntilIdle(page);
  };
  const finish = async (expected) => {
    const foreign = observed.requests.filter(
      (url) => !url.startsWith(server.url) && !/^(data|blob):/.test(url),
    );
    assert.deepEqual(foreign, [], "requests to other servers");
    const errors = observed.consoleErrors.filter((error) => !expected?.test(error));
    assert.deepEqual(errors, []);
    await context.close();
  };
  return { page, go, finish, observed };
}

/** Waits until the page has loaded its data. */
export async function waitUntilIdle(page) {
  await page.waitForFunction(
    () => document.querySelector("main > *") && !document.documentElement.hasAttribute("data-busy"),
  );
}

/** Saves a screenshot if SHOTS names a folder. */
export async function screenshot(page, name, options = {}) {
  if (!SHOTS) return;
  mkdirSync(SHOTS, { recursive: true });
  writeFileSync(join(SHOTS, `${name}.png`), toIndexed(await page.screenshot(options)));
}

const AXE = readFileSync(join(import.meta.dirname, "../node_modules/axe-core/axe.min.js"), "utf8");

/** Serious accessibility violations that axe-core finds by all rules of WCAG 2.1 AA, or by those with the given ids. */
export async function accessibilityViolations(page, rules) {
  const options = rules
    ? { type: "rule", values: rules }
    : { type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"] };
  // The content security policy forbids foreign scripts, but does not apply to the debugger.
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(AXE);
  const found = await page.evaluate((runOnly) => window.axe.run(document, { runOnly }), options);
  const serious = found.violations.filter(
    (violation) => violation.impact === "serious" || violation.impact === "critical",
  );
  return serious.map(
    (violation) =>
      `${violation.id}: ${violation.nodes
        .map((node) => `${node.target} (${node.failureSummary})`)
        .slice(0, 3)
        .join("; ")}`,
  );
}

/** Waits until `check` holds; fails with a description of what was expected. */
export async function waitFor(expected, check, timeout = 10_000) {
  const end = Date.now() + timeout;
  for (;;) {
    if (await check()) return;
    if (Date.now() > end) throw new Error(`not within ${timeout} ms: ${expected}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
