// Written by infra/generate.py from the program's table of settings.
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { IStringParameter } from 'aws-cdk-lib/aws-ssm';

/** What the forwarder does; each is a setting of the program. */
export interface Settings {
  /** `TAILWATER_SINKS`. Where everything goes, each with its own ledger; the one setting that has to be set. Takes one or more of otlp, datadog, ndjson with commas between. */
  readonly sinks: ('otlp' | 'datadog' | 'ndjson')[];
  /** `TAILWATER_SIGNALS`. What is sent. Takes one or more of logs, metrics with commas between. By default logs,metrics. */
  readonly signals?: ('logs' | 'metrics')[];
  /** `TAILWATER_TAGS`. Put on everything that is sent. Takes tags such as team:shop,stage:prod. */
  readonly tags?: Record<string, string>;
  /** `TAILWATER_REGION`. The region where no log tells. Takes a region such as eu-west-1. */
  readonly defaultRegion?: string;
  /** `TAILWATER_ARCH`. The architecture of the functions, which no log tells; the cost depends on it. Takes one of x86_64, arm64. */
  readonly functionsArchitecture?: 'x86_64' | 'arm64';
  /** `OTEL_EXPORTER_OTLP_ENDPOINT`. otlp: The collector; v1/logs and v1/metrics are appended. Takes a URL such as https://collector.example:4318. */
  readonly otlpEndpoint?: string;
  /** `OTEL_EXPORTER_OTLP_LOGS_ENDPOINT`. otlp: Where logs go instead, taken as it is. Takes a URL such as https://collector.example:4318. */
  readonly otlpLogsEndpoint?: string;
  /** `OTEL_EXPORTER_OTLP_METRICS_ENDPOINT`. otlp: Where metrics go instead, taken as it is. Takes a URL such as https://collector.example:4318. */
  readonly otlpMetricsEndpoint?: string;
  /** `OTEL_EXPORTER_OTLP_HEADERS`. otlp: Sent with every request. Takes headers such as authorization=Bearer%20KEY, or secretsmanager:ARN, or ssm:NAME. */
  readonly otlpHeaders?: ISecret | IStringParameter;
  /** `OTEL_EXPORTER_OTLP_COMPRESSION`. otlp: How requests are compressed; zstd is smaller and faster where the collector takes it. Takes one of gzip, zstd, none. By default gzip. */
  readonly otlpCompression?: 'gzip' | 'zstd' | 'none';
  /** `OTEL_EXPORTER_OTLP_TIMEOUT`. otlp: How long one try of a request may take, instead of TAILWATER_TIMEOUT. Takes milliseconds such as 10000. */
  readonly otlpTimeout?: number;
  /** `OTEL_RESOURCE_ATTRIBUTES`. otlp: Put on every resource. Takes attributes such as team=shop,stage=prod, percent-encoded where need be. */
  readonly otlpResourceAttributes?: Record<string, string>;
  /** `DD_API_KEY_SECRET_ARN`. datadog: The secret in Secrets Manager that holds the API key; goes before the two below. Takes an ARN such as arn:aws:secretsmanager:eu-west-1:123456789012:secret:NAME. */
  readonly datadogApiKeySecret?: ISecret;
  /** `DD_API_KEY_SSM_NAME`. datadog: The SSM parameter that holds the API key; goes before DD_API_KEY. Takes a name such as /tailwater/api-key, or its ARN. */
  readonly datadogApiKeyParameter?: IStringParameter;
  /** `DD_SITE`. datadog: The site of the account. Takes one of datadoghq.com, us3.datadoghq.com, us5.datadoghq.com, ap1.datadoghq.com, ap2.datadoghq.com, uk1.datadoghq.com, datadoghq.eu, ddog-gov.com, us2.ddog-gov.com. By default datadoghq.com. */
  readonly datadogSite?: 'datadoghq.com' | 'us3.datadoghq.com' | 'us5.datadoghq.com' | 'ap1.datadoghq.com' | 'ap2.datadoghq.com' | 'uk1.datadoghq.com' | 'datadoghq.eu' | 'ddog-gov.com' | 'us2.ddog-gov.com';
  /** `DD_URL`. datadog: Where logs go instead of the site's own intake. Takes a host or a URL such as https://intake.example. */
  readonly datadogUrl?: string;
  /** `DD_TAGS`. datadog: Tags for Datadog only. Takes a list with commas between. */
  readonly datadogTags?: string[];
  /** `TAILWATER_INFLATED_LIMIT`. A delivery that inflates to more is cut there, and counted as damaged. Takes a size such as 256MiB or 5MB. By default 256MiB. */
  readonly inflatedLimit?: string;
  /** `TAILWATER_TIMEOUT`. How long one try of a request may take; never more than half of what is left of the invocation. Takes a duration such as 1500ms, 30s or 5m. By default 10s. */
  readonly requestTimeout?: string;
  /** `TAILWATER_DEADLINE_RESERVE`. The end of an invocation that is kept for parking. Takes a duration such as 1500ms, 30s or 5m. By default 1500ms. */
  readonly deadlineReserve?: string;
  /** `TAILWATER_CONCURRENCY`. How many requests to one sink are under way at once. Takes a number from 1 to 64. By default 4. */
  readonly requestConcurrency?: number;
  /** `TAILWATER_COMPRESSION_LEVEL`. How hard bodies are compressed; most of what forwarding costs. Takes one of 1, 2, 3, 4, 5, 6, 7, 8, 9. By default 1. */
  readonly compressionLevel?: '1' | '2' | '3' | '4' | '5' | '6' | '7' | '8' | '9';
  /** `TAILWATER_FIREHOSE`. Whether a Firehose that Tailwater transforms for keeps the records that are delivered, or drops them. Takes one of keep, drop. By default keep. */
  readonly firehose?: 'keep' | 'drop';
  /** `TAILWATER_EXCLUDE_LOG_GROUPS`. Log groups that are refused, so that delivering them cannot feed itself; * at the end of one stands for any rest. Takes a list with commas between. */
  readonly excludeLogGroups?: string[];
  /** `TAILWATER_ALLOW_INSECURE`. Lets plain http:// go to hosts other than this machine. Takes true or false. By default false. */
  readonly allowInsecure?: boolean;
  /** `TAILWATER_CA_FILE`. A PEM file of certificate authorities that are trusted besides the public ones. Takes the path of a file. */
  readonly caFile?: string;
  /** `HTTPS_PROXY`. The proxy that requests to backends go through. Takes a proxy such as http://proxy.example:3128. */
  readonly httpsProxy?: string;
  /** `NO_PROXY`. Hosts that are reached without the proxy. Takes a list with commas between. */
  readonly noProxy?: string[];
  /** `RUST_LOG`. How much Tailwater says of itself; other programs' modules are silent whatever it says. Takes off, error, warn, info, debug or trace, and module=level for a module, with commas between. By default info. */
  readonly logLevel?: string;
}

