import { expect, test } from "vitest";
import { parseObject, withoutPrefix } from "./message";

test("only JSON objects are parsed", () => {
  expect(parseObject(' {"a":1}')).toEqual({ a: 1 });
  expect([parseObject('{"a":'), parseObject("[1]"), parseObject("text")]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});

test("prefixes of Node.js and Python are removed", () => {
  expect(withoutPrefix("2026-03-04T10:00:00.200Z\t8edab1f8-7d34\tINFO\torder paid")).toBe("order paid");
  expect(withoutPrefix("[ERROR]\t2026-03-04T10:00:00.200Z\t8edab1f8-7d34\tno stock")).toBe("no stock");
  expect(withoutPrefix("order 2026-03-04T10:00:00.200Z\tx\tINFO\t")).toBe(
    "order 2026-03-04T10:00:00.200Z\tx\tINFO\t",
  );
});
