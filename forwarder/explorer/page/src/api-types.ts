// Types of the API. Generated from openapi.json by `npm run types`; do not edit.

/** Invocations at once in one account and region. */
export type AccountConcurrency = {
  /** AWS account. */
  account: string | null;
  /** Busy time divided by the time range. */
  average: number | null;
  peak: number | null;
  /** First time of the peak. */
  peak_at_ms: number | null;
  /** AWS region. */
  region: string | null;
};

/** Log line with its neighbours in the same stream, in order. */
export type Around = {
  events: Line[];
};

/** Metrics of the namespace AWS/Lambda over whole hours. */
export type AwsMetrics = {
  /** Events that could not be sent to the dead-letter queue. */
  dead_letter_errors: number;
  /** Start of the first hour. */
  from_ms: number;
  /** Number of hours that were read. */
  hours: number;
  /** Highest number of environments that ran at once. */
  max_concurrent: number | null;
  /** Longest time that an asynchronous event waited, in milliseconds. */
  max_event_age_ms: number | null;
  /** Highest age of the last record of a batch of a stream, in milliseconds. */
  max_iterator_age_ms: number | null;
  /** Requests that Lambda refused because of a concurrency limit. */
  throttles: number;
  /** End of the last hour. */
  to_ms: number;
};

/** Stream of server-sent events named `change`; their data is `{"revision": 7}`. */
export type Change = string;

/** Group of errors that one set has. */
export type ComparedError = {
  /** AWS account that owns the function. */
  account: string | null;
  /** Innermost frame in code of the function. */
  culprit: string | null;
  /** Log lines. */
  events: number;
  /** Invocations that failed with this error. */
  failed_invocations: number;
  /** Function name; if unknown, the log group, else `unknown`. */
  function: string;
  /** Id of the group. */
  id: string;
  /** Kind of the error. */
  kind: "exception" | "timeout" | "out_of_memory" | "exit" | "init" | "handled" | "unknown";
  /** AWS region. */
  region: string | null;
  /** Type and first line, with numbers and ids masked. */
  title: string;
};

/** One function in both sets. */
export type ComparedFunction = {
  a: Measures | null;
  /** Version in the first set, if there is only one. */
  a_version: string | null;
  /** AWS account that owns the function. */
  account: string | null;
  b: Measures | null;
  /** Version in the second set, if there is only one. */
  b_version: string | null;
  /** Function name; if unknown, the log group, else `unknown`. */
  function: string;
  /** AWS region. */
  region: string | null;
};

/** Measures of both sets; null without invocations. */
export type ComparedPair = {
  a: Measures | null;
  b: Measures | null;
};

/** Two sets of invocations beside each other. */
export type Comparison = {
  /** First set. */
  a: string;
  /** Second set. */
  b: string;
  /** Functions, most invocations first. */
  functions: ComparedFunction[];
  /** Groups of errors that only the first set has; null if there were too many to keep. */
  gone_errors: ComparedError[] | null;
  /** Groups of errors that only the second set has; null if there were too many to keep. */
  new_errors: ComparedError[] | null;
  /** All functions together. */
  total: ComparedPair;
};

/** Invocations at once. */
export type Concurrency = {
  accounts: AccountConcurrency[];
  functions: FunctionConcurrency[];
};

/** Cost of each function. */
export type Cost = {
  functions: FunctionCost[];
};

/** Cost by the values of one dimension; rows, none and other add up to the total. */
export type CostBy = {
  /** Dimension: `tenant`, `version`, `function`, `day`, `field:PATH` or `emf:NAME`. */
  dimension: string;
  none_cost_usd: number | null;
  /** Invocations without a value. */
  none_invocations: number;
  other_cost_usd: number | null;
  /** Number of values that are not in rows. */
  other_values: number;
  /** Values, highest cost first; at most 50. */
  rows: CostByRow[];
  /** Invocations with several values, among which their cost is divided equally. */
  several_invocations: number;
  /** Cost of all invocations, as in the totals. */
  total_cost_usd: number | null;
  /** Invocations without a known cost. */
  unpriced_invocations: number;
  /** Number of distinct values. */
  values: number;
};

/** Invocations and cost of one value of a dimension. */
export type CostByRow = {
  cost_usd: number | null;
  /** Failed invocations. */
  errors: number;
  invocations: number;
  /** Value; versions are `function:41`, days are UTC. */
  value: string;
};

/** Cost of one function on one day. */
export type DayCost = {
  /** Part of cost_usd for initialisation. */
  cold_start_cost_usd: number | null;
  /** List price of the first tier for requests and GB-seconds. */
  cost_usd: number | null;
  /** Midnight UTC at the start of the day. */
  day_ms: number;
  /** Part of cost_usd for failed invocations, without request charges. */
  failure_cost_usd: number | null;
};

/** Result of a delivery; accepted events are on disk. */
export type DeliveryResult = {
  ledger: Ledger;
  /** Deliveries that could not be read completely, each with its index in the event and the reason. */
  rejected: string[];
};

/** Statistics of durations in milliseconds; null if no report has a duration. Average and maximum are exact, quantiles are estimates within 0.5 %. */
export type Durations = {
  avg: number | null;
  max: number | null;
  p50: number | null;
  p95: number | null;
  p99: number | null;
};

/** Calls in the earlier period. */
export type EdgeBefore = {
  /** Calls. */
  calls: number;
  /** Failed calls. */
  errors: number;
  /** p95 of the callee. */
  p95_ms: number | null;
};

/** Call of an edge, and what links its ends. */
export type EdgeExample = {
  /** Evidence. */
  evidence: "parent_span" | "tag" | "enclosing" | "order" | "message" | "arn" | "host";
  /** Function of the calling invocation; of an edge from a resource, that of the one that sent to it. */
  from_function: string | null;
  /** Request id of the calling invocation. */
  from_request_id: string | null;
  /** Beginning of this invocation. */
  from_time: number | null;
  /** This id: of the message if there is one, else of the request. */
  id: string | null;
  /** Kind of the id that both invocations have; null if the logs name a resource or a span instead. */
  id_kind: string | null;
  /** Function of the called invocation; of an edge to a resource, that of the one that handled what was sent. */
  to_function: string | null;
  /** Request id of the called invocation. */
  to_request_id: string | null;
  /** Beginning of this invocation. */
  to_time: number | null;
};

/** Failed invocations and error log lines of one function with the same cause. */
export type ErrorGroup = {
  /** AWS account that owns the function. */
  account: string | null;
  /** Innermost frame in code of the function, as `function (file)`. */
  culprit: string | null;
  /** Number of log lines; of failed invocations without a line, their REPORTs. */
  events: number;
  /** Number of invocations that failed with this error. */
  failed_invocations: number;
  /** Time of the first occurrence in any version. */
  first_seen_ms: number;
  /** Function name; if unknown, the log group, else `unknown`. */
  function: string;
  /** Identifier; parameter `error_group` of /api/v1/invocations, and value of the query field `@invocation.errorGroup`. */
  id: string;
  /** Kind of error. No invocation failed in a group of kind `handled`. */
  kind: "exception" | "timeout" | "out_of_memory" | "exit" | "init" | "handled" | "unknown";
  /** Time of the last occurrence in any version. */
  last_seen_ms: number;
  /** Key of the latest invocation that failed with this error. */
  latest: string | null;
  /** Version that brought the error. */
  new_in_version: string | null;
  /** Failed invocations, or lines of a handled error, in each of 24 equal parts of the time range. */
  over_time: number[];
  /** AWS region. */
  region: string | null;
  /** Version that brought the error back. */
  regressed_in_version: string | null;
  /** Type and first line of the earliest line, with numbers and ids masked. */
  title: string;
  /** Direction from the first to the second half of the time range. */
  trend: "rising" | "falling" | "steady";
  /** Error type, such as `TypeError`. */
  type: string | null;
  /** Versions with the error, in the order of their first invocation. */
  versions: ({
  events: number;
  failed_invocations: number;
  /** Version; empty if unknown. */
  version: string;
})[];
};

