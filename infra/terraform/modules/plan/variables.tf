# The settings of the forwarder are in settings.tf, which is generated.

variable "name" {
  type        = string
  description = "Of the function."

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,39}$", var.name))
    error_message = "name takes at most 40 lowercase letters, digits and -, beginning with a letter."
  }
}

variable "place" {
  type = object({
    partition = string
    region    = string
    account   = string
  })
  description = "Where everything is."
}

variable "subscribe" {
  type        = string
  description = "account, groups or none."

  validation {
    condition     = contains(["account", "groups", "none"], var.subscribe)
    error_message = "subscribe takes account, groups or none."
  }
}

variable "log_groups" {
  type        = set(string)
  default     = []
  description = "To subscribe, one by one."
}

variable "not_subscribed" {
  type        = list(string)
  default     = []
  description = "Left out by the account's policy."
}

variable "through_kinesis" {
  type        = bool
  default     = false
  description = "Whether a stream is in between."
}

variable "source_queue_arn" {
  type        = string
  default     = null
  description = "A queue to read too."

  validation {
    condition     = var.source_queue_arn == null ? true : can(regex("^arn:aws[a-z-]*:sqs:[a-z0-9-]+:[0-9]{12}:.+$", var.source_queue_arn))
    error_message = "source_queue_arn takes the ARN of a queue."
  }
}

variable "source_bucket" {
  type        = string
  default     = null
  description = "A bucket to read too."

  validation {
    condition     = var.source_bucket == null ? true : can(regex("^[a-z0-9.-]{3,63}$", var.source_bucket))
    error_message = "source_bucket takes the name of a bucket."
  }
}

variable "architecture" {
  type        = string
  default     = "arm64"
  description = "Of the function."

  validation {
    condition     = contains(["arm64", "x86_64"], var.architecture)
    error_message = "architecture takes arm64 or x86_64."
  }
}

variable "memory_size" {
  type        = number
  default     = 128
  description = "Of the function, in MB."

  validation {
    condition     = var.memory_size >= 128 && var.memory_size <= 10240
    error_message = "memory_size takes 128 to 10240 MB."
  }
}

variable "function_timeout" {
  type        = number
  default     = 60
  description = "Of the function, in seconds."

  validation {
    condition     = var.function_timeout >= 10 && var.function_timeout <= 900
    error_message = "function_timeout takes 10 to 900 seconds."
  }
}

variable "redrive_schedule" {
  type        = string
  default     = "rate(15 minutes)"
  description = "When what is parked is tried again."

  validation {
    condition     = can(regex("^(rate|cron)\\(.+\\)$", var.redrive_schedule))
    error_message = "redrive_schedule takes rate(...) or cron(...)."
  }
}

variable "parking_bucket" {
  type        = string
  description = "The name of the bucket."
}

variable "kms_key_arns" {
  type        = list(string)
  default     = []
  description = "Keys that the function may use."
}
