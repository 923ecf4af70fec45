import { expect, test } from "vitest";
import type { RequestStep } from "../api-types";
import { axisTicks, timeline } from "./timeline";

const step = (changes: Partial<RequestStep>): RequestStep => ({
  function: "orders",
  label: "orders",
  version: "7",
  account: null,
  region: null,
  request_id: "r1",
  event_id: "e1",
  key: "k1",
  time: 0,
  start_ms: 1000,
  offset_ms: 0,
  duration_ms: 100,
  init_ms: null,
  restore_ms: null,
  billed_ms: null,
  status: "success",
  error_type: null,
  attempt: 1,
  parent: null,
  evidence: null,
  confidence_pct: null,
  shared_id: null,
  message_id: null,
  parent_span_id: null,
  gap_ms: null,
  cost_usd: null,
  ...changes,
});

test("axis begins with the initialisation of the first step and ends with the last step", () => {
  const { begin, length, rows } = timeline([
    step({ init_ms: 300 }),
    step({ start_ms: 1800, duration_ms: 40, request_id: "r2", parent: 0 }),
  ]);
  expect([begin, length]).toEqual([1000, 840]);
  expect(rows[0]?.spans).toEqual([
    { kind: "init", from: 0, to: 300 },
    { kind: "run", from: 300, to: 400 },
  ]);
});

test("a step waits from the end of its parent to its initialisation, and not while the parent runs", () => {
  const { rows } = timeline([
    step({}),
    step({ start_ms: 1040, duration_ms: 20, request_id: "r2", parent: 0 }),
    step({ start_ms: 1750, init_ms: 200, restore_ms: 50, request_id: "r3", parent: 0 }),
  ]);
  expect(rows[1]?.spans.map(({ kind }) => kind)).toEqual(["run"]);
  expect(rows[2]?.spans).toEqual([
    { kind: "wait", from: 100, to: 750 },
    { kind: "init", from: 750, to: 950 },
    { kind: "restore", from: 950, to: 1000 },
    { kind: "run", from: 1000, to: 1100 },
  ]);
});

test("a further attempt waits from the end of the one before it", () => {
  const { rows } = timeline([
    step({ request_id: "r0" }),
    step({ start_ms: 1200, parent: 0 }),
    step({ start_ms: 1900, parent: 0, attempt: 2 }),
  ]);
  expect(rows[2]?.spans[0]).toEqual({ kind: "wait", from: 300, to: 900 });
});

test("attempts are those of one request id and function, and depth ends in a circle of parents", () => {
  const { rows } = timeline([
    step({ parent: 2 }),
    step({ request_id: "r2", function: "mail", parent: 0 }),
    step({ request_id: "r2", function: "mail", attempt: 2, parent: 1 }),
  ]);
  expect(rows.map(({ attempts }) => attempts)).toEqual([1, 2, 2]);
  expect(rows.map(({ depth }) => depth)).toEqual([2, 2, 2]);
});

test("a step without a duration ends where it begins", () => {
  const { length, rows } = timeline([step({ duration_ms: null })]);
  expect([length, rows[0]?.spans]).toEqual([1, [{ kind: "run", from: 0, to: 0 }]]);
});

test("axis has round times within its length", () => {
  expect(axisTicks(840)).toEqual([0, 200, 400, 600, 800]);
  expect(axisTicks(1)).toHaveLength(6);
  expect(axisTicks(61_000)).toEqual([0, 20_000, 40_000, 60_000]);
});
