"""The templates that CDK wrote, where it has run: infra/check names the folder in CDK_OUT."""
import json
import os
from pathlib import Path


def templates():
    folder = os.environ.get("CDK_OUT")
    found = sorted(Path(folder).glob("*.template.json")) if folder else []
    return {f"cdk/{path.name}": json.loads(path.read_text()) for path in found}
