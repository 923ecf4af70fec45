#!/usr/bin/env python3
"""Writes alerts that need the timeouts of functions, from the output of `aws lambda list-functions` on standard input.

`prometheus` writes recording rules with the timeout of each function, which the alert "near timeout" compares with;
`datadog` writes that alert as one monitor for each function.
"""
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from generator import datadog, definition, prometheus


def rules(functions):
    """Rules as JSON, which Prometheus accepts since it is also YAML."""
    listed = [
        {
            "record": prometheus.TIMEOUT,
            "expr": f"vector({function['Timeout']})",
            "labels": {prometheus.BY_FUNCTION: function["FunctionName"]},
        }
        for function in functions
    ]
    return {"groups": [{"name": "tailwater-timeouts", "interval": "1m", "rules": listed}]}


def monitors(functions):
    found = definition.read((Path(__file__).resolve().parent / "definition.yaml").read_text())
    alerts = [alert for alert in found.functions if alert.kind == "quantile"]
    return [datadog.near_timeout(found, alert, each["FunctionName"], each["Timeout"]) for alert in alerts for each in functions]


def main():
    makers = {"prometheus": rules, "datadog": monitors}
    if sys.argv[1:] not in [[name] for name in makers]:
        sys.exit(f"usage: aws lambda list-functions | {sys.argv[0]} prometheus|datadog")
    json.dump(makers[sys.argv[1]](json.load(sys.stdin)["Functions"]), sys.stdout, indent=2)
    print()


if __name__ == "__main__":
    main()
