"""Monitors of Datadog, in the format of its API and its Terraform provider."""
import json

from .definition import span

PRIORITY = {"critical": 1, "warning": 3, "info": 5}
BY_FUNCTION = "functionname"


def series(metric, by):
    return f"sum:{metric}{{*}} by {{{by}}}.as_count()"


def query(definition, alert, by):
    rule, window = alert.rule, span(alert.window)
    last = "last_" + window
    names = {key: definition.name(rule[key], "datadog") for key in (alert.kind, "of") if rule.get(key) in definition.metrics}
    if alert.kind == "total":
        return f"sum({last}):{series(names['total'], by)} > {rule['above']}"
    if alert.kind == "highest":
        return f"max({last}):max:{names['highest']}{{*}} by {{{by}}} > {rule['above']}"
    if alert.kind == "share":
        return f"sum({last}):{series(names['share'], by)} / {series(names['of'], by)} > {rule['above']}"
    if alert.kind == "version":
        # A version that did not run an hour ago counts as free of errors then.
        versions = f"{by},executedversion"
        part, whole = series(names["version"], versions), series(names["of"], versions)
        before = f"default_zero(hour_before({part}) / hour_before({whole}))"
        return f"sum({last}):{part} / {whole} - {before} > {rule['above']}"
    raise SystemExit(f"Datadog has no monitor of kind {alert.kind}")


def near_timeout(definition, alert, function, timeout):
    """Monitor of one function, since Datadog does not know timeouts; alerts/timeouts.py writes one for each function."""
    percentile = f"p{alert.rule['quantile'] * 100:g}"
    metric = f"{percentile}:{definition.name('duration', 'datadog')}{{{BY_FUNCTION}:{function.lower()}}}"
    limit = round(alert.rule["of_timeout"] * timeout, 3)
    return document(alert, "functions", f"avg(last_{span(alert.window)}):{metric} > {limit}", function)


def monitor(definition, alert, about):
    """Monitor of all functions. Metrics of AWS have Datadog's tag functionname, ours the dimension function_name."""
    name = definition.name(alert.metric, "datadog")
    by = BY_FUNCTION if name.startswith("aws.lambda.") else "function_name"
    return document(alert, about, query(definition, alert, by), f"{{{{{by}.name}}}}")


def document(alert, about, text, subject):
    return {
        "name": f"Tailwater {about}: {alert.name} on {subject}",
        "type": "query alert",
        "query": text,
        "message": alert.description,
        "tags": ["source:tailwater", f"about:{about}"],
        "priority": PRIORITY[alert.severity],
        "options": {
            "thresholds": {"critical": float(text.rsplit("> ", 1)[1])},
            "notify_no_data": False,
            "include_tags": True,
            # "version" is about new versions; all other alerts ignore new groups for five minutes.
            "new_group_delay": 0 if alert.kind == "version" else 300,
            "require_full_window": False,
        },
    }


def monitors(definition):
    listed = [
        monitor(definition, alert, about)
        for about, alerts in (("functions", definition.functions), ("forwarder", definition.forwarder))
        for alert in alerts
        if alert.kind != "quantile"
    ]
    return json.dumps(listed, indent=2) + "\n"
