// What the server tells: its documents, as types, and how they are asked for.

export type Durations = { avg: number | null; p50: number | null; p95: number | null; p99: number | null; max: number | null };

export type Counts = {
  invocations: number;
  cold_starts: number;
  restores: number;
  errors: number;
  timeouts: number;
  out_of_memory: number;
};

type Sums = Counts & {
  billed_ms: number | null;
  gb_seconds: number | null;
  cost_usd: number | null;
  cold_start_cost_usd: number | null;
  restore_cost_usd: number | null;
  failure_cost_usd: number | null;
  duration_ms: Durations;
  init_ms: { avg: number | null; max: number | null };
};

export type Version = {
  version: string;
  first_start_ms: number;
  last_start_ms: number;
  invocations: number;
  errors: number;
  duration_ms: Durations;
};

export type Name = { function: string; account: string | null; region: string | null };

export type FunctionRow = Name &
  Sums & {
    arch: string;
    arch_assumed: boolean;
    throttles: number | null;
    memory_mb: number | null;
    max_memory_mb: number | null;
    memory_used_pct: number | null;
    last_start_ms: number;
    cost_unknown: string | null;
    timeout_ms: number | null;
    runtime: string | null;
    by_version: Version[];
  };

export type Look = { function: string; region: string | null; look: string; text: string };

export type Summary = {
  totals: Sums;
  functions: FunctionRow[];
  range: { from_ms: number; to_ms: number } | null;
  worth_a_look: Look[];
  notes: string[];
};

export type Numbers = (number | null)[];
export type Quantiles = { p50: Numbers; p90: Numbers; p95: Numbers; p99: Numbers; max: Numbers };

export type Series = { [K in keyof Counts]: number[] } & {
  from_ms: number;
  step_ms: number;
  duration_ms: Quantiles;
  cold_duration_ms: Quantiles;
  warm_duration_ms: Quantiles;
  max_memory_mb: Numbers;
  memory_mb: Numbers;
};

export type Sparklines = { from_ms: number; step_ms: number; functions: (Name & { invocations: number[]; errors: number[] })[] };

type Money = { cost_usd: number | null; cold_start_cost_usd: number | null; failure_cost_usd: number | null };

export type Spending = Name & {
  days: (Money & { day_ms: number })[];
  versions: (Money & { version: string; invocations: number; cold_starts: number })[];
  timeout_cost_usd: number | null;
  out_of_memory_cost_usd: number | null;
  other_error_cost_usd: number | null;
};

export type ErrorGroup = {
  title: string;
  function: string;
  account: string | null;
  events: number;
  first_ms: number;
  first_version: string;
  last_ms: number;
  last_version: string;
  place: string;
};

export type Invocation = Name & {
  key: string;
  time_ms: number;
  request_id: string;
  version: string;
  log_group: string;
  log_stream: string;
  arch: string;
  status: "success" | "error" | "timeout" | "out_of_memory" | "unknown";
  error_type: string | null;
  start: "warm" | "cold" | "restored";
  duration_ms: number | null;
  billed_ms: number | null;
  init_ms: number | null;
  restore_ms: number | null;
  memory_mb: number | null;
  max_memory_mb: number | null;
  cost_usd: number | null;
  cold_start_cost_usd: number | null;
  produced_bytes: number | null;
  response_latency_ms: number | null;
  trace_id: string | null;
  tenant: string | null;
};

export type Line = {
  place: string;
  time_ms: number;
  level: string | null;
  kind: string;
  function: string;
  version: string;
  account: string | null;
  log_group: string;
  log_stream: string;
  request_id: string | null;
  trace_id: string | null;
  part: number | null;
  message: string;
  cut_from_bytes: number | null;
};

export type Detail = { invocation: Invocation; retries: Invocation[]; lines: Line[]; before: Line[] };
export type Logs = { events: Line[]; next: string | null; searched_to_ms: number | null };
export type Status = {
  version: string;
  revision: number;
  invocations: number;
  events: number;
  functions: number;
  first_ms: number | null;
  last_ms: number | null;
  failure: string | null;
};

export type Query = Record<string, string | number | null | undefined>;

/** The address of a question; what is not given is left out. */
export function address(path: string, query: Query = {}): string {
  const given = Object.entries(query).filter(([, value]) => value !== null && value !== undefined && value !== "");
  const text = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  return `/api/v1/${path}${text ? `?${text}` : ""}`;
}

export async function ask<T>(path: string, query: Query, signal: AbortSignal): Promise<T> {
  const answer = await fetch(address(path, query), { signal, headers: { accept: "application/json" } });
  if (!answer.ok) {
    const problem = (await answer.json().catch(() => ({}))) as { detail?: string };
    throw new Error(problem.detail ?? `the server answered ${answer.status}`);
  }
  return (await answer.json()) as T;
}
