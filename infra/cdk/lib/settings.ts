// Written by infra/generate.py from the list that `tailwater settings --json` prints.
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { IStringParameter } from 'aws-cdk-lib/aws-ssm';

/** Settings of the forwarder, each an environment variable of the function. */
export interface Settings {
  /** `TAILWATER_SINKS`. Sinks that everything is sent to, each with its own ledger; the only setting that has to be set. Takes one or more of otlp, datadog, ndjson, separated by commas. */
  readonly sinks: ('otlp' | 'datadog' | 'ndjson')[];
  /** `TAILWATER_SIGNALS`. Signals to send; traces are spans of invocations, which the sink otlp takes. Takes one or more of logs, metrics, traces, separated by commas. By default logs,metrics. */
  readonly signals?: ('logs' | 'metrics' | 'traces')[];
  /** `TAILWATER_EMF`. Metrics to send that log lines declare in the embedded metric format (EMF): those of Lambda functions and of Lambda Insights, those of all log groups, or none. Takes one of lambda, all, none. By default lambda. */
  readonly emf?: 'lambda' | 'all' | 'none';
  /** `TAILWATER_DERIVED_METRICS`. Metrics to derive besides those of invocations: bytes of log lines by level, cost by tenant (up to 200 in an invocation of the forwarder); without it, none. Takes one or more of log_bytes, tenant_cost, separated by commas. */
  readonly derivedMetrics?: ('log_bytes' | 'tenant_cost')[];
  /** `TAILWATER_TAGS`. Tags added to everything that is sent. Takes tags such as team:shop,stage:prod. */
  readonly tags?: Record<string, string>;
  /** `TAILWATER_RULES`. Rules that filter, redact, sample, tag and join log events, and make metrics of them: their text, the path of a file, ssm:NAME or s3://BUCKET/KEY. Rules in AWS are read again every five minutes. Takes rules, the path of a file, ssm:NAME or s3://BUCKET/KEY. */
  readonly rules?: string;
  /** `TAILWATER_REDACT_KEY`. Key with which rules hash what they redact with hash = true. Takes the secret itself, or secretsmanager:ARN, or ssm:NAME. */
  readonly redactKey?: ISecret | IStringParameter;
  /** `REDACT_IP`. Replaces IPv4 addresses in all log events by xxx.xxx.xxx.xxx, for every sink, as the Datadog Forwarder does. Takes true or false. By default false. */
  readonly redactIp?: boolean;
  /** `REDACT_EMAIL`. Replaces e-mail addresses in all log events by xxxxx@xxxxx.com, for every sink, as the Datadog Forwarder does. Takes true or false. By default false. */
  readonly redactEmail?: boolean;
  /** `DD_SCRUBBING_RULE`. Replaces what this regular expression matches in all log events, for every sink, as the Datadog Forwarder does. It is searched in the message as written, in its JSON string, and in the values of a JSON message. Takes a regular expression of Python without look-around and back references. */
  readonly datadogScrubbingRule?: string;
  /** `DD_SCRUBBING_RULE_REPLACEMENT`. Text that replaces the matches of DD_SCRUBBING_RULE. Takes a text, with \1 or \g<name> for what a group matches. By default xxxxx. */
  readonly datadogScrubbingRuleReplacement?: string;
  /** `INCLUDE_AT_MATCH`. Delivers only log events whose message this regular expression matches, to every sink, as the Datadog Forwarder does; metrics are made of all. Takes a regular expression of Python without look-around and back references. */
  readonly includeAtMatch?: string;
  /** `EXCLUDE_AT_MATCH`. Does not deliver log events whose message this regular expression matches, to any sink, as the Datadog Forwarder does; metrics are made of all. Takes a regular expression of Python without look-around and back references. */
  readonly excludeAtMatch?: string;
  /** `DD_MULTILINE_LOG_REGEX_PATTERN`. Regular expression that the first line of an event in an S3 object matches at its start; the lines up to the next one are joined, for every sink, as the Datadog Forwarder does. Takes a regular expression of Python without look-around and back references. */
  readonly datadogMultilineLogRegexPattern?: string;
  /** `TAILWATER_REGION`. Region to assume when the logs do not name one. Takes a region such as eu-west-1. */
  readonly defaultRegion?: string;
  /** `TAILWATER_ARCH`. Architecture of the functions, which the logs do not name; their cost depends on it. Takes one of x86_64, arm64. */
  readonly functionsArchitecture?: 'x86_64' | 'arm64';
  /** `OTEL_EXPORTER_OTLP_ENDPOINT`. otlp: Base URL of the collector; v1/logs, v1/metrics and v1/traces are appended. Takes a URL such as https://collector.example:4318. */
  readonly otlpEndpoint?: string;
  /** `OTEL_EXPORTER_OTLP_LOGS_ENDPOINT`. otlp: URL that logs are sent to instead; nothing is appended. Takes a URL such as https://collector.example:4318. */
  readonly otlpLogsEndpoint?: string;
  /** `OTEL_EXPORTER_OTLP_METRICS_ENDPOINT`. otlp: URL that metrics are sent to instead; nothing is appended. Takes a URL such as https://collector.example:4318. */
  readonly otlpMetricsEndpoint?: string;
  /** `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT`. otlp: URL that traces are sent to instead; nothing is appended. Takes a URL such as https://collector.example:4318. */
  readonly otlpTracesEndpoint?: string;
  /** `TAILWATER_SPANS`. otlp: Invocations whose spans are sent if traces is among the signals: all, or all but those that X-Ray does not record. Takes one of all, recorded. By default all. */
  readonly spans?: 'all' | 'recorded';
  /** `OTEL_EXPORTER_OTLP_HEADERS`. otlp: Headers of every request. Takes headers such as authorization=Bearer%20KEY, or secretsmanager:ARN, or ssm:NAME. */
  readonly otlpHeaders?: ISecret | IStringParameter;
  /** `OTEL_EXPORTER_OTLP_COMPRESSION`. otlp: Compression of request bodies; zstd is smaller and faster if the collector supports it. Takes one of gzip, zstd, none. By default gzip. */
  readonly otlpCompression?: 'gzip' | 'zstd' | 'none';
  /** `OTEL_EXPORTER_OTLP_TIMEOUT`. otlp: Timeout of one request attempt, instead of TAILWATER_TIMEOUT. Takes milliseconds such as 10000. */
  readonly otlpTimeout?: number;
  /** `OTEL_RESOURCE_ATTRIBUTES`. otlp: Attributes added to every resource. Takes attributes such as team=shop,stage=prod, percent-encoded where necessary. */
  readonly otlpResourceAttributes?: Record<string, string>;
  /** `DD_API_KEY_SECRET_ARN`. datadog: Secret in Secrets Manager that holds the API key; takes precedence over the next two. Takes an ARN such as arn:aws:secretsmanager:eu-west-1:123456789012:secret:NAME. */
  readonly datadogApiKeySecret?: ISecret;
  /** `DD_API_KEY_SSM_NAME`. datadog: SSM parameter that holds the API key; takes precedence over DD_API_KEY. Takes a name such as /tailwater/api-key, or its ARN. */
  readonly datadogApiKeyParameter?: IStringParameter;
  /** `DD_SITE`. datadog: Datadog site of the account. Takes one of datadoghq.com, us3.datadoghq.com, us5.datadoghq.com, ap1.datadoghq.com, ap2.datadoghq.com, uk1.datadoghq.com, datadoghq.eu, ddog-gov.com, us2.ddog-gov.com. By default datadoghq.com. */
  readonly datadogSite?: 'datadoghq.com' | 'us3.datadoghq.com' | 'us5.datadoghq.com' | 'ap1.datadoghq.com' | 'ap2.datadoghq.com' | 'uk1.datadoghq.com' | 'datadoghq.eu' | 'ddog-gov.com' | 'us2.ddog-gov.com';
  /** `DD_URL`. datadog: Proxy or intake that is used instead of the site. A host, or a URL with the path /api/v2/logs, gets logs, as in the Datadog Forwarder; another URL gets logs and metrics. DD_API_URL is for metrics alone. Takes a host or a URL such as https://intake.example. */
  readonly datadogUrl?: string;
  /** `DD_PORT`. datadog: Port of DD_URL, or of the logs intake of the site, if its URL names none. Takes a port such as 443. */
  readonly datadogPort?: string;
  /** `DD_API_URL`. datadog: Proxy or API that metrics are sent to instead of the site. Takes a host or a URL such as https://intake.example. */
  readonly datadogApiUrl?: string;
  /** `DD_NO_SSL`. datadog: Sends logs by plain HTTP if DD_URL names no scheme; to other hosts than this one, only with TAILWATER_ALLOW_INSECURE. Takes true or false. By default false. */
  readonly datadogNoSsl?: boolean;
  /** `DD_TAGS`. datadog: Tags added to what is sent to Datadog only. Takes a list separated by commas. */
  readonly datadogTags?: string[];
  /** `DD_SOURCE`. datadog: Source (ddsource) of all logs, instead of the one that their origin has; they get the tag source_overridden:true. */
  readonly datadogSource?: string;
  /** `DD_FORWARD_LOG`. datadog: If false, Datadog gets metrics only; its logs count as filtered. Takes true or false. By default true. */
  readonly datadogForwardLog?: boolean;
  /** `DD_USE_COMPRESSION`. datadog: If false, logs are sent to Datadog uncompressed. Takes true or false. By default true. */
  readonly datadogUseCompression?: boolean;
  /** `DD_COMPRESSION_LEVEL`. datadog: Compression level of request bodies to Datadog, instead of TAILWATER_COMPRESSION_LEVEL; 0 is no compression. Takes one of 0, 1, 2, 3, 4, 5, 6, 7, 8, 9. */
  readonly datadogCompressionLevel?: '0' | '1' | '2' | '3' | '4' | '5' | '6' | '7' | '8' | '9';
  /** `DD_MAX_WORKERS`. datadog: Maximum number of concurrent requests to Datadog, instead of TAILWATER_CONCURRENCY; a number over 64 is 64. Takes a whole number from 1. */
  readonly datadogMaxWorkers?: string;
  /** `DD_ENRICH_S3_TAGS`. datadog: Asks Datadog to add the tags of buckets to logs, by the header DD-STORAGE-TAG. Takes true or false. By default true. */
  readonly datadogEnrichS3Tags?: boolean;
  /** `DD_ENRICH_CLOUDWATCH_TAGS`. datadog: Asks Datadog to add the tags of log groups to logs, by the header DD-STORAGE-TAG. Takes true or false. By default true. */
  readonly datadogEnrichCloudwatchTags?: boolean;
  /** `TAILWATER_INFLATED_LIMIT`. Maximum decompressed size of one delivery; the rest is cut off and counted as damaged. Takes a size such as 256MiB or 5MB. By default 256MiB. */
  readonly inflatedLimit?: string;
  /** `TAILWATER_TIMEOUT`. Timeout of one request attempt; never more than half of the time left in the invocation. Takes a duration such as 1500ms, 30s or 5m. By default 10s. */
  readonly requestTimeout?: string;
  /** `TAILWATER_DEADLINE_RESERVE`. Time at the end of an invocation that is reserved for parking. Takes a duration such as 1500ms, 30s or 5m. By default 1500ms. */
  readonly deadlineReserve?: string;
  /** `TAILWATER_CONCURRENCY`. Maximum number of concurrent requests to one sink. Takes a number from 1 to 64. By default 4. */
  readonly requestConcurrency?: number;
  /** `TAILWATER_COMPRESSION_LEVEL`. Compression level of request bodies; most of the forwarder's CPU time depends on it. Takes one of 1, 2, 3, 4, 5, 6, 7, 8, 9. By default 1. */
  readonly compressionLevel?: '1' | '2' | '3' | '4' | '5' | '6' | '7' | '8' | '9';
  /** `TAILWATER_FIREHOSE`. Result of a Firehose transformation for records that were delivered: Firehose keeps or drops them. Takes one of keep, drop. By default keep. */
  readonly firehose?: 'keep' | 'drop';
  /** `TAILWATER_EXCLUDE_LOG_GROUPS`. Log groups to refuse, so that forwarding cannot feed itself; a * at the end of a name matches any rest. Takes a list separated by commas. */
  readonly excludeLogGroups?: string[];
  /** `TAILWATER_SOURCE_BUCKETS`. Buckets whose objects are read when an event names them, besides the parking bucket; a * at the end of a name matches any rest; without it, all buckets. Takes a list separated by commas. */
  readonly sourceBuckets?: string[];
  /** `TAILWATER_ALLOW_INSECURE`. Allows plain http:// to hosts other than this machine. Takes true or false. By default false. */
  readonly allowInsecure?: boolean;
  /** `TAILWATER_CA_FILE`. PEM file of certificate authorities to trust besides the public ones. Takes the path of a file. */
  readonly caFile?: string;
  /** `HTTPS_PROXY`. Proxy for requests to backends. Takes a proxy such as http://proxy.example:3128. */
  readonly httpsProxy?: string;
  /** `NO_PROXY`. Hosts that are reached without the proxy. Takes a list separated by commas. */
  readonly noProxy?: string[];
  /** `RUST_LOG`. Level of Tailwater's own log; libraries never log, whatever the level. Takes off, error, warn, info, debug or trace, also module=level for one module, separated by commas. By default info. */
  readonly logLevel?: string;
}