/** The settings as the program reads them. */
export function environment(settings: Settings): Record<string, string> {
  const chosen: Record<string, string | undefined> = {
    TAILWATER_SINKS: list(settings.sinks),
    TAILWATER_SIGNALS: list(settings.signals),
    TAILWATER_TAGS: tags(settings.tags),
    TAILWATER_REGION: settings.defaultRegion,
    TAILWATER_ARCH: settings.functionsArchitecture,
    OTEL_EXPORTER_OTLP_ENDPOINT: settings.otlpEndpoint,
    OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: settings.otlpLogsEndpoint,
    OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: settings.otlpMetricsEndpoint,
    OTEL_EXPORTER_OTLP_HEADERS: place(settings.otlpHeaders),
    OTEL_EXPORTER_OTLP_COMPRESSION: settings.otlpCompression,
    OTEL_EXPORTER_OTLP_TIMEOUT: text(settings.otlpTimeout),
    OTEL_RESOURCE_ATTRIBUTES: attributes(settings.otlpResourceAttributes),
    DD_API_KEY_SECRET_ARN: settings.datadogApiKeySecret?.secretArn,
    DD_API_KEY_SSM_NAME: settings.datadogApiKeyParameter?.parameterName,
    DD_SITE: settings.datadogSite,
    DD_URL: settings.datadogUrl,
    DD_TAGS: list(settings.datadogTags),
    TAILWATER_INFLATED_LIMIT: settings.inflatedLimit,
    TAILWATER_TIMEOUT: settings.requestTimeout,
    TAILWATER_DEADLINE_RESERVE: settings.deadlineReserve,
    TAILWATER_CONCURRENCY: text(settings.requestConcurrency),
    TAILWATER_COMPRESSION_LEVEL: settings.compressionLevel,
    TAILWATER_FIREHOSE: settings.firehose,
    TAILWATER_EXCLUDE_LOG_GROUPS: list(settings.excludeLogGroups),
    TAILWATER_ALLOW_INSECURE: text(settings.allowInsecure),
    TAILWATER_CA_FILE: settings.caFile,
    HTTPS_PROXY: settings.httpsProxy,
    NO_PROXY: list(settings.noProxy),
    RUST_LOG: settings.logLevel,
  };
  const given = Object.entries(chosen).filter((each): each is [string, string] => each[1] !== undefined);
  return Object.fromEntries(given);
}

/** What the function has to be allowed to read. */
export function secrets(settings: Settings): (ISecret | IStringParameter)[] {
  return [settings.otlpHeaders, settings.datadogApiKeySecret, settings.datadogApiKeyParameter].filter((each) => each !== undefined);
}

/** Where a secret is kept, as the program wants to be told. */
function place(kept?: ISecret | IStringParameter): string | undefined {
  if (kept === undefined) return undefined;
  return 'secretArn' in kept ? `secretsmanager:${kept.secretArn}` : `ssm:${kept.parameterName}`;
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
