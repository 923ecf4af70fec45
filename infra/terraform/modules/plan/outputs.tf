output "names" {
  value       = local.names
  description = "Of everything that is made."
}

output "arns" {
  value       = local.arns
  description = "Of everything that is made, before it is there."
}

output "function" {
  value = {
    architecture     = var.architecture
    memory_size      = var.memory_size
    timeout          = var.function_timeout
    redrive_schedule = var.redrive_schedule
  }
  description = "What was asked for, checked."
}

output "environment" {
  value       = local.environment
  description = "Of the function."

  precondition {
    condition     = !contains(var.sinks, "datadog") || var.datadog_api_key_secret_arn != null || var.datadog_api_key_ssm_name != null
    error_message = "The sink datadog needs datadog_api_key_secret_arn or datadog_api_key_ssm_name."
  }

  precondition {
    condition     = !contains(var.sinks, "otlp") || var.otlp_endpoint != null || var.otlp_logs_endpoint != null || var.otlp_metrics_endpoint != null
    error_message = "The sink otlp needs otlp_endpoint, or an endpoint for each signal."
  }
}

output "selection" {
  value       = local.selection
  description = "The selection criteria of the account's policy."
}

output "log_groups" {
  value       = var.subscribe == "groups" ? [for group in var.log_groups : group if !contains(local.own_groups, group)] : []
  description = "Log groups to subscribe one by one, without the delivery path's own."
}

output "policy" {
  value       = local.policy
  description = "What the function may do."
}

output "bucket_policy" {
  value       = local.bucket_policy
  description = "Of the parking bucket."
}

output "queue_policies" {
  value       = local.queue_policies
  description = "Of the queues of failed events."
}
