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
EXPRESSIONS = {
    "words": "list(X)",
    "list": "list(X)",
    "tags": "tags(X)",
    "attributes": "attributes(X)",
    "count": "text(X)",
    "milliseconds": "text(X)",
    "switch": "text(X)",
}
HEAD = """// Written by infra/generate.py from the list that `tailwater settings --json` prints.
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


def is_reference(setting):
    return setting.kind in settings.REFERENCED or setting.kind in {"secret_arn", "parameter_name"}


def type_of(setting):
    if setting.kind in settings.REFERENCED:
        return "ISecret | IStringParameter"
    if setting.kind == "secret_arn":
        return "ISecret"
    if setting.kind == "parameter_name":
        return "IStringParameter"
    if setting.kind in {"word", "words"}:
        words = " | ".join(f"'{word}'" for word in setting.words)
        return f"({words})[]" if setting.kind == "words" else words
    return TYPES.get(setting.kind, "string")


def name_of(setting):
    """Its property. A secret is passed as a construct, so its name says neither ARN nor parameter name."""
    return camel(setting.noun.replace(" secret arn", " secret").replace(" ssm name", " parameter"))


def property_lines(setting):
    optional = "" if setting.required else "?"
    return [f"  /** `{setting.name}`. {setting.description} */", f"  readonly {name_of(setting)}{optional}: {type_of(setting)};"]


def value_of(setting):
    value = f"settings.{name_of(setting)}"
    if setting.kind in settings.REFERENCED:
        return f"reference({value})"
    if setting.kind == "secret_arn":
        return f"{value}?.secretArn"
    if setting.kind == "parameter_name":
        return f"{value}?.parameterName"
    return EXPRESSIONS.get(setting.kind, "X").replace("X", value)


def interface(all_settings):
    lines = ["/** Settings of the forwarder, each an environment variable of the function. */", "export interface Settings {"]
    lines += [line for setting in all_settings for line in property_lines(setting)]
    lines += ["}", "", "/** Returns the settings as environment variables. */"]
    lines += ["export function environment(settings: Settings): Record<string, string> {", "  const chosen: Record<string, string | undefined> = {"]
    lines += [f"    {setting.name}: {value_of(setting)}," for setting in all_settings]
    lines += ["  };", "  const given = Object.entries(chosen).filter((each): each is [string, string] => each[1] !== undefined);"]
    lines += ["  return Object.fromEntries(given);", "}", "", "/** Returns the secrets and parameters that the function needs permission to read. */"]
    secrets = [f"settings.{name_of(setting)}" for setting in all_settings if is_reference(setting)]
    lines += ["export function secrets(settings: Settings): (ISecret | IStringParameter)[] {"]
    lines += [f"  return [{', '.join(secrets)}].filter((each) => each !== undefined);", "}"]
    for setting in all_settings:
        if setting.kind == settings.RULES:
            lines += ["", f"/** Returns the name of the SSM parameter, or bucket and key of the S3 object, that `{setting.name}` refers to. */"]
            lines += ["export function rulesPlace(settings: Settings): { parameter?: string; object?: string } {"]
            lines += [f"  const {{ {name_of(setting)}: place }} = settings;"]
            lines += ["  if (place?.startsWith('ssm:')) return { parameter: place.slice('ssm:'.length) };"]
            lines += ["  return place?.startsWith('s3://') ? { object: place.slice('s3://'.length) } : {};", "}"]
    uses_reference = any(setting.kind in settings.REFERENCED for setting in all_settings)
    reference = [
        "",
        "/** Returns a reference to a secret in the syntax of the settings. */",
        "function reference(secret?: ISecret | IStringParameter): string | undefined {",
        "  if (secret === undefined) return undefined;",
        "  return 'secretArn' in secret ? `secretsmanager:${secret.secretArn}` : `ssm:${secret.parameterName}`;",
        "}",
    ]
    return HEAD + "\n".join(lines) + "\n" + ("\n".join(reference) + "\n" if uses_reference else "") + WRITERS


def pretraffic(code):
    """The source of the pre-traffic hook as a string."""
    escaped = code.replace("\\", "\\\\").replace("`", "\\`").replace("${", "\\${")
    return f"// Written by infra/generate.py from sam/pretraffic.py.\nexport const PRETRAFFIC = `{escaped}`;\n"
