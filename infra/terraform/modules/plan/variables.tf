# Inputs of the computation. The module declares their checks and full descriptions.

variable "name" {
  type        = string
  description = "Name of the function."
}

variable "place" {
  type = object({
    partition = string
    region    = string
    account   = string
  })
  description = "Partition, region and account of all resources."
}

variable "subscribe" {
  type        = string
  description = "Log groups to subscribe: account, groups or none."
}

variable "log_groups" {
  type        = set(string)
  default     = []
  description = "Log groups to subscribe one by one."
}

variable "not_subscribed" {
  type        = list(string)
  default     = []
  description = "Log groups that the account policy excludes."
}

variable "through_kinesis" {
  type        = bool
  default     = false
  description = "True if a stream is between CloudWatch Logs and the function."
}

variable "source_queue_arn" {
  type        = string
  default     = null
  description = "Queue that is also read."
}

variable "source_bucket" {
  type        = string
  default     = null
  description = "Bucket that is also read."
}

variable "parking_bucket" {
  type        = string
  description = "Name of the parking bucket."
}

variable "kms_key_arns" {
  type        = list(string)
  default     = []
  description = "KMS keys that the function may use."
}

variable "settings" {
  type        = map(string)
  description = "Settings of the forwarder by environment variable; null if not set."
}

variable "exclude_log_groups" {
  type        = list(string)
  default     = null
  description = "Log groups that the forwarder refuses, besides those of Tailwater itself."
}

variable "secret_arns" {
  type        = list(string)
  default     = []
  description = "Secrets that the settings refer to."
}

variable "parameter_names" {
  type        = list(string)
  default     = []
  description = "SSM parameters that the settings refer to."
}

variable "objects" {
  type        = list(string)
  default     = []
  description = "S3 objects that the settings refer to, each as BUCKET/KEY."
}
