# Every log group of this account and region, to an OpenTelemetry collector.
provider "aws" {
  region = "eu-west-1"
}

module "tailwater" {
  source = "../.."

  package       = "tailwater-forwarder-arm64.zip"
  sinks         = ["otlp"]
  otlp_endpoint = "https://collector.example:4318"
}