/** Error groups: most failed invocations first, then most log lines. */
export type Errors = {
  errors: ErrorGroup[];
  /** Failed invocations of all groups, including those beyond the limit. */
  failed_invocations: number;
  /** Beginning of the time that `over_time` divides. */
  from_ms: number | null;
  /** Last moment of the time that `over_time` divides. */
  to_ms: number | null;
  /** True if there are more errors than can be grouped; then there are no groups. */
  too_many: boolean;
  /** Number of groups, including those beyond the limit. */
  total: number;
};

/** Most frequent values of a field among the matching log events. The counts of `values`, `other` and `missing` together are all matching events. */
export type Facet = {
  /** Field as it was requested; `@function`, `@level` and `@version` if none was. */
  field: string;
  /** Events without the field. */
  missing: number;
  /** Events with any other value. */
  other: number;
  /** At most 10, the most frequent first. */
  values: FacetValue[];
};

/** Value of a field and the number of matching log events that have it. */
export type FacetValue = {
  count: number;
  value: QueryValue;
};

/** What a text may mean. */
export type Found = {
  /** Functions whose names contain the text, or are similar to it, the nearest first. */
  functions: FunctionIdentity[];
  /** Correlation ids that begin with the text. */
  ids: FoundId[];
  /** Invocations whose request ids begin with the text. */
  invocations: Invocation[];
  /** Trace ids that begin with the text. */
  traces: string[];
};

/** Correlation id that begins with a text. */
export type FoundId = {
  /** Text of the id. */
  id: string;
  /** Kind of the id: `trace_id`, `correlation_id`, `field`, `api_request_id`, `sqs_message_id`, `sns_message_id`, `event_id`, `execution` or `request_id`. */
  kind: string;
};

/** Invocations at once of one function, and its environments. */
export type FunctionConcurrency = {
  /** AWS account that owns the function. */
  account: string | null;
  /** Busy time divided by the time range. */
  average: number | null;
  busy_ms: number;
  /** Environments (log streams) with invocations. */
  environments: number;
  /** Invocations on Managed Instances, without a log stream, or that overlap in one. */
  excluded_invocations: number;
  /** Function name; if unknown, the log group, else `unknown`. */
  function: string;
  /** Of environments that ended an hour before the time range does. */
  lifetime_median_ms: number | null;
  /** Highest number at once; null if invocations are excluded. */
  peak: number | null;
  /** First time of the peak. */
  peak_at_ms: number | null;
  /** Provisioned concurrency; null if it cannot be told. */
  provisioned: ProvisionedOption[] | null;
  /** AWS region. */
  region: string | null;
  /** Invocations of an environment on average. */
  reuse_avg: number | null;
  reuse_max: number | null;
};

/** Cost of one function. */
export type FunctionCost = {
  /** AWS account that owns the function. */
  account: string | null;
  days: DayCost[];
  /** Function name; if unknown, the log group, else `unknown`. */
  function: string;
  /** Cost of all other failed invocations, without request charges. */
  other_error_cost_usd: number | null;
  /** Cost of invocations that ran out of memory, without request charges. */
  out_of_memory_cost_usd: number | null;
  /** AWS region. */
  region: string | null;
  /** Cost of invocations that timed out, without request charges. */
  timeout_cost_usd: number | null;
  versions: VersionCost[];
};

/** A function. */
export type FunctionIdentity = {
  account: string | null;
  function: string;
  region: string | null;
};

/** A function with its versions. */
export type FunctionNames = {
  /** AWS account that owns the function. */
  account: string | null;
  /** Function name; if unknown, the log group, else `unknown`. */
  function: string;
  /** AWS region. */
  region: string | null;
  /** Known versions. */
  versions: string[];
};

/** Statistics of one function in one account and region. */
export type FunctionSummary = {
  /** AWS account that owns the function. */
  account: string | null;
  /** Architecture used for the price. */
  arch: "x86_64" | "arm64";
  /** True if arch is an assumption. */
  arch_assumed: boolean;
  /** Metrics that AWS has measured in the hours of the range; null if they were not read by `pull --metrics`. */
  aws: AwsMetrics | null;
  /** Billed duration in milliseconds, including initialisation and restore. */
  billed_ms: number | null;
  /** Statistics of each entry of `versions`, in the same order. */
  by_version: VersionSummary[];
  /** Part of cost_usd for initialisation. */
  cold_start_cost_usd: number | null;
  /** Invocations that waited for the initialisation of their environment. */
  cold_starts: number;
  /** Reason why cost_usd is null. */
  cost_unknown: string | null;
  /** List price of the first tier for requests and GB-seconds. */
  cost_usd: number | null;
  /** Handler durations. */
  duration_ms: Durations;
  /** Failed invocations as AWS counts them; includes timeouts and out-of-memory errors. */
  errors: number;
  /** Part of cost_usd for failed invocations, without request charges. */
  failure_cost_usd: number | null;
  /** Function name; if unknown, the log group, else `unknown`. */
  function: string;
  /** Billed duration multiplied by memory, in GB-seconds. */
  gb_seconds: number | null;
  /** Initialisation durations of cold starts. */
  init_ms: InitDurations;
  /** Invocations: one per REPORT line. */
  invocations: number;
  /** Start of the latest invocation. */
  last_start_ms: number;
  /** Largest memory used by an invocation. */
  max_memory_mb: number | null;
  /** Configured memory, from the latest report. */
  memory_mb: number | null;
  /** max_memory_mb in percent of memory_mb. */
  memory_used_pct: number | null;
  /** Invocations that ran out of memory. */
  out_of_memory: number;
  /** True if the price was derived from other prices. */
  price_assumed: boolean;
  /** AWS region. */
  region: string | null;
  /** Part of cost_usd for restores from a snapshot. */
  restore_cost_usd: number | null;
  /** Invocations that waited for a restore from a SnapStart snapshot. */
  restores: number;
  /** Runtime identifier, if a function list was given. */
  runtime: string | null;
  /** Throttled requests as AWS has measured them: `aws.throttles`. Null if they were not read; they leave no log line. */
  throttles: number | null;
  /** Configured timeout, if a function list was given. */
  timeout_ms: number | null;
  /** Invocations that exceeded the function's timeout. */
  timeouts: number;
  /** Invocations without billed duration or memory; they are not in cost_usd. */
  unbilled: number;
  /** Invocations with an unrecognised status; they are not in errors. */
  unknown_outcomes: number;
  /** Versions in order of first appearance. */
  versions: string[];
};

/** Cost of one function that bought no answer. */
export type FunctionWaste = {
  /** AWS account that owns the function. */
  account: string | null;
  /** Cost of initialisation. */
  cold_start_cost_usd: number | null;
  /** Cost of all failed invocations, without request charges. */
  failed_cost_usd: number | null;
  /** Function name; if unknown, the log group, else `unknown`. */
  function: string;
  /** Failed initialisations; always null, because no report tells them. */
  init_failures: number | null;
  /** Cost of invocations that ran out of memory, without request charges. */
  out_of_memory_cost_usd: number | null;
  /** AWS region. */
  region: string | null;
  /** Invocations of a request id whose attempt before succeeded. */
  repeats: number;
  /** Invocations of a request id whose attempt before failed. */
  retries: number;
  /** Whole cost of retries and repeats. */
  retry_cost_usd: number | null;
  /** Cost of invocations that timed out, without request charges. */
  timeout_cost_usd: number | null;
  /** Cost of failed invocations, and of the initialisation of the others. */
  waste_cost_usd: number | null;
};

