"""The settings as parameters, conditions, environment and statements of the SAM template."""
from . import settings

SECRET_ARN = settings.PATTERNS["ARN"]
PARAMETER_NAME = settings.PATTERNS["name or ARN"]


def camel(noun):
    return "".join(word.capitalize() for word in noun.split())


def quoted(text):
    return "'" + text.replace("'", "''") + "'"


def optional(pattern):
    return f"^$|^({pattern})$"


def parameter(name, description, lines, default="''"):
    given = [f"  Default: {default}"] if default is not None else []
    return [f"{name}:", "  Type: String", *given, *(f"  {line}" for line in lines), f"  Description: {quoted(description)}"]


def parameters_of(setting):
    name = camel(setting.noun)
    if setting.kind in settings.KEPT:
        arn = [f"AllowedPattern: {quoted(optional(SECRET_ARN))}"]
        path = [f"AllowedPattern: {quoted(optional(PARAMETER_NAME))}"]
        what = f"{setting.name}, by the secret in Secrets Manager that holds it."
        also = f"{setting.name}, by the SSM parameter that holds it."
        return parameter(f"{name}SecretArn", what, arn) + parameter(f"{name}ParameterName", also, path)
    lines = ["NoEcho: true"] if "secret" in setting.kind else []
    if setting.kind == "word":
        lines.append(f"AllowedValues: ['', {', '.join(map(quoted, setting.words))}]")
    elif setting.pattern:
        pattern = f"^({setting.pattern})$" if setting.is_required else optional(setting.pattern)
        lines.append(f"AllowedPattern: {quoted(pattern)}")
    return parameter(name, f"{setting.name}. {setting.description}", lines, None if setting.is_required else "''")


def parameters(all_settings):
    return [line for setting in all_settings for line in parameters_of(setting)]


def places(setting):
    """The parameters that say where a secret is kept: of the secret's ARN and of the SSM parameter's name."""
    name = camel(setting.noun)
    if setting.kind in settings.KEPT:
        return f"{name}SecretArn", f"{name}ParameterName"
    return (name if setting.kind == "ARN" else None), (name if setting.kind == "name or ARN" else None)


def conditions(all_settings):
    names = [name for setting in all_settings for name in places(setting) if name]
    names.append("ExcludeLogGroups")
    return [f"Has{name}: !Not [!Equals [!Ref {name}, '']]" for name in names]


def environment(all_settings):
    """An empty value counts as not set, so that no condition is needed but for secrets."""
    lines = []
    for setting in all_settings:
        name = camel(setting.noun)
        if setting.name == "TAILWATER_EXCLUDE_LOG_GROUPS":
            continue
        if setting.kind not in settings.KEPT:
            lines.append(f"{setting.name}: !Ref {name}")
            continue
        secret, path = places(setting)
        inner = f"!If [Has{path}, !Sub 'ssm:${{{path}}}', '']"
        lines.append(f"{setting.name}: !If [Has{secret}, !Sub 'secretsmanager:${{{secret}}}', {inner}]")
    return lines


def statement(condition, sid, action, resource):
    return [
        "- !If",
        f"  - {condition}",
        f"  - Sid: {sid}",
        "    Effect: Allow",
        f"    Action: {action}",
        f"    Resource: {resource}",
        "  - !Ref AWS::NoValue",
    ]


def statements(all_settings):
    lines = []
    for setting in all_settings:
        secret, path = places(setting)
        if secret:
            lines += statement(f"Has{secret}", f"Read{secret}", "secretsmanager:GetSecretValue", f"!Ref {secret}")
        if path:
            arn = f"!Sub 'arn:${{AWS::Partition}}:ssm:${{AWS::Region}}:${{AWS::AccountId}}:parameter${{{path}}}'"
            lines += statement(f"Has{path}", f"Read{path}", "ssm:GetParameter", arn)
    return lines
