# Alarms of the forwarder; alarms.json is written by infra/generate.py from alerts/definition.yaml.

resource "aws_cloudwatch_metric_alarm" "forwarder" {
  for_each = { for alarm in jsondecode(file("${path.module}/alarms.json")) : alarm.name => alarm }

  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = each.value.description
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  dimensions          = { (each.value.dimension) = var.name }
  statistic           = each.value.statistic
  period              = each.value.period
  evaluation_periods  = each.value.evaluation_periods
  threshold           = each.value.threshold
  comparison_operator = "GreaterThanThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = var.alarm_topic_arns
  ok_actions          = var.alarm_topic_arns
  tags                = var.resource_tags
}

resource "aws_cloudwatch_metric_alarm" "not_empty" {
  for_each = {
    (module.plan.names.failed_queue) = "Events failed three times. They are retried later; find the cause in the log of the function."
    (module.plan.names.dead_queue)   = "Messages failed repeatedly. A schedule moves them back to be retried; find the cause of the failures."
  }

  alarm_name          = "${each.key}-not-empty"
  alarm_description   = each.value
  evaluation_periods  = 1
  threshold           = 0
  comparison_operator = "GreaterThanThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = var.alarm_topic_arns
  ok_actions          = var.alarm_topic_arns
  tags                = var.resource_tags

  # Visible messages do not include delayed ones.
  metric_query {
    id          = "messages"
    label       = "messages"
    expression  = "visible + delayed"
    return_data = true
  }

  dynamic "metric_query" {
    for_each = { visible = "ApproximateNumberOfMessagesVisible", delayed = "ApproximateNumberOfMessagesDelayed" }

    content {
      id = metric_query.key

      metric {
        namespace   = "AWS/SQS"
        metric_name = metric_query.value
        dimensions  = { QueueName = each.key }
        period      = 300
        stat        = "Maximum"
      }
    }
  }
}
