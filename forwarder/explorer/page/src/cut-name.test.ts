import { expect, test } from "vitest";
import { nameTip, splitName } from "./cut-name";

test("long names keep their last twelve characters, short ones are whole", () => {
  expect(splitName("checkout-api")).toEqual(["checkout-api", ""]);
  expect(nameTip("checkout-api")).toBeNull();
  const long = "shop-prod-CheckoutStack-HandleOrder1A2B";
  expect(splitName(long)).toEqual(["shop-prod-CheckoutStack-Han", "dleOrder1A2B"]);
  expect(nameTip(long)).toBe(long);
});

test("a name is divided between characters, not inside of one", () => {
  const family = "👨‍👩‍👧‍👦";
  const [head, tail] = splitName(family.repeat(40));
  expect([head, tail]).toEqual([family.repeat(28), family.repeat(12)]);
});
