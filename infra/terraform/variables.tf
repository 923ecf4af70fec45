# The settings of the program are in settings.tf, which is generated.

variable "name" {
  type        = string
  default     = "tailwater"
  description = "What the function is called, and what the names of everything beside it begin with."
}

variable "package" {
  type        = string
  description = "Path of the release's tailwater-forwarder-ARCH.zip."
}

variable "subscribe" {
  type        = string
  default     = "account"
  description = "account subscribes every log group of this account and region, groups those in log_groups, none leaves it to the subscriber, or to you."
}

variable "log_groups" {
  type        = set(string)
  default     = []
  description = "Names of log groups to subscribe, with subscribe = groups."
}

variable "not_subscribed" {
  type        = list(string)
  default     = []
  description = "Names of log groups that the account's policy leaves out, besides the forwarder's own."
}

variable "filter_pattern" {
  type        = string
  default     = ""
  description = "Which events are forwarded, in CloudWatch's pattern language. Empty is all, which metrics need."
}

variable "through_kinesis" {
  type        = bool
  default     = false
  description = "Whether a stream of the module's own stands between CloudWatch and the function, for large volumes."
}

variable "source_queue_arn" {
  type        = string
  default     = null
  description = "A queue to read too, with subscription documents or S3 notifications. Its visibility timeout has to be six times the function's."
}

variable "source_bucket" {
  type        = string
  default     = null
  description = "A bucket to read too, such as one that Firehose or \"export to S3\" writes. It has to send its events to EventBridge."
}

variable "architecture" {
  type        = string
  default     = "arm64"
  description = "What the function runs on, arm64 or x86_64; arm64 costs less. The package has to fit."
}

variable "memory_size" {
  type        = number
  default     = 128
  description = "Of the function, in MB. More memory is more CPU."
}

variable "function_timeout" {
  type        = number
  default     = 60
  description = "Of the function, in seconds. Retries in place end with it, so that the rest can be parked."
}

variable "reserved_concurrency" {
  type        = number
  default     = 10
  description = "Reserved for the function, so that it can neither be starved nor starve others. -1 reserves nothing, which small accounts need."
}

variable "log_retention_days" {
  type        = number
  default     = 30
  description = "Of the function's own log group."
}

variable "parking_days" {
  type        = number
  default     = 90
  description = "After so many days what is still parked is deleted."
}

variable "redrive_schedule" {
  type        = string
  default     = "rate(15 minutes)"
  description = "How often what is parked is tried again."
}

variable "kms_key_arn" {
  type        = string
  default     = null
  description = "A key of yours for the bucket, queues, stream, logs and environment. Its policy has to let logs, cloudwatch and scheduler use it."
}

variable "secret_kms_key_arn" {
  type        = string
  default     = null
  description = "The key of yours that encrypts the secret or parameter, where there is one."
}

variable "alarm_topic_arns" {
  type        = list(string)
  default     = []
  description = "SNS topics that are told of alarms."
}

variable "subnet_ids" {
  type        = list(string)
  default     = []
  description = "Subnets to run in, where backends are only reached from a VPC."
}

variable "security_group_ids" {
  type        = list(string)
  default     = []
  description = "Security groups of the function, where it runs in subnets."
}

variable "resource_tags" {
  type        = map(string)
  default     = {}
  description = "AWS tags on everything that takes them."
}
