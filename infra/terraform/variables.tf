# The settings of the forwarder are in settings.tf, which is generated.

variable "name" {
  type        = string
  default     = "tailwater"
  description = "Name of the function, and prefix of the names of all other resources."

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,39}$", var.name))
    error_message = "name takes at most 40 lowercase letters, digits and -, beginning with a letter."
  }
}

variable "package" {
  type        = string
  description = "Path of the release's tailwater-forwarder-ARCH.zip."
}

variable "subscribe" {
  type        = string
  default     = "none"
  description = "none subscribes nothing, for use with the subscriber or your own subscriptions; groups subscribes those in log_groups; account every log group of this account and region, also those that are not of Lambda."

  validation {
    condition     = contains(["account", "groups", "none"], var.subscribe)
    error_message = "subscribe takes account, groups or none."
  }
}

variable "log_groups" {
  type        = set(string)
  default     = []
  description = "Names of log groups to subscribe, with subscribe = groups."
}

variable "not_subscribed" {
  type        = list(string)
  default     = []
  description = "Names of log groups that the account policy excludes, besides those of Tailwater itself."
}

variable "filter_pattern" {
  type        = string
  default     = ""
  description = "Filter pattern of CloudWatch Logs for the events to forward. Empty forwards all events, which metrics need."
}

variable "through_kinesis" {
  type        = bool
  default     = false
  description = "True to create a Kinesis stream between CloudWatch Logs and the function, for large volumes."
}

variable "source_queue_arn" {
  type        = string
  default     = null
  description = "Queue that is also read, with subscription documents or S3 notifications. Its visibility timeout must be at least six times the function's timeout."

  validation {
    condition     = var.source_queue_arn == null ? true : can(regex("^arn:aws[a-z-]*:sqs:[a-z0-9-]+:[0-9]{12}:.+$", var.source_queue_arn))
    error_message = "source_queue_arn takes the ARN of a queue."
  }
}

variable "source_bucket" {
  type        = string
  default     = null
  description = "Bucket that is also read, such as one that Firehose or \"export to S3\" writes to. It must send its events to EventBridge."

  validation {
    condition     = var.source_bucket == null ? true : can(regex("^[a-z0-9.-]{3,63}$", var.source_bucket))
    error_message = "source_bucket takes the name of a bucket."
  }
}

variable "architecture" {
  type        = string
  default     = "arm64"
  description = "Processor architecture of the function, arm64 or x86_64; arm64 costs less. The package must be built for it."

  validation {
    condition     = contains(["arm64", "x86_64"], var.architecture)
    error_message = "architecture takes arm64 or x86_64."
  }
}

variable "memory_size" {
  type        = number
  default     = 128
  description = "Memory of the function in MB. More memory also means more CPU."

  validation {
    condition     = var.memory_size >= 128 && var.memory_size <= 10240
    error_message = "memory_size takes 128 to 10240 MB."
  }
}

variable "function_timeout" {
  type        = number
  default     = 60
  description = "Timeout of the function in seconds. Retries within an invocation end before it, so that undelivered events can be parked."

  validation {
    condition     = var.function_timeout >= 10 && var.function_timeout <= 900
    error_message = "function_timeout takes 10 to 900 seconds."
  }
}

variable "reserved_concurrency" {
  type        = number
  default     = 10
  description = "Reserved concurrency of the function, so that other functions cannot use it up, nor it theirs. -1 reserves nothing, which accounts with a low limit need."
}

variable "log_retention_days" {
  type        = number
  default     = 30
  description = "Retention of the function's own log group in days."
}

variable "parking_days" {
  type        = number
  default     = 90
  description = "Number of days after which parked events are deleted."
}

variable "redrive_schedule" {
  type        = string
  default     = "rate(15 minutes)"
  description = "Schedule of the redrive of parked events."

  validation {
    condition     = can(regex("^(rate|cron)\\(.+\\)$", var.redrive_schedule))
    error_message = "redrive_schedule takes rate(...) or cron(...)."
  }
}

variable "kms_key_arn" {
  type        = string
  default     = null
  description = "KMS key for the bucket, queues, stream, logs and environment. Its policy must allow logs, cloudwatch and scheduler to use it."
}

variable "secret_kms_key_arn" {
  type        = string
  default     = null
  description = "KMS key that the secret or parameter is encrypted with, if it is not a key of AWS."
}

variable "alarm_topic_arns" {
  type        = list(string)
  default     = []
  description = "SNS topics for alarms."
}

variable "subnet_ids" {
  type        = list(string)
  default     = []
  description = "Subnets of the function, if backends can be reached only from a VPC."
}

variable "security_group_ids" {
  type        = list(string)
  default     = []
  description = "Security groups of the function, if it runs in a VPC."
}

variable "resource_tags" {
  type        = map(string)
  default     = {}
  description = "AWS tags of all resources that support tags."
}
