"""What the SAM templates promise, read off what AWS's translator makes of them."""
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
    """Every statement of every policy, those behind a condition too."""
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
def test_no_resource_is_everything(name):
    for who, each in statements(ALL[name]):
        assert each["Effect"] == "Deny" or "*" not in listed(each.get("Resource")), (who, each)


@pytest.mark.parametrize("name", EXPANDED)
def test_a_wildcard_inside_an_arn_is_below_one_thing_or_explained(name):
    """`bucket/*` is below one bucket; `log-group:*` is not below anything, so a comment above it says why."""
    for who, each in statements(EXPANDED[name]):
        for resource in listed(each.get("Resource")) if each["Effect"] == "Allow" else []:
            text = resource.get("Fn::Sub", "") if isinstance(resource, dict) else str(resource)
            last = text.rsplit(":", 1)[-1]
            if "*" in last and "/" not in last:
                lines = SOURCES[name].splitlines()
                at = next(index for index, line in enumerate(lines) if text in line and "Resource" in line)
                assert lines[at - 1].strip().startswith("#"), f"{name}: {who} may use {text}, and no comment says why"


@pytest.mark.parametrize("name", EXPANDED)
def test_roles_are_written_out(name):
    """No role takes a policy of AWS's but the one for network interfaces, which have no name beforehand."""
    for role, properties in resources(EXPANDED[name], "AWS::IAM::Role").items():
        managed = json.dumps(properties.get("ManagedPolicyArns", []))
        names = set(re.findall(r"policy/(?:service-role/)?(\w+)", managed))
        assert names <= {"AWSLambdaENIManagementAccess"}, (role, managed)


def environment(template, function):
    return resources(template, "AWS::Lambda::Function")[function]["Environment"]["Variables"]


def test_the_forwarder_is_told_every_setting_that_a_deployment_can_choose():
    names = {setting.name for setting in settings.parameters(settings.programs()["forwarder"])}
    assert set(environment(FORWARDER, "Forwarder")) == names | {"TAILWATER_PARKING"}


def test_what_is_required_has_no_default():
    required = [name for name, parameter in FORWARDER["Parameters"].items() if "Default" not in parameter]
    assert required == ["Sinks"]


def test_a_secret_is_never_a_parameter():
    """It is named by where it is kept; the only one that is hidden instead is the proxy's address."""
    hidden = [name for name, parameter in FORWARDER["Parameters"].items() if parameter.get("NoEcho")]
    assert hidden == ["HttpsProxy"]
    assert not {"DatadogApiKey", "OtlpHeaders"} & set(FORWARDER["Parameters"])


def test_patterns_take_what_the_table_gives_as_example():
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


def test_a_new_version_is_tried_before_it_gets_traffic_and_rolled_back_by_alarms():
    group = resources(FORWARDER, "AWS::CodeDeploy::DeploymentGroup")["ForwarderDeploymentGroup"]
    alarms = [alarm["Name"]["Ref"] for alarm in group["AlarmConfiguration"]["Alarms"]]
    assert alarms == ["ErrorsAlarm", "RejectedAlarm"]
    assert "DEPLOYMENT_STOP_ON_ALARM" in group["AutoRollbackConfiguration"]["Events"]
    alias = FORWARDER["Resources"]["ForwarderAliaslive"]
    assert alias["UpdatePolicy"]["CodeDeployLambdaAliasUpdate"]["BeforeAllowTrafficHook"] == {"Ref": "PreTraffic"}
    assert FORWARDER["Parameters"]["Deployment"]["Default"] == "Canary10Percent5Minutes"
    assert resources(FORWARDER, "AWS::Lambda::Function")["PreTraffic"]["FunctionName"] == {"Fn::Sub": "CodeDeployHook_${Name}"}


def test_a_new_setting_is_a_new_version():
    template = expand.templates()["sam/template.yaml"]

    def version():
        return next(name for name in expand.expanded(template)["Resources"] if name.startswith("ForwarderVersion"))

    before = version()
    template["Resources"]["Forwarder"]["Properties"]["Environment"]["Variables"]["TAILWATER_SIGNALS"] = "logs"
    assert version() != before


