// What every test stands on: a server over a store of its own, and a browser that notes all it asks for.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { small } from "./png.mjs";

export const DEMO = join(import.meta.dirname, "../../../tests/demo");
const PROGRAM = process.env.TAILWATER;
export const SHOTS = process.env.SHOTS;
const FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-lcd-text"];

/** A folder that is gone with the process. */
export function folder() {
  const path = mkdtempSync(join(tmpdir(), "tailwater-page-"));
  process.on("exit", () => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** Reads `paths` into a store; gives the document of `--json`. */
export function replay(store, ...paths) {
  const out = execFileSync(PROGRAM, ["replay", "--json", "--store", store, ...paths], { timeout: 60_000, maxBuffer: 64 << 20, stdio: ["ignore", "pipe", "ignore"] });
  return JSON.parse(out.toString());
}

const children = new Set();
process.on("exit", () => children.forEach((child) => child.kill("SIGKILL")));

/** Starts a program that goes on until it is stopped. */
export function start(...flags) {
  const child = spawn(PROGRAM, flags, { stdio: ["pipe", "ignore", "pipe"] });
  children.add(child);
  const stop = () =>
    new Promise((done) => {
      children.delete(child);
      child.once("exit", done);
      if (child.exitCode !== null) done(child.exitCode);
      child.kill("SIGINT");
    });
  return { child, stop };
}

/** Serves a store on a free port. */
export async function serve(store, ...flags) {
  const { child, stop } = start("serve", "--store", store, "--addr", "127.0.0.1:0", ...flags);
  const url = await new Promise((found, failed) => {
    let said = "";
    child.stderr.on("data", (piece) => {
      said += piece;
      const address = /http:\/\/[\d.:]+\//.exec(said);
      if (address) found(address[0]);
    });
    child.once("exit", () => failed(new Error(said)));
  });
  return { url, stop, pid: child.pid };
}

let browser;

export async function open() {
  browser ??= await chromium.launch({ executablePath: process.env.CHROMIUM, args: FLAGS });
  return browser;
}

/** Ends everything that was started. */
export async function close() {
  await browser?.close();
  browser = undefined;
  for (const child of children) child.kill("SIGKILL");
}

/** The first number above the charts: the invocations; 0 while there is none. */
export async function firstStat(page) {
  return page.evaluate(() => document.querySelector(".strip .stat dd")?.firstChild?.textContent ?? "0");
}

/** A tab whose page must ask nobody but the server, and complain of nothing. */
export async function tab(server, options = {}) {
  const context = await (await open()).newContext({ viewport: { width: 1280, height: 860 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  const noted = { requests: [], complaints: [] };
  page.on("request", (request) => noted.requests.push(request.url()));
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") noted.complaints.push(message.text());
  });
  page.on("pageerror", (error) => noted.complaints.push(error.message));
  const go = async (path) => {
    await page.goto(new URL(path, server.url).href);
    await settled(page);
  };
  const done = async () => {
    const foreign = noted.requests.filter((url) => !url.startsWith(server.url) && !/^(data|blob):/.test(url));
    assert.deepEqual(foreign, [], "a request left the server");
    assert.deepEqual(noted.complaints, []);
    await context.close();
  };
  return { page, go, done, noted };
}

/** Waits until everything that the address names is drawn. */
export async function settled(page) {
  await page.waitForFunction(() => document.querySelector("main > *") && !document.documentElement.hasAttribute("data-busy"));
}

/** Keeps a picture. */
export async function shoot(page, name, options = {}) {
  if (!SHOTS) return;
  mkdirSync(SHOTS, { recursive: true });
  writeFileSync(join(SHOTS, `${name}.png`), small(await page.screenshot(options)));
}

const AXE = readFileSync(join(import.meta.dirname, "../node_modules/axe-core/axe.min.js"), "utf8");

/** What axe-core finds that is serious. */
export async function barriers(page) {
  // The policy forbids scripts that are not the server's own; the debugger's are not bound by it.
  await page.evaluate(AXE);
  const found = await page.evaluate(() => window.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"] }));
  const serious = found.violations.filter((violation) => violation.impact === "serious" || violation.impact === "critical");
  return serious.map((violation) => `${violation.id}: ${violation.nodes.map((node) => `${node.target} (${node.failureSummary})`).slice(0, 3).join("; ")}`);
}

/** Waits until something is so, and fails with what is not. */
export async function until(what, check, patience = 10_000) {
  const end = Date.now() + patience;
  for (;;) {
    if (await check()) return;
    if (Date.now() > end) throw new Error(`not within ${patience} ms: ${what}`);
    await new Promise((again) => setTimeout(again, 50));
  }
}
