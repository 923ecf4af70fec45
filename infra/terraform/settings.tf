# Written by infra/generate.py from the list that `tailwater settings --json` prints.

variable "sinks" {
  type        = list(string)
  description = "TAILWATER_SINKS. Sinks that everything is sent to, each with its own ledger; the only setting that has to be set. Takes one or more of otlp, datadog, ndjson, separated by commas."

  validation {
    condition     = can(regex("^((otlp|datadog|ndjson)(,(otlp|datadog|ndjson))*)$", join(",", var.sinks)))
    error_message = "TAILWATER_SINKS takes one or more of otlp, datadog, ndjson, separated by commas."
  }
}

variable "signals" {
  type        = list(string)
  default     = null
  description = "TAILWATER_SIGNALS. Signals to send; traces are spans of invocations, which the sink otlp takes. Takes one or more of logs, metrics, traces, separated by commas. By default logs,metrics."

  validation {
    condition     = var.signals == null ? true : can(regex("^((logs|metrics|traces)(,(logs|metrics|traces))*)$", join(",", var.signals)))
    error_message = "TAILWATER_SIGNALS takes one or more of logs, metrics, traces, separated by commas."
  }
}

variable "emf" {
  type        = string
  default     = null
  description = "TAILWATER_EMF. Metrics to send that log lines declare in the embedded metric format (EMF): those of Lambda functions and of Lambda Insights, those of all log groups, or none. Takes one of lambda, all, none. By default lambda."

  validation {
    condition     = var.emf == null ? true : can(regex("^(lambda|all|none)$", tostring(var.emf)))
    error_message = "TAILWATER_EMF takes one of lambda, all, none."
  }
}

variable "derived_metrics" {
  type        = list(string)
  default     = null
  description = "TAILWATER_DERIVED_METRICS. Metrics to derive besides those of invocations: bytes of log lines by level, cost by tenant (up to 200 in an invocation of the forwarder); without it, none. Takes one or more of log_bytes, tenant_cost, separated by commas."

  validation {
    condition     = var.derived_metrics == null ? true : can(regex("^((log_bytes|tenant_cost)(,(log_bytes|tenant_cost))*)$", join(",", var.derived_metrics)))
    error_message = "TAILWATER_DERIVED_METRICS takes one or more of log_bytes, tenant_cost, separated by commas."
  }
}

variable "tags" {
  type        = map(string)
  default     = null
  description = "TAILWATER_TAGS. Tags added to everything that is sent. Takes tags such as team:shop,stage:prod."

  validation {
    condition     = var.tags == null ? true : can(regex("^([^:,]+:[^,]*(,[^:,]+:[^,]*)*)$", join(",", [for key, value in var.tags : "${key}:${value}"])))
    error_message = "TAILWATER_TAGS takes tags such as team:shop,stage:prod."
  }
}

variable "rules" {
  type        = string
  default     = null
  description = "TAILWATER_RULES. Rules that filter, redact, sample, tag and join log events, and make metrics of them: their text, the path of a file, ssm:NAME or s3://BUCKET/KEY. Rules in AWS are read again every five minutes. Takes rules, the path of a file, ssm:NAME or s3://BUCKET/KEY."
}

variable "redact_key_secret_arn" {
  type        = string
  default     = null
  description = "TAILWATER_REDACT_KEY, as the ARN of the secret in Secrets Manager that holds it."

  validation {
    condition     = var.redact_key_secret_arn == null ? true : can(regex("^(arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:.+)$", tostring(var.redact_key_secret_arn)))
    error_message = "TAILWATER_REDACT_KEY takes the secret itself, or secretsmanager:ARN, or ssm:NAME."
  }
}

variable "redact_key_parameter_name" {
  type        = string
  default     = null
  description = "TAILWATER_REDACT_KEY, as the name of the SSM parameter that holds it."

  validation {
    condition     = var.redact_key_parameter_name == null ? true : can(regex("^(/[A-Za-z0-9_./-]+)$", tostring(var.redact_key_parameter_name)))
    error_message = "TAILWATER_REDACT_KEY takes the secret itself, or secretsmanager:ARN, or ssm:NAME."
  }
}

