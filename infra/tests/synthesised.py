"""Templates that CDK synthesised, from the folder that infra/check sets in CDK_OUT; none if it is not set."""
import json
import os
from pathlib import Path


def templates():
    folder = os.environ.get("CDK_OUT")
    found = sorted(Path(folder).glob("*.template.json")) if folder else []
    return {f"cdk/{path.name}": json.loads(path.read_text()) for path in found}