def test_the_delivery_path_is_never_subscribed():
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


def test_what_fails_three_times_is_kept():
    config = resources(FORWARDER, "AWS::Lambda::EventInvokeConfig")["ForwarderEventInvokeConfig"]
    kept = config["DestinationConfig"]["OnFailure"]["Destination"]
    assert kept == {"Fn::GetAtt": ["Failed", "Outputs.QueueArn"]} or kept == {"Fn::GetAtt": "Failed.Outputs.QueueArn"}
    queue = resources(EXPANDED["sam/lambda-dlq/template.yaml"], "AWS::SQS::Queue")["Queue"]
    assert queue["MessageRetentionPeriod"] == 14 * 24 * 3600
    visible = FORWARDER["Resources"]["Failed"]["Properties"]["Parameters"]["VisibilityTimeout"]
    assert int(visible) >= 6 * FORWARDER["Parameters"]["FunctionTimeout"]["MaxValue"]


def test_schedules_send_what_the_programs_read():
    sent = {
        name: schedule["Target"]["Input"]
        for path in ("sam/template.yaml", "sam/subscriber/template.yaml")
        for name, schedule in resources(EXPANDED[path], "AWS::Scheduler::Schedule").items()
    }
    assert json.loads(sent["RedriveParked"]) == {"tailwater": {"redrive": {}}}
    assert json.loads(sent["OnSchedule"]) == {"tailwater": {"subscribe": {}}}


def test_what_aws_puts_away_of_a_stream_is_where_redrive_looks():
    """AWS puts it at the root of the bucket, so the program is given all of the bucket, and may read and delete there."""
    kept = resources(FORWARDER, "AWS::Lambda::EventSourceMapping")["FromStream"]["DestinationConfig"]["OnFailure"]
    assert kept["Destination"] == {"Fn::GetAtt": ["Parking", "Arn"]}
    assert environment(FORWARDER, "Forwarder")["TAILWATER_PARKING"] == {"Fn::Sub": "s3://${Parking}"}
    allowed = {each["Sid"]: each for who, each in statements(FORWARDER) if who == "ForwarderRole"}
    assert set(allowed["ParkAndRedrive"]["Action"]) == {"s3:PutObject", "s3:GetObject", "s3:DeleteObject"}
    assert allowed["ParkAndRedrive"]["Resource"] == {"Fn::Sub": "${Parking.Arn}/*"}
    assert allowed["ListParked"]["Resource"] == {"Fn::GetAtt": ["Parking", "Arn"]}


def test_sources_answer_for_each_item():
    mappings = resources(FORWARDER, "AWS::Lambda::EventSourceMapping")
    assert set(mappings) == {"FromStream", "FromQueue", "RetryFailed"}
    assert all(mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"] for mapping in mappings.values())


def test_nested_applications_are_there():
    for path, template in expand.templates().items():
        for resource in template["Resources"].values() if expand.is_sam(template) else []:
            if resource["Type"] == "AWS::Serverless::Application":
                location = (expand.INFRA / path).parent / resource["Properties"]["Location"]
                assert location.exists(), location
                wanted = expand.yaml_parse(location.read_text())["Parameters"]
                given = set(resource["Properties"]["Parameters"])
                assert given <= set(wanted)
                assert {name for name, each in wanted.items() if "Default" not in each} <= given


def test_the_repository_is_told_what_it_wants_to_know():
    for path, template in expand.templates().items():
        about = template.get("Metadata", {}).get("AWS::ServerlessRepo::Application")
        if expand.is_sam(template):
            assert about["SpdxLicenseId"] == "Apache-2.0" and re.fullmatch(r"\d+\.\d+\.\d+", about["SemanticVersion"])
            folder = (expand.INFRA / path).parent
            assert (folder / about["LicenseUrl"]).exists() and (folder / about["ReadmeUrl"]).exists(), path