variable "redact_ip" {
  type        = bool
  default     = null
  description = "REDACT_IP. Replaces IPv4 addresses in all log events by xxx.xxx.xxx.xxx, for every sink, as the Datadog Forwarder does. Takes true or false. By default false."

  validation {
    condition     = var.redact_ip == null ? true : can(regex("^(true|false)$", tostring(var.redact_ip)))
    error_message = "REDACT_IP takes true or false."
  }
}

variable "redact_email" {
  type        = bool
  default     = null
  description = "REDACT_EMAIL. Replaces e-mail addresses in all log events by xxxxx@xxxxx.com, for every sink, as the Datadog Forwarder does. Takes true or false. By default false."

  validation {
    condition     = var.redact_email == null ? true : can(regex("^(true|false)$", tostring(var.redact_email)))
    error_message = "REDACT_EMAIL takes true or false."
  }
}

variable "datadog_scrubbing_rule" {
  type        = string
  default     = null
  description = "DD_SCRUBBING_RULE. Replaces what this regular expression matches in all log events, for every sink, as the Datadog Forwarder does. It is searched in the message as written, in its JSON string, and in the values of a JSON message. Takes a regular expression of Python without look-around and back references."
}

variable "datadog_scrubbing_rule_replacement" {
  type        = string
  default     = null
  description = "DD_SCRUBBING_RULE_REPLACEMENT. Text that replaces the matches of DD_SCRUBBING_RULE. Takes a text, with \\1 or \\g<name> for what a group matches. By default xxxxx."
}

variable "include_at_match" {
  type        = string
  default     = null
  description = "INCLUDE_AT_MATCH. Delivers only log events whose message this regular expression matches, to every sink, as the Datadog Forwarder does; metrics are made of all. Takes a regular expression of Python without look-around and back references."
}

variable "exclude_at_match" {
  type        = string
  default     = null
  description = "EXCLUDE_AT_MATCH. Does not deliver log events whose message this regular expression matches, to any sink, as the Datadog Forwarder does; metrics are made of all. Takes a regular expression of Python without look-around and back references."
}

variable "datadog_multiline_log_regex_pattern" {
  type        = string
  default     = null
  description = "DD_MULTILINE_LOG_REGEX_PATTERN. Regular expression that the first line of an event in an S3 object matches at its start; the lines up to the next one are joined, for every sink, as the Datadog Forwarder does. Takes a regular expression of Python without look-around and back references."
}

variable "default_region" {
  type        = string
  default     = null
  description = "TAILWATER_REGION. Region to assume when the logs do not name one. Takes a region such as eu-west-1."

  validation {
    condition     = var.default_region == null ? true : can(regex("^([a-z]{2,4}(-[a-z]+)+-[0-9]+)$", tostring(var.default_region)))
    error_message = "TAILWATER_REGION takes a region such as eu-west-1."
  }
}

variable "functions_architecture" {
  type        = string
  default     = null
  description = "TAILWATER_ARCH. Architecture of the functions, which the logs do not name; their cost depends on it. Takes one of x86_64, arm64."

  validation {
    condition     = var.functions_architecture == null ? true : can(regex("^(x86_64|arm64)$", tostring(var.functions_architecture)))
    error_message = "TAILWATER_ARCH takes one of x86_64, arm64."
  }
}

variable "otlp_endpoint" {
  type        = string
  default     = null
  description = "OTEL_EXPORTER_OTLP_ENDPOINT. otlp: Base URL of the collector; v1/logs, v1/metrics and v1/traces are appended. Takes a URL such as https://collector.example:4318."

  validation {
    condition     = var.otlp_endpoint == null ? true : can(regex("^(https?://[^ ]+)$", tostring(var.otlp_endpoint)))
    error_message = "OTEL_EXPORTER_OTLP_ENDPOINT takes a URL such as https://collector.example:4318."
  }
}

variable "otlp_logs_endpoint" {
  type        = string
  default     = null
  description = "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT. otlp: URL that logs are sent to instead; nothing is appended. Takes a URL such as https://collector.example:4318."

  validation {
    condition     = var.otlp_logs_endpoint == null ? true : can(regex("^(https?://[^ ]+)$", tostring(var.otlp_logs_endpoint)))
    error_message = "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT takes a URL such as https://collector.example:4318."
  }
}

