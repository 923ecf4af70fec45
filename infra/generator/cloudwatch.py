"""Alarms and dashboards of CloudWatch: for the forwarder, in every tool; for users' functions, as a template."""
import json

import yaml

OPERATOR = "GreaterThanThreshold"
ACTIONS = {"Fn::If": ["HasTopic", [{"Ref": "AlarmTopicArn"}], []]}
STATISTIC = {"total": "Sum", "highest": "Maximum"}
REGION = {"Ref": "AWS::Region"}


class Plain(yaml.SafeDumper):
    """Dumper without anchors and aliases, which CloudFormation does not support."""

    def ignore_aliases(self, data):
        return True


def dump(document):
    return yaml.dump(document, Dumper=Plain, sort_keys=False, width=1000, allow_unicode=True)


def dimension(namespace):
    """Dimension with the name of the function, which AWS and Tailwater spell differently."""
    return "FunctionName" if namespace == "AWS/Lambda" else "function_name"


# Alarms and dashboard of the forwarder


def neutral(definition, alert):
    """Properties of an alarm of the forwarder, independent of the tool."""
    metric = definition.name(alert.metric, "cloudwatch")
    return {
        "id": alert.camel,
        "name": alert.name.replace(" ", "-"),
        "description": alert.description,
        "namespace": metric["namespace"],
        "metric": metric["name"],
        "dimension": dimension(metric["namespace"]),
        "statistic": STATISTIC[alert.kind],
        "period": alert.window,
        "evaluation_periods": alert.windows,
        "threshold": alert.rule["above"],
    }


def neutral_alarms(definition):
    return [neutral(definition, alert) for alert in definition.forwarder]


def own_alarm(alarm):
    return {
        "Type": "AWS::CloudWatch::Alarm",
        "Properties": {
            "AlarmName": {"Fn::Sub": f"${{Name}}-{alarm['name']}"},
            "AlarmDescription": alarm["description"],
            "Namespace": alarm["namespace"],
            "MetricName": alarm["metric"],
            "Dimensions": [{"Name": alarm["dimension"], "Value": {"Ref": "Name"}}],
            "Statistic": alarm["statistic"],
            "Period": alarm["period"],
            "EvaluationPeriods": alarm["evaluation_periods"],
            "Threshold": alarm["threshold"],
            "ComparisonOperator": OPERATOR,
            "TreatMissingData": "notBreaching",
            "AlarmActions": ACTIONS,
            "OKActions": ACTIONS,
        },
    }


def widget(title, metrics, index, **more):
    column, row = index % 3, index // 3
    properties = {"title": title, "region": "${AWS::Region}", "view": "timeSeries", "period": 300, "metrics": metrics, **more}
    return {"type": "metric", "x": column * 8, "y": row * 6, "width": 8, "height": 6, "properties": properties}


def own_widgets(definition):
    """Widgets with a line for each sink, if the metric has sinks. A search finds them, since a template does not know the sinks."""
    widgets = []
    for panel in definition.panels["forwarder"]:
        metric = definition.name(panel["total"], "cloudwatch")
        namespace, name = metric["namespace"], metric["name"]
        line = [namespace, name, dimension(namespace), "${Name}", {"stat": "Sum"}]
        if namespace == "Tailwater":
            search = f"SEARCH('{{Tailwater,function_name,sink}} MetricName=\"{name}\" function_name=\"${{Name}}\"', 'Sum')"
            line = [{"expression": search, "id": "e1"}]
        widgets.append(widget(panel["title"], [line], len(widgets)))
    return widgets


def dashboard(name, widgets):
    body = json.dumps({"widgets": widgets}, separators=(", ", ": "))
    return {
        "Type": "AWS::CloudWatch::Dashboard",
        "Properties": {"DashboardName": {"Fn::Sub": name}, "DashboardBody": {"Fn::Sub": body}},
    }


def own_block(definition):
    """Lines of the generated block in the template of the forwarder."""
    resources = {f"{alarm['id']}Alarm": own_alarm(alarm) for alarm in neutral_alarms(definition)}
    resources["Dashboard"] = dashboard("${Name}", own_widgets(definition))
    return "\n".join(dump({name: resource}) for name, resource in resources.items()).splitlines()


# Alarms and dashboard of users' functions