/** Statistics of initialisation durations in milliseconds; null without cold starts. */
export type InitDurations = {
  avg: number | null;
  max: number | null;
};

/** Finding about a function that deserves attention. */
export type Insight = {
  /** Failed invocations in per cent. */
  failed_pct: number | null;
  /** Function name; if unknown, the log group, else `unknown`. */
  function: string;
  /** The same as `look`. */
  kind: "worse_version" | "new_error" | "regressed_error" | "timeouts" | "errors" | "throttles" | "short_memory" | "leak" | "timeout_risk" | "always_cold" | "costly_init" | "resize" | "provisioned" | "arm64" | "idle_memory" | "chatty" | "tenant_cost";
  /** Rule that produced the finding. */
  look: "worse_version" | "new_error" | "regressed_error" | "timeouts" | "errors" | "throttles" | "short_memory" | "leak" | "timeout_risk" | "always_cold" | "costly_init" | "resize" | "provisioned" | "arm64" | "idle_memory" | "chatty" | "tenant_cost";
  /** Weight: money in a month, and one cent for each failure. */
  rank_usd_per_month: number;
  /** AWS region. */
  region: string | null;
  /** Finding in one line. */
  text: string;
  /** Money in a month at this rate. */
  usd_per_month: number | null;
};

/** Insight; null without invocations. */
export type InsightAnswer = {
  insight: InsightDocument | null;
};

/** Answers that are calculated from the invocations. */
export type InsightDocument = {
  concurrency: Concurrency;
  /** Cost by each dimension. */
  cost_by: CostBy[];
  /** Errors by group; null if there were too many to keep. */
  errors: InsightErrors | null;
  /** Function versions that leak memory, the nearest to its end first. */
  leaks: ({
  /** AWS account that owns the function. */
  account: string | null;
  /** Median of the highest memory use in the first ten invocations of an environment. */
  baseline_mb: number;
  /** Environments with at least 50 invocations. */
  environments: number;
  /** Function name; if unknown, the log group, else `unknown`. */
  function: string;
  /** Growth of the maximum memory use in the second half of the invocations of an environment. */
  growth_kb_per_run: number;
  /** Time until then at the median rate of an environment. */
  hours_to_oom: number | null;
  /** Memory size. */
  memory_mb: number;
  /** True if an environment had that many invocations, or ran out of memory. */
  outlived: boolean;
  /** AWS region. */
  region: string | null;
  /** Invocations of a new environment until the memory size is reached. */
  runs_to_oom: number;
  /** Version; null if unknown. */
  version: string | null;
})[];
  /** Cost of logs; null in `/api/v1/summary`, and if reading the lines takes more than ten seconds. */
  logs: LogCost | null;
  /** Map of functions and resources; null if `requests` is null. */
  map: InsightMap | null;
  /** Memory sizes, highest saving first. */
  memory: MemoryAdvice[];
  /** Requests across several functions; null if there were too many ids to keep. */
  requests: InsightRequests | null;
  /** Numbers of spans; null if `requests` is null. */
  spans: InsightSpans | null;
  /** Functions whose timeout is known, highest share first. */
  timeout_risk: TimeoutRisk[];
  waste: Waste;
};

/** Errors of one function with the same cause. */
export type InsightErrorGroup = {
  /** AWS account that owns the function. */
  account: string | null;
  /** Innermost frame in code of the function, as `function (file)`. */
  culprit: string | null;
  /** Log lines; of failed invocations without a line, their reports. */
  events: number;
  /** Invocations that failed with this error. */
  failed_invocations: number;
  /** First occurrence. */
  first_seen_ms: number;
  /** Function name; if unknown, the log group, else `unknown`. */
  function: string;
  /** Id of the group: 16 hexadecimal digits, the same in every version of the function. */
  id: string;
  /** Kind of the error. */
  kind: "exception" | "timeout" | "out_of_memory" | "exit" | "init" | "handled" | "unknown";
  /** Last occurrence. */
  last_seen_ms: number;
  /** Version that brought the error. */
  new_in_version: string | null;
  /** AWS region. */
  region: string | null;
  /** Version that brought the error back. */
  regressed_in_version: string | null;
  /** Type and first line of the first occurrence, with numbers and ids masked. */
  title: string;
  /** Direction within the time range. */
  trend: "rising" | "falling" | "steady";
  /** Type of the error. */
  type: string | null;
  /** Versions with the error, oldest first. */
  versions: string[];
};

/** Groups of errors. Each failed invocation is in exactly one. */
export type InsightErrors = {
  /** Failed invocations: the sum over all groups. */
  failed_invocations: number;
  /** Groups, most failed invocations first. */
  groups: InsightErrorGroup[];
  /** True if groups are left out because there are more than a thousand. */
  groups_truncated: boolean;
};

/** Functions, what they use, and the calls between them. */
export type InsightMap = {
  /** Edges: most calls first. */
  edges: InsightMapEdge[];
  /** Nodes: most invocations first. */
  nodes: InsightMapNode[];
};

/** Calls from one node to another. */
export type InsightMapEdge = {
  /** Calls; 0 if they are only declared, or gone. */
  calls: number;
  /** Confidence of the best evidence in percent. */
  confidence_pct: number;
  /** True if a tag declares the call. */
  declared: boolean;
  /** Failed calls. */
  errors: number;
  /** Name of the caller. */
  from: string;
  /** Calls that a parent span proves. */
  parent_span_calls: number;
  /** Calls that are retries by Lambda. */
  retries: number;
  /** Calls that a shared id shows. */
  shared_id_calls: number;
  /** Name of the callee. */
  to: string;
  /** Resources over which the calls go. */
  via: string[];
};

/** Function or resource. */
export type InsightMapNode = {
  /** Invocations. */
  invocations: number;
  /** Kind. */
  kind: string;
  /** Name. */
  name: string;
};

/** Request across several functions. */
export type InsightRequest = {
  /** Cost of the invocations. */
  cost_usd: number | null;
  /** True if an invocation failed. */
  failed: boolean;
  /** Id that the invocations share. */
  id: string;
  /** Kind of the id: `trace_id`, `correlation_id`, `field`, `api_request_id`, `sqs_message_id`, `sns_message_id`, `event_id`, `execution` or `request_id`. */
  id_kind: string;
  /** Invocations in the order of their beginning. */
  steps: InsightRequestStep[];
  /** Time from the first beginning to the last end. */
  total_ms: number;
};

/** Invocation of a request. */
export type InsightRequestStep = {
  /** Run time of the handler. */
  duration_ms: number | null;
  /** Evidence for `parent`. */
  evidence: "parent_span" | "tag" | "enclosing" | "order" | null;
  /** Name of the function. */
  function: string;
  /** Time from the beginning of the request. */
  offset_ms: number;
  /** Index of the step that caused it. */
  parent: number | null;
  /** Request id. */
  request_id: string | null;
};

/** Requests across several functions. */
export type InsightRequests = {
  /** Number of requests. */
  chains: number;
  /** Cost of these invocations. */
  cost_usd: number | null;
  /** Number of their invocations. */
  linked_invocations: number;
  /** The slowest 20 requests. */
  slowest: InsightRequest[];
};

/** Numbers of invocations, each of which is a span. */
export type InsightSpans = {
  /** Invocations with INIT. */
  init: number;
  /** Invocations whose trace X-Ray does not record. */
  not_recorded: number;
  /** Invocations with a restore. */
  restore: number;
  /** Invocations. */
  spans: number;
  /** Invocations with a trace id of X-Ray. */
  with_xray: number;
};