variable "otlp_metrics_endpoint" {
  type        = string
  default     = null
  description = "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT. otlp: URL that metrics are sent to instead; nothing is appended. Takes a URL such as https://collector.example:4318."

  validation {
    condition     = var.otlp_metrics_endpoint == null ? true : can(regex("^(https?://[^ ]+)$", tostring(var.otlp_metrics_endpoint)))
    error_message = "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT takes a URL such as https://collector.example:4318."
  }
}

variable "otlp_traces_endpoint" {
  type        = string
  default     = null
  description = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT. otlp: URL that traces are sent to instead; nothing is appended. Takes a URL such as https://collector.example:4318."

  validation {
    condition     = var.otlp_traces_endpoint == null ? true : can(regex("^(https?://[^ ]+)$", tostring(var.otlp_traces_endpoint)))
    error_message = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT takes a URL such as https://collector.example:4318."
  }
}

variable "spans" {
  type        = string
  default     = null
  description = "TAILWATER_SPANS. otlp: Invocations whose spans are sent if traces is among the signals: all, or all but those that X-Ray does not record. Takes one of all, recorded. By default all."

  validation {
    condition     = var.spans == null ? true : can(regex("^(all|recorded)$", tostring(var.spans)))
    error_message = "TAILWATER_SPANS takes one of all, recorded."
  }
}

variable "otlp_headers_secret_arn" {
  type        = string
  default     = null
  description = "OTEL_EXPORTER_OTLP_HEADERS, as the ARN of the secret in Secrets Manager that holds it."

  validation {
    condition     = var.otlp_headers_secret_arn == null ? true : can(regex("^(arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:.+)$", tostring(var.otlp_headers_secret_arn)))
    error_message = "OTEL_EXPORTER_OTLP_HEADERS takes headers such as authorization=Bearer%20KEY, or secretsmanager:ARN, or ssm:NAME."
  }
}

variable "otlp_headers_parameter_name" {
  type        = string
  default     = null
  description = "OTEL_EXPORTER_OTLP_HEADERS, as the name of the SSM parameter that holds it."

  validation {
    condition     = var.otlp_headers_parameter_name == null ? true : can(regex("^(/[A-Za-z0-9_./-]+)$", tostring(var.otlp_headers_parameter_name)))
    error_message = "OTEL_EXPORTER_OTLP_HEADERS takes headers such as authorization=Bearer%20KEY, or secretsmanager:ARN, or ssm:NAME."
  }
}

variable "otlp_compression" {
  type        = string
  default     = null
  description = "OTEL_EXPORTER_OTLP_COMPRESSION. otlp: Compression of request bodies; zstd is smaller and faster if the collector supports it. Takes one of gzip, zstd, none. By default gzip."

  validation {
    condition     = var.otlp_compression == null ? true : can(regex("^(gzip|zstd|none)$", tostring(var.otlp_compression)))
    error_message = "OTEL_EXPORTER_OTLP_COMPRESSION takes one of gzip, zstd, none."
  }
}

variable "otlp_timeout" {
  type        = number
  default     = null
  description = "OTEL_EXPORTER_OTLP_TIMEOUT. otlp: Timeout of one request attempt, instead of TAILWATER_TIMEOUT. Takes milliseconds such as 10000."

  validation {
    condition     = var.otlp_timeout == null ? true : can(regex("^([0-9]+)$", tostring(var.otlp_timeout)))
    error_message = "OTEL_EXPORTER_OTLP_TIMEOUT takes milliseconds such as 10000."
  }
}

variable "otlp_resource_attributes" {
  type        = map(string)
  default     = null
  description = "OTEL_RESOURCE_ATTRIBUTES. otlp: Attributes added to every resource. Takes attributes such as team=shop,stage=prod, percent-encoded where necessary."

  validation {
    condition     = var.otlp_resource_attributes == null ? true : can(regex("^([^=,]+=[^,]*(,[^=,]+=[^,]*)*)$", join(",", [for key, value in var.otlp_resource_attributes : "${urlencode(key)}=${urlencode(value)}"])))
    error_message = "OTEL_RESOURCE_ATTRIBUTES takes attributes such as team=shop,stage=prod, percent-encoded where necessary."
  }
}

