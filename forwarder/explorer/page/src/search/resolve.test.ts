import { expect, test } from "vitest";
import type { Found, Invocation } from "../api-types";
import { rowAfter } from "../keys";
import { Route } from "../route";
import { targets } from "./finder";
import { addressOf } from "./resolve";

const nothing: Found = { functions: [], invocations: [], traces: [], ids: [] };
const shop = { function: "shop", account: "42", region: null };
const one = { key: "k1", request_id: "8f50", function: "shop", status: "error", time_ms: 0 } as Invocation;
const route = new Route("/?range=6h");

test("text is a function, the beginning of an id, or words of the log", () => {
  expect(addressOf("Shop", { ...nothing, functions: [shop] }, route)).toBe(
    "/function?range=6h&name=shop&account=42",
  );
  expect(addressOf("sho", { ...nothing, functions: [shop] }, route)).toBe("/logs?range=6h&text=sho");
  expect(addressOf("8f5", { ...nothing, invocations: [one] }, route)).toBe("/invocation?range=6h&key=k1");
  expect(addressOf("8", { ...nothing, invocations: [one, one] }, route)).toBe("/logs?range=6h&text=8");
  expect(addressOf("1-5", { ...nothing, traces: ["1-5d"] }, route)).toBe("/request?range=6h&id=1-5d");
  const id = { kind: "correlation_id", id: "o-1" };
  const both = { ...nothing, invocations: [one], ids: [id] };
  expect(addressOf("8f507cfc-1b1e-4c1b-9d36-b0a5e1d2c9aa", both, route)).toBe("/request?range=6h&id=o-1");
  expect(addressOf("o-", { ...nothing, ids: [id, { ...id, id: "o-2" }] }, route)).toBe(
    "/logs?range=6h&text=o-",
  );
  expect(addressOf("8f507cfc-1b1e-4c1b-9d36-b0a5e1d2c9aa", nothing, route)).toBe(
    "/invocation?range=6h&request=8f507cfc-1b1e-4c1b-9d36-b0a5e1d2c9aa",
  );
  expect(addressOf("time out", nothing, route)).toBe("/logs?range=6h&text=time+out");
});

test("palette lists pages first without a text, and what was found first with one", () => {
  const found = { ...nothing, functions: [shop], invocations: [one] };
  expect(targets("", route, found, [])[0]?.name).toBe("Functions");
  const kinds = targets("log", route, found, []).map(({ kind }) => kind);
  expect(kinds).toEqual(["function", "invocation", "page", "logs"]);
});

test("rows are walked from the first to the last and not beyond", () => {
  expect([rowAfter(-1, 1, 3), rowAfter(0, 1, 3), rowAfter(2, 1, 3)]).toEqual([0, 1, 2]);
  expect([rowAfter(-1, -1, 3), rowAfter(1, -1, 3), rowAfter(0, -1, 3)]).toEqual([2, 0, 0]);
});
