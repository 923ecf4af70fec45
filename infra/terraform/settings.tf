# Written by infra/generate.py from the list that `tailwater settings --json` prints.

variable "sinks" {
  type        = list(string)
  description = "TAILWATER_SINKS. Sinks that everything is sent to, each with its own ledger; the only setting that has to be set. Takes one or more of otlp, datadog, ndjson, separated by commas."
}

variable "signals" {
  type        = list(string)
  default     = null
  description = "TAILWATER_SIGNALS. Signals to send. Takes one or more of logs, metrics, separated by commas. By default logs,metrics."
}

variable "tags" {
  type        = map(string)
  default     = null
  description = "TAILWATER_TAGS. Tags added to everything that is sent. Takes tags such as team:shop,stage:prod."
}

variable "default_region" {
  type        = string
  default     = null
  description = "TAILWATER_REGION. Region to assume when the logs do not name one. Takes a region such as eu-west-1."
}

variable "functions_architecture" {
  type        = string
  default     = null
  description = "TAILWATER_ARCH. Architecture of the functions, which the logs do not name; their cost depends on it. Takes one of x86_64, arm64."
}

variable "otlp_endpoint" {
  type        = string
  default     = null
  description = "OTEL_EXPORTER_OTLP_ENDPOINT. otlp: Base URL of the collector; v1/logs and v1/metrics are appended. Takes a URL such as https://collector.example:4318."
}

variable "otlp_logs_endpoint" {
  type        = string
  default     = null
  description = "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT. otlp: URL that logs are sent to instead; nothing is appended. Takes a URL such as https://collector.example:4318."
}

variable "otlp_metrics_endpoint" {
  type        = string
  default     = null
  description = "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT. otlp: URL that metrics are sent to instead; nothing is appended. Takes a URL such as https://collector.example:4318."
}

variable "otlp_headers_secret_arn" {
  type        = string
  default     = null
  sensitive   = true
  description = "OTEL_EXPORTER_OTLP_HEADERS, as the ARN of the secret in Secrets Manager that holds it."
}

variable "otlp_headers_parameter_name" {
  type        = string
  default     = null
  sensitive   = true
  description = "OTEL_EXPORTER_OTLP_HEADERS, as the name of the SSM parameter that holds it."
}

variable "otlp_compression" {
  type        = string
  default     = null
  description = "OTEL_EXPORTER_OTLP_COMPRESSION. otlp: Compression of request bodies; zstd is smaller and faster if the collector supports it. Takes one of gzip, zstd, none. By default gzip."
}

variable "otlp_timeout" {
  type        = number
  default     = null
  description = "OTEL_EXPORTER_OTLP_TIMEOUT. otlp: Timeout of one request attempt, instead of TAILWATER_TIMEOUT. Takes milliseconds such as 10000."
}

variable "otlp_resource_attributes" {
  type        = map(string)
  default     = null
  description = "OTEL_RESOURCE_ATTRIBUTES. otlp: Attributes added to every resource. Takes attributes such as team=shop,stage=prod, percent-encoded where necessary."
}

variable "datadog_api_key_secret_arn" {
  type        = string
  default     = null
  description = "DD_API_KEY_SECRET_ARN. datadog: Secret in Secrets Manager that holds the API key; takes precedence over the next two. Takes an ARN such as arn:aws:secretsmanager:eu-west-1:123456789012:secret:NAME."
}

variable "datadog_api_key_ssm_name" {
  type        = string
  default     = null
  description = "DD_API_KEY_SSM_NAME. datadog: SSM parameter that holds the API key; takes precedence over DD_API_KEY. Takes a name such as /tailwater/api-key, or its ARN."
}

variable "datadog_site" {
  type        = string
  default     = null
  description = "DD_SITE. datadog: Datadog site of the account. Takes one of datadoghq.com, us3.datadoghq.com, us5.datadoghq.com, ap1.datadoghq.com, ap2.datadoghq.com, uk1.datadoghq.com, datadoghq.eu, ddog-gov.com, us2.ddog-gov.com. By default datadoghq.com."
}

variable "datadog_url" {
  type        = string
  default     = null
  description = "DD_URL. datadog: Proxy or intake that everything is sent to instead of the site. Takes a host or a URL such as https://intake.example."
}

variable "datadog_tags" {
  type        = list(string)
  default     = null
  description = "DD_TAGS. datadog: Tags added to what is sent to Datadog only. Takes a list separated by commas."
}

variable "inflated_limit" {
  type        = string
  default     = null
  description = "TAILWATER_INFLATED_LIMIT. Maximum decompressed size of one delivery; the rest is cut off and counted as damaged. Takes a size such as 256MiB or 5MB. By default 256MiB."
}

variable "request_timeout" {
  type        = string
  default     = null
  description = "TAILWATER_TIMEOUT. Timeout of one request attempt; never more than half of the time left in the invocation. Takes a duration such as 1500ms, 30s or 5m. By default 10s."
}

variable "deadline_reserve" {
  type        = string
  default     = null
  description = "TAILWATER_DEADLINE_RESERVE. Time at the end of an invocation that is reserved for parking. Takes a duration such as 1500ms, 30s or 5m. By default 1500ms."
}

variable "request_concurrency" {
  type        = number
  default     = null
  description = "TAILWATER_CONCURRENCY. Maximum number of concurrent requests to one sink. Takes a number from 1 to 64. By default 4."
}

variable "compression_level" {
  type        = string
  default     = null
  description = "TAILWATER_COMPRESSION_LEVEL. Compression level of request bodies; most of the forwarder's CPU time depends on it. Takes one of 1, 2, 3, 4, 5, 6, 7, 8, 9. By default 1."
}

variable "firehose" {
  type        = string
  default     = null
  description = "TAILWATER_FIREHOSE. Result of a Firehose transformation for records that were delivered: Firehose keeps or drops them. Takes one of keep, drop. By default keep."
}

variable "exclude_log_groups" {
  type        = list(string)
  default     = null
  description = "TAILWATER_EXCLUDE_LOG_GROUPS. Log groups to refuse, so that forwarding cannot feed itself; a * at the end of a name matches any rest. Takes a list separated by commas."
}

variable "allow_insecure" {
  type        = bool
  default     = null
  description = "TAILWATER_ALLOW_INSECURE. Allows plain http:// to hosts other than this machine. Takes true or false. By default false."
}

variable "ca_file" {
  type        = string
  default     = null
  description = "TAILWATER_CA_FILE. PEM file of certificate authorities to trust besides the public ones. Takes the path of a file."
}

variable "https_proxy" {
  type        = string
  default     = null
  sensitive   = true
  description = "HTTPS_PROXY. Proxy for requests to backends. Takes a proxy such as http://proxy.example:3128."
}

variable "no_proxy" {
  type        = list(string)
  default     = null
  description = "NO_PROXY. Hosts that are reached without the proxy. Takes a list separated by commas."
}

variable "log_level" {
  type        = string
  default     = null
  description = "RUST_LOG. Level of Tailwater's own log; libraries never log, whatever the level. Takes off, error, warn, info, debug or trace, also module=level for one module, separated by commas. By default info."
}
