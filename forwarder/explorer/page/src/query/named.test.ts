import { expect, test } from "vitest";
import { fillParameters } from "./named";

const named = {
  name: "request",
  group: "",
  question: "",
  chart: "table" as const,
  parameters: [
    { name: "ID", default: null },
    { name: "S", default: "all" },
  ],
  query: 'filter @requestId="ID" or requestId="ID" or x = "IDs" or s="S"',
};

test("parameters are replaced in one pass and quoted", () => {
  expect(fillParameters(named, { ID: 'a"b\\', S: "ID" })).toBe(
    'filter @requestId="a\\"b\\\\" or requestId="a\\"b\\\\" or x = "IDs" or s="ID"',
  );
  expect(fillParameters(named, { ID: "i" })).toBe(
    'filter @requestId="i" or requestId="i" or x = "IDs" or s="all"',
  );
});