/** Returns the settings as environment variables. */
export function environment(settings: Settings): Record<string, string> {
  const chosen: Record<string, string | undefined> = {
    TAILWATER_SINKS: list(settings.sinks),
    TAILWATER_SIGNALS: list(settings.signals),
    TAILWATER_EMF: settings.emf,
    TAILWATER_DERIVED_METRICS: list(settings.derivedMetrics),
    TAILWATER_TAGS: tags(settings.tags),
    TAILWATER_RULES: settings.rules,
    TAILWATER_REDACT_KEY: reference(settings.redactKey),
    REDACT_IP: text(settings.redactIp),
    REDACT_EMAIL: text(settings.redactEmail),
    DD_SCRUBBING_RULE: settings.datadogScrubbingRule,
    DD_SCRUBBING_RULE_REPLACEMENT: settings.datadogScrubbingRuleReplacement,
    INCLUDE_AT_MATCH: settings.includeAtMatch,
    EXCLUDE_AT_MATCH: settings.excludeAtMatch,
    DD_MULTILINE_LOG_REGEX_PATTERN: settings.datadogMultilineLogRegexPattern,
    TAILWATER_REGION: settings.defaultRegion,
    TAILWATER_ARCH: settings.functionsArchitecture,
    OTEL_EXPORTER_OTLP_ENDPOINT: settings.otlpEndpoint,
    OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: settings.otlpLogsEndpoint,
    OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: settings.otlpMetricsEndpoint,
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: settings.otlpTracesEndpoint,
    TAILWATER_SPANS: settings.spans,
    OTEL_EXPORTER_OTLP_HEADERS: reference(settings.otlpHeaders),
    OTEL_EXPORTER_OTLP_COMPRESSION: settings.otlpCompression,
    OTEL_EXPORTER_OTLP_TIMEOUT: text(settings.otlpTimeout),
    OTEL_RESOURCE_ATTRIBUTES: attributes(settings.otlpResourceAttributes),
    DD_API_KEY_SECRET_ARN: settings.datadogApiKeySecret?.secretArn,
    DD_API_KEY_SSM_NAME: settings.datadogApiKeyParameter?.parameterName,
    DD_SITE: settings.datadogSite,
    DD_URL: settings.datadogUrl,
    DD_PORT: settings.datadogPort,
    DD_API_URL: settings.datadogApiUrl,
    DD_NO_SSL: text(settings.datadogNoSsl),
    DD_TAGS: list(settings.datadogTags),
    DD_SOURCE: settings.datadogSource,
    DD_FORWARD_LOG: text(settings.datadogForwardLog),
    DD_USE_COMPRESSION: text(settings.datadogUseCompression),
    DD_COMPRESSION_LEVEL: settings.datadogCompressionLevel,
    DD_MAX_WORKERS: settings.datadogMaxWorkers,
    DD_ENRICH_S3_TAGS: text(settings.datadogEnrichS3Tags),
    DD_ENRICH_CLOUDWATCH_TAGS: text(settings.datadogEnrichCloudwatchTags),
    TAILWATER_INFLATED_LIMIT: settings.inflatedLimit,
    TAILWATER_TIMEOUT: settings.requestTimeout,
    TAILWATER_DEADLINE_RESERVE: settings.deadlineReserve,
    TAILWATER_CONCURRENCY: text(settings.requestConcurrency),
    TAILWATER_COMPRESSION_LEVEL: settings.compressionLevel,
    TAILWATER_FIREHOSE: settings.firehose,
    TAILWATER_EXCLUDE_LOG_GROUPS: list(settings.excludeLogGroups),
    TAILWATER_SOURCE_BUCKETS: list(settings.sourceBuckets),
    TAILWATER_ALLOW_INSECURE: text(settings.allowInsecure),
    TAILWATER_CA_FILE: settings.caFile,
    HTTPS_PROXY: settings.httpsProxy,
    NO_PROXY: list(settings.noProxy),
    RUST_LOG: settings.logLevel,
  };
  const given = Object.entries(chosen).filter((each): each is [string, string] => each[1] !== undefined);
  return Object.fromEntries(given);
}

