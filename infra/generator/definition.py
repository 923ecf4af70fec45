"""Definition of alarms and panels, read and checked."""
from dataclasses import dataclass

import yaml

KINDS = {
    "total": {"total", "above"},
    "highest": {"highest", "above"},
    "share": {"share", "of", "above", "at_least"},
    "quantile": {"quantile", "of_timeout"},
    "version": {"version", "of", "above", "at_least"},
}


@dataclass
class Alert:
    """One alarm; `rule` has the keys of its kind."""

    name: str
    description: str
    severity: str
    kind: str
    rule: dict
    window: int
    windows: int

    @property
    def camel(self):
        return "".join(word.capitalize() for word in self.name.split())

    @property
    def metric(self):
        return self.rule[self.kind]


@dataclass
class Definition:
    metrics: dict
    functions: list
    forwarder: list
    panels: dict

    def name(self, metric, backend):
        """Name of a metric in a backend; None if the backend does not have it."""
        return self.metrics[metric].get(backend)


def alert(fields, metrics):
    rule = fields["rule"]
    kind = next((kind for kind in KINDS if kind in rule), None)
    if kind is None or set(rule) != KINDS[kind]:
        raise SystemExit(f"alert {fields['name']!r}: a rule of kind {kind} has {sorted(KINDS.get(kind, KINDS))}, not {sorted(rule)}")
    named = {rule.get("of"), rule[kind]} - {None}
    unknown = {name for name in named if isinstance(name, str)} - set(metrics)
    if unknown:
        raise SystemExit(f"alert {fields['name']!r}: no such metric: {sorted(unknown)}")
    return Alert(fields["name"], fields["description"], fields["severity"], kind, rule, fields["window"], fields["for"])


def read(text):
    raw = yaml.safe_load(text)
    metrics = raw["metrics"]
    lists = [[alert(fields, metrics) for fields in raw[about]] for about in ("functions", "forwarder")]
    return Definition(metrics, *lists, raw["panels"])


def span(seconds):
    """Seconds in the notation of Prometheus and Datadog: 900 is `15m`."""
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"
