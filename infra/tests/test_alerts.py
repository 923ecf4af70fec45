"""The generated alarms and dashboards of each backend match the definition."""
import json
import os
import re
import shutil
import subprocess
import sys

import pytest
import yaml

import expand
import generate
from generator import definition, prometheus

ALERTS = definition.read((expand.INFRA / "alerts/definition.yaml").read_text())
BUILT = generate.outputs()
PROMTOOL = os.environ.get("PROMTOOL") or shutil.which("promtool")


def rules():
    return [rule for group in yaml.safe_load(BUILT["alerts/prometheus.yaml"])["groups"] for rule in group["rules"]]


def promtool(*words):
    done = subprocess.run([PROMTOOL, *words], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_function_alert_is_in_every_backend():
    names = [alert.camel for alert in ALERTS.functions]
    in_prometheus = [rule["alert"].removeprefix("TailwaterFunction") for rule in rules() if "Function" in rule["alert"]]
    assert in_prometheus == names
    template = yaml.safe_load(BUILT["sam/functions/template.yaml"])
    each = template["Resources"]["Fn::ForEach::Functions"][2]
    assert {f"{name}&{{Function}}" for name in names} <= set(each)
    datadog = [monitor["name"] for monitor in json.loads(BUILT["alerts/datadog.json"])]
    for alert in ALERTS.functions:
        assert alert.kind == "quantile" or any(f"functions: {alert.name} on" in name for name in datadog), alert.name


def test_every_forwarder_alert_is_in_every_deployment_tool():
    names = [alert.name.replace(" ", "-") for alert in ALERTS.forwarder]
    for tool in ("terraform/alarms.json", "cdk/lib/alarms.json"):
        assert [alarm["name"] for alarm in json.loads(BUILT[tool])] == names
    for alert in ALERTS.forwarder:
        assert f"  {alert.camel}Alarm:\n" in BUILT["sam/template.yaml"], alert.name


def test_prometheus_rules_use_only_metrics_that_prometheus_has():
    known = {name for metric in ALERTS.metrics.values() if (name := metric.get("prometheus"))}
    for rule in rules():
        used = set(re.findall(r"\b(?:faas|aws_lambda|tailwater)_[a-zA-Z_]+\b", rule["expr"]))
        assert used - {"faas_name", "faas_version", prometheus.TIMEOUT} <= known, rule["alert"]


def test_datadog_query_has_the_threshold_of_its_options():
    for monitor in json.loads(BUILT["alerts/datadog.json"]):
        _, _, threshold = monitor["query"].rpartition("> ")
        assert float(threshold) == monitor["options"]["thresholds"]["critical"]
        assert re.match(r"(sum|max|avg)\(last_(\d+[mhd])\):", monitor["query"]), monitor["query"]
        assert monitor["query"].count("{") == monitor["query"].count("}")


def test_forwarder_alarms_use_the_dimension_of_their_namespace():
    for alarm in json.loads(BUILT["terraform/alarms.json"]):
        assert alarm["dimension"] == ("FunctionName" if alarm["namespace"] == "AWS/Lambda" else "function_name")


def test_alert_with_unknown_metric_is_rejected():
    text = (expand.INFRA / "alerts/definition.yaml").read_text()
    with pytest.raises(SystemExit, match="no such metric"):
        definition.read(text.replace("{total: parked, above: 0}", "{total: parkd, above: 0}"))
    with pytest.raises(SystemExit, match="a rule of kind total has"):
        definition.read(text.replace("{total: parked, above: 0}", "{total: parked}"))


@pytest.mark.skipif(not PROMTOOL, reason="promtool is not there")
def test_grafana_expressions_are_valid_promql(tmp_path):
    panels = [panel for panel in json.loads(BUILT["alerts/grafana.json"])["panels"] if panel["type"] != "row"]
    assert len(panels) >= 14
    expressions = [target["expr"].replace("$__rate_interval", "5m").replace("$function", ".*") for panel in panels for target in panel["targets"]]
    listed = [{"record": f"panel_{index}", "expr": text} for index, text in enumerate(expressions)]
    (tmp_path / "panels.yaml").write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": listed}]}))
    promtool("check", "rules", str(tmp_path / "panels.yaml"))


def timeouts(backend):
    functions = {"Functions": [{"FunctionName": "Orders", "Timeout": 30}, {"FunctionName": "mail", "Timeout": 3}]}
    script = expand.INFRA / "alerts/timeouts.py"
    done = subprocess.run([sys.executable, script, backend], input=json.dumps(functions), capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def test_timeouts_for_prometheus_are_a_series(tmp_path):
    (group,) = timeouts("prometheus")["groups"]
    assert [(rule["labels"]["faas_name"], rule["expr"]) for rule in group["rules"]] == [("Orders", "vector(30)"), ("mail", "vector(3)")]
    if PROMTOOL:
        (tmp_path / "timeouts.yaml").write_text(json.dumps({"groups": [group]}))
        promtool("check", "rules", str(tmp_path / "timeouts.yaml"))


def test_timeouts_for_datadog_are_monitors():
    monitors = timeouts("datadog")
    assert [monitor["query"] for monitor in monitors] == [
        "avg(last_15m):p99:aws.lambda.enhanced.duration{functionname:orders} > 27.0",
        "avg(last_15m):p99:aws.lambda.enhanced.duration{functionname:mail} > 2.7",
    ]


def test_generated_files_are_up_to_date():
    stale = [name for name, text in BUILT.items() if (expand.INFRA / name).read_text() != text]
    assert stale == [], "run infra/generate.py"
