#!/usr/bin/env python3
"""Writes everything in infra/ that is generated: from the settings of the programs, from the definition of alarms and panels,
and from the source of the pre-traffic hook."""
import argparse
import json
import sys
from pathlib import Path

from generator import blocks, cdk, cloudwatch, datadog, definition, grafana, prometheus, sam, settings, terraform

INFRA = Path(__file__).resolve().parent


def sam_template(found, alerts):
    text = (INFRA / "sam/template.yaml").read_text()
    text = blocks.replace(text, "parameters of settings", sam.parameters(found))
    text = blocks.replace(text, "conditions of settings", sam.conditions(found))
    text = blocks.replace(text, "environment of settings", sam.environment(found))
    text = blocks.replace(text, "statements of settings", sam.statements(found))
    code = (INFRA / "sam/pretraffic.py").read_text().splitlines()
    inline = ["InlineCode: |", *(f"  {line}" if line else "" for line in code)]
    text = blocks.replace(text, "alarms and dashboard of the forwarder", cloudwatch.own_block(alerts))
    return blocks.replace(text, "inline code of pretraffic.py", inline)


def terraform_files(found):
    folder = INFRA / "terraform"
    variables = terraform.variables_and_environment(found)
    tables = terraform.tables([(folder / "variables.tf").read_text(), variables], (folder / "outputs.tf").read_text())
    readme = blocks.replace((folder / "README.md").read_text(), "tables", tables, comment="<!--", closing=" -->")
    return {"terraform/settings.tf": variables, "terraform/README.md": readme}


def readme(programs):
    """infra/README.md with the settings of the subscriber and the macro."""
    text = (INFRA / "README.md").read_text()
    for program in ("subscriber", "macro"):
        own = [each for each in programs[program] if each.name.startswith(settings.OWN_PREFIXES[program])]
        rows = [f"| `{each.name}` | {f'`{each.default}`' if each.default else ''} | {each.doc} |" for each in own]
        table = ["| setting | default | meaning |", "|---|---|---|", *rows]
        text = blocks.replace(text, f"settings of the {program}", table, comment="<!--", closing=" -->")
    return text


def outputs(settings_file=None):
    """Content of each generated file by its path. Settings are read from a file, or from `tailwater settings --json`."""
    programs = settings.programs(settings_file)
    found = settings.parameters(programs["forwarder"])
    alerts = definition.read((INFRA / "alerts/definition.yaml").read_text())
    alarms = json.dumps(cloudwatch.neutral_alarms(alerts), indent=2) + "\n"
    return {
        "README.md": readme(programs),
        "sam/template.yaml": sam_template(found, alerts),
        "sam/functions/template.yaml": cloudwatch.functions_template(alerts),
        "alerts/prometheus.yaml": prometheus.rules(alerts),
        "alerts/grafana.json": grafana.dashboard(alerts),
        "alerts/datadog.json": datadog.monitors(alerts),
        "terraform/alarms.json": alarms,
        "cdk/lib/alarms.json": alarms,
        "cdk/lib/settings.ts": cdk.interface(found),
        "cdk/lib/pretraffic.ts": cdk.pretraffic((INFRA / "sam/pretraffic.py").read_text()),
        **terraform_files(found),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, and fail if a file is not up to date")
    parser.add_argument("--settings", metavar="FILE", help="output of `tailwater settings --json`; without it, cargo runs that")
    arguments = parser.parse_args()
    built = outputs(arguments.settings).items()
    stale = {
        name: text for name, text in built if not (INFRA / name).exists() or (INFRA / name).read_text() != text
    }
    if arguments.check:
        if stale:
            sys.exit(f"not up to date, run infra/generate.py: {', '.join(sorted(stale))}")
        return
    for name, text in stale.items():
        (INFRA / name).parent.mkdir(parents=True, exist_ok=True)
        (INFRA / name).write_text(text)
        print(f"wrote infra/{name}")


if __name__ == "__main__":
    main()
