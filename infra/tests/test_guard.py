"""Every template passes our own rules for CloudFormation Guard."""
import json
import re
from pathlib import Path

import guardpycfn
import pytest

import expand
import synthesised

TEMPLATES = {
    name: expand.expanded(template) if expand.is_sam(template) else template
    for name, template in {**expand.templates(), **synthesised.templates()}.items()
}


def split(text):
    """Splits the rules, each with all definitions, so that a report is about one rule."""
    definitions = "".join(line for line in text.splitlines(True) if line.startswith("let "))
    found = re.findall(r"^rule (\w+) .*?^}$", text, re.MULTILINE | re.DOTALL)
    bodies = re.findall(r"^rule \w+ .*?^}$", text, re.MULTILINE | re.DOTALL)
    return {name: f"{definitions}\n{body}\n" for name, body in zip(found, bodies, strict=True)}


RULES = split((Path(__file__).parent / "rules.guard").read_text())


def fails(rule, template):
    found = guardpycfn.validate_with_guard(json.dumps(template, default=str), rule)
    assert found["success"], found
    if isinstance(found["result"], str):
        # The binding returns only the end of a long report, and only failures make it long.
        return True
    status = found["result"]["status"]
    assert status in {"PASS", "SKIP", "FAIL"}, found
    return status == "FAIL"


def failures(template):
    return [name for name, rule in RULES.items() if fails(rule, template)]


@pytest.mark.parametrize("name", TEMPLATES)
def test_template_passes_all_rules(name):
    assert failures(TEMPLATES[name]) == []


def test_each_rule_can_fail():
    """Checks templates whose resources lack the properties that the rules require."""
    types = ["S3::Bucket", "S3::BucketPolicy", "SQS::Queue", "SQS::QueuePolicy", "Kinesis::Stream", "Logs::LogGroup", "Lambda::Function"]
    bare = {name: {"Type": f"AWS::{name}", "Properties": {"Other": 1}} for name in types}
    bare["Lambda::Function"]["Properties"] = {"FunctionName": "tailwater"}
    bare["permission"] = {"Type": "AWS::Lambda::Permission", "Properties": {"Principal": "*"}}
    trust = {"Statement": [{"Principal": {"AWS": "*"}}]}
    bare["role"] = {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": trust}}
    bare["alarm"] = {"Type": "AWS::CloudWatch::Alarm", "Properties": {"Other": 1}}
    without_policy = {"bucket": bare["S3::Bucket"]}
    failed = {*failures({"Resources": bare}), *failures({"Resources": without_policy})}
    assert set(RULES) - failed == set()
