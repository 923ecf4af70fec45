"""Commands of AWS's tools, and examples of Terraform, in the documents agree with the tools and with the templates.

Commands of `tailwater` are run by tests/it/documented_commands.rs.
"""
import re
import shlex

import botocore.session
import pytest
from botocore import xform_name

import expand

CHECKOUT = expand.INFRA.parent
DOCUMENTS = ["README.md", "forwarder/README.md", "infra/README.md", "infra/terraform/README.md"]
TEXTS = {name: (CHECKOUT / name).read_text() for name in DOCUMENTS}
FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
# Flags of the command line itself, for each service.
GLOBAL = {"query", "output", "region", "profile", "cli-input-json", "cli-binary-format", "no-cli-pager"}
# Commands that the command line adds to the operations of a service, with their flags.
OWN = {
    ("logs", "tail"): {"since", "follow", "format"},
    ("s3", "ls"): {"recursive", "summarize"},
    ("s3", "rb"): {"force"},
    ("cloudformation", "deploy"): {"template-file", "stack-name", "parameter-overrides", "capabilities"},
    ("sso", "login"): set(),
    ("configure", "export-credentials"): {"format"},
}


def lines(text):
    """Returns the commands of a document: those of its blocks without a language, and those between backticks in its text."""
    for language, block in FENCE.findall(text):
        if not language:
            yield from block.replace("\\\n", " ").splitlines()
    for code in re.findall(r"`([^`\n]+)`", FENCE.sub("", text)):
        yield code.replace("\\|", "|")


def commands(program):
    """Returns each command of a program in the documents as (document, folder, words)."""
    for name, text in TEXTS.items():
        folder = "."
        for line in lines(text):
            for command in re.split(r"&&|\|(?=\s)", line):
                if found := re.match(r"\s*cd (\S+)", command):
                    folder = found[1]
                if found := re.search(rf"^\s*(?:\w+=\$\(|(?:\w+=\S+ )*){program} (?=[a-z])(.*)", command.split("  #")[0].rstrip(" )")):
                    yield name, folder, shlex.split(found[1])


AWS = [(name, words) for name, _, words in commands("aws") if len(words) > 1 and not words[1].startswith("-")]
DEPLOYMENTS = [(name, folder, words) for tool in ("sam", "aws") for name, folder, words in commands(tool) if "--parameter-overrides" in words]


def flags(words):
    return {word[2:].split("=")[0] for word in words if word.startswith("--")}


@pytest.fixture(scope="module")
def session():
    return botocore.session.get_session()


def problem(session, words):
    """Returns what is wrong with a command of `aws`, or None."""
    service, operation, *rest = words
    given = flags(rest) - GLOBAL
    if (service, operation) in OWN:
        return sorted(given - OWN[service, operation]) or None
    # `aws s3` has commands of its own; the operations of S3 are those of `aws s3api`.
    service = {"s3api": "s3"}.get(service, service)
    if service not in session.get_available_services():
        return f"no service {service}"
    model = session.get_service_model(service)
    operations = {xform_name(each, "-"): each for each in model.operation_names}
    if operation not in operations:
        return f"no operation {service} {operation}"
    # `aws logs get-query-results` in a sentence names a format, not a call.
    if not rest:
        return None
    members = model.operation_model(operations[operation]).input_shape
    known = {xform_name(each, "-") for each in members.members}
    missing = {xform_name(each, "-") for each in members.required_members} - given
    return sorted(given - known) or [f"{each} is required" for each in sorted(missing)] or None


def test_aws_commands_exist_with_their_flags(session):
    assert len(AWS) > 12
    assert [(name, words, wrong) for name, words in AWS if (wrong := problem(session, words))] == []


def test_a_wrong_aws_command_is_found(session):
    for text in ("logs no-such-call --x 1", "logs put-subscription-filter --log-group-name a", "lambda get-policy --function-name a --wrong b"):
        assert problem(session, text.split()), text


def test_deployments_give_parameters_that_the_template_has():
    assert len(DEPLOYMENTS) >= 4
    for name, folder, words in DEPLOYMENTS:
        at = words.index("--parameter-overrides") + 1
        given = dict(word.split("=", 1) for word in words[at:] if re.match(r"[A-Z]\w*=", word))
        file = words[words.index("--template-file") + 1] if "--template-file" in words else f"{folder}/template.yaml"
        parameters = expand.yaml_parse((CHECKOUT / file).read_text())["Parameters"]
        for parameter, value in given.items():
            assert parameter in parameters, (name, parameter)
            pattern = parameters[parameter].get("AllowedPattern")
            assert value.startswith("$") or not pattern or re.fullmatch(pattern, value), (name, parameter, value)
        required = {each for each, about in parameters.items() if "Default" not in about}
        assert required <= set(given), (name, required - set(given))


def test_deployments_can_be_finished_and_name_their_stack():
    """`--guided` asks for a hidden parameter without end, also if it has a default."""
    deployments = [words for _, _, words in commands("sam") if words[0] == "deploy"]
    assert len(deployments) >= 5
    for words in deployments:
        assert {"stack-name", "region", "resolve-s3", "capabilities"} <= flags(words), words
        assert "guided" not in flags(words), words


