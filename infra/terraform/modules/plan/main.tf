# Everything that the module computes without a provider: names, exclusions, environment, permissions.

locals {
  arn = {
    for service in ["lambda", "logs", "sqs", "kinesis", "ssm"] :
    service => "arn:${var.place.partition}:${service}:${var.place.region}:${var.place.account}"
  }
  bucket_arn = "arn:${var.place.partition}:s3:::${var.parking_bucket}"

  names = {
    function     = var.name
    log_group    = "/aws/lambda/${var.name}"
    failed_queue = "${var.name}-failed"
    dead_queue   = "${var.name}-failed-dead"
    stream       = var.name
  }
  arns = {
    function     = "${local.arn.lambda}:function:${local.names.function}"
    log_group    = "${local.arn.logs}:log-group:${local.names.log_group}"
    failed_queue = "${local.arn.sqs}:${local.names.failed_queue}"
    dead_queue   = "${local.arn.sqs}:${local.names.dead_queue}"
    stream       = "${local.arn.kinesis}:stream/${local.names.stream}"
  }

  # Log groups of Tailwater itself: forwarding them would create an endless loop.
  own_groups = concat(
    [local.names.log_group],
    [for suffix in ["subscriber", "macro"] : "${local.names.log_group}-${suffix}"],
    ["/aws/lambda/CodeDeployHook_${var.name}"],
  )
  selection = "LogGroupName NOT IN ${jsonencode(concat(local.own_groups, var.not_subscribed))}"

  sinks = split(",", var.settings.TAILWATER_SINKS)
  # Settings that a sink needs one of.
  is_set = {
    for name in [
      "DD_API_KEY_SECRET_ARN", "DD_API_KEY_SSM_NAME",
      "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
    ] : name => lookup(var.settings, name, null) != null
  }
  refused = concat(local.own_groups, var.exclude_log_groups == null ? [] : var.exclude_log_groups)
  environment = merge(
    { for name, value in var.settings : name => value if value != null },
    {
      # The whole bucket: AWS stores failed records of a stream at its root, and redrive must find them.
      TAILWATER_PARKING            = "s3://${var.parking_bucket}"
      TAILWATER_EXCLUDE_LOG_GROUPS = join(",", local.refused)
      # Goes with ReportBatchItemFailures in each event source mapping; without that, failures would be lost.
      TAILWATER_BATCH_ITEM_FAILURES = "true"
    },
  )
}

locals {
  read_queue  = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility", "sqs:GetQueueAttributes"]
  read_stream = ["kinesis:DescribeStream", "kinesis:DescribeStreamSummary", "kinesis:GetRecords", "kinesis:GetShardIterator", "kinesis:ListShards"]

  # Statements without resources are left out of the policy.
  statements = {
    WriteOwnLog       = { actions = ["logs:CreateLogStream", "logs:PutLogEvents"], resources = ["${local.arns.log_group}:*"] }
    ParkAndRedrive    = { actions = ["s3:PutObject", "s3:GetObject", "s3:DeleteObject"], resources = ["${local.bucket_arn}/*"] }
    ListParked        = { actions = ["s3:ListBucket"], resources = [local.bucket_arn] }
    FailAndReadFailed = { actions = concat(["sqs:SendMessage"], local.read_queue), resources = [local.arns.failed_queue] }
    ReadSourceQueue   = { actions = local.read_queue, resources = compact([var.source_queue_arn]) }
    ReadSourceBucket = {
      actions   = ["s3:GetObject", "s3:GetObjectVersion"]
      resources = [for bucket in compact([var.source_bucket]) : "arn:${var.place.partition}:s3:::${bucket}/*"]
    }
    ReadStream  = { actions = local.read_stream, resources = var.through_kinesis ? [local.arns.stream] : [] }
    UseKeys     = { actions = ["kms:Decrypt", "kms:GenerateDataKey"], resources = distinct(compact(var.kms_key_arns)) }
    ReadSecrets = { actions = ["secretsmanager:GetSecretValue"], resources = distinct(var.secret_arns) }
    ReadParameters = {
      actions   = ["ssm:GetParameter"]
      resources = [for name in distinct(var.parameter_names) : "${local.arn.ssm}:parameter${name}"]
    }
    ReadObjects = {
      actions   = ["s3:GetObject"]
      resources = [for object in distinct(var.objects) : "arn:${var.place.partition}:s3:::${object}"]
    }
  }
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      for sid, each in local.statements : { Sid = sid, Effect = "Allow", Action = each.actions, Resource = each.resources }
      if length(each.resources) > 0
    ]
  })

  # A Deny statement must name all principals.
  only_tls = {
    for service in ["s3", "sqs"] : service => {
      Sid       = "OnlyTls"
      Effect    = "Deny"
      Principal = "*"
      Action    = "${service}:*"
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    }
  }
  bucket_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      merge(local.only_tls.s3, { Resource = [local.bucket_arn, "${local.bucket_arn}/*"] }),
      merge(local.only_tls.s3, {
        Sid       = "OnlyCurrentTls"
        Resource  = [local.bucket_arn, "${local.bucket_arn}/*"]
        Condition = { NumericLessThan = { "s3:TlsVersion" = "1.2" } }
      }),
    ]
  })
  queue_policies = {
    for queue in ["failed_queue", "dead_queue"] : queue => jsonencode({
      Version   = "2012-10-17"
      Statement = [merge(local.only_tls.sqs, { Resource = local.arns[queue] })]
    })
  }
}
