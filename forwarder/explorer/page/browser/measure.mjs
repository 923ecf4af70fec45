// Measures the load time of each page of a running server: `node browser/measure.mjs http://127.0.0.1:4680/`.
import { chromium } from "playwright-core";

const url = process.argv[2];
const flags = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
];
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: flags,
});
const { functions } = await (await fetch(`${url}api/v1/summary`)).json();
const pages = [
  "/",
  `/function?name=${encodeURIComponent(functions[0].function)}`,
  "/requests",
  "/map",
  "/logs",
  "/query",
  "/errors",
  "/cost",
  "/insight",
  "/compare",
];
for (const path of pages) {
  const times = [];
  for (let round = 0; round < 5; round += 1) {
    // A new profile has an empty cache.
    const context = await browser.newContext({ viewport: { width: 1280, height: 860 } });
    const page = await context.newPage();
    const began = performance.now();
    await page.goto(new URL(path, url).href, { waitUntil: "commit" });
    await page.waitForFunction(
      () => document.querySelector("main > *") && !document.documentElement.hasAttribute("data-busy"),
      undefined,
      { polling: 10 },
    );
    times.push(performance.now() - began);
    await context.close();
  }
  times.sort((a, b) => a - b);
  console.log(
    `${path.padEnd(40)} ${times[2].toFixed(0).padStart(6)} ms median, ${times[4].toFixed(0)} ms at most`,
  );
}
await browser.close();
