#!/usr/bin/env python3
"""The delivery and the check of the pre-traffic hook, for use without AWS.

`hook.py delivery` prints the event; `hook.py ledger` checks the output of the function on standard input.
"""
import json
import sys
import time
import types
from pathlib import Path

# The hook imports boto3, which is not needed here.
sys.modules["boto3"] = types.ModuleType("boto3")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "sam"))

import pretraffic  # noqa: E402


def main():
    if sys.argv[1:] == ["delivery"]:
        print(json.dumps(pretraffic.delivery(int(time.time() * 1000))))
    elif sys.argv[1:] == ["ledger"]:
        problem = pretraffic.check(pretraffic.ledgers(sys.stdin.read()))
        if problem:
            sys.exit(problem)
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
