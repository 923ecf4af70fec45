// Table of the cost of invocations that failed, were retried, or initialised an environment.

import type { FunctionWaste, Waste } from "../api-types";
import { formatUsd } from "../format";
import { type Column, tableCard } from "../table";
import { countColumn, functionColumn, usdColumn } from "./insight-columns";
import type { PageContext } from "./loader";

export function wasteTable(waste: Waste, { route }: PageContext): HTMLElement {
  const columns: Column<FunctionWaste>[] = [
    functionColumn(route),
    usdColumn({
      id: "waste_cost_usd",
      title: "Waste",
      tip: "Failed runs, and the initialisation of the others: nothing twice.",
      value: (row) => row.waste_cost_usd,
    }),
    usdColumn({
      id: "cold_start_cost_usd",
      title: "Cold starts",
      tip: "Initialisation of environments.",
      value: (row) => row.cold_start_cost_usd,
    }),
    usdColumn({
      id: "failed_cost_usd",
      title: "Failed runs",
      tip: "All runs that failed, with those that timed out or ran out of memory.",
      value: (row) => row.failed_cost_usd,
    }),
    usdColumn({
      id: "timeout_cost_usd",
      title: "Timeouts",
      tip: "Part of the failed runs: those that timed out.",
      value: (row) => row.timeout_cost_usd,
    }),
    usdColumn({
      id: "out_of_memory_cost_usd",
      title: "Out of memory",
      tip: "Part of the failed runs: those that ran out of memory.",
      value: (row) => row.out_of_memory_cost_usd,
    }),
    countColumn({
      id: "retries",
      title: "Retries",
      tip: "Runs of a request whose attempt before failed.",
      value: (row) => row.retries,
    }),
    countColumn({
      id: "repeats",
      title: "Repeats",
      tip: "Runs of a request whose attempt before was good: delivered at least once.",
      value: (row) => row.repeats,
    }),
    usdColumn({
      id: "retry_cost_usd",
      title: "Cost of both",
      tip: "Whole cost of retries and repeats; it is not part of the waste.",
      value: (row) => row.retry_cost_usd,
    }),
  ];
  return tableCard({
    title: "Waste",
    id: "waste",
    columns,
    rows: waste.by_function,
    about: `Memory-time without request charges: failed runs and the initialisation of all others, together ${formatUsd(waste.waste_cost_usd)}. Retries by an SDK or a queue have request ids of their own: unknown.`,
    empty: "Nothing was wasted in this range.",
  });
}