/** One invocation. Values that the logs do not have are null. */
export type Invocation = {
  /** AWS account that owns the function. */
  account: string | null;
  /** Architecture used for the price. */
  arch: "x86_64" | "arm64";
  /** Billed duration. */
  billed_ms: number | null;
  /** Part of cost_usd for initialisation. */
  cold_start_cost_usd: number | null;
  /** List price of the first tier for the request and GB-seconds. */
  cost_usd: number | null;
  /** Handler duration. */
  duration_ms: number | null;
  /** Group of the error with which the invocation failed; null if it did not fail. */
  error_group: InvocationError | null;
  /** Error type, such as `Runtime.ExitError`. */
  error_type: string | null;
  /** Function name; if unknown, the log group, else `unknown`. */
  function: string;
  /** Initialisation duration of a cold start. */
  init_ms: number | null;
  /** Identifier: 32 hexadecimal digits. */
  key: string;
  log_group: string;
  log_stream: string;
  /** Memory used. */
  max_memory_mb: number | null;
  /** Configured memory. */
  memory_mb: number | null;
  /** Size of the response. */
  produced_bytes: number | null;
  /** AWS region. */
  region: string | null;
  /** AWS request id. */
  request_id: string;
  /** Time until the response began. */
  response_latency_ms: number | null;
  /** Restore duration. */
  restore_ms: number | null;
  /** Kind of start. */
  start: "warm" | "cold" | "restored";
  /** Outcome. */
  status: "success" | "error" | "timeout" | "out_of_memory" | "unknown";
  /** Tenant id. */
  tenant: string | null;
  /** End of the invocation. */
  time_ms: number;
  /** X-Ray trace id. */
  trace_id: string | null;
  /** Version; empty if unknown. */
  version: string;
};

/** One invocation with its log. */
export type InvocationDetail = {
  /** Lines just before it in the same log stream. */
  before: Line[];
  invocation: Invocation;
  /** Log lines of the invocation in order. */
  lines: Line[];
  /** Other attempts of the same request. */
  retries: Invocation[];
};

/** Error group of an invocation. */
export type InvocationError = {
  /** Identifier of the group. */
  id: string;
  kind: "exception" | "timeout" | "out_of_memory" | "exit" | "init" | "handled" | "unknown";
  /** Type and first line of the earliest line of the group. */
  title: string;
  /** Error type, such as `TypeError`. */
  type: string | null;
};

/** One page of invocations. */
export type Invocations = {
  /** How many of them failed. */
  failed: number;
  invocations: Invocation[];
  /** `after` parameter of the next page; null on the last page. */
  next: string | null;
  /** Reason why invocations may be missing. */
  partial: PartialResult | null;
  /** Number of invocations on all pages. */
  total: number;
};

/** Number of log events by outcome: received = delivered + filtered + sampled + parked + rejected. */
export type Ledger = {
  /** Size of the received events in bytes; 0 in the summary of a store, which does not keep the sizes. */
  bytes: number;
  /** Events accepted by a backend or written to the store. */
  delivered: number;
  /** Delivered events that the store already had. */
  duplicates: number;
  /** Events excluded by a setting. */
  filtered: number;
  /** Events kept for a later delivery. */
  parked: number;
  /** Events read. An input that cannot be read counts as one. */
  received: number;
  /** Events or inputs that could not be read, or that the backend rejected permanently. */
  rejected: number;
  /** Events left out by sampling. */
  sampled: number;
};

/** Number of log events by level. A level without events is absent; `NONE` are events without a level. */
export type LevelCounts = {
  DEBUG?: number;
  ERROR?: number;
  FATAL?: number;
  INFO?: number;
  NONE?: number;
  TRACE?: number;
  WARN?: number;
};

/** One log line. */
export type Line = {
  /** AWS account that owns the function. */
  account: string | null;
  /** Service, tags and attributes that rules set, and the numbers of joined and sampled events. */
  additions: { [name: string]: unknown } | null;
  /** Size of the whole message if `message` is only its beginning. */
  cut_from_bytes: number | null;
  /** Function name; if unknown, the log group, else `unknown`. */
  function: string;
  /** Kind of line, such as `app`, `text`, `emf`, `start` or `report`. */
  kind: string;
  /** Log level. */
  level: "TRACE" | "DEBUG" | "INFO" | "WARN" | "ERROR" | "FATAL" | null;
  log_group: string;
  log_stream: string;
  /** Message, or its first 16 KiB. */
  message: string;
  /** Index of this part of a message that was split into several log events. */
  part: number | null;
  /** Position of the line; parameter of /api/v1/logs/around. */
  place: string;
  /** AWS request id. */
  request_id: string | null;
  /** Time of the log event. */
  time_ms: number;
  /** X-Ray trace id. */
  trace_id: string | null;
  /** Version; empty if unknown. */
  version: string;
};

/** Log events in a span of time of length `step_ms`. */
export type LogBucket = {
  levels: LevelCounts;
  /** Start of the span. */
  start_ms: number;
};

/** Bytes of the log lines and their price at CloudWatch in the log class Standard; null dollars without a known price. */
export type LogCost = {
  /** Functions, highest price first. */
  by_function: ({
  /** AWS account that owns the function. */
  account: string | null;
  /** Log events. */
  events: number;
  /** Function name; if unknown, the log group, else `unknown`. */
  function: string;
  /** Bytes that CloudWatch counts. */
  ingest_bytes: number;
  /** Price of ingestion. */
  ingest_usd: number | null;
  /** AWS region. */
  region: string | null;
})[];
  /** Levels, highest price first. */
  by_level: ({
  /** Log events. */
  events: number;
  /** Bytes that CloudWatch counts. */
  ingest_bytes: number;
  /** Price of ingestion. */
  ingest_usd: number | null;
  /** Level of lines of functions; `none` without one. */
  level: "platform" | "emf" | "none" | "TRACE" | "DEBUG" | "INFO" | "WARN" | "ERROR" | "FATAL";
})[];
  /** Log events. */
  events: number;
  /** Both. */
  ingest_bytes: number;
  /** Price of ingestion at the first tier. */
  ingest_usd: number | null;
  /** Price of ingestion in a month at this rate, at most. */
  ingest_usd_per_month: number | null;
  /** Bytes of the messages. */
  message_bytes: number;
  /** 26 bytes for each event. */
  overhead_bytes: number;
  /** The ten dearest patterns of lines. */
  patterns: ({
  /** AWS account that owns the function. */
  account: string | null;
  /** Log events. */
  events: number;
  /** Beginning of the earliest line. */
  example: string;
  /** Function name; if unknown, the log group, else `unknown`. */
  function: string;
  /** Hash of function, level and pattern. */
  id: string;
  /** Bytes that CloudWatch counts. */
  ingest_bytes: number;
  /** Price of ingestion. */
  ingest_usd: number | null;
  /** Level, `platform`, `emf` or `none`. */
  level: string;
  /** Text with names for the parts that change. */
  pattern: string;
  /** AWS region. */
  region: string | null;
})[];
  /** True if patterns are coarser than usual, or left out, because there are too many different lines. */
  patterns_truncated: boolean;
  /** Date of the prices; null with `--log-price`. */
  price_as_of: string | null;
  /** Price of the compressed logs of a month, for each month that they are kept. */
  storage_usd_per_month: number | null;
  /** Changes that would lower the price. */
  what_if: ({
  /** Change. */
  change: "drop_debug" | "drop_pattern" | "system_warn" | "json_to_text" | "infrequent_access";
  /** Function; null for all. */
  function: string | null;
  /** What would be lost, and how the change is made. */
  lost: string;
  /** Invocations of which nothing would be known. */
  lost_invocations: number;
  /** `id` of the pattern. */
  pattern_id: string | null;
  /** Region of the function. */
  region: string | null;
  /** Rule of the forwarder that leaves the lines out at the backends, as TOML; null if no rule matches just these lines. */
  rule: string | null;
  /** Bytes that CloudWatch would not count. */
  saved_bytes: number;
  /** Their price in the window. */
  saved_usd: number | null;
  /** Their price in a month. */
  saved_usd_per_month: number | null;
  /** Bytes for which the effect is not known. */
  unknown_bytes: number;
})[];
};

