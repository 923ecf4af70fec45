"""The settings as an interface of the CDK construct."""
from . import settings

TYPES = {
    "words": "string[]",
    "list": "string[]",
    "tags": "Record<string, string>",
    "attributes": "Record<string, string>",
    "count": "number",
    "milliseconds": "number",
    "switch": "boolean",
}
WRITTEN = {
    "words": "list(X)",
    "list": "list(X)",
    "tags": "tags(X)",
    "attributes": "attributes(X)",
    "count": "text(X)",
    "milliseconds": "text(X)",
    "switch": "text(X)",
}
HEAD = """// Written by infra/generate.py from the program's table of settings.
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { IStringParameter } from 'aws-cdk-lib/aws-ssm';

"""
WRITERS = """
function text(value?: number | boolean): string | undefined {
  return value?.toString();
}

function list(values?: readonly string[]): string | undefined {
  return values?.join(',');
}

function tags(values?: Record<string, string>): string | undefined {
  return values && list(Object.entries(values).map(([key, value]) => `${key}:${value}`));
}

function attributes(values?: Record<string, string>): string | undefined {
  return values && list(Object.entries(values).map(([key, value]) => `${encodeURIComponent(key)}=${encodeURIComponent(value)}`));
}
"""


def camel(noun):
    first, *rest = noun.split()
    return first + "".join(map(str.capitalize, rest))


def is_kept(setting):
    return setting.kind in settings.KEPT or setting.kind in {"ARN", "name or ARN"}


def type_of(setting):
    if setting.kind in settings.KEPT:
        return "ISecret | IStringParameter"
    if setting.kind == "ARN":
        return "ISecret"
    if setting.kind == "name or ARN":
        return "IStringParameter"
    if setting.kind in {"word", "words"}:
        words = " | ".join(f"'{word}'" for word in setting.words)
        return f"({words})[]" if setting.kind == "words" else words
    return TYPES.get(setting.kind, "string")


def name_of(setting):
    """A secret is handed over as the thing itself, so its name does not say how it is told."""
    return camel(setting.noun.replace(" secret arn", " secret").replace(" ssm name", " parameter"))


def property_lines(setting):
    optional = "" if setting.is_required else "?"
    return [f"  /** `{setting.name}`. {setting.description} */", f"  readonly {name_of(setting)}{optional}: {type_of(setting)};"]


def value_of(setting):
    value = f"settings.{name_of(setting)}"
    if setting.kind in settings.KEPT:
        return f"place({value})"
    if setting.kind == "ARN":
        return f"{value}?.secretArn"
    if setting.kind == "name or ARN":
        return f"{value}?.parameterName"
    return WRITTEN.get(setting.kind, "X").replace("X", value)


def interface(all_settings):
    lines = ["/** What the forwarder does; each is a setting of the program. */", "export interface Settings {"]
    lines += [line for setting in all_settings for line in property_lines(setting)]
    lines += ["}", "", "/** The settings as the program reads them. */"]
    lines += ["export function environment(settings: Settings): Record<string, string> {", "  const chosen: Record<string, string | undefined> = {"]
    lines += [f"    {setting.name}: {value_of(setting)}," for setting in all_settings]
    lines += ["  };", "  const given = Object.entries(chosen).filter((each): each is [string, string] => each[1] !== undefined);"]
    lines += ["  return Object.fromEntries(given);", "}", "", "/** What the function has to be allowed to read. */"]
    kept = [f"settings.{name_of(setting)}" for setting in all_settings if is_kept(setting)]
    lines += ["export function secrets(settings: Settings): (ISecret | IStringParameter)[] {"]
    lines += [f"  return [{', '.join(kept)}].filter((each) => each !== undefined);", "}"]
    uses_place = any(setting.kind in settings.KEPT for setting in all_settings)
    place = [
        "",
        "/** Where a secret is kept, as the program wants to be told. */",
        "function place(kept?: ISecret | IStringParameter): string | undefined {",
        "  if (kept === undefined) return undefined;",
        "  return 'secretArn' in kept ? `secretsmanager:${kept.secretArn}` : `ssm:${kept.parameterName}`;",
        "}",
    ]
    return HEAD + "\n".join(lines) + "\n" + ("\n".join(place) + "\n" if uses_place else "") + WRITERS


def pretraffic(code):
    """The hook's source as a string."""
    escaped = code.replace("\\", "\\\\").replace("`", "\\`").replace("${", "\\${")
    return f"// Written by infra/generate.py from sam/pretraffic.py.\nexport const PRETRAFFIC = `{escaped}`;\n"