variable "datadog_api_key_secret_arn" {
  type        = string
  default     = null
  description = "DD_API_KEY_SECRET_ARN. datadog: Secret in Secrets Manager that holds the API key; takes precedence over the next two. Takes an ARN such as arn:aws:secretsmanager:eu-west-1:123456789012:secret:NAME."

  validation {
    condition     = var.datadog_api_key_secret_arn == null ? true : can(regex("^(arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:.+)$", tostring(var.datadog_api_key_secret_arn)))
    error_message = "DD_API_KEY_SECRET_ARN takes an ARN such as arn:aws:secretsmanager:eu-west-1:123456789012:secret:NAME."
  }
}

variable "datadog_api_key_ssm_name" {
  type        = string
  default     = null
  description = "DD_API_KEY_SSM_NAME. datadog: SSM parameter that holds the API key; takes precedence over DD_API_KEY. Takes a name such as /tailwater/api-key, or its ARN."

  validation {
    condition     = var.datadog_api_key_ssm_name == null ? true : can(regex("^(/[A-Za-z0-9_./-]+)$", tostring(var.datadog_api_key_ssm_name)))
    error_message = "DD_API_KEY_SSM_NAME takes a name such as /tailwater/api-key, or its ARN."
  }
}

variable "datadog_site" {
  type        = string
  default     = null
  description = "DD_SITE. datadog: Datadog site of the account. Takes one of datadoghq.com, us3.datadoghq.com, us5.datadoghq.com, ap1.datadoghq.com, ap2.datadoghq.com, uk1.datadoghq.com, datadoghq.eu, ddog-gov.com, us2.ddog-gov.com. By default datadoghq.com."

  validation {
    condition     = var.datadog_site == null ? true : can(regex("^(datadoghq\\.com|us3\\.datadoghq\\.com|us5\\.datadoghq\\.com|ap1\\.datadoghq\\.com|ap2\\.datadoghq\\.com|uk1\\.datadoghq\\.com|datadoghq\\.eu|ddog\\-gov\\.com|us2\\.ddog\\-gov\\.com)$", tostring(var.datadog_site)))
    error_message = "DD_SITE takes one of datadoghq.com, us3.datadoghq.com, us5.datadoghq.com, ap1.datadoghq.com, ap2.datadoghq.com, uk1.datadoghq.com, datadoghq.eu, ddog-gov.com, us2.ddog-gov.com."
  }
}

variable "datadog_url" {
  type        = string
  default     = null
  description = "DD_URL. datadog: Proxy or intake that is used instead of the site. A host, or a URL with the path /api/v2/logs, gets logs, as in the Datadog Forwarder; another URL gets logs and metrics. DD_API_URL is for metrics alone. Takes a host or a URL such as https://intake.example."

  validation {
    condition     = var.datadog_url == null ? true : can(regex("^([^ ]+)$", tostring(var.datadog_url)))
    error_message = "DD_URL takes a host or a URL such as https://intake.example."
  }
}

variable "datadog_port" {
  type        = string
  default     = null
  description = "DD_PORT. datadog: Port of DD_URL, or of the logs intake of the site, if its URL names none. Takes a port such as 443."
}

variable "datadog_api_url" {
  type        = string
  default     = null
  description = "DD_API_URL. datadog: Proxy or API that metrics are sent to instead of the site. Takes a host or a URL such as https://intake.example."

  validation {
    condition     = var.datadog_api_url == null ? true : can(regex("^([^ ]+)$", tostring(var.datadog_api_url)))
    error_message = "DD_API_URL takes a host or a URL such as https://intake.example."
  }
}

variable "datadog_no_ssl" {
  type        = bool
  default     = null
  description = "DD_NO_SSL. datadog: Sends logs by plain HTTP if DD_URL names no scheme; to other hosts than this one, only with TAILWATER_ALLOW_INSECURE. Takes true or false. By default false."

  validation {
    condition     = var.datadog_no_ssl == null ? true : can(regex("^(true|false)$", tostring(var.datadog_no_ssl)))
    error_message = "DD_NO_SSL takes true or false."
  }
}

variable "datadog_tags" {
  type        = list(string)
  default     = null
  description = "DD_TAGS. datadog: Tags added to what is sent to Datadog only. Takes a list separated by commas."
}

variable "datadog_source" {
  type        = string
  default     = null
  description = "DD_SOURCE. datadog: Source (ddsource) of all logs, instead of the one that their origin has; they get the tag source_overridden:true."
}

