import { expect, test } from "vitest";
import { parsed, withoutPrefix } from "./message";

test("an object is read, anything else is text", () => {
  expect(parsed(' {"a":1}')).toEqual({ a: 1 });
  expect([parsed('{"a":'), parsed("[1]"), parsed("text")]).toEqual([undefined, undefined, undefined]);
});

test("what the columns say is not said again", () => {
  expect(withoutPrefix("2026-03-04T10:00:00.200Z\t8edab1f8-7d34\tINFO\torder paid")).toBe("order paid");
  expect(withoutPrefix("[ERROR]\t2026-03-04T10:00:00.200Z\t8edab1f8-7d34\tno stock")).toBe("no stock");
  expect(withoutPrefix("order 2026-03-04T10:00:00.200Z\tx\tINFO\t")).toBe("order 2026-03-04T10:00:00.200Z\tx\tINFO\t");
});
