# The parking bucket for undelivered events, and the schedule that redrives them.

resource "aws_s3_bucket" "parking" {
  #checkov:skip=CKV_AWS_18:only one role has access, and CloudTrail data events have more detail than access logs
  #checkov:skip=CKV_AWS_144:parked events are redriven within hours; a copy in another region would outlive them
  #checkov:skip=CKV2_AWS_62:the schedule reads it; nothing needs its notifications
  bucket = local.parking_bucket
  tags   = var.resource_tags
}

resource "aws_s3_bucket_ownership_controls" "parking" {
  bucket = aws_s3_bucket.parking.id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_public_access_block" "parking" {
  bucket                  = aws_s3_bucket.parking.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_server_side_encryption_configuration" "parking" {
  bucket = aws_s3_bucket.parking.id

  rule {
    bucket_key_enabled = true

    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = var.kms_key_arn
    }
  }
}

resource "aws_s3_bucket_versioning" "parking" {
  bucket = aws_s3_bucket.parking.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "parking" {
  bucket = aws_s3_bucket.parking.id

  rule {
    id     = "forget"
    status = "Enabled"

    filter {}

    expiration {
      days = var.parking_days
    }

    # Objects that redrive deleted can be restored for a week.
    noncurrent_version_expiration {
      noncurrent_days = 7
    }

    abort_incomplete_multipart_upload {
      days_after_initiation = 1
    }
  }

  depends_on = [aws_s3_bucket_versioning.parking]
}

resource "aws_s3_bucket_policy" "parking" {
  bucket = aws_s3_bucket.parking.id
  policy = module.plan.bucket_policy
}

resource "aws_iam_role" "redrive" {
  name               = "${var.name}-redrive-${local.place.region}"
  description        = "Lets the redrive schedule invoke the forwarder."
  assume_role_policy = data.aws_iam_policy_document.trust["scheduler"].json
  tags               = var.resource_tags
}

data "aws_iam_policy_document" "redrive" {
  statement {
    actions   = ["lambda:InvokeFunction"]
    resources = [aws_lambda_alias.live.arn]
  }
}

resource "aws_iam_role_policy" "redrive" {
  name   = "invoke"
  role   = aws_iam_role.redrive.id
  policy = data.aws_iam_policy_document.redrive.json
}

resource "aws_scheduler_schedule" "redrive" {
  #checkov:skip=CKV_AWS_297:a key can be set by a variable; the schedule holds no secret
  name                = "${var.name}-redrive"
  description         = "Redrives parked events."
  schedule_expression = var.redrive_schedule
  kms_key_arn         = var.kms_key_arn

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = aws_lambda_alias.live.arn
    role_arn = aws_iam_role.redrive.arn
    input    = jsonencode({ tailwater = { redrive = {} } })

    # No retries: the next scheduled run does the same.
    retry_policy {
      maximum_retry_attempts       = 0
      maximum_event_age_in_seconds = 300
    }
  }
}
