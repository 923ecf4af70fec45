"""Properties of the SAM templates, checked on the output of AWS's SAM translator."""
import json
import re

import pytest

import expand
import synthesised
from generator import settings

SOURCES = {name: (expand.INFRA / name).read_text() for name in expand.templates()}
EXPANDED = {name: expand.expanded(template) for name, template in expand.templates().items() if expand.is_sam(template)}
ALL = {**EXPANDED, **synthesised.templates()}
FORWARDER = EXPANDED["sam/template.yaml"]


def resources(template, kind):
    return {name: each["Properties"] for name, each in template["Resources"].items() if each["Type"] == kind}


def listed(value):
    return value if isinstance(value, list) else [value]


def statements(template):
    """Returns every statement of every policy, including conditional ones."""
    for name, resource in template["Resources"].items():
        properties = resource.get("Properties", {})
        policies = properties.get("Policies", []) + [properties]
        for document in (policy.get("PolicyDocument") for policy in policies if isinstance(policy, dict)):
            for statement in document["Statement"] if isinstance(document, dict) and "Statement" in document else []:
                chosen = statement["Fn::If"][1] if "Fn::If" in statement else statement
                yield name, chosen


@pytest.mark.parametrize("name", ALL)
def test_no_action_is_a_wildcard(name):
    allowed = [(who, each) for who, each in statements(ALL[name]) if each["Effect"] == "Allow"]
    wild = [(who, action) for who, each in allowed for action in listed(each["Action"]) if "*" in action]
    assert wild == []


@pytest.mark.parametrize("name", ALL)
def test_no_resource_is_a_wildcard(name):
    for who, each in statements(ALL[name]):
        assert each["Effect"] == "Deny" or "*" not in listed(each.get("Resource")), (who, each)


@pytest.mark.parametrize("name", EXPANDED)
def test_wildcard_in_an_arn_is_limited_or_explained(name):
    """`bucket/*` is limited to one bucket; `log-group:*` is not, so a comment above it must give the reason."""
    for who, each in statements(EXPANDED[name]):
        for resource in listed(each.get("Resource")) if each["Effect"] == "Allow" else []:
            text = resource.get("Fn::Sub", "") if isinstance(resource, dict) else str(resource)
            text = text[0] if isinstance(text, list) else text
            last = text.rsplit(":", 1)[-1]
            if "*" in last and "/" not in last:
                lines = SOURCES[name].splitlines()
                at = next(index for index, line in enumerate(lines) if text in line and "Resource" in line)
                assert lines[at - 1].strip().startswith("#"), f"{name}: {who} may use {text}, and no comment says why"


@pytest.mark.parametrize("name", EXPANDED)
def test_roles_have_no_managed_policies(name):
    """The only exception is the policy for network interfaces, which have no ARN beforehand."""
    for role, properties in resources(EXPANDED[name], "AWS::IAM::Role").items():
        managed = json.dumps(properties.get("ManagedPolicyArns", []))
        names = set(re.findall(r"policy/(?:service-role/)?(\w+)", managed))
        assert names <= {"AWSLambdaENIManagementAccess"}, (role, managed)


def environment(template, function):
    return resources(template, "AWS::Lambda::Function")[function]["Environment"]["Variables"]


def test_every_setting_is_a_parameter_or_left_out_with_a_reason():
    names = {setting.name for setting in settings.parameters(settings.programs()["forwarder"])}
    fixed = {"TAILWATER_PARKING", "TAILWATER_BATCH_ITEM_FAILURES"}
    assert set(environment(FORWARDER, "Forwarder")) == names | fixed


def test_only_sinks_is_required():
    required = [name for name, parameter in FORWARDER["Parameters"].items() if "Default" not in parameter]
    assert required == ["Sinks"]


def test_secret_values_are_not_parameters():
    """Secrets are given by reference; the only hidden parameter is the URL of the proxy."""
    hidden = [name for name, parameter in FORWARDER["Parameters"].items() if parameter.get("NoEcho")]
    assert hidden == ["HttpsProxy"]
    assert not {"DatadogApiKey", "OtlpHeaders"} & set(FORWARDER["Parameters"])


def value_of(node, rules):
    """Value of an expression of CloudFormation that depends on the parameter Rules only; other variables stay as they are."""
    match node:
        case {"Ref": "Rules"}:
            return rules
        case {"Fn::Select": [index, listed_]}:
            return value_of(listed_, rules)[int(index)]
        case {"Fn::Split": [separator, text]}:
            return value_of(text, rules).split(separator)
        case {"Fn::Equals": [one, other]}:
            return value_of(one, rules) == value_of(other, rules)
        case {"Fn::Sub": [text, variables]}:
            for name, each in variables.items():
                text = text.replace(f"${{{name}}}", value_of(each, rules))
            return text
        case {"Fn::Sub": text}:
            return text.replace("${Rules}", rules)
    return node


