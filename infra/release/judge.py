#!/usr/bin/env python3
"""What the hook before traffic sends, and its judgement of what comes back, for use without AWS.

`judge.py delivery` writes the event; `judge.py ledger` reads what the function printed.
"""
import json
import sys
import time
import types
from pathlib import Path

# The hook imports AWS's library, which this does not need.
sys.modules["boto3"] = types.ModuleType("boto3")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "sam"))

import pretraffic  # noqa: E402


def main():
    if sys.argv[1:] == ["delivery"]:
        print(json.dumps(pretraffic.delivery(int(time.time() * 1000))))
    elif sys.argv[1:] == ["ledger"]:
        problem = pretraffic.judge(pretraffic.ledgers(sys.stdin.read()))
        if problem:
            sys.exit(problem)
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
