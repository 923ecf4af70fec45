import { expect, test } from "vitest";
import type { Invocation } from "./api-types";
import { awsCommand } from "./aws-command";

const invocation: Invocation = {
  key: "",
  time_ms: 1_772_618_400_000,
  request_id: "8f507cfc-1",
  function: "shop",
  version: "1",
  account: null,
  region: "eu-west-1",
  log_group: "/aws/lambda/shop",
  log_stream: "2026/03/04/[1]aa",
  arch: "arm64",
  status: "success",
  error_type: null,
  error_group: null,
  start: "cold",
  duration_ms: 1500,
  billed_ms: null,
  init_ms: 500,
  restore_ms: null,
  memory_mb: null,
  max_memory_mb: null,
  cost_usd: null,
  cold_start_cost_usd: null,
  produced_bytes: null,
  response_latency_ms: null,
  trace_id: null,
  tenant: null,
};

test("command reads the lines from a minute before the start to a minute after the end", () => {
  expect(awsCommand(invocation)).toBe(
    "aws logs filter-log-events --region='eu-west-1' --log-group-name='/aws/lambda/shop' " +
      "--log-stream-names='2026/03/04/[1]aa' --start-time=1772618338000 --end-time=1772618460000 " +
      `--filter-pattern='"8f507cfc-1"'`,
  );
});

test("values of a log cannot leave their argument", () => {
  const hostile = { ...invocation, log_group: "x'; rm -rf ~ #", request_id: 'a" "b', region: null };
  const command = awsCommand(hostile) ?? "";
  expect(command).toContain(`--log-group-name='x'\\''; rm -rf ~ #'`);
  expect(command).toContain(`--filter-pattern='"a b"'`);
  expect(awsCommand({ ...invocation, log_group: "" })).toBeNull();
});
