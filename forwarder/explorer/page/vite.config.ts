// Builds the page into dist/: each file plain and compressed, and the hash of the sources that build.rs checks.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { basename, join, relative, sep } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { defineConfig, type Plugin } from "vite";

/** Sources of the built page; the same list is in build.rs. */
const SOURCES = [
  "index.html",
  "package.json",
  "package-lock.json",
  ".npmrc",
  "tsconfig.json",
  "vite.config.ts",
  "src",
];

function filesBelow(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path).flatMap((name) => filesBelow(join(path, name)));
}

function hashOfSources(root: string): string {
  const named = SOURCES.flatMap((name) => filesBelow(join(root, name)))
    .map((path) => ({ name: relative(root, path).split(sep).join("/"), path }))
    .sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)));
  const hash = createHash("sha256");
  for (const { name, path } of named) hash.update(name).update("\0").update(readFileSync(path)).update("\0");
  return hash.digest("hex");
}

/** Most bytes of a script, compressed with gzip: of the one that every page loads, and of those that some load. */
const [MAX_ENTRY_BYTES, MAX_SCRIPT_BYTES] = [42_000, 150_000];

function checkSize(path: string, gzipBytes: number): void {
  if (!path.endsWith(".js")) return;
  const limit = /^index-/.test(basename(path)) ? MAX_ENTRY_BYTES : MAX_SCRIPT_BYTES;
  if (gzipBytes > limit)
    throw new Error(`${path} has ${gzipBytes} bytes compressed, more than ${limit}; load a part of it later`);
}

/** Compresses each file at build time, so that the server does not. */
function compressed(): Plugin {
  return {
    name: "compressed",
    // Vitest loads this file too, and would compress the finished build again.
    apply: "build",
    closeBundle() {
      const dist = join(import.meta.dirname, "dist");
      for (const path of filesBelow(dist).filter((path) => !/\.(gz|br)$/.test(path))) {
        const content = readFileSync(path);
        const gzip = gzipSync(content, { level: 9 });
        checkSize(path, gzip.length);
        writeFileSync(`${path}.gz`, gzip);
        writeFileSync(
          `${path}.br`,
          brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }),
        );
      }
      writeFileSync(join(dist, "sources.sha256"), hashOfSources(import.meta.dirname));
    },
  };
}

export default defineConfig({
  build: { target: "es2022", modulePreload: { polyfill: false }, assetsInlineLimit: 0 },
  server: { proxy: { "/api": "http://127.0.0.1:4680" } },
  plugins: [compressed()],
});
