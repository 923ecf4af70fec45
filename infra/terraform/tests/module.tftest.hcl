# Tests of the whole module, including the checks of its variables, with a mock of the AWS provider, which has the real schema and fake values.

mock_provider "aws" {
  override_data {
    target = data.aws_caller_identity.current
    values = { account_id = "123456789012" }
  }

  override_data {
    target = data.aws_partition.current
    values = { partition = "aws" }
  }

  override_data {
    target = data.aws_region.current
    values = { id = "eu-west-1" }
  }

  mock_data "aws_iam_policy_document" {
    defaults = { json = "{}" }
  }

  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::123456789012:role/role" }
  }

  mock_resource "aws_lambda_alias" {
    defaults = { arn = "arn:aws:lambda:eu-west-1:123456789012:function:tailwater:live" }
  }

  mock_resource "aws_sqs_queue" {
    defaults = { arn = "arn:aws:sqs:eu-west-1:123456789012:queue" }
  }

  mock_resource "aws_kinesis_stream" {
    defaults = { arn = "arn:aws:kinesis:eu-west-1:123456789012:stream/tailwater" }
  }

  mock_resource "aws_cloudwatch_event_rule" {
    defaults = { arn = "arn:aws:events:eu-west-1:123456789012:rule/tailwater-objects" }
  }

  mock_resource "aws_s3_bucket" {
    defaults = { arn = "arn:aws:s3:::parking" }
  }
}

variables {
  # Any file: nothing is uploaded.
  package       = "versions.tf"
  sinks         = ["otlp"]
  otlp_endpoint = "https://collector.example:4318"
}

run "every_log_group_is_subscribed_if_asked_for" {
  variables {
    subscribe = "account"
  }

  assert {
    condition     = jsondecode(aws_cloudwatch_log_account_policy.subscription[0].policy_document).DestinationArn == aws_lambda_alias.live.arn
    error_message = "got ${aws_cloudwatch_log_account_policy.subscription[0].policy_document}"
  }

  assert {
    condition     = length(aws_cloudwatch_log_subscription_filter.group) == 0 && length(aws_kinesis_stream.logs) == 0
    error_message = "unexpected subscriptions besides the account policy"
  }
}

run "nothing_is_subscribed_by_default" {
  assert {
    condition     = length(aws_cloudwatch_log_account_policy.subscription) == 0 && length(aws_cloudwatch_log_subscription_filter.group) == 0
    error_message = "log groups are subscribed that nobody chose"
  }

  assert {
    condition     = aws_lambda_function.forwarder.architectures == tolist(["arm64"]) && aws_lambda_function.forwarder.memory_size == 128
    error_message = "expected arm64 with 128 MB"
  }

  assert {
    condition     = aws_lambda_function.forwarder.environment[0].variables.TAILWATER_PARKING == "s3://tailwater-parking-123456789012-eu-west-1"
    error_message = "unexpected parking location"
  }

  assert {
    condition = (
      aws_lambda_function.forwarder.environment[0].variables.TAILWATER_BATCH_ITEM_FAILURES == "true"
      && aws_lambda_event_source_mapping.retry_failed.function_response_types == toset(["ReportBatchItemFailures"])
    )
    error_message = "expected the setting together with ReportBatchItemFailures in the mapping"
  }

  assert {
    condition     = length(aws_lambda_function.forwarder.vpc_config) == 0 && length(aws_iam_role_policy_attachment.vpc) == 0
    error_message = "unexpected VPC"
  }

  assert {
    condition     = length(aws_cloudwatch_metric_alarm.forwarder) == length(jsondecode(file("alarms.json")))
    error_message = "alarms are missing"
  }
}

run "through_a_stream" {
  variables {
    subscribe       = "account"
    through_kinesis = true
  }

  assert {
    condition     = jsondecode(aws_cloudwatch_log_account_policy.subscription[0].policy_document).DestinationArn == aws_kinesis_stream.logs[0].arn
    error_message = "not subscribed to the stream"
  }

  assert {
    condition     = one(aws_lambda_event_source_mapping.stream[*].bisect_batch_on_function_error)
    error_message = "a record that always fails would block its shard"
  }
}

run "single_log_groups_with_a_key_in_a_vpc" {
  variables {
    subscribe          = "groups"
    log_groups         = ["/aws/lambda/orders", "/aws/lambda/mail", "/aws/lambda/tailwater"]
    kms_key_arn        = "arn:aws:kms:eu-west-1:123456789012:key/1"
    subnet_ids         = ["subnet-1"]
    security_group_ids = ["sg-1"]
    source_bucket      = "exported"
    source_queue_arn   = "arn:aws:sqs:eu-west-1:123456789012:in"
  }

  assert {
    condition     = keys(aws_cloudwatch_log_subscription_filter.group) == ["/aws/lambda/mail", "/aws/lambda/orders"]
    error_message = "got ${jsonencode(keys(aws_cloudwatch_log_subscription_filter.group))}"
  }

  assert {
    condition     = length(aws_cloudwatch_log_account_policy.subscription) == 0
    error_message = "the whole account is subscribed too"
  }

  assert {
    condition = alltrue([
      aws_sqs_queue.failed.kms_master_key_id == var.kms_key_arn,
      aws_sqs_queue.dead.kms_master_key_id == var.kms_key_arn,
      aws_cloudwatch_log_group.forwarder.kms_key_id == var.kms_key_arn,
      aws_lambda_function.forwarder.kms_key_arn == var.kms_key_arn,
    ])
    error_message = "something is not encrypted with the key"
  }

  assert {
    condition     = length(aws_iam_role_policy_attachment.vpc) == 1 && length(aws_lambda_permission.objects) == 1
    error_message = "the VPC or the bucket is missing"
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
      aws_lambda_function.forwarder.environment[0].variables.TAILWATER_SINKS == "otlp,datadog",
      aws_lambda_function.forwarder.environment[0].variables.TAILWATER_TAGS == "stage:prod,team:shop",
      contains(["team=a%20b", "team=a+b"], aws_lambda_function.forwarder.environment[0].variables.OTEL_RESOURCE_ATTRIBUTES),
      aws_lambda_function.forwarder.environment[0].variables.OTEL_EXPORTER_OTLP_TIMEOUT == "5000",
      aws_lambda_function.forwarder.environment[0].variables.TAILWATER_ALLOW_INSECURE == "true",
      aws_lambda_function.forwarder.environment[0].variables.TAILWATER_TIMEOUT == "1500ms",
      endswith(aws_lambda_function.forwarder.environment[0].variables.TAILWATER_EXCLUDE_LOG_GROUPS, ",/noisy/*"),
      aws_lambda_function.forwarder.environment[0].variables.OTEL_EXPORTER_OTLP_HEADERS == "secretsmanager:arn:aws:secretsmanager:eu-west-1:123456789012:secret:collector-AbCdEf",
      aws_lambda_function.forwarder.environment[0].variables.DD_API_KEY_SSM_NAME == "/tailwater/datadog",
    ])
    error_message = "unexpected environment variables"
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
