# The settings of the forwarder are in settings.tf, which is generated.

variable "name" {
  type        = string
  default     = "tailwater"
  description = "Name of the function, and prefix of the names of all other resources."
}

variable "package" {
  type        = string
  description = "Path of the release's tailwater-forwarder-ARCH.zip."
}

variable "subscribe" {
  type        = string
  default     = "account"
  description = "account subscribes every log group of this account and region, groups those in log_groups; none subscribes nothing, for use with the subscriber or your own subscriptions."
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
}

variable "source_bucket" {
  type        = string
  default     = null
  description = "Bucket that is also read, such as one that Firehose or \"export to S3\" writes to. It must send its events to EventBridge."
}

variable "architecture" {
  type        = string
  default     = "arm64"
  description = "Processor architecture of the function, arm64 or x86_64; arm64 costs less. The package must be built for it."
}

variable "memory_size" {
  type        = number
  default     = 128
  description = "Memory of the function in MB. More memory also means more CPU."
}

variable "function_timeout" {
  type        = number
  default     = 60
  description = "Timeout of the function in seconds. Retries within an invocation end before it, so that undelivered events can be parked."
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
