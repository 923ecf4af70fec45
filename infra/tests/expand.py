"""SAM templates as CloudFormation receives them: packaged, and expanded by AWS's SAM translator."""
import json
import os
import sys
from pathlib import Path

os.environ.setdefault("AWS_DEFAULT_REGION", "eu-west-1")

from samtranslator.translator.transform import transform  # noqa: E402
from samtranslator.yaml_helper import yaml_parse  # noqa: E402

INFRA = Path(__file__).resolve().parent.parent
ARTEFACT = "s3://artefacts/tailwater"


class NoManagedPolicies:
    """Loader without managed policies, since the templates declare all roles themselves."""

    def load(self):
        return {}


def templates():
    """Returns every SAM template by its path in infra/."""
    found = sorted(INFRA.glob("sam/**/template.yaml"))
    return {str(path.relative_to(INFRA)): yaml_parse(path.read_text()) for path in found if ".aws-sam" not in path.parts}


def is_sam(template):
    return template.get("Transform") == "AWS::Serverless-2016-10-31"


def packaged(template):
    for resource in template["Resources"].values():
        properties = resource.get("Properties", {})
        if "CodeUri" in properties:
            properties["CodeUri"] = f"{ARTEFACT}.zip"
        if resource["Type"] == "AWS::Serverless::Application":
            properties["Location"] = "https://s3.amazonaws.com/artefacts/template.yaml"
    return template


def expanded(template):
    return transform(packaged(template), {}, NoManagedPolicies())


def each(template, functions):
    """Expands the loop over functions of a template, as `AWS::LanguageExtensions` does."""
    loop = "Fn::ForEach::Functions"
    _, _, body = template["Resources"].pop(loop)
    for function in functions:
        plain = "".join(filter(str.isalnum, function))
        text = json.dumps(body).replace('{"Ref": "Function"}', json.dumps(function))
        text = text.replace("&{Function}", plain).replace("${Function}", function)
        template["Resources"] |= json.loads(text)
    template.pop("Transform")
    return template


def main():
    """Writes all expanded templates into a folder, for the checks that read files."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for path, template in templates().items():
        if is_sam(template):
            name = path.replace("/", "-").replace(".yaml", ".json")
            (folder / name).write_text(json.dumps(expanded(template), indent=2))
    looped = each(templates()["sam/functions/template.yaml"], ["orders", "mail_out-2"])
    (folder / "sam-functions-template.json").write_text(json.dumps(looped, indent=2))


if __name__ == "__main__":
    main()
