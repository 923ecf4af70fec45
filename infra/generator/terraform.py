"""The settings as variables of the Terraform module, and the tables of its README."""
import re

from . import settings

TYPES = {
    "words": "list(string)",
    "list": "list(string)",
    "tags": "map(string)",
    "attributes": "map(string)",
    "count": "number",
    "milliseconds": "number",
    "switch": "bool",
}
# Expression for the environment variable by kind; `X` is the value.
EXPRESSIONS = {
    "words": 'join(",", X)',
    "list": 'join(",", X)',
    "tags": 'join(",", [for key, value in X : "${key}:${value}"])',
    "attributes": 'join(",", [for key, value in X : "${urlencode(key)}=${urlencode(value)}"])',
}


def snake(noun):
    return noun.replace(" ", "_")


def hcl(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("${", "$${").replace("%{", "%%{") + '"'


def expression(setting, value):
    return EXPRESSIONS.get(setting.kind, "tostring(X)").replace("X", value)


def inputs(setting):
    """Names and descriptions of its variables: two for a secret that is given by reference."""
    name = snake(setting.noun)
    if setting.kind in settings.REFERENCED:
        return [
            (f"{name}_secret_arn", f"{setting.name}, as the ARN of the secret in Secrets Manager that holds it."),
            (f"{name}_parameter_name", f"{setting.name}, as the name of the SSM parameter that holds it."),
        ]
    return [(name, f"{setting.name}. {setting.description}")]


def pattern_of(setting, name):
    if setting.kind in settings.REFERENCED:
        return settings.PATTERNS["secret_arn" if name.endswith("_arn") else "parameter_name"]
    return setting.pattern


def variable(setting, name, description):
    kind = TYPES.get(setting.kind, "string")
    default = [] if setting.required else ["  default     = null"]
    sensitive = ["  sensitive   = true"] if setting.secret and setting.kind not in settings.REFERENCED else []
    head = [f'variable "{name}" {{', f"  type        = {kind}", *default, *sensitive, f"  description = {hcl(description)}"]
    return [*head, *validation(setting, name), "}", ""]


def validation(setting, name):
    """Checks the text of the environment variable, so that one pattern serves all types."""
    pattern = pattern_of(setting, name)
    if not pattern:
        return []
    value = f"var.{name}"
    test = f"can(regex({hcl(f'^({pattern})$')}, {expression(setting, value)}))"
    # A function of null is an error, and Terraform evaluates both sides of ||.
    condition = test if setting.required else f"{value} == null ? true : {test}"
    return ["", "  validation {", f"    condition     = {condition}", f"    error_message = {hcl(error_message(setting))}", "  }"]


def error_message(setting):
    return f"{setting.name} takes {setting.expected}."


HEAD = "# Written by infra/generate.py from the list that `tailwater settings --json` prints.\n\n"


def value_of(setting):
    names = [name for name, _ in inputs(setting)]
    if setting.kind not in settings.REFERENCED:
        value = f"var.{names[0]}"
        return value if setting.kind not in TYPES else f"{value} == null ? null : {expression(setting, value)}"
    secret, path = names
    inner = f'var.{path} == null ? null : "ssm:${{var.{path}}}"'
    return f'var.{secret} != null ? "secretsmanager:${{var.{secret}}}" : {inner}'


def after(name, scheme):
    """The part of a variable behind the scheme; null without the scheme."""
    return f'try(startswith(var.{name}, "{scheme}") ? trimprefix(var.{name}, "{scheme}") : null, null)'


def variables_and_environment(all_settings):
    """A variable for each setting, and the environment variables that they set."""
    lines, environment, secrets, parameters, objects = [], [], [], [], []
    for setting in all_settings:
        for name, description in inputs(setting):
            lines += variable(setting, name, description)
            if name.endswith("secret_arn"):
                secrets.append(f"var.{name}")
            elif name.endswith(("parameter_name", "ssm_name")):
                parameters.append(f"var.{name}")
            elif setting.kind == settings.RULES:
                parameters.append(after(name, "ssm:"))
                objects.append(after(name, "s3://"))
        # The module adds log groups of its own to the excluded ones.
        if setting.name != "TAILWATER_EXCLUDE_LOG_GROUPS":
            environment.append((f"    {setting.name}", value_of(setting)))
    width = max(len(name) for name, _ in environment)
    locals_ = [
        "locals {",
        "  settings = {",
        *(f"{name:{width}} = {value}" for name, value in environment),
        "  }",
        f"  secret_arns     = compact([{', '.join(secrets)}])",
        f"  parameter_names = compact([{', '.join(parameters)}])",
        f"  objects         = compact([{', '.join(objects)}])",
        "}",
        "",
    ]
    return HEAD + "\n".join(lines + locals_)


def declared(text, kind):
    """Name, type, default and description of each `variable` or `output` block in our own files."""
    for found in re.finditer(rf'^{kind} "(\w+)" {{\n(.*?)^}}', text, re.MULTILINE | re.DOTALL):
        body = dict(re.findall(r"^  (type|default|description) += (.*)$", found[2], re.MULTILINE))
        yield found[1], body


def unquoted(text):
    return text.strip('"').replace('\\"', '"').replace("$${", "${").replace("\\\\", "\\")


def tables(variable_files, outputs_file):
    """Tables of inputs, required ones first, and of outputs, as Markdown."""
    found = [each for text in variable_files for each in declared(text, "variable")]
    found.sort(key=lambda each: "default" in each[1])
    lines = ["| input | type | default | meaning |", "|---|---|---|---|"]
    for name, body in found:
        default = f"`{body['default']}`" if body.get("default", "null") != "null" else ("" if "default" in body else "required")
        kind = body["type"] if body["type"].count("(") == body["type"].count(")") else "object"
        lines.append(f"| `{name}` | `{kind}` | {default} | {unquoted(body['description'])} |")
    lines += ["", "| output | meaning |", "|---|---|"]
    lines += [f"| `{name}` | {unquoted(body['description'])} |" for name, body in declared(outputs_file, "output")]
    return lines
