"""The program's settings, read from the table in forwarder/README.md, which a test holds equal to `tailwater settings`."""
import re
from dataclasses import dataclass, field

# What the templates decide themselves, or leave to other places, and why. All other settings are parameters.
NO_PARAMETER = {
    "TAILWATER_PARKING": "set by the templates: their own bucket",
    "TAILWATER_NDJSON": "the function's standard output is all it has",
    "TAILWATER_CONFIG": "read by the command line only",
    "DD_API_KEY": "given by reference only, through the two settings before it",
    "TAILWATER_BATCH_ITEM_FAILURES": "always true, its default: the templates' mappings ask for them",
    "NO_COLOR": "for terminals",
    "TAILWATER_INVOCATION_TIMEOUT": "for emulators: Lambda itself tells the deadline",
}
# Lambda sets these itself and refuses to be told them; the others of them are for a developer's machine.
LAMBDAS_OWN = "AWS_"
# Names that would say too little, or what another parameter says already.
NAMES = {
    "TAILWATER_TIMEOUT": "request timeout",
    "TAILWATER_CONCURRENCY": "request concurrency",
    "TAILWATER_ARCH": "functions architecture",
    "TAILWATER_REGION": "default region",
    "RUST_LOG": "log level",
}
PREFIXES = {"TAILWATER_": "", "OTEL_EXPORTER_OTLP_": "otlp ", "OTEL_": "otlp ", "DD_": "datadog "}
# Kinds whose value is a secret that has a place of its own; the function is told the place.
KEPT = {"secret", "headers, secret"}
PATTERNS = {
    "tags": r"[^:,]+:[^,]*(,[^:,]+:[^,]*)*",
    "attributes": r"[^=,]+=[^,]*(,[^=,]+=[^,]*)*",
    "count": r"[1-9]|[1-5][0-9]|6[0-4]",
    "size": r"[0-9]+(\.[0-9]+)? ?([kKMGT]i?)?B?",
    "duration": r"[0-9]+(\.[0-9]+)? ?(ms|s|m|h)",
    "milliseconds": r"[0-9]+",
    "switch": r"true|false",
    "region": r"[a-z]{2,4}(-[a-z]+)+-[0-9]+",
    "URL": r"https?://[^ ]+",
    "host or URL": r"[^ ]+",
    "proxy, secret": r"https?://[^ ]+",
    "ARN": r"arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:.+",
    "name or ARN": r"/[A-Za-z0-9_./-]+",
}


@dataclass
class Setting:
    """A row of the table."""

    name: str
    kind: str
    default: str
    meaning: str
    words: list = field(default_factory=list)

    @property
    def is_required(self):
        return "has to be set" in self.meaning

    @property
    def noun(self):
        """Its name in words, without prefix: `otlp endpoint`."""
        if self.name in NAMES:
            return NAMES[self.name]
        prefix = next((prefix for prefix in PREFIXES if self.name.startswith(prefix)), "")
        return PREFIXES.get(prefix, "") + self.name[len(prefix) :].lower().replace("_", " ")

    @property
    def pattern(self):
        """What a value has to match, anchored at neither end; None where anything goes."""
        if self.kind == "words":
            word = "|".join(map(re.escape, self.words))
            return f"({word})(,({word}))*"
        if self.kind == "word":
            return "|".join(map(re.escape, self.words))
        return PATTERNS.get(self.kind)

    @property
    def description(self):
        default = f" By default {self.default}." if self.default else ""
        return f"{self.meaning.replace('`', '')}{default}"


def read(readme):
    """All settings that a deployment can choose."""
    rows = re.findall(r"^\| `([A-Z_]+)` \| (.*?) \| (.*?) \| (.*) \|$", readme, re.MULTILINE)
    found = [Setting(name, kind.replace("`", ""), default.strip(" `"), meaning) for name, kind, default, meaning in rows]
    if not any(setting.is_required for setting in found):
        raise SystemExit("forwarder/README.md has no table of settings, or no setting is required any more")
    unknown = set(NO_PARAMETER) - {setting.name for setting in found}
    if unknown:
        raise SystemExit(f"no such settings any more: {sorted(unknown)}")
    for setting in found:
        listed = re.search(r"Takes one (?:or more )?of (.*?)(?: with commas between)?\.$", setting.meaning)
        setting.words = listed[1].split(", ") if listed else []
    return [each for each in found if each.name not in NO_PARAMETER and not each.name.startswith(LAMBDAS_OWN)]
