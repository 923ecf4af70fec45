# Sources of log events.

# One permission for all log groups: one for each would exceed the size limit of the function's policy.
resource "aws_lambda_permission" "logs" {
  statement_id   = "logs"
  action         = "lambda:InvokeFunction"
  function_name  = aws_lambda_function.forwarder.function_name
  qualifier      = aws_lambda_alias.live.name
  principal      = "logs.amazonaws.com"
  source_account = local.place.account
  source_arn     = "arn:${local.place.partition}:logs:${local.place.region}:${local.place.account}:log-group:*"
}

locals {
  destination = var.through_kinesis ? aws_kinesis_stream.logs[0].arn : aws_lambda_alias.live.arn
  writer_role = var.through_kinesis ? aws_iam_role.stream_writer[0].arn : null
}

resource "aws_cloudwatch_log_account_policy" "subscription" {
  count = var.subscribe == "account" ? 1 : 0

  policy_name        = var.name
  policy_type        = "SUBSCRIPTION_FILTER_POLICY"
  scope              = "ALL"
  selection_criteria = module.plan.selection
  policy_document = jsonencode(merge(
    { DestinationArn = local.destination, FilterPattern = var.filter_pattern },
    var.through_kinesis ? { RoleArn = local.writer_role, Distribution = "ByLogStream" } : {},
  ))

  depends_on = [aws_lambda_permission.logs, aws_iam_role_policy.stream_writer]
}

resource "aws_cloudwatch_log_subscription_filter" "group" {
  for_each = toset(module.plan.log_groups)

  name            = var.name
  log_group_name  = each.key
  filter_pattern  = var.filter_pattern
  destination_arn = local.destination
  role_arn        = local.writer_role

  depends_on = [aws_lambda_permission.logs, aws_iam_role_policy.stream_writer]
}

resource "aws_kinesis_stream" "logs" {
  count = var.through_kinesis ? 1 : 0

  name             = module.plan.names.stream
  retention_period = 24
  encryption_type  = "KMS"
  kms_key_id       = var.kms_key_arn == null ? "alias/aws/kinesis" : var.kms_key_arn
  tags             = var.resource_tags

  stream_mode_details {
    stream_mode = "ON_DEMAND"
  }
}

resource "aws_iam_role" "stream_writer" {
  count = var.through_kinesis ? 1 : 0

  name               = "${var.name}-stream-${local.place.region}"
  description        = "Lets CloudWatch Logs write to the stream."
  assume_role_policy = data.aws_iam_policy_document.trust["logs"].json
  tags               = var.resource_tags
}

data "aws_iam_policy_document" "stream_writer" {
  count = var.through_kinesis ? 1 : 0

  statement {
    actions   = ["kinesis:PutRecord"]
    resources = [aws_kinesis_stream.logs[0].arn]
  }

  dynamic "statement" {
    for_each = var.kms_key_arn == null ? [] : [1]

    content {
      actions   = ["kms:GenerateDataKey"]
      resources = [var.kms_key_arn]
    }
  }
}

resource "aws_iam_role_policy" "stream_writer" {
  count = var.through_kinesis ? 1 : 0

  name   = "write"
  role   = aws_iam_role.stream_writer[0].id
  policy = data.aws_iam_policy_document.stream_writer[0].json
}

resource "aws_lambda_event_source_mapping" "stream" {
  count = var.through_kinesis ? 1 : 0

  event_source_arn                   = aws_kinesis_stream.logs[0].arn
  function_name                      = aws_lambda_alias.live.arn
  starting_position                  = "TRIM_HORIZON"
  batch_size                         = 100
  maximum_batching_window_in_seconds = 5
  bisect_batch_on_function_error     = true
  function_response_types            = ["ReportBatchItemFailures"]

  # A batch that fails this often is stored in the bucket, where redrive finds it, and the shard continues. A queue would
  # receive only the sequence numbers of its records.
  maximum_retry_attempts = 10

  destination_config {
    on_failure {
      destination_arn = aws_s3_bucket.parking.arn
    }
  }
}

resource "aws_lambda_event_source_mapping" "queue" {
  count = var.source_queue_arn == null ? 0 : 1

  event_source_arn        = var.source_queue_arn
  function_name           = aws_lambda_alias.live.arn
  batch_size              = 10
  function_response_types = ["ReportBatchItemFailures"]
}

resource "aws_cloudwatch_event_rule" "objects" {
  count = var.source_bucket == null ? 0 : 1

  name        = "${var.name}-objects"
  description = "Invokes the forwarder for new objects."
  tags        = var.resource_tags
  event_pattern = jsonencode({
    source      = ["aws.s3"]
    detail-type = ["Object Created"]
    detail      = { bucket = { name = [var.source_bucket] } }
  })
}

resource "aws_cloudwatch_event_target" "objects" {
  count = var.source_bucket == null ? 0 : 1

  rule = aws_cloudwatch_event_rule.objects[0].name
  arn  = aws_lambda_alias.live.arn
}

resource "aws_lambda_permission" "objects" {
  count = var.source_bucket == null ? 0 : 1

  statement_id  = "objects"
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.forwarder.function_name
  qualifier     = aws_lambda_alias.live.name
  principal     = "events.amazonaws.com"
  source_arn    = aws_cloudwatch_event_rule.objects[0].arn
}
