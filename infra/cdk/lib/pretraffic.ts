// Written by infra/generate.py from sam/pretraffic.py.
export const PRETRAFFIC = `"""Pre-traffic hook: invokes a new version of the forwarder with a test delivery, and checks its ledger."""
import base64
import gzip
import json
import os
import time

import boto3

DISPOSITIONS = ("delivered", "filtered", "sampled", "parked", "rejected")


def handler(event, _context):
    """Tests the version and reports the result to CodeDeploy, also after an exception: without it the deployment would hang."""
    try:
        problem = test_version(os.environ["NEW_VERSION"])
    except Exception as error:
        problem = f"the hook failed: {error!r}"
    print(json.dumps({"version": os.environ.get("NEW_VERSION"), "problem": problem}))
    boto3.client("codedeploy").put_lifecycle_event_hook_execution_status(
        deploymentId=event["DeploymentId"],
        lifecycleEventHookExecutionId=event["LifecycleEventHookExecutionId"],
        status="Failed" if problem else "Succeeded",
    )


def test_version(version):
    """Invokes a version with the test delivery, and returns its problem, or None."""
    response = boto3.client("lambda").invoke(
        FunctionName=version, LogType="Tail", Payload=json.dumps(delivery(int(time.time() * 1000)))
    )
    log = base64.b64decode(response.get("LogResult", "")).decode(errors="replace")
    if response.get("FunctionError"):
        return f"the invocation failed: {response['FunctionError']}"
    return check(ledgers(log))


def delivery(now):
    """Returns an event as CloudWatch Logs sends it: one cold start of a function that does not exist."""
    request = "00000000-0000-4000-8000-000000000000"
    report = f"REPORT RequestId: {request}\\tDuration: 2.00 ms\\tBilled Duration: 52 ms\\tMemory Size: 128 MB\\t"
    messages = (
        f"START RequestId: {request} Version: $LATEST\\n",
        f"END RequestId: {request}\\n",
        f"{report}Max Memory Used: 40 MB\\tInit Duration: 50.00 ms\\t\\n",
    )
    document = {
        "messageType": "DATA_MESSAGE",
        "owner": "000000000000",
        "logGroup": "/aws/lambda/tailwater-canary",
        "logStream": time.strftime("%Y/%m/%d/[$LATEST]") + "0" * 32,
        "subscriptionFilters": ["tailwater-canary"],
        "logEvents": [
            {"id": f"{now}{index:043}", "timestamp": now, "message": text} for index, text in enumerate(messages)
        ],
    }
    compressed = gzip.compress(json.dumps(document).encode())
    return {"awslogs": {"data": base64.b64encode(compressed).decode()}}


def ledgers(log):
    """Returns the ledger of each sink from the line that the forwarder logs; a single ledger is named "all"."""
    for line in log.splitlines():
        start = line.find("{")
        try:
            ledger = json.loads(line[start:]).get("ledger") if start >= 0 else None
        except (ValueError, AttributeError):
            continue
        if isinstance(ledger, dict):
            return {"all": ledger} if "received" in ledger else ledger
    return {}


def check(found):
    """Returns the first problem, or None: each ledger must balance, with nothing parked or rejected."""
    if not found:
        return "the forwarder logged no ledger"
    for sink, ledger in found.items():
        if ledger.get("received", 0) != sum(ledger.get(disposition, 0) for disposition in DISPOSITIONS):
            return f"the ledger of {sink} does not balance: {ledger}"
        if not ledger.get("received", 0) > 0:
            return f"nothing was received for {sink}: {ledger}"
        if ledger.get("parked", 0) + ledger.get("rejected", 0) > 0:
            return f"not everything was delivered to {sink}: {ledger}"
    return None
`;
