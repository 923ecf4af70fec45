// Generated systems of functions: the answers of the API about their requests and their map, as the server gives them.
import { openPage } from "./fixture.mjs";

const START = Date.UTC(2026, 2, 4, 9);
const MAX_PAGE = 50;

/** Numbers from 0 to 1 that are the same in each run (mulberry32). */
function randomFrom(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

const hex = (n, digits) => n.toString(16).padStart(digits, "0");
/** Names that have to be cut, of which only the end tells the last one from others. */
export const LONG_NAMES = [
  "shop-prod-CheckoutStack-HandleOrder1A2B3C4D5E6F",
  `a${"-very-long-name".repeat(9)}-end1`,
];

const ROLES = ["api", "orders", "payments", "stock", "mail", "search", "audit", "export"];
const LAYERS = 6;

/** Names of the functions, those that requests reach first at the beginning. */
function functionNames(count, names) {
  return Array.from(
    { length: count },
    (_, n) =>
      names[n] ??
      `${ROLES[n % ROLES.length]}-${n < ROLES.length ? "main" : `service-${hex((n * 7919) % 65_536, 4)}`}`,
  );
}

const node = (kind, name, random) => {
  const invocations = 20 + Math.floor(random() * 4000);
  const isFunction = kind === "function";
  const failed = random() < 0.2 ? Math.floor(invocations * random() * 0.1) : 0;
  return {
    kind,
    name,
    function: isFunction ? name : null,
    account: null,
    region: null,
    invocations,
    errors: isFunction ? failed : 0,
    average_ms: isFunction ? 20 + Math.round(random() * 300) : null,
    p95_ms: isFunction ? 200 + Math.round(random() * 900) : null,
    traces_pct: Math.round(random() * 1000) / 10,
    cost_usd: isFunction ? invocations * 0.0000021 : null,
    answers: isFunction
      ? {
          ok: invocations - failed,
          throttled: null,
          errors: Math.ceil(failed / 2),
          faults: Math.floor(failed / 2),
        }
      : null,
  };
};

const EVIDENCE = [
  [["parent_span"], 100],
  [["tag", "order"], 90],
  [["enclosing"], 80],
  [["order"], 50],
];

function edge(from, to, random, at) {
  const [evidence, confidence] = EVIDENCE[Math.floor(random() * EVIDENCE.length)];
  const calls = random() < 0.12 ? 2 : 3 + Math.floor(random() * 2000);
  const change = [null, null, "new", "slower", "failing", null, "gone", null][at % 8];
  const p95 = 30 + Math.round(random() * 700);
  return {
    from,
    to,
    calls: change === "gone" ? 0 : calls,
    errors: change === "failing" ? Math.ceil(calls / 10) : 0,
    retries: 0,
    failed_retries: 0,
    via: [],
    via_calls: 0,
    example: null,
    p95_ms: change === "gone" ? null : p95,
    parent_span_calls: confidence === 100 ? calls : 0,
    shared_id_calls: confidence === 100 ? 0 : calls,
    declared: confidence === 90,
    confidence_pct: confidence,
    evidence,
    uncertain: calls < 3 && confidence !== 90,
    change,
    before:
      change === "new"
        ? { calls: 0, errors: 0, p95_ms: null }
        : { calls, errors: 0, p95_ms: change === "slower" ? Math.round(p95 / 3) : p95 },
  };
}

/** The whole map of a system: layers of functions, queues between some, and the tables and hosts that they use. */
function mapOf(names, random) {
  const nodes = names.map((name) => node("function", name, random));
  const [edges, pairs] = [[], new Set()];
  const link = (from, to) => {
    const pair = `${from}\n${to}`;
    if (from === to || pairs.has(pair)) return;
    pairs.add(pair);
    edges.push(edge(from, to, random, edges.length));
  };
  const add = (kind, name) => {
    if (!nodes.some((one) => one.name === name)) nodes.push(node(kind, name, random));
    return name;
  };
  const layer = (n) => Math.min(Math.floor((n * LAYERS) / names.length), LAYERS - 1);
  for (const [n, name] of names.entries()) {
    if (layer(n) === 0) link(add("api", `API:shop-${n % 4}`), name);
    // A part of a large system has no known callers or callees.
    if (n > 8 && random() < 0.2) continue;
    const next = names.filter((_, at) => layer(at) === layer(n) + 1);
    for (let call = 0; call < 1 + Math.floor(random() * 2) && next.length > 0; call += 1) {
      const to = next[Math.floor(random() * next.length)];
      if (random() < 0.25) {
        const queue = add("queue", `SQS:${to}-jobs`);
        link(name, queue);
        link(queue, to);
      } else link(name, to);
    }
    if (random() < 0.2) link(name, add("table", `DDB:table-${n % 7}`));
    if (random() < 0.05) link(name, add("host", `HTTP:partner-${n % 5}.example.com`));
  }
  const why_empty = edges.length > 0 ? null : "no_shared_ids";
  return { nodes, edges, impact: null, nodes_truncated: false, edges_below_confidence: 0, why_empty };
}

/** Steps of a request through the first functions: a call, a message that waits, a retry and a failure. */
function stepsOf(names, n, random) {
  const count = Math.min(names.length, 3 + (n % 3));
  const begin = START + n * 45_000;
  const isFailing = n % 4 === 1;
  const shared = {
    kind: "correlation_id",
    id: `order-${hex(n + 4096, 12)}`,
    time: null,
    parent_time: null,
  };
  const steps = [];
  let [start, end] = [begin, begin + 180];
  for (let at = 0; at < count; at += 1) {
    const [evidence, confidence] = at === 1 ? ["parent_span", 100] : ["order", 50];
    const isEnclosed = at === 1;
    if (at > 0) start = isEnclosed ? begin + 40 : end + 400 + Math.round(random() * 2000);
    const duration = isEnclosed ? 90 : 60 + Math.round(random() * 200);
    const [init, restore] = [at === 2 ? 310 : null, at === 3 ? 120 : null];
    const whole = (init ?? 0) + (restore ?? 0) + duration;
    const isLast = at === count - 1;
    const attempts = isLast && isFailing ? 2 : 1;
    for (let attempt = 1; attempt <= attempts; attempt += 1) {
      if (attempt > 1) start = end + 900;
      steps.push({
        function: names[at],
        label: names[at],
        version: String(7 + at),
        account: "123456789012",
        region: "eu-west-1",
        request_id: `${hex(n, 8)}-${hex(at, 4)}-4c1b-9d36-b0a5e1d2c9aa`,
        event_id: `event-${n}-${at}-${attempt}`,
        key: hex(n * 100 + at * 10 + attempt, 32),
        time: start + whole,
        start_ms: start,
        offset_ms: start - begin,
        duration_ms: duration,
        init_ms: init,
        restore_ms: restore,
        billed_ms: duration,
        status: isLast && isFailing ? (attempt === 1 ? "timeout" : "error") : "success",
        error_type: isLast && isFailing && attempt === 2 ? "CardDeclined" : null,
        attempt,
        parent: at === 0 ? null : at - 1,
        evidence: at === 0 ? null : evidence,
        confidence_pct: at === 0 ? null : confidence,
        shared_id: at === 0 ? null : shared,
        message_id: null,
        parent_span_id: null,
        gap_ms: at === 0 ? null : isEnclosed ? 40 : start - end,
        cost_usd: 0.0000021 + at * 1e-7,
      });
      if (!isEnclosed) end = start + whole;
    }
  }
  return { begin, shared, steps };
}

function linesOf({ steps }, count, texts) {
  const lines = steps.flatMap((step, at) => {
    const line = (ms, kind, message, level = null) => ({
      account: step.account,
      additions: null,
      cut_from_bytes: null,
      function: step.function,
      kind,
      level,
      log_group: `/aws/lambda/${step.function}`,
      log_stream: `2026/03/04/[${step.version}]${hex(at, 32)}`,
      message,
      part: null,
      place: `${at}-${ms}-${kind}`,
      request_id: step.request_id,
      time_ms: step.time - step.duration_ms + ms,
      trace_id: null,
      version: step.version,
      step: at,
    });
    const own = Array.from({ length: count }, (_, n) =>
      line(
        1 + n,
        "app",
        `{"level":"INFO","message":"${texts[n % texts.length]} ${n}","order":{"id":"o-${n}"}}`,
        "INFO",
      ),
    );
    return [
      line(0, "start", `START RequestId: ${step.request_id} Version: ${step.version}\n`),
      ...own,
      ...(step.status === "success"
        ? []
        : [line(step.duration_ms, "app", `ERROR ${step.error_type ?? "Task timed out"}\n`, "ERROR")]),
      line(
        step.duration_ms,
        "report",
        `REPORT RequestId: ${step.request_id}\tDuration: ${step.duration_ms} ms\n`,
      ),
    ];
  });
  return lines.sort((a, b) => a.time_ms - b.time_ms);
}

const isFailed = ({ status }) => status !== "success";
const sum = (list, of) => list.reduce((all, one) => all + of(one), 0);

/** The request with its steps and lines; the list has the summary of it. */
function requestOf(names, n, random, { lines, texts }) {
  const made = stepsOf(names, n, random);
  const { begin, shared, steps } = made;
  const total = Math.max(...steps.map((step) => step.time)) - begin;
  const root = `${hex(Math.floor(begin / 1000), 8)}${hex(n, 24)}`;
  const all = linesOf(made, lines, texts);
  return {
    id: n % 2 === 0 ? root : shared.id,
    id_kind: n % 2 === 0 ? "trace_id" : shared.kind,
    time: begin,
    total_ms: total,
    cost_usd: sum(steps, (step) => step.cost_usd),
    failed: steps.some(isFailed),
    truncated: false,
    ids: [
      { ...shared, invocations: steps.length },
      { kind: "trace_id", id: root, invocations: steps.length },
    ],
    steps,
    lines: all.slice(0, 1000),
    lines_truncated: all.length > 1000,
  };
}

const summaryOf = ({ id, id_kind, time, total_ms, cost_usd, failed, steps }) => ({
  id,
  id_kind,
  time,
  total_ms,
  cost_usd,
  failed,
  functions: [...new Set(steps.map((step) => step.function))],
  invocations: steps.length,
});

/**
 * Creates a system of so many functions. `names` replaces the first names, `texts` are the messages of its lines,
 * `lines` their number for each step.
 */
export function createSystem(
  count,
  { names = [], texts = ["order accepted"], lines = 3, requests = 120 } = {},
) {
  const random = randomFrom(count);
  const functions = functionNames(count, names);
  const map = mapOf(functions, random);
  const options = { lines, texts };
  const all = Array.from({ length: requests }, (_, n) => requestOf(functions, n, random, options));
  return { functions, map, requests: all };
}

const ORDERS = {
  time: (a, b) => b.time - a.time,
  total: (a, b) => b.total_ms - a.total_ms,
  cost: (a, b) => b.cost_usd - a.cost_usd,
};

const problem = (status, detail, place = {}) => ({
  status,
  json: { title: "problem", status, detail, ...place },
});

function answerRequests({ requests }, params) {
  const wanted = params.get("function");
  const found = requests
    .map(summaryOf)
    .filter((one) => !wanted || one.functions.includes(wanted))
    .filter((one) => params.get("outcome") !== "failed" || one.failed)
    .sort(ORDERS[params.get("sort") ?? "time"]);
  const first = Number(params.get("cursor") ?? 0);
  const last = first + Math.min(Number(params.get("limit") ?? MAX_PAGE), MAX_PAGE);
  return {
    json: {
      chains: found.length,
      linked_invocations: sum(found, (one) => one.invocations),
      cost_usd: sum(found, (one) => one.cost_usd),
      requests: found.slice(first, last),
      next: last < found.length ? String(last) : null,
    },
  };
}

const idsOf = (one) => [...one.ids.map(({ id }) => id), ...one.steps.map((step) => step.request_id)];

function answerRequest({ requests }, params) {
  const id = params.get("id") ?? "";
  const exact = requests.filter((one) => idsOf(one).includes(id));
  const found =
    exact.length > 0 ? exact : requests.filter((one) => idsOf(one).some((own) => own.startsWith(id)));
  if (id.length < 8 || found.length === 0) return problem(404, `no request with the id ${id}`);
  if (found.length > 1)
    return problem(
      409,
      `several requests have ids that begin with ${id}: ${found.map((one) => one.id).join(", ")}`,
    );
  return { json: found[0] };
}

function answerMap({ map, requests }, params) {
  const ask = params.get("ask") ?? "";
  const arrow = /^(.+?) ->>? (.+?)(?: depth \d+)?$/.exec(ask);
  if (ask !== "" && !arrow)
    return problem(400, `line 1, column ${ask.length + 1}: expected -> or ->>`, {
      line: 1,
      column: ask.length + 1,
      start: ask.length,
      end: ask.length,
    });
  const [, from, to] = arrow ?? [null, "*", "*"];
  const has = (pattern, name) => pattern === "*" || pattern === name;
  const isCompared = params.has("before_from");
  const edges = map.edges
    .filter((one) => has(from, one.from) && has(to, one.to))
    .filter((one) => isCompared || one.change !== "gone")
    .map((one) => (isCompared ? one : { ...one, change: null, before: null }));
  const nodes = arrow
    ? map.nodes.filter(({ name }) => edges.some((one) => one.from === name || one.to === name))
    : map.nodes;
  const of = params.get("of");
  if (of && !map.nodes.some(({ name }) => name === of))
    return problem(404, `the map has no function or resource "${of}"`);
  const touched = requests.filter((one) => one.steps.some((step) => step.function === of));
  const upstream = map.edges.filter((one) => one.to === of).map((one) => one.from);
  const impact = of
    ? {
        functions: upstream,
        callers: upstream.map((name) => ({ name, distance: 1, requests: 0, failed_requests: 0 })),
        invocations: touched.length,
        single_invocations: 0,
        without_caller: 0,
        requests: touched.length,
        failed_requests: touched.filter((one) => one.failed).length,
      }
    : null;
  const reached = of ? neighbourhood(edges, of, params) : new Set(nodes.map(({ name }) => name));
  return {
    json: {
      ...map,
      nodes: nodes.filter(({ name }) => reached.has(name)),
      edges: edges.filter((one) => reached.has(one.from) && reached.has(one.to)),
      impact,
    },
  };
}

/** Names of the nodes within `depth` calls of a node, in one direction or in each. */
function neighbourhood(edges, of, params) {
  const reached = new Set([of]);
  for (const [near, far, other] of [
    ["from", "to", "upstream"],
    ["to", "from", "downstream"],
  ]) {
    if (params.get("direction") === other) continue;
    let last = new Set([of]);
    for (let step = 0; step < Number(params.get("depth") ?? 1); step += 1) {
      last = new Set(edges.filter((one) => last.has(one[near])).map((one) => one[far]));
      for (const name of last) reached.add(name);
    }
  }
  return reached;
}

const ANSWERS = {
  "/api/v1/requests": answerRequests,
  "/api/v1/request": answerRequest,
  "/api/v1/map": answerMap,
};

/** Functions and correlation ids of a system that a text may mean. */
function foundIn({ functions, requests }, params) {
  const text = params.get("text") ?? "";
  const identity = (name) => ({ function: name, account: "123456789012", region: "eu-west-1" });
  const ids = requests.flatMap((one) => one.ids.map(({ kind, id }) => ({ kind, id })));
  return {
    functions: functions.filter((name) => name.includes(text)).map(identity),
    invocations: [],
    traces: [],
    ids: text.length < 3 ? [] : ids.filter(({ id }) => id.startsWith(text)).slice(0, 8),
  };
}

/** Opens a page whose answers about requests and the map come from a generated system. */
export async function openSystem(server, system, path, options = {}) {
  const opened = await openPage(server, options);
  await mockSystem(opened.page, system);
  await opened.go(path);
  return opened;
}

/** View of `checkAtAllWidths`: an address whose answers come from a generated system. */
export const showing =
  (system, path) =>
  async ({ page, go }) => {
    await mockSystem(page, system);
    await go(path);
  };

/** Answers the requests of a browser page about requests and the map from a generated system. */
export async function mockSystem(page, system) {
  for (const [path, answer] of Object.entries(ANSWERS))
    await page.route(
      ({ pathname }) => pathname === path,
      (route) => route.fulfill(answer(system, new URL(route.request().url()).searchParams)),
    );
  await page.route(
    ({ pathname }) => pathname === "/api/v1/find",
    (route) => route.fulfill({ json: foundIn(system, new URL(route.request().url()).searchParams) }),
  );
}
