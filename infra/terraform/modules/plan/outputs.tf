output "names" {
  value       = local.names
  description = "Names of all resources."
}

output "arns" {
  value       = local.arns
  description = "ARNs of all resources, known before they exist."
}

output "environment" {
  value       = local.environment
  description = "Environment variables of the function."

  precondition {
    condition     = !contains(local.sinks, "datadog") || local.is_set.DD_API_KEY_SECRET_ARN || local.is_set.DD_API_KEY_SSM_NAME
    error_message = "The sink datadog needs datadog_api_key_secret_arn or datadog_api_key_ssm_name."
  }

  precondition {
    condition     = !contains(local.sinks, "otlp") || local.is_set.OTEL_EXPORTER_OTLP_ENDPOINT || local.is_set.OTEL_EXPORTER_OTLP_LOGS_ENDPOINT || local.is_set.OTEL_EXPORTER_OTLP_METRICS_ENDPOINT
    error_message = "The sink otlp needs otlp_endpoint, or an endpoint for each signal."
  }
}

output "selection" {
  value       = local.selection
  description = "Selection criteria of the account policy."
}

output "log_groups" {
  value       = var.subscribe == "groups" ? [for group in var.log_groups : group if !contains(local.own_groups, group)] : []
  description = "Log groups to subscribe one by one, without those of Tailwater itself."
}

output "policy" {
  value       = local.policy
  description = "Permissions of the function."
}

output "bucket_policy" {
  value       = local.bucket_policy
  description = "Policy of the parking bucket."
}

output "queue_policies" {
  value       = local.queue_policies
  description = "Policies of the queues of failed events."
}
