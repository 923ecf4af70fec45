# Written by infra/generate.py from the program's table of settings.

variable "sinks" {
  type        = list(string)
  description = "TAILWATER_SINKS. Where everything goes, each with its own ledger; the one setting that has to be set. Takes one or more of otlp, datadog, ndjson with commas between."
}

variable "signals" {
  type        = list(string)
  default     = null
  description = "TAILWATER_SIGNALS. What is sent. Takes one or more of logs, metrics with commas between. By default logs,metrics."
}

variable "tags" {
  type        = map(string)
  default     = null
  description = "TAILWATER_TAGS. Put on everything that is sent. Takes tags such as team:shop,stage:prod."
}

variable "default_region" {
  type        = string
  default     = null
  description = "TAILWATER_REGION. The region where no log tells. Takes a region such as eu-west-1."
}

variable "functions_architecture" {
  type        = string
  default     = null
  description = "TAILWATER_ARCH. The architecture of the functions, which no log tells; the cost depends on it. Takes one of x86_64, arm64."
}

variable "otlp_endpoint" {
  type        = string
  default     = null
  description = "OTEL_EXPORTER_OTLP_ENDPOINT. otlp: The collector; v1/logs and v1/metrics are appended. Takes a URL such as https://collector.example:4318."
}

variable "otlp_logs_endpoint" {
  type        = string
  default     = null
  description = "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT. otlp: Where logs go instead, taken as it is. Takes a URL such as https://collector.example:4318."
}

variable "otlp_metrics_endpoint" {
  type        = string
  default     = null
  description = "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT. otlp: Where metrics go instead, taken as it is. Takes a URL such as https://collector.example:4318."
}

variable "otlp_headers_secret_arn" {
  type        = string
  default     = null
  description = "OTEL_EXPORTER_OTLP_HEADERS, by the secret in Secrets Manager that holds it."
}

variable "otlp_headers_parameter_name" {
  type        = string
  default     = null
  description = "OTEL_EXPORTER_OTLP_HEADERS, by the SSM parameter that holds it."
}

variable "otlp_compression" {
  type        = string
  default     = null
  description = "OTEL_EXPORTER_OTLP_COMPRESSION. otlp: How requests are compressed; zstd is smaller and faster where the collector takes it. Takes one of gzip, zstd, none. By default gzip."
}

variable "otlp_timeout" {
  type        = number
  default     = null
  description = "OTEL_EXPORTER_OTLP_TIMEOUT. otlp: How long one try of a request may take, instead of TAILWATER_TIMEOUT. Takes milliseconds such as 10000."
}

variable "otlp_resource_attributes" {
  type        = map(string)
  default     = null
  description = "OTEL_RESOURCE_ATTRIBUTES. otlp: Put on every resource. Takes attributes such as team=shop,stage=prod, percent-encoded where need be."
}

variable "datadog_api_key_secret_arn" {
  type        = string
  default     = null
  description = "DD_API_KEY_SECRET_ARN. datadog: The secret in Secrets Manager that holds the API key; goes before the two below. Takes an ARN such as arn:aws:secretsmanager:eu-west-1:123456789012:secret:NAME."
}

variable "datadog_api_key_ssm_name" {
  type        = string
  default     = null
  description = "DD_API_KEY_SSM_NAME. datadog: The SSM parameter that holds the API key; goes before DD_API_KEY. Takes a name such as /tailwater/api-key, or its ARN."
}

variable "datadog_site" {
  type        = string
  default     = null
  description = "DD_SITE. datadog: The site of the account. Takes one of datadoghq.com, us3.datadoghq.com, us5.datadoghq.com, ap1.datadoghq.com, ap2.datadoghq.com, uk1.datadoghq.com, datadoghq.eu, ddog-gov.com, us2.ddog-gov.com. By default datadoghq.com."
}

variable "datadog_url" {
  type        = string
  default     = null
  description = "DD_URL. datadog: Where logs go instead of the site's own intake. Takes a host or a URL such as https://intake.example."
}

variable "datadog_tags" {
  type        = list(string)
  default     = null
  description = "DD_TAGS. datadog: Tags for Datadog only. Takes a list with commas between."
}

variable "inflated_limit" {
  type        = string
  default     = null
  description = "TAILWATER_INFLATED_LIMIT. A delivery that inflates to more is cut there, and counted as damaged. Takes a size such as 256MiB or 5MB. By default 256MiB."
}

variable "request_timeout" {
  type        = string
  default     = null
  description = "TAILWATER_TIMEOUT. How long one try of a request may take; never more than half of what is left of the invocation. Takes a duration such as 1500ms, 30s or 5m. By default 10s."
}

variable "deadline_reserve" {
  type        = string
  default     = null
  description = "TAILWATER_DEADLINE_RESERVE. The end of an invocation that is kept for parking. Takes a duration such as 1500ms, 30s or 5m. By default 1500ms."
}

variable "request_concurrency" {
  type        = number
  default     = null
  description = "TAILWATER_CONCURRENCY. How many requests to one sink are under way at once. Takes a number from 1 to 64. By default 4."
}

variable "compression_level" {
  type        = string
  default     = null
  description = "TAILWATER_COMPRESSION_LEVEL. How hard bodies are compressed; most of what forwarding costs. Takes one of 1, 2, 3, 4, 5, 6, 7, 8, 9. By default 1."
}

variable "firehose" {
  type        = string
  default     = null
  description = "TAILWATER_FIREHOSE. Whether a Firehose that Tailwater transforms for keeps the records that are delivered, or drops them. Takes one of keep, drop. By default keep."
}

variable "exclude_log_groups" {
  type        = list(string)
  default     = null
  description = "TAILWATER_EXCLUDE_LOG_GROUPS. Log groups that are refused, so that delivering them cannot feed itself; * at the end of one stands for any rest. Takes a list with commas between."
}

variable "allow_insecure" {
  type        = bool
  default     = null
  description = "TAILWATER_ALLOW_INSECURE. Lets plain http:// go to hosts other than this machine. Takes true or false. By default false."
}

variable "ca_file" {
  type        = string
  default     = null
  description = "TAILWATER_CA_FILE. A PEM file of certificate authorities that are trusted besides the public ones. Takes the path of a file."
}

variable "https_proxy" {
  type        = string
  default     = null
  sensitive   = true
  description = "HTTPS_PROXY. The proxy that requests to backends go through. Takes a proxy such as http://proxy.example:3128."
}

variable "no_proxy" {
  type        = list(string)
  default     = null
  description = "NO_PROXY. Hosts that are reached without the proxy. Takes a list with commas between."
}

variable "log_level" {
  type        = string
  default     = null
  description = "RUST_LOG. How much Tailwater says of itself; other programs' modules are silent whatever it says. Takes off, error, warn, info, debug or trace, and module=level for a module, with commas between. By default info."
}
