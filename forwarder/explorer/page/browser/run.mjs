// Drives the real page of the real server in a real browser: every page, by mouse and by keyboard, in both themes.
//
// TAILWATER names the program, CHROMIUM the browser, SHOTS the folder for pictures. What is missing is said; where CI
// is set, it is an error.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "../../..");
const program = process.env.TAILWATER ?? join(root, "target/release/tailwater");
const browser = process.env.CHROMIUM ?? "/usr/bin/chromium";
const missing = [
  [program, "build it with `cargo build --release`, or name it by TAILWATER"],
  [browser, "install Debian's chromium, or name it by CHROMIUM"],
].filter(([path]) => !existsSync(path));

if (missing.length > 0) {
  for (const [path, remedy] of missing) console.error(`SKIPPED, the page was not tested in a browser: there is no ${path}; ${remedy}`);
  process.exit(process.env.CI ? 1 : 0);
}
const tests = readdirSync(import.meta.dirname).filter((name) => name.endsWith(".test.mjs"));
const run = spawnSync(process.execPath, ["--test", "--test-concurrency=1", "--test-timeout=120000", ...tests.map((name) => join(import.meta.dirname, name))], {
  stdio: "inherit",
  env: { ...process.env, TAILWATER: program, CHROMIUM: browser, SHOTS: process.env.SHOTS ?? join(root, "target/page-shots") },
});
process.exit(run.status ?? 1);
