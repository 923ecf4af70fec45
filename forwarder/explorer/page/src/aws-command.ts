// The command of the AWS command line that reads the log lines of an invocation.

import type { Invocation } from "./api-types";
import { quote } from "./query/command-line";

/** Time before and after an invocation within which its lines were logged. */
const MARGIN_MS = 60_000;

/** `aws logs filter-log-events` for the lines with the request id of an invocation; null if its log group is unknown. */
export function awsCommand(invocation: Invocation): string | null {
  const { log_group, log_stream, region, request_id, time_ms } = invocation;
  if (log_group === "" || request_id === "") return null;
  const start = Math.floor(time_ms - (invocation.duration_ms ?? 0) - (invocation.init_ms ?? 0) - MARGIN_MS);
  // Arguments whose values begin with a dash or hold brackets are one word each.
  return [
    "aws logs filter-log-events",
    region ? `--region=${quote(region)}` : null,
    `--log-group-name=${quote(log_group)}`,
    log_stream === "" ? null : `--log-stream-names=${quote(log_stream)}`,
    `--start-time=${start}`,
    `--end-time=${Math.ceil(time_ms) + MARGIN_MS}`,
    `--filter-pattern=${quote(`"${request_id.replaceAll('"', "")}"`)}`,
  ]
    .filter((part) => part !== null)
    .join(" ");
}
