"""Settings of the programs, as `tailwater settings --json` prints them."""
import functools
import json
import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# The program that TAILWATER names, or else how it is built and run.
if os.environ.get("TAILWATER"):
    PROGRAM = [os.path.abspath(os.environ["TAILWATER"])]
else:
    PROGRAM = ["cargo", "run", "--quiet", "--package", "tailwater", "--"]
COMMAND = [*PROGRAM, "settings", "--json"]

# Settings that are not parameters of the templates, with the reason. All others are.
NO_PARAMETER = {
    "TAILWATER_PARKING": "the templates set it to the bucket they create",
    "TAILWATER_NDJSON": "a function can only write to standard output",
    "TAILWATER_CONFIG": "read by the command line only",
    "TAILWATER_CORRELATION_FIELDS": "read by the command line only",
    "DD_API_KEY": "given by reference only, by the two settings before it",
    "TAILWATER_BATCH_ITEM_FAILURES": "the templates set it to true, and have ReportBatchItemFailures in each event source mapping",
    "NO_COLOR": "for terminals",
    "DD_STORE_FAILED_EVENTS": "the templates set TAILWATER_PARKING, which takes precedence",
    "DD_S3_BUCKET_NAME": "the templates set TAILWATER_PARKING, which takes precedence",
    "DD_SQS_QUEUE_URL": "the templates set TAILWATER_PARKING, which takes precedence",
    "DD_SKIP_SSL_VALIDATION": "true is refused, and false is the default",
    "DD_ADDITIONAL_TARGET_LAMBDAS": "the role of the function needs a permission for each of them",
    "TAILWATER_INVOCATION_TIMEOUT": "for emulators only: Lambda sets a true deadline",
}
# Prefix of variables that Lambda reserves, or that only the command line reads.
RESERVED_PREFIX = "AWS_"
# Prefixes of the settings that a program shares with no other.
OWN_PREFIXES = {"subscriber": "TAILWATER_SUBSCRIBE_", "macro": "TAILWATER_MACRO_"}
# Names in words, for settings whose own name is ambiguous in a template.
NAMES = {
    "TAILWATER_TIMEOUT": "request timeout",
    "TAILWATER_CONCURRENCY": "request concurrency",
    "TAILWATER_ARCH": "functions architecture",
    "TAILWATER_REGION": "default region",
    "RUST_LOG": "log level",
}
PREFIXES = {"TAILWATER_": "", "OTEL_EXPORTER_OTLP_": "otlp ", "OTEL_": "otlp ", "DD_": "datadog "}
# Kinds whose value is a secret. A template takes a reference to it: a secret of Secrets Manager or an SSM parameter.
REFERENCED = {"secret", "headers"}
# Kind of rules: their text, or a reference to an SSM parameter or an S3 object, which the function may then read.
RULES = "rules"
# Pattern of a value by kind, anchored at neither end.
PATTERNS = {
    "tags": r"[^:,]+:[^,]*(,[^:,]+:[^,]*)*",
    "attributes": r"[^=,]+=[^,]*(,[^=,]+=[^,]*)*",
    "count": r"[1-9]|[1-5][0-9]|6[0-4]",
    "size": r"[0-9]+(\.[0-9]+)? ?([kKMGT]i?)?B?",
    "duration": r"[0-9]+(\.[0-9]+)? ?(ms|s|m|h)",
    "milliseconds": r"[0-9]+",
    "switch": r"true|false",
    "region": r"[a-z]{2,4}(-[a-z]+)+-[0-9]+",
    "url": r"https?://[^ ]+",
    "host_or_url": r"[^ ]+",
    "proxy": r"https?://[^ ]+",
    "secret_arn": r"arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:.+",
    "parameter_name": r"/[A-Za-z0-9_./-]+",
}


@dataclass
class Setting:
    """A setting; the fields are the members of its JSON object."""

    name: str
    kind: str
    words: list
    default: str | None
    required: bool
    doc: str
    expected: str
    sink: str | None
    secret: bool

    @property
    def noun(self):
        """Its name in words, without prefix: `otlp endpoint`."""
        if self.name in NAMES:
            return NAMES[self.name]
        prefix = next((prefix for prefix in PREFIXES if self.name.startswith(prefix)), "")
        return PREFIXES.get(prefix, "") + self.name[len(prefix) :].lower().replace("_", " ")

    @property
    def pattern(self):
        """Pattern of its values, anchored at neither end; None if any text is valid."""
        if self.kind == "words":
            word = "|".join(map(re.escape, self.words))
            return f"({word})(,({word}))*"
        if self.kind == "word":
            return "|".join(map(re.escape, self.words))
        return PATTERNS.get(self.kind)

    @property
    def is_any_text(self):
        return self.kind == "text"

    @property
    def description(self):
        """Its sink, meaning, values and default, in plain text."""
        sink = f"{self.sink}: " if self.sink else ""
        takes = "" if self.is_any_text else f" Takes {self.expected}."
        default = f" By default {self.default}." if self.default else ""
        return f"{sink}{self.doc}{takes}{default}".replace("`", "")


@functools.cache
def programs(path=None):
    """Settings of each program by its name, from a file or from the command itself."""
    if path:
        text = Path(path).read_text()
    else:
        text = subprocess.run(COMMAND, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout
    return {program: [Setting(**each) for each in listed] for program, listed in json.loads(text).items()}


def parameters(listed):
    """The settings of the forwarder that are parameters of its templates."""
    unknown = set(NO_PARAMETER) - {setting.name for setting in listed}
    if unknown:
        raise SystemExit(f"NO_PARAMETER has unknown settings: {sorted(unknown)}")
    return [each for each in listed if each.name not in NO_PARAMETER and not each.name.startswith(RESERVED_PREFIX)]
