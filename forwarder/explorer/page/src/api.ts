// Requests to the API of the server. The types of its responses are generated: see api-types.ts.

import type { FunctionSummary, Parameters, Problem, Responses } from "./api-types";

/** Identity of a function. */
export type FunctionName = Pick<FunctionSummary, "function" | "account" | "region">;

export function isSameFunction(a: FunctionName, b: FunctionName): boolean {
  return a.function === b.function && a.account === b.account && a.region === b.region;
}

type ParameterValue = string | number | null | undefined | string[];

/** Parameters of a URL; null, undefined and empty values are left out, a list is given as often as it has items. */
export type Query<Name extends string = string> = { [name in Name]?: ParameterValue };

/** Response of the server to a request that failed. */
export class RequestError extends Error {
  readonly problem: Partial<Problem>;

  constructor(status: number, problem: Partial<Problem>) {
    super(problem.detail ?? `The server responded with status ${status}.`);
    this.problem = problem;
  }
}

/** URL of an endpoint with its parameters. */
export function endpointUrl<Path extends keyof Parameters>(
  path: Path,
  query: Query<Parameters[Path]>,
): string {
  const values = Object.entries<ParameterValue>(query)
    .flatMap(([name, value]) => (Array.isArray(value) ? value.map((one) => [name, one]) : [[name, value]]))
    .filter(([, value]) => value !== null && value !== undefined && value !== "");
  const text = new URLSearchParams(values.map(([name, value]) => [String(name), String(value)])).toString();
  return text ? `${path}?${text}` : path;
}

/** Requests a JSON document; throws a `RequestError` with the server's explanation if the request fails. */
export async function fetchJson<Path extends keyof Responses>(
  path: Path,
  query: Query<Parameters[Path]>,
  signal: AbortSignal,
): Promise<Responses[Path]> {
  const response = await fetch(endpointUrl(path, query), { signal, headers: { accept: "application/json" } });
  if (!response.ok) {
    throw new RequestError(response.status, (await response.json().catch(() => ({}))) as Partial<Problem>);
  }
  return (await response.json()) as Responses[Path];
}