@pytest.mark.parametrize(
    ("rules", "readable"),
    [
        ("", []),
        ("[[rule]]\nwhen.message = 'ssm:/a s3://b'\ndrop = {}\n", []),
        ("ssm:/tailwater/rules", ["arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameter/tailwater/rules"]),
        ("s3://my-bucket/a/rules.toml", ["arn:${AWS::Partition}:s3:::my-bucket/a/rules.toml"]),
    ],
)
def test_only_the_place_of_the_rules_can_be_read(rules, readable):
    policy = resources(FORWARDER, "AWS::IAM::Role")["ForwarderRole"]["Policies"][0]["PolicyDocument"]["Statement"]
    choices = [each["Fn::If"] for each in policy if "Fn::If" in each]
    own = [(condition, each) for condition, each, _ in choices if condition in {"RulesInParameter", "RulesInBucket"}]
    assert [each["Action"] for _, each in own] == ["ssm:GetParameter", "s3:GetObject"]
    found = [each["Resource"] for condition, each in own if value_of(FORWARDER["Conditions"][condition], rules)]
    assert [value_of(each, rules) for each in found] == readable


def test_patterns_accept_valid_values_only():
    parameters = FORWARDER["Parameters"]

    def check(name, value, is_fine=True):
        assert bool(re.search(parameters[name]["AllowedPattern"], value)) == is_fine, (name, value)

    for name, value in [
        ("Sinks", "otlp,datadog"), ("Tags", "team:shop,stage:prod"), ("InflatedLimit", "5MB"), ("InflatedLimit", "256MiB"),
        ("RequestTimeout", "1500ms"), ("RequestConcurrency", "64"), ("OtlpEndpoint", "https://collector.example:4318"),
        ("OtlpHeadersSecretArn", "arn:aws:secretsmanager:eu-west-1:123456789012:secret:NAME"), ("DefaultRegion", "us-gov-west-1"),
        ("DatadogApiKeySsmName", "/tailwater/api-key"), ("OtlpResourceAttributes", "team=shop,stage=prod"), ("Tags", ""),
    ]:
        check(name, value)
    for name, value in [
        ("Sinks", ""), ("Sinks", "splonk"), ("RequestTimeout", "10"), ("RequestConcurrency", "65"), ("OtlpEndpoint", "collector"),
        ("OtlpHeadersSecretArn", "authorization=key"), ("Tags", "shop"), ("DefaultRegion", "Ireland"),
    ]:
        check(name, value, is_fine=False)


def test_deployment_has_a_pre_traffic_hook_and_alarms_that_roll_back():
    group = resources(FORWARDER, "AWS::CodeDeploy::DeploymentGroup")["ForwarderDeploymentGroup"]
    alarms = [alarm["Name"]["Ref"] for alarm in group["AlarmConfiguration"]["Alarms"]]
    assert alarms == ["ErrorsAlarm", "RejectedAlarm"]
    assert "DEPLOYMENT_STOP_ON_ALARM" in group["AutoRollbackConfiguration"]["Events"]
    alias = FORWARDER["Resources"]["ForwarderAliaslive"]
    assert alias["UpdatePolicy"]["CodeDeployLambdaAliasUpdate"]["BeforeAllowTrafficHook"] == {"Ref": "PreTraffic"}
    assert FORWARDER["Parameters"]["Deployment"]["Default"] == "Canary10Percent5Minutes"
    assert resources(FORWARDER, "AWS::Lambda::Function")["PreTraffic"]["FunctionName"] == {"Fn::Sub": "CodeDeployHook_${Name}"}


@pytest.mark.parametrize("name, function, default", [("sam/template.yaml", "Forwarder", 10), ("sam/subscriber/template.yaml", "Subscriber", 1)])
def test_accounts_with_a_low_limit_can_reserve_nothing(name, function, default):
    template = expand.templates()[name]
    reserved = template["Resources"][function]["Properties"]["ReservedConcurrentExecutions"]
    assert reserved == {"Fn::If": ["ReservesConcurrency", {"Ref": "ReservedConcurrency"}, {"Ref": "AWS::NoValue"}]}
    assert template["Conditions"]["ReservesConcurrency"] == {"Fn::Not": [{"Fn::Equals": [{"Ref": "ReservedConcurrency"}, 0]}]}
    parameter = template["Parameters"]["ReservedConcurrency"]
    assert parameter["Default"] == default
    assert 0 in parameter["AllowedValues"] if "AllowedValues" in parameter else parameter["MinValue"] == 0


def test_changed_setting_creates_a_new_version():
    template = expand.templates()["sam/template.yaml"]

    def version():
        return next(name for name in expand.expanded(template)["Resources"] if name.startswith("ForwarderVersion"))

    before = version()
    template["Resources"]["Forwarder"]["Properties"]["Environment"]["Variables"]["TAILWATER_SIGNALS"] = "logs"
    assert version() != before


