# Two backends, a Kinesis stream, a KMS key, a VPC, and an SNS topic for alarms.
provider "aws" {
  region = "eu-west-1"
}

module "tailwater" {
  source = "../.."

  name    = "logs"
  package = "tailwater-forwarder-arm64.zip"

  sinks                    = ["otlp", "datadog"]
  tags                     = { team = "platform", stage = "prod" }
  otlp_endpoint            = "https://collector.example:4318"
  otlp_compression         = "zstd"
  otlp_headers_secret_arn  = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:collector-AbCdEf"
  datadog_site             = "datadoghq.eu"
  datadog_api_key_ssm_name = "/tailwater/datadog"

  subscribe       = "account"
  not_subscribed  = ["/aws/vpc/flow-logs"]
  through_kinesis = true
  source_bucket   = "exported-logs"

  memory_size          = 256
  function_timeout     = 120
  reserved_concurrency = 50
  kms_key_arn          = "arn:aws:kms:eu-west-1:123456789012:key/11111111-2222-4333-8444-555555555555"
  alarm_topic_arns     = ["arn:aws:sns:eu-west-1:123456789012:on-call"]
  subnet_ids           = ["subnet-0a1b2c3d4e5f60718", "subnet-1a1b2c3d4e5f60718"]
  security_group_ids   = ["sg-0a1b2c3d4e5f60718"]
  resource_tags        = { service = "tailwater" }
}

output "function_arn" {
  value       = module.tailwater.function_arn
  description = "Destination for further subscriptions."
}
