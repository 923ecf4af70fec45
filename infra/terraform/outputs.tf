output "function_arn" {
  value       = aws_lambda_alias.live.arn
  description = "The alias to subscribe log groups to."
}

output "role_arn" {
  value       = aws_iam_role.forwarder.arn
  description = "The forwarder's role, for policies of buckets and keys."
}

output "parking_bucket" {
  value       = aws_s3_bucket.parking.id
  description = "Where what no backend took waits."
}

output "failed_queue_url" {
  value       = aws_sqs_queue.failed.id
  description = "Where events wait that failed three times."
}

output "stream_arn" {
  value       = one(aws_kinesis_stream.logs[*].arn)
  description = "The stream to subscribe log groups to instead, where there is one."
}

output "stream_writer_role_arn" {
  value       = one(aws_iam_role.stream_writer[*].arn)
  description = "The role with which CloudWatch Logs writes to the stream, where there is one."
}
