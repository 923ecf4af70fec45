# One function, to an OpenTelemetry collector. More groups, or subscribe = "account", once that works.
provider "aws" {
  region = "eu-west-1"
}

module "tailwater" {
  source = "../.."

  package = "tailwater-forwarder-arm64.zip"

  sinks                   = ["otlp"]
  otlp_headers_secret_arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:tailwater/otlp-AbCdEf"
  otlp_endpoint           = "https://collector.example:4318"

  subscribe  = "groups"
  log_groups = ["/aws/lambda/checkout-api"]
}