variable "datadog_forward_log" {
  type        = bool
  default     = null
  description = "DD_FORWARD_LOG. datadog: If false, Datadog gets metrics only; its logs count as filtered. Takes true or false. By default true."

  validation {
    condition     = var.datadog_forward_log == null ? true : can(regex("^(true|false)$", tostring(var.datadog_forward_log)))
    error_message = "DD_FORWARD_LOG takes true or false."
  }
}

variable "datadog_use_compression" {
  type        = bool
  default     = null
  description = "DD_USE_COMPRESSION. datadog: If false, logs are sent to Datadog uncompressed. Takes true or false. By default true."

  validation {
    condition     = var.datadog_use_compression == null ? true : can(regex("^(true|false)$", tostring(var.datadog_use_compression)))
    error_message = "DD_USE_COMPRESSION takes true or false."
  }
}

variable "datadog_compression_level" {
  type        = string
  default     = null
  description = "DD_COMPRESSION_LEVEL. datadog: Compression level of request bodies to Datadog, instead of TAILWATER_COMPRESSION_LEVEL; 0 is no compression. Takes one of 0, 1, 2, 3, 4, 5, 6, 7, 8, 9."

  validation {
    condition     = var.datadog_compression_level == null ? true : can(regex("^(0|1|2|3|4|5|6|7|8|9)$", tostring(var.datadog_compression_level)))
    error_message = "DD_COMPRESSION_LEVEL takes one of 0, 1, 2, 3, 4, 5, 6, 7, 8, 9."
  }
}

variable "datadog_max_workers" {
  type        = string
  default     = null
  description = "DD_MAX_WORKERS. datadog: Maximum number of concurrent requests to Datadog, instead of TAILWATER_CONCURRENCY; a number over 64 is 64. Takes a whole number from 1."
}

variable "datadog_enrich_s3_tags" {
  type        = bool
  default     = null
  description = "DD_ENRICH_S3_TAGS. datadog: Asks Datadog to add the tags of buckets to logs, by the header DD-STORAGE-TAG. Takes true or false. By default true."

  validation {
    condition     = var.datadog_enrich_s3_tags == null ? true : can(regex("^(true|false)$", tostring(var.datadog_enrich_s3_tags)))
    error_message = "DD_ENRICH_S3_TAGS takes true or false."
  }
}

variable "datadog_enrich_cloudwatch_tags" {
  type        = bool
  default     = null
  description = "DD_ENRICH_CLOUDWATCH_TAGS. datadog: Asks Datadog to add the tags of log groups to logs, by the header DD-STORAGE-TAG. Takes true or false. By default true."

  validation {
    condition     = var.datadog_enrich_cloudwatch_tags == null ? true : can(regex("^(true|false)$", tostring(var.datadog_enrich_cloudwatch_tags)))
    error_message = "DD_ENRICH_CLOUDWATCH_TAGS takes true or false."
  }
}

variable "inflated_limit" {
  type        = string
  default     = null
  description = "TAILWATER_INFLATED_LIMIT. Maximum decompressed size of one delivery; the rest is cut off and counted as damaged. Takes a size such as 256MiB or 5MB. By default 256MiB."

  validation {
    condition     = var.inflated_limit == null ? true : can(regex("^([0-9]+(\\.[0-9]+)? ?([kKMGT]i?)?B?)$", tostring(var.inflated_limit)))
    error_message = "TAILWATER_INFLATED_LIMIT takes a size such as 256MiB or 5MB."
  }
}

variable "request_timeout" {
  type        = string
  default     = null
  description = "TAILWATER_TIMEOUT. Timeout of one request attempt; never more than half of the time left in the invocation. Takes a duration such as 1500ms, 30s or 5m. By default 10s."

  validation {
    condition     = var.request_timeout == null ? true : can(regex("^([0-9]+(\\.[0-9]+)? ?(ms|s|m|h))$", tostring(var.request_timeout)))
    error_message = "TAILWATER_TIMEOUT takes a duration such as 1500ms, 30s or 5m."
  }
}

variable "deadline_reserve" {
  type        = string
  default     = null
  description = "TAILWATER_DEADLINE_RESERVE. Time at the end of an invocation that is reserved for parking. Takes a duration such as 1500ms, 30s or 5m. By default 1500ms."

  validation {
    condition     = var.deadline_reserve == null ? true : can(regex("^([0-9]+(\\.[0-9]+)? ?(ms|s|m|h))$", tostring(var.deadline_reserve)))
    error_message = "TAILWATER_DEADLINE_RESERVE takes a duration such as 1500ms, 30s or 5m."
  }
}

