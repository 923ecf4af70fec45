// Words for ids, and for the evidence that one function called another.

import type { EdgeExample, MapEdge, RequestStep, SharedId } from "../api-types";
import { formatTime } from "../format";

const ID_KINDS: Record<string, string> = {
  trace_id: "trace id",
  correlation_id: "correlation id",
  field: "id of a configured field",
  api_request_id: "API Gateway request id",
  sqs_message_id: "SQS message id",
  sns_message_id: "SNS message id",
  event_id: "EventBridge event id",
  execution: "Step Functions execution",
  request_id: "Lambda request id",
};

/** Name of a kind of id; the API's own word for one that is not known. */
export function idKindName(kind: string): string {
  return ID_KINDS[kind] ?? kind.replaceAll("_", " ");
}

/** Explanation of the link from a step to its parent, which has the name `parent`. */
export function evidenceSentence(step: RequestStep, parent: string | null): string {
  if (parent === null || step.evidence === null)
    return step.parent === null && step.shared_id === null
      ? "First step of the request."
      : "Shares an id with the request; the logs do not say what called it.";
  switch (step.evidence) {
    case "parent_span":
      return `X-Ray names the run of ${parent} as the parent span.`;
    case "tag":
      return `A tag declares that ${parent} calls it, and both have the same id.`;
    case "enclosing":
      return `Ran within the run of ${parent}, the innermost one with the same id.`;
    case "order":
      return `Began after ${parent}, the last run before it with the same id.`;
  }
}

const EDGE_EVIDENCE: Record<MapEdge["evidence"][number], string> = {
  parent_span: "X-Ray parent spans",
  tag: "a tag that declares it",
  enclosing: "a shared id, within the run of the caller",
  order: "a shared id, in order of time",
  message: "the id of a message in the lines of both functions",
  arn: "ARNs in log lines",
  host: "host names in log lines",
};

/** Evidence of an edge in words, the strongest first. */
export function edgeEvidence({ evidence }: MapEdge): string {
  const known = Object.entries(EDGE_EVIDENCE).filter(([name]) => evidence.some((one) => one === name));
  return known.map(([, words]) => words).join("; ");
}

/** Id that a step and its parent share, and the lines of both that have it. */
export function sharedIdText({ kind, id, time, parent_time }: SharedId, parent: string): string {
  const place = (at: number | null) => (at === null ? "REPORT" : `line of ${formatTime(at)}`);
  return `Same ${idKindName(kind)} ${id}: its ${place(time)}, ${parent}'s ${place(parent_time)}.`;
}

/** A call that shows an edge, whole enough to be looked up. */
export function exampleText({ example }: MapEdge): string | null {
  if (example === null) return null;
  const run = (name: string | null, id: string | null, time: number | null) =>
    name === null
      ? []
      : [[name, id, time === null ? null : `at ${formatTime(time)}`].filter(Boolean).join(" ")];
  const runs = [
    ...run(example.from_function, example.from_request_id, example.from_time),
    ...run(example.to_function, example.to_request_id, example.to_time),
  ];
  return [exampleId(example), runs.join(", then ")].filter((part) => part !== "").join(": ");
}

function exampleId({ id, id_kind }: EdgeExample): string {
  return id === null || id_kind === null ? "" : `${idKindName(id_kind)} ${id}`;
}

/** Id by which the request of an example is found; null if it has none. */
export function exampleRequest({ example }: MapEdge): string | null {
  return example?.id ?? example?.to_request_id ?? example?.from_request_id ?? null;
}