EACH = "&{Function}"
FUNCTION = {"Ref": "Function"}
OWN_NAMESPACE = "Tailwater/Functions"
BILLED = {
    "billed_ms": ("$billed", "$.record.metrics.billedDurationMs"),
    "memory_mb": ("$memory", "$.record.metrics.memorySizeMB"),
}
# Pattern of a REPORT line; anything may follow the memory size.
REPORT = (
    '[kind = "REPORT", request_label, request, label = "Duration:", duration, unit, billed_label = "Billed",'
    ' billed_rest, billed, billed_unit, memory_label = "Memory", memory_rest, memory, ...]'
)
JSON_REPORT = '{ $.type = "platform.report" && $.record.metrics.billedDurationMs > 0 }'


def metric_filter(name, pattern, value):
    transformation = {"MetricNamespace": OWN_NAMESPACE, "MetricName": {"Fn::Sub": f"${{Function}}/{name}"}, "MetricValue": value}
    return {
        "Type": "AWS::Logs::MetricFilter",
        "Properties": {
            "LogGroupName": {"Fn::Sub": "/aws/lambda/${Function}"},
            "FilterPattern": pattern,
            "MetricTransformations": [transformation],
        },
    }


def filters(definition):
    """Metric filters, one for text and one for JSON logs; a log group has lines of one of the two formats."""
    found = {}
    for metric, names in definition.metrics.items():
        for form, pattern in names.get("cloudwatch", {}).get("filter", {}).items():
            key = "".join(map(str.capitalize, [*metric.split("_"), form]))
            found[f"{key}{EACH}"] = metric_filter(metric, pattern, "1")
    for metric, (text, in_json) in BILLED.items():
        key = "".join(map(str.capitalize, metric.split("_")))
        found[f"{key}Text{EACH}"] = metric_filter(metric, REPORT, text)
        found[f"{key}Json{EACH}"] = metric_filter(metric, JSON_REPORT, in_json)
    return found


def stat(identity, definition, metric, window, statistic="Sum", returned=False):
    names = definition.metrics.get(metric, {}).get("cloudwatch", {})
    own = {"Namespace": OWN_NAMESPACE, "MetricName": {"Fn::Sub": f"${{Function}}/{metric}"}}
    theirs = {
        "Namespace": names.get("namespace"),
        "MetricName": names.get("name"),
        "Dimensions": [{"Name": "FunctionName", "Value": FUNCTION}],
    }
    measured = {"Metric": theirs if "namespace" in names else own, "Period": window, "Stat": statistic}
    return {"Id": identity, "ReturnData": returned, "MetricStat": measured}


def math(expression, *inputs):
    return [{"Id": "result", "Label": "result", "Expression": expression}, *inputs]


def cost(definition, window):
    """Metric math for the cost: billed time and requests at the prices in the parameters."""
    formula = {"Fn::Sub": "billed / 1000 * memory / 1024 * ${GbSecondUsd} + requests * ${RequestUsd}"}
    inputs = [("billed", "billed_ms", "Sum"), ("memory", "memory_mb", "Average"), ("requests", "invocations", "Sum")]
    return math(formula, *(stat(identity, definition, metric, window, how) for identity, metric, how in inputs))


def measure(definition, alert):
    """Metrics of an alarm, and its threshold."""
    rule, window = alert.rule, alert.window
    if alert.kind == "total" and definition.name(alert.metric, "cloudwatch").get("cost"):
        return cost(definition, window), {"Ref": "BudgetUsd"}
    if alert.kind == "total":
        return [stat("result", definition, alert.metric, window, returned=True)], rule["above"]
    if alert.kind == "share":
        part, whole = (stat(key, definition, rule[name], window) for key, name in (("part", "share"), ("whole", "of")))
        return math(f"IF(whole >= {rule['at_least']}, FILL(part, 0) / whole, 0)", part, whole), rule["above"]
    if alert.kind == "quantile":
        percentile = f"p{rule['quantile'] * 100:g}"
        scale = definition.name("duration", "cloudwatch")["per_second"]
        slow = stat("slow", definition, "duration", window, percentile)
        return math({"Fn::Sub": f"slow / {scale} / ${{TimeoutSeconds}}"}, slow), rule["of_timeout"]
    raise SystemExit(f"CloudWatch has no alarm of kind {alert.kind}")