/** Most frequent values of fields among the log events that match a search. A message in several parts counts once, and only its first part is searched. */
export type LogFacets = {
  /** Number of matching events. */
  events: number;
  facets: Facet[];
  /** Null if all events were counted. */
  partial: PartialResult | null;
};

/** Number of log events that match a search, over time and by level. A message in several parts counts once, and only its first part is searched. */
export type LogHistogram = {
  /** All buckets of the time range without gaps, also those without events. */
  buckets: LogBucket[];
  /** Number of matching events in all buckets. */
  events: number;
  /** Start of the first bucket; null if no log events are stored. */
  from_ms: number | null;
  /** Null if all events were counted. */
  partial: PartialResult | null;
  /** Query in the language `insights` that finds the same events, for the same time range. */
  query: string;
  /** Length of a bucket. */
  step_ms: number;
};

/** One page of search results, newest first. */
export type Logs = {
  events: Line[];
  /** `after` parameter of the next page; null on the last page. */
  next: string | null;
  /** Time down to which the log was searched, if the search stopped early to respond soon; `next` continues it. */
  searched_to_ms: number | null;
};

/** Invocations of a function by their outcome. */
export type MapAnswers = {
  /** Invocations that ended with an error. */
  errors: number;
  /** Invocations that Lambda ended: out of time or memory. */
  faults: number;
  /** Invocations that succeeded. */
  ok: number;
  /** Throttled calls; null, because they leave no log line. */
  throttled: number | null;
};

/** Function upstream of a node. */
export type MapCaller = {
  /** Distance in calls. */
  distance: number;
  /** Those of which an invocation failed. */
  failed_requests: number;
  /** Name. */
  name: string;
  /** Requests in which both take part. */
  requests: number;
};

/** Calls from one node to another. */
export type MapEdge = {
  /** Numbers of the earlier period; null if there were no calls, or no period was given. */
  before: EdgeBefore | null;
  /** Calls; 0 if they are only declared, or gone. */
  calls: number;
  /** Change against the earlier period. */
  change: "new" | "gone" | "slower" | "failing" | null;
  /** Confidence of the best evidence in percent. */
  confidence_pct: number;
  /** True if a tag declares the call. */
  declared: boolean;
  /** Failed calls. */
  errors: number;
  /** Evidence, the strongest first. */
  evidence: ("parent_span" | "tag" | "enclosing" | "order" | "message" | "arn" | "host")[];
  /** Call with the best evidence, to check it in the logs; null if no invocation shows the call. */
  example: EdgeExample | null;
  /** Failed retries. */
  failed_retries: number;
  /** Name of the caller. */
  from: string;
  /** p95 of the run time of the called function. */
  p95_ms: number | null;
  /** Calls that a parent span proves. */
  parent_span_calls: number;
  /** Calls that are retries by Lambda: further attempts with the request id of the first. */
  retries: number;
  /** Calls that a shared id shows. */
  shared_id_calls: number;
  /** Name of the callee. */
  to: string;
  /** True if the edge is uncertain: fewer than 3 calls, and no tag. */
  uncertain: boolean;
  /** Resources over which calls between two functions go. The edges to and from them are in the map, too. */
  via: string[];
  /** Calls that go over them. */
  via_calls: number;
};

/** What a failure of a node can reach. */
export type MapImpact = {
  /** The same functions, the nearest first. */
  callers: MapCaller[];
  /** Those of which an invocation failed. */
  failed_requests: number;
  /** Functions that call it, directly, through others or over queues and other resources. */
  functions: string[];
  /** Its invocations; of a resource those whose lines name it. */
  invocations: number;
  /** Requests across several functions in which it takes part. */
  requests: number;
  /** Those that are part of no request across several functions. */
  single_invocations: number;
  /** Those for which no log tells the caller. */
  without_caller: number;
};

/** Function or resource. */
export type MapNode = {
  /** Account of the function. */
  account: string | null;
  /** Invocations by outcome; null for a resource. */
  answers: MapAnswers | null;
  /** Average run time of the handler; null for a resource. */
  average_ms: number | null;
  /** Cost of the invocations; null without a price. */
  cost_usd: number | null;
  /** Failed ones of these invocations. */
  errors: number;
  /** Name of the function; null for a resource. */
  function: string | null;
  /** Invocations of a function; of a resource those whose lines name it. */
  invocations: number;
  /** Kind. */
  kind: "function" | "queue" | "topic" | "bucket" | "table" | "bus" | "stream" | "api" | "state_machine" | "host";
  /** Name, unique in the map: of a function, or of a resource such as `SQS:orders`. If several functions have the name, with what tells them apart: `api@eu-west-1`. */
  name: string;
  /** Run time of the handler that 95 % of the invocations do not exceed. */
  p95_ms: number | null;
  /** Region of the function. */
  region: string | null;
  /** Share of the requests across several functions in which the node takes part. */
  traces_pct: number | null;
};

/** Memory size with at least 100 warm, good invocations in two environments. */
export type MeasuredSize = {
  memory_mb: number;
  /** Median of the duration; exact. */
  p50_ms: number | null;
  runs: number;
};

/** What is compared of a set of invocations. */
export type Measures = {
  /** Cold starts in per cent. */
  cold_start_pct: number | null;
  cold_starts: number;
  cost_usd: number | null;
  cost_usd_per_invocation: number | null;
  /** Run time of the handler. */
  duration_ms: {
  max: number | null;
  p50: number | null;
  p95: number | null;
  p99: number | null;
};
  /** Failed invocations in per cent. */
  error_rate_pct: number | null;
  /** Failed invocations. */
  errors: number;
  invocations: number;
  out_of_memory: number;
  timeouts: number;
};

/** Memory sizes of one function. */
export type MemoryAdvice = {
  /** AWS account that owns the function. */
  account: string | null;
  /** Saving by the price of arm64, if the duration stays the same. */
  arm64_saving_usd_per_month: number | null;
  /** Smallest size that is not below floor_mb; its cost is unknown. */
  could_try_mb: number | null;
  /** Between the smallest and the largest measured size: 0 if the duration is the same, 1 if half the memory doubles it. */
  elasticity: number | null;
  elasticity_high: number | null;
  elasticity_low: number | null;
  /** Highest memory use and a quarter of it. */
  floor_mb: number | null;
  /** Function name; if unknown, the log group, else `unknown`. */
  function: string;
  /** Highest memory use at any size. */
  max_memory_mb: number | null;
  measured: MeasuredSize[];
  /** Memory size in the latest report. */
  memory_mb: number;
  /** Measured size that costs less, or a larger size if the current one is too small. */
  recommended_mb: number | null;
  /** AWS region. */
  region: string | null;
  /** True if all measured invocations are of one version. */
  same_version: boolean | null;
  saving_high_pct: number | null;
  saving_high_usd_per_month: number | null;
  /** Least saving at the recommended size, of the cost of the handler. */
  saving_low_pct: number | null;
  saving_low_usd_per_month: number | null;
  /** True if a measured size has less than 24 hours. */
  short_history: boolean | null;
  /** Verdict. */
  verdict: "too_small" | "not_enough_evidence" | "cpu_bound" | "insensitive" | "mixed";
};

