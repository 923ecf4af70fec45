// Runs the browser tests: the built page of the real server in Chromium.
//
// TAILWATER is the path of the program, CHROMIUM of the browser, SHOTS of a folder for screenshots to look at; without it
// none are taken. The tests are skipped with a message if program or browser is missing; with CI set, that is an error.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "../../../..");
const program = process.env.TAILWATER ?? join(root, "target/release/tailwater");
const browser = process.env.CHROMIUM ?? "/usr/bin/chromium";
const missing = [
  [program, "build it with `cargo build --release`, or set TAILWATER"],
  [browser, "install Debian's chromium, or set CHROMIUM"],
].filter(([path]) => !existsSync(path));

if (missing.length > 0) {
  for (const [path, remedy] of missing)
    console.error(`Browser tests skipped: ${path} does not exist; ${remedy}`);
  process.exit(process.env.CI ? 1 : 0);
}
const tests = readdirSync(import.meta.dirname).filter((name) => name.endsWith(".test.mjs"));
const run = spawnSync(
  process.execPath,
  [
    "--test",
    "--test-concurrency=1",
    // The limit holds for each file too, and that of all views at all widths is long.
    "--test-timeout=900000",
    ...tests.map((name) => join(import.meta.dirname, name)),
  ],
  {
    stdio: "inherit",
    env: { ...process.env, TAILWATER: program, CHROMIUM: browser },
  },
);
process.exit(run.status ?? 1);
