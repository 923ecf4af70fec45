"""Alerting rules of Prometheus, with metric names as its OTLP endpoint translates them."""
import yaml

from .definition import span

BY_FUNCTION = "faas_name"
BY_VERSION = "faas_name, faas_version"
# The metrics endpoint has no label for the forwarder; the scrape configuration adds job.
BY_FORWARDER = "job, sink"
TIMEOUT = "tailwater_timeout_seconds"


def total(metric, window, by=BY_FUNCTION):
    return f"sum by ({by}) (increase({metric}[{window}]))"


def share(part, whole, window, by=BY_FUNCTION):
    return f"{total(part, window, by)} / {total(whole, window, by)}"


def quantile(q, metric, window):
    """Quantile of a native histogram, which Prometheus makes of an exponential one."""
    return f"histogram_quantile({q}, sum by ({BY_FUNCTION}) (rate({metric}[{window}])))"


def young(metric):
    """Restricts to versions without a sample an hour ago, of functions that had one."""
    before = f"{metric} offset 1h"
    return f"unless on ({BY_VERSION}) {before} and on ({BY_FUNCTION}) {before}"


def expression(definition, alert, by):
    rule, window = alert.rule, span(alert.window)
    names = {key: definition.name(rule[key], "prometheus") for key in (alert.kind, "of") if rule.get(key) in definition.metrics}
    if alert.kind == "total":
        return f"{total(names['total'], window, by)} > {rule['above']}"
    if alert.kind == "share":
        whole = total(names["of"], window)
        return f"{share(names['share'], names['of'], window)} > {rule['above']} and {whole} >= {rule['at_least']}"
    if alert.kind == "quantile":
        duration = quantile(rule["quantile"], definition.name("duration", "prometheus"), window)
        return f"{duration} > on ({BY_FUNCTION}) {rule['of_timeout']} * {TIMEOUT}"
    if alert.kind == "version":
        ratio, whole = share(names["version"], names["of"], window, BY_VERSION), total(names["of"], window, BY_VERSION)
        enough = f"({ratio} > {rule['above']} and {whole} >= {rule['at_least']})"
        return f"{enough} {young(names['of'])}"
    raise SystemExit(f"Prometheus has no rule of kind {alert.kind}")


def rule(definition, alert, about):
    subject_kind, by = ("Function", BY_FUNCTION) if about == "functions" else ("Forwarder", BY_FORWARDER)
    subject = "{{ $labels.faas_name }}" if about == "functions" else "{{ $labels.job }}"
    # The expression covers the first window, so the alert must hold for the remaining ones.
    duration = span(alert.window * (alert.windows - 1)) if alert.windows > 1 else None
    return {
        "alert": f"Tailwater{subject_kind}{alert.camel}",
        "expr": expression(definition, alert, by),
        **({"for": duration} if duration else {}),
        "labels": {"severity": alert.severity},
        "annotations": {"summary": f"{subject}: {alert.name}", "description": alert.description},
    }


def has_all(definition, alert):
    named = [alert.rule[key] for key in (alert.kind, "of") if alert.rule.get(key) in definition.metrics]
    return all(definition.name(metric, "prometheus") for metric in named)


def rules(definition):
    """Rules for all alerts whose metrics Prometheus has; others need metrics of AWS, in CloudWatch or Datadog."""
    groups = [
        {
            "name": f"tailwater-{about}",
            "interval": "1m",
            "rules": [rule(definition, alert, about) for alert in alerts if has_all(definition, alert)],
        }
        for about, alerts in (("functions", definition.functions), ("forwarder", definition.forwarder))
    ]
    head = f"""# Written by infra/generate.py from alerts/definition.yaml.
# "near timeout" compares with the series {TIMEOUT}{{{BY_FUNCTION}}}, whose rules alerts/timeouts.py writes from `aws lambda list-functions`.
"""
    return head + yaml.safe_dump({"groups": groups}, sort_keys=False, width=1000)
