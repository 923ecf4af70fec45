// Stores of the layout tests: logs of few and of many functions, of odd names, and with a gap of three months.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { replay, temporaryFolder } from "./fixture.mjs";

/** Latest time in the stores. */
export const NEWEST = Date.UTC(2026, 2, 4, 10);
const MINUTE = 60_000;
export const DAY = 24 * 60 * MINUTE;

const hex = (n, digits) => n.toString(16).padStart(digits, "0");

/** Names that a table has to bear: long ones, other scripts, and what looks like markup or a formula. */
export const ODD_NAMES = [
  "shop-prod-CheckoutStack-HandleOrder1A2B3C4D5E6F",
  "shop-prod-CheckoutStack-HandleOrder9Z8Y7X6W5V4U",
  `a${"-very-long-name".repeat(9)}-end1`,
  "פונקציה-לעיבוד-הזמנות-של-לקוחות-בחנות-0001",
  "注文処理サービス本番環境東京リージョン第一世代0001",
  "🛒👩‍👩‍👧‍👦-checkout-with-a-family-emoji-in-its-name",
  "=HYPERLINK(1)",
  "<b>bold</b>&amp;",
];

/** Lines of one run. `fault` is a status of the report, `init` the time of INIT before a cold start. */
function runLines({ n, time, version, ms, memory, used, fault, init }) {
  const id = `${hex(n, 8)}-1b1e-4c1b-9d36-b0a5e1d2c9aa`;
  const cold = init ? `\tInit Duration: ${init}.00 ms` : "";
  const status = fault ? `\tStatus: ${fault}\tError Type: Runtime.${fault}` : "";
  return [
    [time - ms, `START RequestId: ${id} Version: ${version}\n`],
    ...(fault ? [[time - 1, `{"level":"ERROR","message":"order ${n} failed","requestId":"${id}"}\n`]] : []),
    [time, `END RequestId: ${id}\n`],
    [
      time,
      `REPORT RequestId: ${id}\tDuration: ${ms}.00 ms\tBilled Duration: ${ms} ms\tMemory Size: ${memory} MB\tMax Memory Used: ${used} MB${cold}\t${status}\n`,
    ],
  ];
}

/** Subscription document with the runs of a function. */
function document(name, runs, first) {
  const version = runs[0]?.version ?? "$LATEST";
  const events = runs.flatMap((run, at) => runLines({ n: first + at, ...run }));
  return JSON.stringify({
    messageType: "DATA_MESSAGE",
    owner: "123456789012",
    // What cannot be the name of a function is the name of a log group, which stands for the function.
    logGroup: /^[\w-]{1,64}$/.test(name) ? `/aws/lambda/${name}` : name,
    logStream: `2026/03/04/[${version}]${hex(first, 32)}`,
    subscriptionFilters: ["all"],
    logEvents: events.map(([timestamp, message], at) => ({
      id: `${first}-${at}`,
      timestamp,
      message,
    })),
  });
}

function storeOf(name, documents) {
  const folder = temporaryFolder();
  const file = join(folder, `${name}.json`);
  writeFileSync(file, documents.join("\n"));
  const store = join(folder, `${name}.db`);
  return { store, summary: replay(store, "--region", "eu-west-1", file) };
}

const good = (time, version = "1") => ({ time, version, ms: 12, memory: 256, used: 187 });

/** One function with three runs; 187 of 256 MB, 73 %, are used. */
export function oneFunction() {
  const runs = [0, 1, 2].map((n) => good(NEWEST - n * MINUTE));
  return storeOf("one", [document("only", runs, 1)]);
}

/** 400 functions; the first have odd names. Every third has a second version, every fifth fails sometimes. */
export function manyFunctions() {
  const documents = [];
  for (let n = 0; n < 400; n += 1) {
    const name = ODD_NAMES[n] ?? `team-${n % 7}-service-${hex(n * 7919, 5)}`;
    const runs = (version, ago) =>
      Array.from({ length: 3 + (n % 4) }, (_, at) => ({
        ...good(NEWEST - ago - at * 37 * MINUTE - n * 1000, version),
        ms: 5 + ((n * 31 + at * 17) % 900),
        ...(n % 5 === 0 && at === 0 ? { fault: "error" } : {}),
      }));
    documents.push(document(name, runs("1", 6 * 60 * MINUTE), n * 100 + 1));
    if (n % 3 === 0) documents.push(document(name, runs("2", 0), n * 100 + 51));
  }
  return storeOf("many", documents);
}

/** One function with a day of runs, nothing for three months, and another day of runs. */
export function withGap() {
  const day = (end) => Array.from({ length: 48 }, (_, n) => good(end - n * 30 * MINUTE));
  return storeOf("gap", [
    document("seldom", day(NEWEST - 92 * DAY), 1),
    document("seldom", day(NEWEST), 1001),
  ]);
}

/** Generator of whole numbers below `limit`, the same for the same seed (mulberry32). */
function generator(seed) {
  let state = seed;
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit);
  };
}

/** Up to six functions with up to three versions each: sizes, durations, faults and cold starts depend on the seed. */
export function randomStore(seed) {
  const below = generator(seed);
  const documents = [];
  for (let n = 0; n <= below(6); n += 1) {
    const memory = [128, 256, 1024, 3008][below(4)];
    const faultShare = [0, 5, 50, 1000][below(4)];
    for (let version = 1; version <= 1 + below(3); version += 1) {
      const runs = Array.from({ length: 1 + below(120) }, (_, at) => ({
        time: NEWEST - below(20 * 60) * MINUTE - at,
        version: `${version}`,
        ms: 1 + below(10 ** (1 + below(4))),
        memory,
        used: 1 + below(memory),
        ...(below(1000) < faultShare ? { fault: below(3) === 0 ? "timeout" : "error" } : {}),
        ...(below(8) === 0 ? { init: 50 + below(3000) } : {}),
      }));
      documents.push(document(`random-${seed}-${n}`, runs, n * 10_000 + version * 1_000));
    }
  }
  return storeOf(`random-${seed}`, documents);
}
