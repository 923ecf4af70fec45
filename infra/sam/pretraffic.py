"""Sends one made-up delivery through a new version of the forwarder before it gets traffic, and reads its ledger."""
import base64
import gzip
import json
import os
import time

import boto3

ENDINGS = ("delivered", "filtered", "sampled", "parked", "rejected")


def handler(event, _context):
    """CodeDeploy waits for one answer; without it the deployment hangs, so every way out gives it."""
    try:
        problem = try_version(os.environ["NEW_VERSION"])
    except Exception as error:
        problem = f"the hook failed: {error!r}"
    print(json.dumps({"version": os.environ.get("NEW_VERSION"), "problem": problem}))
    boto3.client("codedeploy").put_lifecycle_event_hook_execution_status(
        deploymentId=event["DeploymentId"],
        lifecycleEventHookExecutionId=event["LifecycleEventHookExecutionId"],
        status="Failed" if problem else "Succeeded",
    )


def try_version(version):
    """What is wrong with it, or None."""
    answer = boto3.client("lambda").invoke(
        FunctionName=version, LogType="Tail", Payload=json.dumps(delivery(int(time.time() * 1000)))
    )
    log = base64.b64decode(answer.get("LogResult", "")).decode(errors="replace")
    if answer.get("FunctionError"):
        return f"it answered with an error: {answer['FunctionError']}"
    return judge(ledgers(log))


def delivery(now):
    """What CloudWatch Logs would send: one cold start of a function that is none."""
    request = "00000000-0000-4000-8000-000000000000"
    report = f"REPORT RequestId: {request}\tDuration: 2.00 ms\tBilled Duration: 52 ms\tMemory Size: 128 MB\t"
    messages = (
        f"START RequestId: {request} Version: $LATEST\n",
        f"END RequestId: {request}\n",
        f"{report}Max Memory Used: 40 MB\tInit Duration: 50.00 ms\t\n",
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
    packed = gzip.compress(json.dumps(document).encode())
    return {"awslogs": {"data": base64.b64encode(packed).decode()}}


def ledgers(log):
    """The ledger of each sink, from the one line that the forwarder prints; a lone one is named "all"."""
    for line in log.splitlines():
        start = line.find("{")
        try:
            ledger = json.loads(line[start:]).get("ledger") if start >= 0 else None
        except (ValueError, AttributeError):
            continue
        if isinstance(ledger, dict):
            return {"all": ledger} if "received" in ledger else ledger
    return {}


def judge(found):
    """Everything received has to be accounted for, with nothing put aside; what is not to be sent is filtered."""
    if not found:
        return "it printed no ledger"
    for sink, ledger in found.items():
        if ledger.get("received", 0) != sum(ledger.get(ending, 0) for ending in ENDINGS):
            return f"the ledger of {sink} does not balance: {ledger}"
        if not ledger.get("received", 0) > 0:
            return f"nothing was received for {sink}: {ledger}"
        if ledger.get("parked", 0) + ledger.get("rejected", 0) > 0:
            return f"not everything was delivered to {sink}: {ledger}"
    return None
