# The forwarder: function, alias, log group and role. Its sources are in sources.tf, parked events in parking.tf, failed events
# in failed.tf, alarms in alarms.tf. Everything that can be computed without AWS is in modules/plan.

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  place = {
    partition = data.aws_partition.current.partition
    region    = data.aws_region.current.id
    account   = data.aws_caller_identity.current.account_id
  }
  parking_bucket = "${var.name}-parking-${local.place.account}-${local.place.region}"
}

module "plan" {
  source = "./modules/plan"

  name               = var.name
  place              = local.place
  parking_bucket     = local.parking_bucket
  subscribe          = var.subscribe
  log_groups         = var.log_groups
  not_subscribed     = var.not_subscribed
  through_kinesis    = var.through_kinesis
  source_queue_arn   = var.source_queue_arn
  source_bucket      = var.source_bucket
  kms_key_arns       = compact([var.kms_key_arn, var.secret_kms_key_arn])
  settings           = local.settings
  exclude_log_groups = var.exclude_log_groups
  secret_arns        = local.secret_arns
  parameter_names    = local.parameter_names
  objects            = local.objects
}

resource "aws_lambda_function" "forwarder" {
  #checkov:skip=CKV_AWS_50:the forwarder reports each invocation itself, as a ledger line and metrics
  #checkov:skip=CKV_AWS_116:it has an on-failure destination instead, which also receives the error
  #checkov:skip=CKV_AWS_117:a VPC can be set by a variable; most backends are public
  #checkov:skip=CKV_AWS_173:a key can be set by a variable; the environment holds references to secrets, never secrets
  #checkov:skip=CKV_AWS_272:releases are attested instead; code signing needs a signing profile of the account
  function_name                  = module.plan.names.function
  description                    = "Forwards CloudWatch logs to the backends named in TAILWATER_SINKS."
  role                           = aws_iam_role.forwarder.arn
  runtime                        = "provided.al2023"
  handler                        = "bootstrap"
  architectures                  = [var.architecture]
  filename                       = var.package
  source_code_hash               = filebase64sha256(var.package)
  publish                        = true
  memory_size                    = var.memory_size
  timeout                        = var.function_timeout
  reserved_concurrent_executions = var.reserved_concurrency
  kms_key_arn                    = var.kms_key_arn
  tags                           = var.resource_tags

  environment {
    variables = module.plan.environment
  }

  logging_config {
    log_format = "Text"
    log_group  = aws_cloudwatch_log_group.forwarder.name
  }

  dynamic "vpc_config" {
    for_each = length(var.subnet_ids) > 0 ? [1] : []

    content {
      subnet_ids         = var.subnet_ids
      security_group_ids = var.security_group_ids
    }
  }

  depends_on = [aws_iam_role_policy.forwarder]
}

resource "aws_lambda_alias" "live" {
  name             = "live"
  description      = "Destination of subscriptions, whose version can change."
  function_name    = aws_lambda_function.forwarder.function_name
  function_version = aws_lambda_function.forwarder.version
}

resource "aws_lambda_function_event_invoke_config" "live" {
  function_name                = aws_lambda_function.forwarder.function_name
  qualifier                    = aws_lambda_alias.live.name
  maximum_event_age_in_seconds = 21600
  maximum_retry_attempts       = 2

  destination_config {
    on_failure {
      destination = aws_sqs_queue.failed.arn
    }
  }
}

resource "aws_cloudwatch_log_group" "forwarder" {
  #checkov:skip=CKV_AWS_158:a key can be set by a variable; by default CloudWatch encrypts log groups with its own
  #checkov:skip=CKV_AWS_338:retention is a variable; the forwarder's log holds counts, which need not be kept for a year
  name              = module.plan.names.log_group
  retention_in_days = var.log_retention_days
  kms_key_id        = var.kms_key_arn
  tags              = var.resource_tags
}

data "aws_iam_policy_document" "trust" {
  for_each = toset(["lambda", "scheduler", "logs"])

  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["${each.key}.amazonaws.com"]
    }

    # Lambda does not send aws:SourceAccount when it assumes a role.
    dynamic "condition" {
      for_each = each.key == "lambda" ? [] : [1]

      content {
        test     = "StringEquals"
        variable = "aws:SourceAccount"
        values   = [local.place.account]
      }
    }
  }
}

resource "aws_iam_role" "forwarder" {
  name               = "${var.name}-${local.place.region}"
  description        = "Permissions of the forwarder, resource by resource."
  assume_role_policy = data.aws_iam_policy_document.trust["lambda"].json
  tags               = var.resource_tags
}

resource "aws_iam_role_policy" "forwarder" {
  name   = "forward"
  role   = aws_iam_role.forwarder.id
  policy = module.plan.policy
}

# Network interfaces have no ARN before they exist, so AWS's managed policy allows them on every resource.
resource "aws_iam_role_policy_attachment" "vpc" {
  count = length(var.subnet_ids) > 0 ? 1 : 0

  role       = aws_iam_role.forwarder.name
  policy_arn = "arn:${local.place.partition}:iam::aws:policy/service-role/AWSLambdaENIManagementAccess"
}