variable "request_concurrency" {
  type        = number
  default     = null
  description = "TAILWATER_CONCURRENCY. Maximum number of concurrent requests to one sink. Takes a number from 1 to 64. By default 4."

  validation {
    condition     = var.request_concurrency == null ? true : can(regex("^([1-9]|[1-5][0-9]|6[0-4])$", tostring(var.request_concurrency)))
    error_message = "TAILWATER_CONCURRENCY takes a number from 1 to 64."
  }
}

variable "compression_level" {
  type        = string
  default     = null
  description = "TAILWATER_COMPRESSION_LEVEL. Compression level of request bodies; most of the forwarder's CPU time depends on it. Takes one of 1, 2, 3, 4, 5, 6, 7, 8, 9. By default 1."

  validation {
    condition     = var.compression_level == null ? true : can(regex("^(1|2|3|4|5|6|7|8|9)$", tostring(var.compression_level)))
    error_message = "TAILWATER_COMPRESSION_LEVEL takes one of 1, 2, 3, 4, 5, 6, 7, 8, 9."
  }
}

variable "firehose" {
  type        = string
  default     = null
  description = "TAILWATER_FIREHOSE. Result of a Firehose transformation for records that were delivered: Firehose keeps or drops them. Takes one of keep, drop. By default keep."

  validation {
    condition     = var.firehose == null ? true : can(regex("^(keep|drop)$", tostring(var.firehose)))
    error_message = "TAILWATER_FIREHOSE takes one of keep, drop."
  }
}

variable "exclude_log_groups" {
  type        = list(string)
  default     = null
  description = "TAILWATER_EXCLUDE_LOG_GROUPS. Log groups to refuse, so that forwarding cannot feed itself; a * at the end of a name matches any rest. Takes a list separated by commas."
}

variable "source_buckets" {
  type        = list(string)
  default     = null
  description = "TAILWATER_SOURCE_BUCKETS. Buckets whose objects are read when an event names them, besides the parking bucket; a * at the end of a name matches any rest; without it, all buckets. Takes a list separated by commas."
}