def test_a_secret_goes_with_every_backend():
    secrets = {"OtlpEndpoint=": r"Otlp\w*(SecretArn|ParameterName)=", "Sinks=datadog": r"DatadogApiKey\w*(SecretArn|SsmName)="}
    found = set()
    for name, folder, words in DEPLOYMENTS:
        for backend in (each for each in secrets if any(word.startswith(each) for word in words)):
            found.add(backend)
            assert any(re.match(secrets[backend], word) for word in words), (name, words)
    assert found == set(secrets)


def unset(text):
    """Returns the variables that a document uses in its commands before it has set them."""
    known, missing = {"PWD", "HOME", "OLDPWD"}, []
    for language, block in FENCE.findall(text):
        for line in block.replace("\\\n", " ").splitlines() if not language else []:
            used = re.findall(r"\$\{?([A-Z][A-Z0-9_]*)", line)
            missing += [(name, line) for name in used if name not in known]
            known |= set(re.findall(r"(?:^|\s)(?:export |read -rs )?([A-Z][A-Z0-9_]*)(?==|\s*$|\s+#)", line))
    return missing


@pytest.mark.parametrize("name", DOCUMENTS)
def test_variables_are_set_before_they_are_used(name):
    assert unset(TEXTS[name]) == []


def test_a_variable_that_is_never_set_is_found():
    assert unset("```\naws s3 ls s3://$BUCKET\nBUCKET=a\n```\n") == [("BUCKET", "aws s3 ls s3://$BUCKET")]
    assert unset("```\nread -rs KEY    # paste\nA=$(aws x)\nexport B=1\nx $KEY $A $B $PWD\n```\n") == []


def test_outputs_that_commands_read_exist():
    outputs = expand.yaml_parse((expand.INFRA / "sam/template.yaml").read_text())["Outputs"]
    read = [key for text in TEXTS.values() for key in re.findall(r"OutputKey==`(\w+)`", text)]
    assert set(read) == {"FunctionArn", "FailedQueueUrl", "ParkingBucket"} and set(read) <= set(outputs)


def test_secrets_are_not_written_into_commands():
    for name, words in AWS:
        if words[:2] == ["secretsmanager", "create-secret"]:
            assert words[words.index("--secret-string") + 1].startswith("file://"), (name, words)


def test_price_of_the_alarms_is_that_of_the_templates():
    folders = [expand.INFRA / "sam" / each / "template.yaml" for each in (".", "lambda-dlq", "sqs-dlq")]
    resources = [each for path in folders for each in expand.yaml_parse(path.read_text())["Resources"].values()]
    alarms = [each["Properties"] for each in resources if each["Type"] == "AWS::CloudWatch::Alarm"]
    # An alarm on an expression costs as much as its metrics.
    count = sum(sum("MetricStat" in metric for metric in each["Metrics"]) if "Metrics" in each else 1 for each in alarms)
    assert f"| {count} alarm metrics, at $0.10;" in TEXTS["infra/README.md"]
    assert f"| ${count * 0.10:.2f} |" in TEXTS["infra/README.md"]


def terraform_examples():
    for name, text in TEXTS.items():
        for language, block in FENCE.findall(text):
            if language == "hcl" and 'module "tailwater"' in block:
                yield name, block


def test_terraform_examples_give_inputs_that_the_module_has():
    variables = "".join(path.read_text() for path in (expand.INFRA / "terraform").glob("*.tf"))
    known = set(re.findall(r'^variable "(\w+)"', variables, re.MULTILINE)) | {"source", "version"}
    examples = list(terraform_examples())
    assert len(examples) == 2
    for name, block in examples:
        given = re.findall(r"^  (\w+) +=", block, re.MULTILINE)
        assert set(given) <= known, (name, set(given) - known)
        assert given.index("otlp_headers_secret_arn") < given.index("otlp_endpoint"), name


def test_versions_in_the_documents_are_that_of_the_release():
    version = re.search(r'^version = "(.+)"', (CHECKOUT / "Cargo.toml").read_text(), re.MULTILINE)[1]
    for name, text in TEXTS.items():
        named = set(re.findall(r"download/v(\d+\.\d+\.\d+)/", text)) | set(re.findall(r"tailwater-cdk-(\d[\d.]*\d)\.tgz", text))
        assert named <= {version}, (name, named)


def anchors(text):
    """Returns the anchors that GitHub gives to the headings of a document."""
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in re.findall(r"^#+ (.*)$", text, re.MULTILINE)}


@pytest.mark.parametrize("name", ["README.md", "SECURITY.md", "forwarder/README.md", "forwarder/threat-model.md", "infra/README.md"])
def test_links_lead_to_files_and_headings(name):
    document = CHECKOUT / name
    links = re.findall(r"\]\((?!https?:)([^)#]*)#?([^)]*)\)", document.read_text())
    assert links
    for path, anchor in links:
        target = document.parent / path if path else document
        assert target.exists(), (name, path)
        assert not anchor or anchor in anchors(target.read_text()), (name, path, anchor)