/** All named queries; those of a group follow each other. */
export type NamedQueries = {
  queries: NamedQuery[];
};

/** Query that Tailwater offers by name. */
export type NamedQuery = {
  /** Chart that shows the result best. */
  chart: "table" | "line" | "bar";
  /** Subject, such as `Cold starts`. */
  group: string;
  name: string;
  parameters: NamedQueryParameter[];
  /** Text in the language `insights`. */
  query: string;
  /** Question that it answers. */
  question: string;
};

/** Parameter of a named query: its name stands in the query as a text in double quotes, which is replaced by the value as a quoted text. */
export type NamedQueryParameter = {
  /** Value if none is given; null if one must be given. */
  default: string | null;
  name: string;
};

/** Names that filters can choose from. */
export type Names = {
  accounts: string[];
  functions: FunctionNames[];
  regions: string[];
  /** At most a thousand tenants. */
  tenants: string[];
};

/** OpenAPI document. */
export type OpenApi = { [name: string]: unknown };

/** Reason why a result stands for a part of the log only. */
export type PartialResult = {
  /** Explanation. */
  message: string;
  /** `memory`: rows and groups needed too much memory. `time`: the time limit was reached. `truncated`: texts or rows were left out because of another limit. */
  reason: "memory" | "time" | "truncated";
};

/** Error of a request (RFC 9457). */
export type Problem = {
  /** Column of the error in code points, from 1. */
  column?: number;
  /** Explanation of the error. For a malformed query it begins with the line and column. */
  detail: string;
  /** End of the text at fault, exclusive; equal to `start` at the end of the query. */
  end?: number;
  /** Line of the error in a malformed query, from 1. This and the following members are absent for other errors. */
  line?: number;
  /** Start of the text at fault: UTF-16 offset into the parameter `q`. */
  start?: number;
  /** HTTP status code. */
  status: number;
  /** Known name that resembles the one written; null if there is none. */
  suggestion?: string | null;
  /** Reason phrase of the HTTP status. */
  title: string;
};

/** Cost of n provisioned environments in the time range. */
export type ProvisionedOption = {
  cold_starts_avoided: number;
  /** Saving by the lower price of duration. */
  duration_saving_usd: number;
  /** Price of having the environments. */
  idle_cost_usd: number;
  n: number;
  /** Cost minus saving; negative if it is cheaper. */
  net_usd: number;
  /** Invocations that they would have served. */
  served: number;
};

/** Quantiles of durations in milliseconds, one value per bucket; null if the bucket has no value. */
export type Quantiles = {
  max: (number | null)[];
  p50: (number | null)[];
  p90: (number | null)[];
  p95: (number | null)[];
  p99: (number | null)[];
};

/** Result of a query. */
export type QueryAnswer = {
  /** Names of the columns. */
  columns: string[];
  /** Time for which the query ran, without the time for which it waited for others. */
  elapsed_ms: number;
  /** Log events that were read. */
  events: number;
  /** What each row stands for, in the order of the rows; null for a row that stands for a group. */
  links: (QueryLink | null)[];
  /** Remarks about the query. */
  notes: string[];
  /** Null if the result is complete. */
  partial: PartialResult | null;
  /** Values of each row, in the order of the columns. */
  rows: QueryValue[][];
  /** Number of rows before the limit was applied, as far as they were counted: a query may stop reading once it has enough. */
  rows_before_limit: number;
};

/** Field that log events have. */
export type QueryField = {
  /** A value as text, at most 100 characters. */
  example: string;
  /** Name as queries write it, in backticks where needed. */
  name: string;
  /** Share of the sampled events that have the field, above 0 and up to 1. */
  share: number;
};

/** Fields of the log events in a sample, the most frequent ones first. */
export type QueryFields = {
  /** At most 500. */
  fields: QueryField[];
  /** Number of events in the sample. */
  sampled_events: number;
};

/** Log event or invocation that a row stands for. */
export type QueryLink = {
  /** Function, if the row has a column `@function` (in SQL: `function`). */
  function: string | null;
  /** Parameter `place` of `/api/v1/logs/around`; null if the row stands for no single log event. */
  place: string | null;
  /** Parameter `request_id` of `/api/v1/invocation`, if the row has a column `@requestId` (in SQL: `request_id`). */
  request_id: string | null;
};

/** Value of a row. Times are texts such as `2026-03-04 10:00:00.000` (UTC), truth values are 1 and 0, a missing value is null. */
export type QueryValue = string | number | boolean | null | { [name: string]: unknown } | QueryValue[];

/** One exported log event: a line of NDJSON that `tailwater replay` reads. */
export type Record = {
  /** AWS account; absent if unknown. */
  account?: string;
  /** Attributes that rules set. */
  attributes?: { [name: string]: unknown };
  /** Message. */
  body: string;
  /** Identifier: 16 hexadecimal digits. */
  event_id: string;
  /** Function name; if unknown, the log group, else `unknown`. */
  function: string;
  /** Number of events that a rule joined into this one. */
  joined?: number;
  /** Always `log`. */
  kind: "log";
  /** Log level; absent if unknown. */
  level?: "TRACE" | "DEBUG" | "INFO" | "WARN" | "ERROR" | "FATAL";
  log_group: string;
  log_stream: string;
  /** Index of this part of a split message; absent if the message is whole. */
  part?: number;
  /** AWS region; absent if unknown. */
  region?: string;
  /** AWS request id; absent if unknown. */
  request_id?: string;
  /** Number of requests for which the request of this event stands. */
  sampling_one_in?: number;
  /** Service that a rule set. */
  service?: string;
  /** Tags that rules set. */
  tags?: string[];
  /** Time of the log event. */
  time: number;
  /** X-Ray trace id; absent if unknown. */
  trace_id?: string;
  /** Kind of line, such as `app` or `report`. */
  type: string;
  /** Version; empty if unknown. */
  version: string;
};

/** One request with its log. */
export type RequestDetail = {
  /** Cost of the invocations; null if none has a price. */
  cost_usd: number | null;
  /** True if an invocation failed. */
  failed: boolean;
  /** Strongest id that most of the invocations share. */
  id: string;
  /** Kind of the id: `trace_id`, `correlation_id`, `field`, `api_request_id`, `sqs_message_id`, `sns_message_id`, `event_id`, `execution` or `request_id`. */
  id_kind: string;
  /** Ids of the invocations, the strongest kind first. */
  ids: RequestIdUse[];
  /** Log lines of all invocations by time, then by their order in the log stream. */
  lines: RequestLine[];
  /** True if there are more lines than these. */
  lines_truncated: boolean;
  /** Invocations in the order of their beginning. */
  steps: RequestStep[];
  /** Beginning of the first invocation. */
  time: number;
  /** Time from the first beginning to the last end. */
  total_ms: number;
  /** True if the request has more invocations than these. */
  truncated: boolean;
};

/** Correlation id of a request. */
export type RequestIdUse = {
  /** Text of the id. */
  id: string;
  /** Number of invocations with the id. */
  invocations: number;
  /** Kind of the id: `trace_id`, `correlation_id`, `field`, `api_request_id`, `sqs_message_id`, `sns_message_id`, `event_id`, `execution` or `request_id`. */
  kind: string;
};

