"""Dashboard for Grafana with Prometheus as data source."""
import json

from . import prometheus

SOURCE = {"type": "prometheus", "uid": "${source}"}
FILTER = 'faas_name=~"$function"'
ROW, COLUMNS, HEIGHT = 24, 3, 8


def filtered(metric, about):
    return f"{metric}{{{FILTER}}}" if about == "functions" else metric


def expression(definition, panel, about):
    """Expression of a panel, in its own resolution: $__rate_interval is a variable of Grafana."""
    window = "$__rate_interval"
    by = prometheus.BY_FUNCTION if about == "functions" else prometheus.BY_FORWARDER

    def named(key):
        name = definition.name(panel[key], "prometheus")
        return name and filtered(name, about)

    if "share" in panel:
        return prometheus.share(named("share"), named("of"), window)
    if "quantile" in panel:
        return prometheus.quantile(panel["quantile"], named("of"), window)
    return named("total") and prometheus.total(named("total"), window, by)


def panel_of(definition, panel, about, index, top):
    width = ROW // COLUMNS
    return {
        "id": 100 * top + index + 1,
        "type": "timeseries",
        "title": panel["title"],
        "datasource": SOURCE,
        "gridPos": {"h": HEIGHT, "w": width, "x": index % COLUMNS * width, "y": top + 1 + index // COLUMNS * HEIGHT},
        "fieldConfig": {"defaults": {"unit": panel["unit"], "min": 0}, "overrides": []},
        "options": {"legend": {"displayMode": "table", "placement": "bottom", "calcs": ["max", "lastNotNull"]}},
        "targets": [
            {
                "refId": "A",
                "datasource": SOURCE,
                "expr": expression(definition, panel, about),
                "legendFormat": "{{faas_name}}" if about == "functions" else "{{sink}}",
            }
        ],
    }


def row(title, top):
    return {"id": 1000 + top, "type": "row", "title": title, "gridPos": {"h": 1, "w": ROW, "x": 0, "y": top}, "panels": []}


def dashboard(definition):
    panels, top = [], 0
    for about, title in (("functions", "Functions"), ("forwarder", "Forwarder")):
        panels.append(row(title, top))
        shown = [panel for panel in definition.panels[about] if expression(definition, panel, about)]
        panels += [panel_of(definition, panel, about, index, top) for index, panel in enumerate(shown)]
        top += 1 + -(-len(shown) // COLUMNS) * HEIGHT
    variables = [
        {"name": "source", "type": "datasource", "query": "prometheus", "label": "Source"},
        {
            "name": "function",
            "type": "query",
            "label": "Function",
            "datasource": SOURCE,
            "query": {"query": f"label_values({definition.name('invocations', 'prometheus')}, faas_name)", "refId": "A"},
            "refresh": 2,
            "includeAll": True,
            "multi": True,
            "allValue": ".*",
            "current": {"text": "All", "value": "$__all"},
        },
    ]
    document = {
        "uid": "tailwater",
        "title": "Tailwater",
        "description": "Written by infra/generate.py from alerts/definition.yaml.",
        "tags": ["tailwater", "lambda"],
        "schemaVersion": 39,
        "editable": True,
        "time": {"from": "now-24h", "to": "now"},
        "refresh": "1m",
        "templating": {"list": variables},
        "panels": panels,
    }
    return json.dumps(document, indent=2) + "\n"
