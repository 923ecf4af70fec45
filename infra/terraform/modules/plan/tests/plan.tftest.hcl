# Tests of everything that the module computes without a provider.

variables {
  name           = "tailwater"
  place          = { partition = "aws", region = "eu-west-1", account = "123456789012" }
  parking_bucket = "parking"
  subscribe      = "account"
  settings = {
    TAILWATER_SINKS             = "otlp"
    OTEL_EXPORTER_OTLP_ENDPOINT = "https://collector.example:4318"
    TAILWATER_TAGS              = null
  }
}

run "unset_settings_are_not_in_the_environment" {
  command = plan

  assert {
    condition     = keys(output.environment) == ["OTEL_EXPORTER_OTLP_ENDPOINT", "TAILWATER_BATCH_ITEM_FAILURES", "TAILWATER_EXCLUDE_LOG_GROUPS", "TAILWATER_PARKING", "TAILWATER_SINKS"]
    error_message = "got ${jsonencode(output.environment)}"
  }

  assert {
    condition     = output.environment.TAILWATER_PARKING == "s3://parking"
    error_message = "got ${output.environment.TAILWATER_PARKING}"
  }
}

run "policy_is_minimal_by_default" {
  command = plan

  assert {
    condition     = [for each in jsondecode(output.policy).Statement : each.Sid] == ["FailAndReadFailed", "ListParked", "ParkAndRedrive", "WriteOwnLog"]
    error_message = "got ${output.policy}"
  }

  assert {
    condition = alltrue([
      for each in jsondecode(output.policy).Statement :
      each.Effect == "Allow" && alltrue([for action in each.Action : !strcontains(action, "*")]) && !contains(each.Resource, "*")
    ])
    error_message = "a wildcard: ${output.policy}"
  }
}

run "each_source_and_secret_adds_a_statement" {
  command = plan

  variables {
    through_kinesis  = true
    source_queue_arn = "arn:aws:sqs:eu-west-1:123456789012:in"
    source_bucket    = "exported"
    kms_key_arns     = ["arn:aws:kms:eu-west-1:123456789012:key/1", "arn:aws:kms:eu-west-1:123456789012:key/1"]
    secret_arns      = ["arn:aws:secretsmanager:eu-west-1:123456789012:secret:collector-AbCdEf"]
    parameter_names  = ["/tailwater/datadog"]
    objects          = ["rules/prod.toml"]
  }

  assert {
    condition = { for each in jsondecode(output.policy).Statement : each.Sid => each.Resource } == {
      FailAndReadFailed = ["arn:aws:sqs:eu-west-1:123456789012:tailwater-failed"]
      ListParked        = ["arn:aws:s3:::parking"]
      ParkAndRedrive    = ["arn:aws:s3:::parking/*"]
      ReadObjects       = ["arn:aws:s3:::rules/prod.toml"]
      ReadParameters    = ["arn:aws:ssm:eu-west-1:123456789012:parameter/tailwater/datadog"]
      ReadSecrets       = ["arn:aws:secretsmanager:eu-west-1:123456789012:secret:collector-AbCdEf"]
      ReadSourceBucket  = ["arn:aws:s3:::exported/*"]
      ReadSourceQueue   = ["arn:aws:sqs:eu-west-1:123456789012:in"]
      ReadStream        = ["arn:aws:kinesis:eu-west-1:123456789012:stream/tailwater"]
      UseKeys           = ["arn:aws:kms:eu-west-1:123456789012:key/1"]
      WriteOwnLog       = ["arn:aws:logs:eu-west-1:123456789012:log-group:/aws/lambda/tailwater:*"]
    }
    error_message = "got ${output.policy}"
  }
}

run "log_groups_of_tailwater_are_never_subscribed" {
  command = plan

  variables {
    subscribe      = "groups"
    log_groups     = ["/aws/lambda/orders", "/aws/lambda/tailwater", "/aws/lambda/tailwater-subscriber"]
    not_subscribed = ["/flow"]
  }

  assert {
    condition     = join(",", output.log_groups) == "/aws/lambda/orders"
    error_message = "got ${jsonencode(output.log_groups)}"
  }

  assert {
    condition     = output.selection == "LogGroupName NOT IN [\"/aws/lambda/tailwater\",\"/aws/lambda/tailwater-subscriber\",\"/aws/lambda/tailwater-macro\",\"/aws/lambda/CodeDeployHook_tailwater\",\"/flow\"]"
    error_message = "got ${output.selection}"
  }
}

run "bucket_and_queues_deny_plain_http" {
  command = plan

  assert {
    condition = alltrue([
      for policy in concat([output.bucket_policy], values(output.queue_policies)) :
      jsondecode(policy).Statement[0].Effect == "Deny" && jsondecode(policy).Statement[0].Condition.Bool["aws:SecureTransport"] == "false"
    ])
    error_message = "got ${output.bucket_policy}"
  }
}

run "datadog_needs_a_key" {
  command = plan

  variables {
    settings = { TAILWATER_SINKS = "datadog" }
  }

  expect_failures = [output.environment]
}

run "otlp_needs_an_endpoint" {
  command = plan

  variables {
    settings = { TAILWATER_SINKS = "otlp", OTEL_EXPORTER_OTLP_ENDPOINT = null }
  }

  expect_failures = [output.environment]
}

run "excluded_log_groups_are_added_to_those_of_tailwater" {
  command = plan

  variables {
    exclude_log_groups = ["/noisy/*"]
  }

  assert {
    condition     = endswith(output.environment.TAILWATER_EXCLUDE_LOG_GROUPS, "/aws/lambda/CodeDeployHook_tailwater,/noisy/*")
    error_message = "got ${output.environment.TAILWATER_EXCLUDE_LOG_GROUPS}"
  }
}
