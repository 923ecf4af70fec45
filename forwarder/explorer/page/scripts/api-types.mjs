// Generates src/api-types.ts from openapi.json, the committed copy of the server's description of its API.
//
// `node scripts/api-types.mjs` writes the file; with `--check` it fails if the file is out of date. It knows only
// those JSON schema keywords that the server uses and fails on any other.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");
const target = join(root, "src/api-types.ts");
const api = JSON.parse(readFileSync(join(root, "openapi.json"), "utf8"));

const PRIMITIVES = {
  string: "string",
  integer: "number",
  number: "number",
  boolean: "boolean",
  null: "null",
  object: "{ [name: string]: unknown }",
};
const KEYWORDS = [
  "$ref",
  "allOf",
  "anyOf",
  "const",
  "description",
  "enum",
  "items",
  "oneOf",
  "properties",
  "required",
  "type",
];

/** TypeScript type of a JSON schema. */
function typeOf(schema) {
  const unknown = Object.keys(schema).filter((keyword) => !KEYWORDS.includes(keyword));
  if (unknown.length > 0) throw new Error(`unsupported schema keyword ${unknown.join()}`);
  if (schema.$ref) return schema.$ref.replace("#/components/schemas/", "");
  if (schema.anyOf ?? schema.oneOf) return (schema.anyOf ?? schema.oneOf).map(typeOf).join(" | ");
  if (schema.allOf) return schema.allOf.map(typeOf).join(" & ");
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  if (schema.properties) return `{\n${members(schema)}}`;
  return [schema.type]
    .flat()
    .map((type) => (type === "array" ? arrayOf(schema.items) : primitive(type)))
    .join(" | ");
}

function arrayOf(items) {
  const type = typeOf(items);
  return type.includes(" ") ? `(${type})[]` : `${type}[]`;
}

function primitive(type) {
  const found = PRIMITIVES[type];
  if (!found) throw new Error(`unsupported schema type ${type}`);
  return found;
}

function members({ properties, required }) {
  const lines = Object.entries(properties).map(([name, schema]) => {
    const optional = required.includes(name) ? "" : "?";
    return `${comment(schema, "  ")}  ${name}${optional}: ${typeOf(schema)};\n`;
  });
  return lines.join("");
}

function comment({ description }, indent = "") {
  return description ? `${indent}/** ${description} */\n` : "";
}

/** Media type and schema of the response of each endpoint that is read by GET, by path. */
const endpoints = Object.entries(api.paths)
  .filter(([, methods]) => methods.get)
  .map(([path, { get }]) => {
    const [[mediaType, { schema }]] = Object.entries(get.responses["200"].content);
    return { path, mediaType, schema, parameters: get.parameters.map(({ name }) => name) };
  });

const schemas = Object.entries(api.components.schemas).map(
  ([name, schema]) => `${comment(schema)}export type ${name} = ${typeOf(schema)};\n`,
);
const responses = endpoints
  .filter(({ mediaType }) => mediaType === "application/json")
  .map(({ path, schema }) => `  ${JSON.stringify(path)}: ${typeOf(schema)};\n`);
const parameters = endpoints.map(({ path, parameters }) => {
  const names = parameters.map((name) => JSON.stringify(name)).join(" | ");
  return `  ${JSON.stringify(path)}: ${names || "never"};\n`;
});

const generated = [
  "// Types of the API. Generated from openapi.json by `npm run types`; do not edit.\n",
  ...schemas,
  `/** JSON response of each endpoint, by path. */\nexport type Responses = {\n${responses.join("")}};\n`,
  `/** Names of the query parameters of each endpoint, by path. */\nexport type Parameters = {\n${parameters.join("")}};\n`,
].join("\n");

if (!process.argv.includes("--check")) {
  writeFileSync(target, generated);
} else if (readFileSync(target, "utf8") !== generated) {
  console.error("src/api-types.ts is out of date; run `npm run types`");
  process.exit(1);
}
