output "function_arn" {
  value       = aws_lambda_alias.live.arn
  description = "ARN of the alias, the destination of subscriptions."
}

output "role_arn" {
  value       = aws_iam_role.forwarder.arn
  description = "ARN of the forwarder's role, for policies of buckets and keys."
}

output "parking_bucket" {
  value       = aws_s3_bucket.parking.id
  description = "Name of the parking bucket, which holds undelivered events."
}

output "failed_queue_url" {
  value       = aws_sqs_queue.failed.id
  description = "Queue of events that failed three times."
}

output "stream_arn" {
  value       = one(aws_kinesis_stream.logs[*].arn)
  description = "ARN of the stream, the destination of subscriptions if there is one."
}

output "stream_writer_role_arn" {
  value       = one(aws_iam_role.stream_writer[*].arn)
  description = "ARN of the role that CloudWatch Logs assumes to write to the stream, if there is one."
}