variable "allow_insecure" {
  type        = bool
  default     = null
  description = "TAILWATER_ALLOW_INSECURE. Allows plain http:// to hosts other than this machine. Takes true or false. By default false."

  validation {
    condition     = var.allow_insecure == null ? true : can(regex("^(true|false)$", tostring(var.allow_insecure)))
    error_message = "TAILWATER_ALLOW_INSECURE takes true or false."
  }
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

  validation {
    condition     = var.https_proxy == null ? true : can(regex("^(https?://[^ ]+)$", tostring(var.https_proxy)))
    error_message = "HTTPS_PROXY takes a proxy such as http://proxy.example:3128."
  }
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

locals {
  settings = {
    TAILWATER_SINKS                     = var.sinks == null ? null : join(",", var.sinks)
    TAILWATER_SIGNALS                   = var.signals == null ? null : join(",", var.signals)
    TAILWATER_EMF                       = var.emf
    TAILWATER_DERIVED_METRICS           = var.derived_metrics == null ? null : join(",", var.derived_metrics)
    TAILWATER_TAGS                      = var.tags == null ? null : join(",", [for key, value in var.tags : "${key}:${value}"])
    TAILWATER_RULES                     = var.rules
    TAILWATER_REDACT_KEY                = var.redact_key_secret_arn != null ? "secretsmanager:${var.redact_key_secret_arn}" : var.redact_key_parameter_name == null ? null : "ssm:${var.redact_key_parameter_name}"
    REDACT_IP                           = var.redact_ip == null ? null : tostring(var.redact_ip)
    REDACT_EMAIL                        = var.redact_email == null ? null : tostring(var.redact_email)
    DD_SCRUBBING_RULE                   = var.datadog_scrubbing_rule
    DD_SCRUBBING_RULE_REPLACEMENT       = var.datadog_scrubbing_rule_replacement
    INCLUDE_AT_MATCH                    = var.include_at_match
    EXCLUDE_AT_MATCH                    = var.exclude_at_match
    DD_MULTILINE_LOG_REGEX_PATTERN      = var.datadog_multiline_log_regex_pattern
    TAILWATER_REGION                    = var.default_region
    TAILWATER_ARCH                      = var.functions_architecture
    OTEL_EXPORTER_OTLP_ENDPOINT         = var.otlp_endpoint
    OTEL_EXPORTER_OTLP_LOGS_ENDPOINT    = var.otlp_logs_endpoint
    OTEL_EXPORTER_OTLP_METRICS_ENDPOINT = var.otlp_metrics_endpoint
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT  = var.otlp_traces_endpoint
    TAILWATER_SPANS                     = var.spans
    OTEL_EXPORTER_OTLP_HEADERS          = var.otlp_headers_secret_arn != null ? "secretsmanager:${var.otlp_headers_secret_arn}" : var.otlp_headers_parameter_name == null ? null : "ssm:${var.otlp_headers_parameter_name}"
    OTEL_EXPORTER_OTLP_COMPRESSION      = var.otlp_compression
    OTEL_EXPORTER_OTLP_TIMEOUT          = var.otlp_timeout == null ? null : tostring(var.otlp_timeout)
    OTEL_RESOURCE_ATTRIBUTES            = var.otlp_resource_attributes == null ? null : join(",", [for key, value in var.otlp_resource_attributes : "${urlencode(key)}=${urlencode(value)}"])
    DD_API_KEY_SECRET_ARN               = var.datadog_api_key_secret_arn
    DD_API_KEY_SSM_NAME                 = var.datadog_api_key_ssm_name
    DD_SITE                             = var.datadog_site
    DD_URL                              = var.datadog_url
    DD_PORT                             = var.datadog_port
    DD_API_URL                          = var.datadog_api_url
    DD_NO_SSL                           = var.datadog_no_ssl == null ? null : tostring(var.datadog_no_ssl)
    DD_TAGS                             = var.datadog_tags == null ? null : join(",", var.datadog_tags)
    DD_SOURCE                           = var.datadog_source
    DD_FORWARD_LOG                      = var.datadog_forward_log == null ? null : tostring(var.datadog_forward_log)
    DD_USE_COMPRESSION                  = var.datadog_use_compression == null ? null : tostring(var.datadog_use_compression)
    DD_COMPRESSION_LEVEL                = var.datadog_compression_level
    DD_MAX_WORKERS                      = var.datadog_max_workers
    DD_ENRICH_S3_TAGS                   = var.datadog_enrich_s3_tags == null ? null : tostring(var.datadog_enrich_s3_tags)
    DD_ENRICH_CLOUDWATCH_TAGS           = var.datadog_enrich_cloudwatch_tags == null ? null : tostring(var.datadog_enrich_cloudwatch_tags)
    TAILWATER_INFLATED_LIMIT            = var.inflated_limit
    TAILWATER_TIMEOUT                   = var.request_timeout
    TAILWATER_DEADLINE_RESERVE          = var.deadline_reserve
    TAILWATER_CONCURRENCY               = var.request_concurrency == null ? null : tostring(var.request_concurrency)
    TAILWATER_COMPRESSION_LEVEL         = var.compression_level
    TAILWATER_FIREHOSE                  = var.firehose
    TAILWATER_SOURCE_BUCKETS            = var.source_buckets == null ? null : join(",", var.source_buckets)
    TAILWATER_ALLOW_INSECURE            = var.allow_insecure == null ? null : tostring(var.allow_insecure)
    TAILWATER_CA_FILE                   = var.ca_file
    HTTPS_PROXY                         = var.https_proxy
    NO_PROXY                            = var.no_proxy == null ? null : join(",", var.no_proxy)
    RUST_LOG                            = var.log_level
  }
  secret_arns     = compact([var.redact_key_secret_arn, var.otlp_headers_secret_arn, var.datadog_api_key_secret_arn])
  parameter_names = compact([try(startswith(var.rules, "ssm:") ? trimprefix(var.rules, "ssm:") : null, null), var.redact_key_parameter_name, var.otlp_headers_parameter_name, var.datadog_api_key_ssm_name])
  objects         = compact([try(startswith(var.rules, "s3://") ? trimprefix(var.rules, "s3://") : null, null)])
}
