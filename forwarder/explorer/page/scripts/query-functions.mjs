// Generates src/query/functions.ts: names, arities and descriptions of the functions of the query language, from the
// Rust source that defines them.
//
// `node scripts/query-functions.mjs` writes the file; with `--check` it fails if the file is out of date.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");
const target = join(root, "src/query/functions.ts");
const source = readFileSync(join(root, "../src/query/language/function.rs"), "utf8");

/** Description of each variant of an enum: its doc comment without the name that it begins with. */
function descriptions(name) {
  const body = new RegExp(`pub enum ${name} \\{\\n([^}]*)\\}`).exec(source)[1];
  const variants = body.matchAll(/\/\/\/ `\w+`: (.*)\.\n\s+(\w+),/g);
  return new Map([...variants].map(([, text, variant]) => [variant, text.replaceAll("`", "")]));
}

function entries(name) {
  const texts = descriptions(name);
  const rows = [
    ...source.matchAll(new RegExp(`\\(${name}::(\\w+), "(\\w+)", arity\\((\\d+), ([\\w:]+)\\)\\)`, "g")),
  ];
  if (rows.length === 0 || rows.length !== texts.size)
    throw new Error(`${name}: ${rows.length} rows in the table, ${texts.size} documented variants`);
  return rows.map(([, variant, spelling, least, most]) => ({
    name: spelling,
    description: texts.get(variant),
    least: Number(least),
    most: most === "usize::MAX" ? null : Number(most),
  }));
}

const list = (rows) => rows.map((row) => `  ${JSON.stringify(row)},\n`).join("");

const generated = `// Functions of the query language. Generated from its Rust source by \`npm run types\`; do not edit.

/** Function with the least and the greatest number of its arguments; \`most\` is null if there is no greatest one. */
export type QueryFunction = { name: string; description: string; least: number; most: number | null };

/** Functions of the values of one row. */
export const FUNCTIONS: QueryFunction[] = [
${list(entries("Function"))}];

/** Functions of a group of rows. */
export const AGGREGATES: QueryFunction[] = [
${list(entries("Aggregate"))}];
`;

if (!process.argv.includes("--check")) {
  writeFileSync(target, generated);
} else if (readFileSync(target, "utf8") !== generated) {
  console.error("src/query/functions.ts is out of date; run `npm run types`");
  process.exit(1);
}