/** Returns the secrets and parameters that the function needs permission to read. */
export function secrets(settings: Settings): (ISecret | IStringParameter)[] {
  return [settings.redactKey, settings.otlpHeaders, settings.datadogApiKeySecret, settings.datadogApiKeyParameter].filter((each) => each !== undefined);
}

/** Returns the name of the SSM parameter, or bucket and key of the S3 object, that `TAILWATER_RULES` refers to. */
export function rulesPlace(settings: Settings): { parameter?: string; object?: string } {
  const { rules: place } = settings;
  if (place?.startsWith('ssm:')) return { parameter: place.slice('ssm:'.length) };
  return place?.startsWith('s3://') ? { object: place.slice('s3://'.length) } : {};
}

/** Returns a reference to a secret in the syntax of the settings. */
function reference(secret?: ISecret | IStringParameter): string | undefined {
  if (secret === undefined) return undefined;
  return 'secretArn' in secret ? `secretsmanager:${secret.secretArn}` : `ssm:${secret.parameterName}`;
}

function text(value?: number | boolean): string | undefined {
  return value?.toString();
}

function list(values?: readonly string[]): string | undefined {
  return values?.join(',');
}

function tags(values?: Record<string, string>): string | undefined {
  return values && list(Object.entries(values).map(([key, value]) => `${key}:${value}`));
}

function attributes(values?: Record<string, string>): string | undefined {
  return values && list(Object.entries(values).map(([key, value]) => `${encodeURIComponent(key)}=${encodeURIComponent(value)}`));
}
