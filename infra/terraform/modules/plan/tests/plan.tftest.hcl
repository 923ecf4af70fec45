# Tests of everything that the module computes without a provider.

variables {
  name           = "tailwater"
  place          = { partition = "aws", region = "eu-west-1", account = "123456789012" }
  parking_bucket = "parking"
  subscribe      = "account"
  sinks          = ["otlp"]
  otlp_endpoint  = "https://collector.example:4318"
}

run "unset_settings_are_not_in_the_environment" {
  command = plan

  assert {
    condition     = keys(output.environment) == ["OTEL_EXPORTER_OTLP_ENDPOINT", "TAILWATER_EXCLUDE_LOG_GROUPS", "TAILWATER_PARKING", "TAILWATER_SINKS"]
    error_message = "got ${jsonencode(output.environment)}"
  }

  assert {
    condition     = output.environment.TAILWATER_PARKING == "s3://parking"
    error_message = "got ${output.environment.TAILWATER_PARKING}"
  }
}

run "settings_become_environment_variables" {
  command = plan

  variables {
    sinks                    = ["otlp", "datadog"]
    tags                     = { stage = "prod", team = "shop" }
    otlp_resource_attributes = { team = "a b" }
    otlp_timeout             = 5000
    allow_insecure           = true
    request_timeout          = "1500ms"
    exclude_log_groups       = ["/noisy/*"]
    otlp_headers_secret_arn  = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:collector-AbCdEf"
    datadog_api_key_ssm_name = "/tailwater/datadog"
  }

  assert {
    condition = alltrue([
      output.environment.TAILWATER_SINKS == "otlp,datadog",
      output.environment.TAILWATER_TAGS == "stage:prod,team:shop",
      contains(["team=a%20b", "team=a+b"], output.environment.OTEL_RESOURCE_ATTRIBUTES),
      output.environment.OTEL_EXPORTER_OTLP_TIMEOUT == "5000",
      output.environment.TAILWATER_ALLOW_INSECURE == "true",
      output.environment.TAILWATER_TIMEOUT == "1500ms",
      endswith(output.environment.TAILWATER_EXCLUDE_LOG_GROUPS, ",/noisy/*"),
      output.environment.OTEL_EXPORTER_OTLP_HEADERS == "secretsmanager:arn:aws:secretsmanager:eu-west-1:123456789012:secret:collector-AbCdEf",
      output.environment.DD_API_KEY_SSM_NAME == "/tailwater/datadog",
    ])
    error_message = "got ${jsonencode(output.environment)}"
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
    sinks                    = ["otlp", "datadog"]
    through_kinesis          = true
    source_queue_arn         = "arn:aws:sqs:eu-west-1:123456789012:in"
    source_bucket            = "exported"
    kms_key_arns             = ["arn:aws:kms:eu-west-1:123456789012:key/1", "arn:aws:kms:eu-west-1:123456789012:key/1"]
    otlp_headers_secret_arn  = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:collector-AbCdEf"
    datadog_api_key_ssm_name = "/tailwater/datadog"
  }

  assert {
    condition = { for each in jsondecode(output.policy).Statement : each.Sid => each.Resource } == {
      FailAndReadFailed = ["arn:aws:sqs:eu-west-1:123456789012:tailwater-failed"]
      ListParked        = ["arn:aws:s3:::parking"]
      ParkAndRedrive    = ["arn:aws:s3:::parking/*"]
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

run "invalid_values_are_rejected" {
  command = plan

  variables {
    name                    = "Tail Water"
    sinks                   = ["otlp", "splonk"]
    subscribe               = "all"
    architecture            = "arm"
    memory_size             = 64
    function_timeout        = 901
    redrive_schedule        = "hourly"
    request_timeout         = "10"
    otlp_endpoint           = "collector:4318"
    otlp_headers_secret_arn = "authorization=key"
    source_queue_arn        = "in"
    source_bucket           = "No Bucket"
  }

  expect_failures = [
    var.name, var.sinks, var.subscribe, var.architecture, var.memory_size, var.function_timeout, var.redrive_schedule,
    var.request_timeout, var.otlp_endpoint, var.otlp_headers_secret_arn, var.source_queue_arn, var.source_bucket,
  ]
}

run "datadog_needs_a_key" {
  command = plan

  variables {
    sinks = ["datadog"]
  }

  expect_failures = [output.environment]
}

run "otlp_needs_an_endpoint" {
  command = plan

  variables {
    otlp_endpoint = null
  }

  expect_failures = [output.environment]
}
