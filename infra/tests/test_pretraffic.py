"""The pre-traffic hook as it is in the template, with fake clients of Lambda and CodeDeploy."""
import base64
import gzip
import json
import sys
import types

import pytest

import expand

CODE = expand.templates()["sam/template.yaml"]["Resources"]["PreTraffic"]["Properties"]["InlineCode"]
BALANCED = {"received": 3, "delivered": 3, "filtered": 0, "sampled": 0, "parked": 0, "rejected": 0}


class Aws:
    """Fake of boto3: the response of Lambda, and the results reported to CodeDeploy."""

    def __init__(self, log="", error=None, refuses=False):
        self.log, self.error, self.refuses = log, error, refuses
        self.payload = self.version = None
        self.reported = []

    def client(self, _name):
        return self

    def invoke(self, FunctionName, LogType, Payload):
        assert LogType == "Tail"
        self.version, self.payload = FunctionName, json.loads(Payload)
        if self.refuses:
            raise PermissionError("not allowed")
        answer = {"LogResult": base64.b64encode(self.log.encode()).decode()}
        return {**answer, "FunctionError": self.error} if self.error else answer

    def put_lifecycle_event_hook_execution_status(self, **result):
        self.reported.append(result)


def run(monkeypatch, aws):
    monkeypatch.setitem(sys.modules, "boto3", types.SimpleNamespace(client=aws.client))
    monkeypatch.setenv("NEW_VERSION", "arn:aws:lambda:eu-west-1:123456789012:function:tailwater:7")
    hook = types.ModuleType("hook")
    exec(CODE, hook.__dict__)
    hook.handler({"DeploymentId": "d-1", "LifecycleEventHookExecutionId": "e-1"}, None)
    (result,) = aws.reported
    assert result["deploymentId"] == "d-1" and result["lifecycleEventHookExecutionId"] == "e-1"
    return result["status"]


def line(ledger):
    return "START RequestId: 1 Version: 7\n" + json.dumps({"level": "INFO", "ledger": ledger}) + "\nEND RequestId: 1\n"


def test_delivery_has_the_format_of_cloudwatch_logs(monkeypatch):
    aws = Aws(line(BALANCED))
    assert run(monkeypatch, aws) == "Succeeded"
    document = json.loads(gzip.decompress(base64.b64decode(aws.payload["awslogs"]["data"])))
    assert aws.version.endswith(":7")
    assert document["messageType"] == "DATA_MESSAGE" and len(document["logEvents"]) == 3
    assert len({event["id"] for event in document["logEvents"]}) == 3
    assert all(len(event["id"]) == 56 and event["id"].isdigit() for event in document["logEvents"])


def test_every_sink_is_checked(monkeypatch):
    parked = {**BALANCED, "delivered": 0, "parked": 3}
    assert run(monkeypatch, Aws(line({"otlp": BALANCED, "datadog": BALANCED}))) == "Succeeded"
    assert run(monkeypatch, Aws(line({"otlp": BALANCED, "datadog": parked}))) == "Failed"


def test_filtered_logs_pass(monkeypatch):
    """Rules may drop the test delivery, or sample it away. A version whose rules cannot be used fails its invocation."""
    assert run(monkeypatch, Aws(line({**BALANCED, "delivered": 0, "sampled": 3}))) == "Succeeded"
    assert run(monkeypatch, Aws(line({**BALANCED, "delivered": 0, "filtered": 3}))) == "Succeeded"


@pytest.mark.parametrize(
    "aws",
    [
        Aws(line(BALANCED), error="Unhandled"),
        Aws("START RequestId: 1\n{not json\nEND RequestId: 1\n"),
        Aws('{"ledger": 3}\n'),
        Aws(line({**BALANCED, "delivered": 2})),
        Aws(line({**BALANCED, "received": 0, "delivered": 0})),
        Aws(line({**BALANCED, "delivered": 2, "parked": 1})),
        Aws(line({**BALANCED, "delivered": 0, "rejected": 3})),
        Aws(refuses=True),
    ],
    ids=["error", "no ledger", "odd ledger", "unbalanced", "nothing received", "parked", "rejected", "not allowed"],
)
def test_problem_fails_the_deployment(monkeypatch, aws):
    assert run(monkeypatch, aws) == "Failed"
