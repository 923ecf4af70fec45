import { expect, test } from "vitest";
import { type Column, formatCsv, parseSortOrder, sortRows } from "./table";

type Row = { name: string; cost: number | null };
const columns: Column<Row>[] = [
  { id: "name", title: "", tip: "", kind: "text", key: (row) => row.name, cell: () => null },
  { id: "cost", title: "", tip: "", kind: "number", key: (row) => row.cost, cell: () => null },
];
const rows: Row[] = [
  { name: "b", cost: 1 },
  { name: "a", cost: null },
  { name: "c", cost: 3 },
];
const names = (order: string) =>
  sortRows(rows, columns, parseSortOrder(order, columns, { column: "name", isDescending: false }))
    .map((row) => row.name)
    .join("");

test("unknown values sort last in both directions", () => {
  expect([names("cost"), names("-cost"), names("name"), names("-name"), names("nothing"), names("")]).toEqual(
    ["cba", "bca", "cba", "abc", "abc", "abc"],
  );
});

test("formulas, quotes and commas are escaped in CSV", () => {
  expect(
    formatCsv(["@a.b"], [["=1+1"], ["@sum(1)"], [" =1"], ["＝1"], ['say "hi", you'], [-5], [null]]),
  ).toBe(`@a.b\r\n'=1+1\r\n'@sum(1)\r\n' =1\r\n'＝1\r\n"say ""hi"", you"\r\n-5\r\n\r\n`);
});