def test_log_groups_of_tailwater_are_never_subscribed():
    policy = resources(FORWARDER, "AWS::Logs::AccountPolicy")["AccountSubscription"]
    selected = policy["SelectionCriteria"]["Fn::Sub"][0]
    refused = environment(FORWARDER, "Forwarder")["TAILWATER_EXCLUDE_LOG_GROUPS"]["Fn::Sub"][0]
    skipped = environment(EXPANDED["sam/subscriber/template.yaml"], "Subscriber")["TAILWATER_SUBSCRIBE_EXCLUDE"]["Fn::Sub"][0]
    own = [
        group["LogGroupName"]["Fn::Sub"]
        for template in EXPANDED.values()
        for group in resources(template, "AWS::Logs::LogGroup").values()
    ]
    assert len(own) == 4
    for group in own:
        assert f'"{group}"' in selected and group in refused.split("${Others}")[0].split(",") and group in skipped, group


def test_one_permission_is_enough_for_all_log_groups():
    permission = resources(FORWARDER, "AWS::Lambda::Permission")["LogsMayInvoke"]
    assert permission["SourceArn"]["Fn::Sub"].endswith(":log-group:*")
    assert permission["SourceAccount"] == {"Ref": "AWS::AccountId"}


def test_failed_events_go_to_the_queue():
    config = resources(FORWARDER, "AWS::Lambda::EventInvokeConfig")["ForwarderEventInvokeConfig"]
    kept = config["DestinationConfig"]["OnFailure"]["Destination"]
    assert kept == {"Fn::GetAtt": ["Failed", "Outputs.QueueArn"]} or kept == {"Fn::GetAtt": "Failed.Outputs.QueueArn"}
    queue = resources(EXPANDED["sam/lambda-dlq/template.yaml"], "AWS::SQS::Queue")["Queue"]
    assert queue["MessageRetentionPeriod"] == 14 * 24 * 3600
    visible = FORWARDER["Resources"]["Failed"]["Properties"]["Parameters"]["VisibilityTimeout"]
    assert int(visible) >= 6 * FORWARDER["Parameters"]["FunctionTimeout"]["MaxValue"]


def test_schedules_send_valid_events():
    sent = {
        name: schedule["Target"]["Input"]
        for path in ("sam/template.yaml", "sam/subscriber/template.yaml")
        for name, schedule in resources(EXPANDED[path], "AWS::Scheduler::Schedule").items()
    }
    assert json.loads(sent["RedriveParked"]) == {"tailwater": {"redrive": {}}}
    assert json.loads(sent["OnSchedule"]) == {"tailwater": {"subscribe": {}}}


def test_failed_stream_records_are_where_redrive_finds_them():
    """AWS stores them at the root of the bucket, so the parking location is the whole bucket, with permission to read and delete."""
    kept = resources(FORWARDER, "AWS::Lambda::EventSourceMapping")["FromStream"]["DestinationConfig"]["OnFailure"]
    assert kept["Destination"] == {"Fn::GetAtt": ["Parking", "Arn"]}
    assert environment(FORWARDER, "Forwarder")["TAILWATER_PARKING"] == {"Fn::Sub": "s3://${Parking}"}
    allowed = {each["Sid"]: each for who, each in statements(FORWARDER) if who == "ForwarderRole"}
    assert set(allowed["ParkAndRedrive"]["Action"]) == {"s3:PutObject", "s3:GetObject", "s3:DeleteObject"}
    assert allowed["ParkAndRedrive"]["Resource"] == {"Fn::Sub": "${Parking.Arn}/*"}
    assert allowed["ListParked"]["Resource"] == {"Fn::GetAtt": ["Parking", "Arn"]}


def test_event_source_mappings_report_batch_item_failures():
    mappings = resources(FORWARDER, "AWS::Lambda::EventSourceMapping")
    assert set(mappings) == {"FromStream", "FromQueue", "RetryFailed"}
    assert all(mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"] for mapping in mappings.values())
    # The setting and the mapping go together: with one of them alone, failures are lost or good items come again.
    assert environment(FORWARDER, "Forwarder")["TAILWATER_BATCH_ITEM_FAILURES"] == "true"


def test_nested_applications_exist_and_get_their_parameters():
    for path, template in expand.templates().items():
        for resource in template["Resources"].values() if expand.is_sam(template) else []:
            if resource["Type"] == "AWS::Serverless::Application":
                location = (expand.INFRA / path).parent / resource["Properties"]["Location"]
                assert location.exists(), location
                wanted = expand.yaml_parse(location.read_text())["Parameters"]
                given = set(resource["Properties"]["Parameters"])
                assert given <= set(wanted)
                assert {name for name, each in wanted.items() if "Default" not in each} <= given


def test_metadata_for_the_serverless_application_repository_is_complete():
    for path, template in expand.templates().items():
        about = template.get("Metadata", {}).get("AWS::ServerlessRepo::Application")
        if expand.is_sam(template):
            assert about["SpdxLicenseId"] == "Apache-2.0" and re.fullmatch(r"\d+\.\d+\.\d+", about["SemanticVersion"])
            folder = (expand.INFRA / path).parent
            assert (folder / about["LicenseUrl"]).exists() and (folder / about["ReadmeUrl"]).exists(), path
