// Requests to the API of the server. The types of its responses are generated: see api-types.ts.

import type { FunctionSummary, Parameters, Responses } from "./api-types";

/** Identity of a function. */
export type FunctionName = Pick<FunctionSummary, "function" | "account" | "region">;

export function isSameFunction(a: FunctionName, b: FunctionName): boolean {
  return a.function === b.function && a.account === b.account && a.region === b.region;
}

type QueryValue = string | number | null | undefined;

/** Parameters of a URL; null, undefined and empty values are left out. */
export type Query<Name extends string = string> = { [name in Name]?: QueryValue };

/** URL of an endpoint with its parameters. */
export function endpointUrl<Path extends keyof Parameters>(
  path: Path,
  query: Query<Parameters[Path]>,
): string {
  const values = Object.entries<QueryValue>(query).filter(
    ([, value]) => value !== null && value !== undefined && value !== "",
  );
  const text = new URLSearchParams(values.map(([name, value]) => [name, String(value)])).toString();
  return text ? `${path}?${text}` : path;
}

/** Requests a JSON document; throws an error with the server's explanation if the request fails. */
export async function fetchJson<Path extends keyof Responses>(
  path: Path,
  query: Query<Parameters[Path]>,
  signal: AbortSignal,
): Promise<Responses[Path]> {
  const response = await fetch(endpointUrl(path, query), { signal, headers: { accept: "application/json" } });
  if (!response.ok) {
    const problem = (await response.json().catch(() => ({}))) as { detail?: string };
    throw new Error(problem.detail ?? `The server responded with status ${response.status}.`);
  }
  return (await response.json()) as Responses[Path];
}
