# Queue of asynchronous events that failed three times, with an alarm and retries. After ten more failures a message goes to a
# dead-letter queue, and a schedule moves it back.

resource "aws_sqs_queue" "failed" {
  #checkov:skip=CKV_AWS_27:a key can be set by a variable; by default SQS encrypts with its own
  name                       = module.plan.names.failed_queue
  delay_seconds              = 900
  visibility_timeout_seconds = 6 * var.function_timeout
  message_retention_seconds  = 1209600
  sqs_managed_sse_enabled    = var.kms_key_arn == null ? true : null
  kms_master_key_id          = var.kms_key_arn
  tags                       = var.resource_tags

  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.dead.arn
    maxReceiveCount     = 10
  })
}

resource "aws_sqs_queue" "dead" {
  #checkov:skip=CKV_AWS_27:a key can be set by a variable; by default SQS encrypts with its own
  name                      = module.plan.names.dead_queue
  message_retention_seconds = 1209600
  sqs_managed_sse_enabled   = var.kms_key_arn == null ? true : null
  kms_master_key_id         = var.kms_key_arn
  tags                      = var.resource_tags

  # An ARN built from the name: the two queues refer to each other, which would be a cycle.
  redrive_allow_policy = jsonencode({
    redrivePermission = "byQueue"
    sourceQueueArns   = [module.plan.arns.failed_queue]
  })
}

resource "aws_sqs_queue_policy" "failed" {
  queue_url = aws_sqs_queue.failed.id
  policy    = module.plan.queue_policies.failed_queue
}

resource "aws_sqs_queue_policy" "dead" {
  queue_url = aws_sqs_queue.dead.id
  policy    = module.plan.queue_policies.dead_queue
}

resource "aws_lambda_event_source_mapping" "retry_failed" {
  event_source_arn        = aws_sqs_queue.failed.arn
  function_name           = aws_lambda_alias.live.arn
  batch_size              = 1
  function_response_types = ["ReportBatchItemFailures"]

  # Limited to two, so that retries leave most of the concurrency to new events.
  scaling_config {
    maximum_concurrency = 2
  }
}

resource "aws_iam_role" "move_back" {
  name               = "${var.name}-move-back-${local.place.region}"
  description        = "Lets the schedule move messages back from the dead-letter queue."
  assume_role_policy = data.aws_iam_policy_document.trust["scheduler"].json
  tags               = var.resource_tags
}

data "aws_iam_policy_document" "move_back" {
  statement {
    sid       = "TakeFromHere"
    actions   = ["sqs:StartMessageMoveTask", "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]
    resources = [aws_sqs_queue.dead.arn]
  }

  statement {
    sid       = "PutBack"
    actions   = ["sqs:SendMessage"]
    resources = [aws_sqs_queue.failed.arn]
  }

  dynamic "statement" {
    for_each = var.kms_key_arn == null ? [] : [1]

    content {
      sid       = "UseKey"
      actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
      resources = [var.kms_key_arn]
    }
  }
}

resource "aws_iam_role_policy" "move_back" {
  name   = "move"
  role   = aws_iam_role.move_back.id
  policy = data.aws_iam_policy_document.move_back.json
}

resource "aws_scheduler_schedule" "move_back" {
  #checkov:skip=CKV_AWS_297:a key can be set by a variable; the schedule holds no secret
  name                = "${module.plan.names.dead_queue}-redrive"
  description         = "Moves all messages back to the source queue."
  schedule_expression = "rate(6 hours)"
  kms_key_arn         = var.kms_key_arn

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = "arn:${local.place.partition}:scheduler:::aws-sdk:sqs:startMessageMoveTask"
    role_arn = aws_iam_role.move_back.arn
    input = jsonencode({
      SourceArn                    = aws_sqs_queue.dead.arn
      DestinationArn               = aws_sqs_queue.failed.arn
      MaxNumberOfMessagesPerSecond = 5
    })

    # Fails while an earlier move is still running; the next run moves the rest.
    retry_policy {
      maximum_retry_attempts       = 0
      maximum_event_age_in_seconds = 300
    }
  }
}