def band(definition, alert):
    """Anomaly detection on errors, since CloudWatch alarms cannot compare versions."""
    return {
        "ComparisonOperator": "GreaterThanUpperThreshold",
        "ThresholdMetricId": "expected",
        "Metrics": [
            {"Id": "expected", "Expression": "ANOMALY_DETECTION_BAND(result, 3)"},
            stat("result", definition, alert.metric, alert.window, returned=True),
        ],
    }


def function_alarm(definition, alert):
    if alert.kind == "version":
        comparison = band(definition, alert)
    else:
        metrics, threshold = measure(definition, alert)
        comparison = {"ComparisonOperator": OPERATOR, "Threshold": threshold, "Metrics": metrics}
    return {
        "Type": "AWS::CloudWatch::Alarm",
        "Properties": {
            "AlarmName": {"Fn::Sub": f"${{Function}} {alert.name}"},
            "AlarmDescription": alert.description,
            "EvaluationPeriods": alert.windows,
            "TreatMissingData": "notBreaching",
            **comparison,
            "AlarmActions": ACTIONS,
            "OKActions": ACTIONS,
        },
    }


def function_widgets(definition):
    """Widgets with a line for each function. A search finds the functions, so that the dashboard needs no list."""
    widgets = []
    for panel in definition.panels["functions"]:
        kind = next(kind for kind in ("total", "share", "quantile") if kind in panel)
        metric = panel["of"] if kind == "quantile" else panel[kind]
        names = definition.name(metric, "cloudwatch") or {}
        if "namespace" in names:
            how = f"p{panel['quantile'] * 100:g}" if kind == "quantile" else "Sum"
            search = f"SEARCH('{{{names['namespace']},FunctionName}} MetricName=\"{names['name']}\"', '{how}')"
        elif names.get("filter"):
            search = f"SEARCH('{{{OWN_NAMESPACE}}} \"/{metric}\"', 'Sum')"
        elif names.get("cost"):
            search = f"SEARCH('{{{OWN_NAMESPACE}}} \"/billed_ms\"', 'Sum')"
            panel = {**panel, "title": "Billed milliseconds"}
        else:
            continue
        widgets.append(widget(panel["title"], [[{"expression": search, "id": "e1"}]], len(widgets)))
    return widgets


PARAMETERS = {
    "Functions": {"Type": "CommaDelimitedList", "Description": "Names of functions, all with the same timeout. Their log groups must exist."},
    "TimeoutSeconds": {"Type": "Number", "Default": 3, "MinValue": 1, "MaxValue": 900, "Description": "Timeout of the functions in seconds."},
    "BudgetUsd": {"Type": "Number", "Description": "Budget of each function per day in USD."},
    "GbSecondUsd": {"Type": "String", "Default": "0.0000133334", "AllowedPattern": "[0-9.]+", "Description": "Price of a GB-second, in USD; the default is arm64's in most regions, x86_64's is 0.0000166667."},
    "RequestUsd": {"Type": "String", "Default": "0.0000002", "AllowedPattern": "[0-9.]+", "Description": "Price of a request, in USD."},
    "AlarmTopicArn": {"Type": "String", "Default": "", "Description": "SNS topic for alarms. If empty, nobody is notified."},
}


def functions_template(definition):
    """Template with alarms for a group of functions; deploy it once for each group."""
    each = filters(definition)
    each |= {f"{alert.camel}{EACH}": function_alarm(definition, alert) for alert in definition.functions}
    budget = next(alert.rule["above"] for alert in definition.functions if alert.metric == "estimated_cost")
    document = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Transform": "AWS::LanguageExtensions",
        "Description": "Alarms and a dashboard for Lambda functions, based on AWS's metrics and the lines that Lambda logs.",
        "Parameters": {**PARAMETERS, "BudgetUsd": {"Type": "Number", "Default": budget, **PARAMETERS["BudgetUsd"]}},
        "Conditions": {"HasTopic": {"Fn::Not": [{"Fn::Equals": [{"Ref": "AlarmTopicArn"}, ""]}]}},
        "Resources": {
            "Fn::ForEach::Functions": ["Function", {"Ref": "Functions"}, each],
            "Dashboard": dashboard("${AWS::StackName}", function_widgets(definition)),
        },
    }
    head = "# Written by infra/generate.py from alerts/definition.yaml: alarms for users' functions, without the forwarder.\n"
    return head + dump(document)
