"""Rules for Prometheus. Names are those that its OTLP endpoint makes of ours."""
import yaml

from .definition import span

BY_FUNCTION = "faas_name"
BY_VERSION = "faas_name, faas_version"
# The forwarder's own endpoint does not say whose it is; the scrape does.
BY_FORWARDER = "job, sink"
TIMEOUT = "tailwater_timeout_seconds"


def total(metric, window, by=BY_FUNCTION):
    return f"sum by ({by}) (increase({metric}[{window}]))"


def share(part, whole, window, by=BY_FUNCTION):
    return f"{total(part, window, by)} / {total(whole, window, by)}"


def quantile(q, metric, window):
    """Durations and sizes arrive as exponential histograms, which Prometheus keeps as native ones."""
    return f"histogram_quantile({q}, sum by ({BY_FUNCTION}) (rate({metric}[{window}])))"


def young(metric):
    """Of versions without a sample an hour ago, of functions with one."""
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
    whose, by = ("Function", BY_FUNCTION) if about == "functions" else ("Forwarder", BY_FORWARDER)
    subject = "{{ $labels.faas_name }}" if about == "functions" else "{{ $labels.job }}"
    # A window has to be bad for as often as it says, less the one that the expression looks back over.
    held = span(alert.window * (alert.windows - 1)) if alert.windows > 1 else None
    return {
        "alert": f"Tailwater{whose}{alert.camel}",
        "expr": expression(definition, alert, by),
        **({"for": held} if held else {}),
        "labels": {"severity": alert.severity},
        "annotations": {"summary": f"{subject}: {alert.name}", "description": alert.says},
    }


def has_all(definition, alert):
    named = [alert.rule[key] for key in (alert.kind, "of") if alert.rule.get(key) in definition.metrics]
    return all(definition.name(metric, "prometheus") for metric in named)


def rules(definition):
    """What Prometheus cannot see, because only AWS counts it, is left to CloudWatch and Datadog."""
    groups = [
        {
            "name": f"tailwater-{about}",
            "interval": "1m",
            "rules": [rule(definition, alert, about) for alert in alerts if has_all(definition, alert)],
        }
        for about, alerts in (("functions", definition.functions), ("forwarder", definition.forwarder))
    ]
    head = f"""# Written by infra/generate.py from alerts/definition.yaml.
# "near timeout" compares with the series {TIMEOUT}{{{BY_FUNCTION}}}: alerts/timeouts.py makes its rules of `aws lambda list-functions`.
"""
    return head + yaml.safe_dump({"groups": groups}, sort_keys=False, width=1000)
