"""The settings as parameters, conditions, environment and statements of the SAM template."""
from . import settings

SECRET_ARN = settings.PATTERNS["secret_arn"]
PARAMETER_NAME = settings.PATTERNS["parameter_name"]


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
    if setting.kind in settings.REFERENCED:
        arn = [f"AllowedPattern: {quoted(optional(SECRET_ARN))}"]
        path = [f"AllowedPattern: {quoted(optional(PARAMETER_NAME))}"]
        what = f"{setting.name}, as the ARN of the secret in Secrets Manager that holds it."
        also = f"{setting.name}, as the name of the SSM parameter that holds it."
        return parameter(f"{name}SecretArn", what, arn) + parameter(f"{name}ParameterName", also, path)
    lines = ["NoEcho: true"] if setting.secret else []
    if setting.kind == "word":
        lines.append(f"AllowedValues: ['', {', '.join(map(quoted, setting.words))}]")
    elif setting.pattern:
        pattern = f"^({setting.pattern})$" if setting.required else optional(setting.pattern)
        lines.append(f"AllowedPattern: {quoted(pattern)}")
    return parameter(name, f"{setting.name}. {setting.description}", lines, None if setting.required else "''")


def parameters(all_settings):
    return [line for setting in all_settings for line in parameters_of(setting)]


def references(setting):
    """Names of the two parameters that refer to a secret: its ARN in Secrets Manager, its name in SSM; None if it has none."""
    name = camel(setting.noun)
    if setting.kind in settings.REFERENCED:
        return f"{name}SecretArn", f"{name}ParameterName"
    return (name if setting.kind == "secret_arn" else None), (name if setting.kind == "parameter_name" else None)


def conditions(all_settings):
    names = [name for setting in all_settings for name in references(setting) if name]
    names.append("ExcludeLogGroups")
    lines = [f"Has{name}: !Not [!Equals [!Ref {name}, '']]" for name in names]
    for setting in all_settings:
        if setting.kind == settings.RULES:
            name = camel(setting.noun)
            scheme = f"!Select [0, !Split [':', !Ref {name}]]"
            lines += [f"{name}InParameter: !Equals [{scheme}, ssm]", f"{name}InBucket: !Equals [{scheme}, s3]"]
    return lines


def environment(all_settings):
    """Environment variables. An empty value counts as not set, so only secrets need a condition."""
    lines = []
    for setting in all_settings:
        name = camel(setting.noun)
        if setting.name == "TAILWATER_EXCLUDE_LOG_GROUPS":
            continue
        if setting.kind not in settings.REFERENCED:
            lines.append(f"{setting.name}: !Ref {name}")
            continue
        secret, path = references(setting)
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


def after(name, scheme, text):
    """Text with the parameter's value behind its scheme. The scheme is appended too, so that there is always a second part."""
    return f"!Sub ['{text}', {{Place: !Select [1, !Split ['{scheme}', !Sub '${{{name}}}{scheme}']]}}]"


def statements(all_settings):
    lines = []
    for setting in all_settings:
        secret, path = references(setting)
        if secret:
            lines += statement(f"Has{secret}", f"Read{secret}", "secretsmanager:GetSecretValue", f"!Ref {secret}")
        if path:
            arn = f"!Sub 'arn:${{AWS::Partition}}:ssm:${{AWS::Region}}:${{AWS::AccountId}}:parameter${{{path}}}'"
            lines += statement(f"Has{path}", f"Read{path}", "ssm:GetParameter", arn)
        if setting.kind == settings.RULES:
            name = camel(setting.noun)
            parameter_arn = "arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameter${Place}"
            parameter_place = after(name, "ssm:", parameter_arn)
            lines += statement(f"{name}InParameter", f"Read{name}Parameter", "ssm:GetParameter", parameter_place)
            object_place = after(name, "s3://", "arn:${AWS::Partition}:s3:::${Place}")
            lines += statement(f"{name}InBucket", f"Read{name}Object", "s3:GetObject", object_place)
    return lines