/** Log line of a request. */
export type RequestLine = {
  /** AWS account that owns the function. */
  account: string | null;
  /** Service, tags and attributes that rules set, and the numbers of joined and sampled events. */
  additions: { [name: string]: unknown } | null;
  /** Size of the whole message if `message` is only its beginning. */
  cut_from_bytes: number | null;
  /** Function name; if unknown, the log group, else `unknown`. */
  function: string;
  /** Kind of line, such as `app`, `text`, `emf`, `start` or `report`. */
  kind: string;
  /** Log level. */
  level: "TRACE" | "DEBUG" | "INFO" | "WARN" | "ERROR" | "FATAL" | null;
  log_group: string;
  log_stream: string;
  /** Message, or its first 16 KiB. */
  message: string;
  /** Index of this part of a message that was split into several log events. */
  part: number | null;
  /** Position of the line; parameter of /api/v1/logs/around. */
  place: string;
  /** AWS request id. */
  request_id: string | null;
  /** Index of the step. */
  step: number;
  /** Time of the log event. */
  time_ms: number;
  /** X-Ray trace id. */
  trace_id: string | null;
  /** Version; empty if unknown. */
  version: string;
};

/** Invocations of several functions that ids connect. */
export type RequestRow = {
  /** Cost of the invocations; null if none has a price. */
  cost_usd: number | null;
  /** True if an invocation failed. */
  failed: boolean;
  /** Functions in the order in which the request reached them. */
  functions: string[];
  /** Strongest id that most of the invocations share; parameter `id` of /api/v1/request. */
  id: string;
  /** Kind of the id: `trace_id`, `correlation_id`, `field`, `api_request_id`, `sqs_message_id`, `sns_message_id`, `event_id`, `execution` or `request_id`. */
  id_kind: string;
  /** Number of invocations, each attempt counted. */
  invocations: number;
  /** Beginning of the first invocation. */
  time: number;
  /** Time from the first beginning to the last end. */
  total_ms: number;
};

/** Invocation of a request. */
export type RequestStep = {
  /** Account of the function. */
  account: string | null;
  /** Number of the attempt at its request id, from 1. */
  attempt: number;
  /** Billed duration. */
  billed_ms: number | null;
  /** Confidence of `parent` in percent. */
  confidence_pct: number | null;
  /** Cost; null without a price. */
  cost_usd: number | null;
  /** Run time of the handler. */
  duration_ms: number | null;
  /** Error type. */
  error_type: string | null;
  /** Id of the REPORT event. */
  event_id: string;
  /** Evidence for `parent`. */
  evidence: "parent_span" | "tag" | "enclosing" | "order" | null;
  /** Name of the function. */
  function: string;
  /** Time from the parent's end, or from its beginning if it was still running, to `start_ms`. */
  gap_ms: number | null;
  /** Duration of INIT before it. */
  init_ms: number | null;
  /** Key of the invocation, for /api/v1/invocation. */
  key: string;
  /** Name of the function, with its account or region if the request has several of that name. */
  label: string;
  /** Id of a message, an event or an execution that the step and its parent have in common. */
  message_id: SharedId | null;
  /** Time from the beginning of the request to `start_ms`. */
  offset_ms: number;
  /** Index of the step that caused this one; null if the logs do not say. */
  parent: number | null;
  /** Span that the step names as its parent, 16 hexadecimal digits. */
  parent_span_id: string | null;
  /** Region of the function. */
  region: string | null;
  /** Request id. */
  request_id: string | null;
  /** Duration of the restore before it. */
  restore_ms: number | null;
  /** Id that the step and its parent have in common. */
  shared_id: SharedId | null;
  /** Beginning: of INIT or the restore, else of the handler. */
  start_ms: number;
  /** Outcome. */
  status: "success" | "error" | "timeout" | "out_of_memory" | "unknown";
  /** Time of the REPORT. */
  time: number;
  /** Version of the function; empty if unknown. */
  version: string;
};

/** Page of requests across several functions. */
export type Requests = {
  /** Number of requests that match, on all pages. */
  chains: number;
  /** Cost of these invocations; null if none has a price. */
  cost_usd: number | null;
  /** Number of their invocations. */
  linked_invocations: number;
  /** Value of `cursor` for the next page; null on the last page. */
  next: string | null;
  /** Requests of the page. */
  requests: RequestRow[];
};

/** Counts and durations over time, one value per bucket. */
export type Series = {
  /** Durations of cold starts and restores, including the wait. */
  cold_duration_ms: Quantiles;
  /** Invocations that waited for the initialisation of their environment. */
  cold_starts: number[];
  /** Handler durations. */
  duration_ms: Quantiles;
  /** Failed invocations as AWS counts them; includes timeouts and out-of-memory errors. */
  errors: number[];
  /** Start of the first bucket. */
  from_ms: number;
  /** Invocations: one per REPORT line. */
  invocations: number[];
  /** Largest memory used by an invocation. */
  max_memory_mb: (number | null)[];
  /** Configured memory, from the last invocation of the bucket. */
  memory_mb: (number | null)[];
  /** Invocations that ran out of memory. */
  out_of_memory: number[];
  /** Invocations that waited for a restore from a SnapStart snapshot. */
  restores: number[];
  /** Invocations that took longer than the 95th percentile of their own function over all stored ones; about 5 % usually do. */
  slow: number[];
  /** Width of each bucket. */
  step_ms: number;
  /** Invocations that exceeded the function's timeout. */
  timeouts: number[];
  /** Durations of all other invocations. */
  warm_duration_ms: Quantiles;
};

/** Functions, the resources that they use, and the calls between them. */
export type ServiceMap = {
  /** Edges: most calls first, then by name. */
  edges: MapEdge[];
  /** Number of edges left out because of `confidence`. */
  edges_below_confidence: number;
  /** Impact of a failure of the node `of`; null without `of`. */
  impact: MapImpact | null;
  /** Nodes: most invocations first, then by name. */
  nodes: MapNode[];
  /** True if nodes are left out. */
  nodes_truncated: boolean;
  /** Reason why there are no edges; null if there are. */
  why_empty: "no_invocations" | "one_function" | "no_ids" | "no_shared_ids" | "below_confidence" | "none_in_this_part" | null;
};

/** Correlation id that a step and its parent share. */
export type SharedId = {
  /** Text of the id. */
  id: string;
  /** Kind of the id: `trace_id`, `correlation_id`, `field`, `api_request_id`, `sqs_message_id`, `sns_message_id`, `event_id`, `execution` or `request_id`. */
  kind: string;
  /** The same of the parent. */
  parent_time: number | null;
  /** Time of the first line of the step with it; null if its START or REPORT has it. */
  time: number | null;
};

/** Invocations and errors of one function over time. */
export type Sparkline = {
  /** AWS account that owns the function. */
  account: string | null;
  /** Failed invocations in each bucket. */
  errors: number[];
  /** Function name; if unknown, the log group, else `unknown`. */
  function: string;
  /** Invocations in each bucket. */
  invocations: number[];
  /** AWS region. */
  region: string | null;
};

/** Invocations and errors of all functions over time. */
export type Sparklines = {
  /** Start of the first bucket. */
  from_ms: number;
  functions: Sparkline[];
  /** Width of each bucket. */
  step_ms: number;
};

/** Contents of the store and state of the server. */
export type Status = {
  /** Stored log events. */
  events: number;
  /** Reason why the store cannot be read; null if it can. */
  failure: string | null;
  /** Earliest stored time. */
  first_ms: number | null;
  /** Stored functions. */
  functions: number;
  /** Stored invocations. */
  invocations: number;
  /** Latest stored time. */
  last_ms: number | null;
  /** True if the store has changed within the last five minutes while the server ran. */
  receiving: boolean;
  /** Number that increases whenever the store changes. */
  revision: number;
  /** Version of the server. */
  version: string;
};

