import { expect, test } from "vitest";
import { parseSelection, selectionText } from "./selection";

test("nodes and calls are restored from an address, whatever their names", () => {
  for (const selection of [{ node: "orders" }, { node: "[1" }, { from: "a,b", to: 'SQS:"q"' }])
    expect(parseSelection(selectionText(selection))).toEqual(selection);
  expect(parseSelection("")).toBeNull();
  expect(parseSelection("7")).toEqual({ node: "7" });
});