/** Statistics of all functions. */
export type Summary = {
  /** Functions, most invocations first, then by name. */
  functions: FunctionSummary[];
  /** Answers that need each invocation; null without invocations. */
  insight: InsightDocument | null;
  ledger: Ledger;
  /** Assumptions and gaps behind the numbers. */
  notes: string[];
  /** Time range of the invocations; null without invocations. */
  range: TimeRange | null;
  totals: Totals;
  /** Findings, most important first. */
  worth_a_look: Insight[];
};

/** Time range. */
export type TimeRange = {
  /** Start of the first invocation. */
  from_ms: number;
  /** End of the last invocation. */
  to_ms: number;
};

/** Durations of a function against its timeout. */
export type TimeoutRisk = {
  /** AWS account that owns the function. */
  account: string | null;
  /** Function name; if unknown, the log group, else `unknown`. */
  function: string;
  max_ms: number | null;
  /** 99th percentile of all durations; exact. */
  p99_ms: number | null;
  /** AWS region. */
  region: string | null;
  timeout_ms: number | null;
  /** Source of the timeout. */
  timeout_source: "catalog" | "log";
  /** p99_ms as a percentage of the timeout. */
  used_pct: number | null;
};

/** Sums over all functions. Costs cover the functions whose cost is known. */
export type Totals = {
  /** Billed duration in milliseconds, including initialisation and restore. */
  billed_ms: number | null;
  /** Part of cost_usd for initialisation. */
  cold_start_cost_usd: number | null;
  /** Invocations that waited for the initialisation of their environment. */
  cold_starts: number;
  /** List price of the first tier for requests and GB-seconds. */
  cost_usd: number | null;
  /** Handler durations. */
  duration_ms: Durations;
  /** Failed invocations as AWS counts them; includes timeouts and out-of-memory errors. */
  errors: number;
  /** Part of cost_usd for failed invocations, without request charges. */
  failure_cost_usd: number | null;
  /** Billed duration multiplied by memory, in GB-seconds. */
  gb_seconds: number | null;
  /** Initialisation durations of cold starts. */
  init_ms: InitDurations;
  /** Invocations: one per REPORT line. */
  invocations: number;
  /** Invocations that ran out of memory. */
  out_of_memory: number;
  /** Part of cost_usd for restores from a snapshot. */
  restore_cost_usd: number | null;
  /** Invocations that waited for a restore from a SnapStart snapshot. */
  restores: number;
  /** Invocations that exceeded the function's timeout. */
  timeouts: number;
};

/** Cost of one version of a function. */
export type VersionCost = {
  /** Part of cost_usd for initialisation. */
  cold_start_cost_usd: number | null;
  /** Invocations that waited for the initialisation of their environment. */
  cold_starts: number;
  /** List price of the first tier for requests and GB-seconds. */
  cost_usd: number | null;
  /** Part of cost_usd for failed invocations, without request charges. */
  failure_cost_usd: number | null;
  /** Invocations of this version. */
  invocations: number;
  /** Version, such as `$LATEST` or `41`; empty if the logs do not name it. */
  version: string;
};

/** Statistics of one version of a function. */
export type VersionSummary = {
  /** Handler durations. */
  duration_ms: Durations;
  /** Failed invocations. */
  errors: number;
  /** Start of the first invocation. */
  first_start_ms: number;
  /** Invocations of this version. */
  invocations: number;
  /** Start of the last invocation. */
  last_start_ms: number;
  /** Version, such as `$LATEST` or `41`. */
  version: string;
};

/** Cost that bought no answer. */
export type Waste = {
  /** Functions, highest cost first. */
  by_function: FunctionWaste[];
  /** Cost of initialisation. */
  cold_start_cost_usd: number | null;
  /** Cost of all failed invocations, without request charges. */
  failed_cost_usd: number | null;
  /** Failed initialisations; always null, because no report tells them. */
  init_failures: number | null;
  /** Cost of invocations that ran out of memory, without request charges. */
  out_of_memory_cost_usd: number | null;
  /** Invocations of a request id whose attempt before succeeded. */
  repeats: number;
  /** Invocations of a request id whose attempt before failed. */
  retries: number;
  /** Whole cost of retries and repeats. */
  retry_cost_usd: number | null;
  /** Cost of invocations that timed out, without request charges. */
  timeout_cost_usd: number | null;
  /** Cost of failed invocations, and of the initialisation of the others. */
  waste_cost_usd: number | null;
};

/** JSON response of each endpoint, by path. */
export type Responses = {
  "/api/v1/compare": Comparison;
  "/api/v1/cost": Cost;
  "/api/v1/errors": Errors;
  "/api/v1/find": Found;
  "/api/v1/insight": InsightAnswer;
  "/api/v1/invocation": InvocationDetail;
  "/api/v1/invocations": Invocations;
  "/api/v1/logs": Logs;
  "/api/v1/logs/around": Around;
  "/api/v1/logs/facets": LogFacets;
  "/api/v1/logs/histogram": LogHistogram;
  "/api/v1/map": ServiceMap;
  "/api/v1/names": Names;
  "/api/v1/openapi.json": OpenApi;
  "/api/v1/query": QueryAnswer;
  "/api/v1/query/fields": QueryFields;
  "/api/v1/query/named": NamedQueries;
  "/api/v1/request": RequestDetail;
  "/api/v1/requests": Requests;
  "/api/v1/series": Series;
  "/api/v1/sparklines": Sparklines;
  "/api/v1/status": Status;
  "/api/v1/summary": Summary;
};

/** Names of the query parameters of each endpoint, by path. */
export type Parameters = {
  "/api/v1/compare": "a" | "b" | "versions";
  "/api/v1/cost": "since" | "until" | "function" | "account" | "region";
  "/api/v1/errors": "since" | "until" | "function" | "account" | "region" | "version" | "limit";
  "/api/v1/events": never;
  "/api/v1/find": "text";
  "/api/v1/insight": "since" | "until" | "by";
  "/api/v1/invocation": "key" | "request_id";
  "/api/v1/invocations": "since" | "until" | "function" | "account" | "region" | "version" | "outcome" | "start" | "slower_than" | "tenant" | "error_group" | "field" | "order" | "limit" | "after";
  "/api/v1/logs": "text" | "function" | "account" | "region" | "version" | "level" | "request_id" | "trace_id" | "since" | "until" | "limit" | "after";
  "/api/v1/logs/around": "place" | "count";
  "/api/v1/logs/export": "text" | "function" | "account" | "region" | "version" | "level" | "request_id" | "trace_id" | "since" | "until";
  "/api/v1/logs/facets": "text" | "function" | "account" | "region" | "version" | "level" | "request_id" | "trace_id" | "since" | "until" | "field";
  "/api/v1/logs/histogram": "text" | "function" | "account" | "region" | "version" | "level" | "request_id" | "trace_id" | "since" | "until" | "buckets";
  "/api/v1/map": "from" | "to" | "account" | "region" | "version" | "before_from" | "before_to" | "version_before" | "ask" | "of" | "direction" | "depth" | "confidence";
  "/api/v1/names": never;
  "/api/v1/openapi.json": never;
  "/api/v1/query": "q" | "language" | "since" | "until" | "limit";
  "/api/v1/query/fields": "since" | "until";
  "/api/v1/query/named": never;
  "/api/v1/request": "id";
  "/api/v1/requests": "from" | "to" | "function" | "account" | "region" | "outcome" | "sort" | "limit" | "cursor";
  "/api/v1/series": "since" | "until" | "function" | "account" | "region" | "version" | "buckets";
  "/api/v1/sparklines": "since" | "until" | "buckets";
  "/api/v1/status": never;
  "/api/v1/summary": "since" | "until";
};
