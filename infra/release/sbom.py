#!/usr/bin/env python3
"""Writes what a program is made of, as CycloneDX: every crate that is linked into it, with its license and checksum.

`sbom.py --target TRIPLE --name NAME [--no-default-features]`
"""
import argparse
import json
import re
import subprocess
import tomllib
import uuid
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent.parent
PACKAGE = "tailwater"


def metadata(arguments):
    features = ["--no-default-features"] if arguments.no_default_features else []
    command = ["cargo", "metadata", "--format-version=1", "--locked", f"--filter-platform={arguments.target}", *features]
    # Features are those of one package, so it is asked in its own folder.
    done = subprocess.run(command, cwd=CHECKOUT / "forwarder", capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def linked(graph):
    """Ids of packages with those they need, from ours on; what only builds or tests need is left out."""
    nodes = {node["id"]: node for node in graph["resolve"]["nodes"]}
    runs_in_compiler = {each["id"] for each in graph["packages"] if any("proc-macro" in target["kind"] for target in each["targets"])}
    root = next(each["id"] for each in graph["packages"] if each["name"] == PACKAGE)
    found, waiting = {}, [root]
    while waiting:
        identity = waiting.pop()
        if identity in found:
            continue
        needed = [need["pkg"] for need in nodes[identity]["deps"] if any(kind["kind"] is None for kind in need["dep_kinds"])]
        found[identity] = [need for need in needed if need not in runs_in_compiler]
        waiting += found[identity]
    return root, found


def checksums():
    lock = tomllib.loads((CHECKOUT / "Cargo.lock").read_text())
    return {(each["name"], each["version"]): each.get("checksum") for each in lock["package"]}


def licenses(package):
    text = (package.get("license") or "").replace("/", " OR ")
    return [{"expression": re.sub(r"\s+", " ", text)}] if text else []


def component(package, checksum):
    purl = f"pkg:cargo/{package['name']}@{package['version']}"
    return {
        "type": "library",
        "bom-ref": purl,
        "name": package["name"],
        "version": package["version"],
        "scope": "required",
        **({"hashes": [{"alg": "SHA-256", "content": checksum}]} if checksum else {}),
        "licenses": licenses(package),
        "purl": purl,
    }


def bill(arguments):
    graph = metadata(arguments)
    packages = {each["id"]: each for each in graph["packages"]}
    root, found = linked(graph)
    sums = checksums()
    made = {key: component(packages[key], sums.get((packages[key]["name"], packages[key]["version"]))) for key in found}
    about = {**made.pop(root), "type": "application", "name": arguments.name}
    about.pop("scope")
    needs = [
        {"ref": f"pkg:cargo/{packages[key]['name']}@{packages[key]['version']}", "dependsOn": sorted({made[need]["bom-ref"] for need in found[key]})}
        for key in found
    ]
    body = {
        "metadata": {"component": about, "properties": [{"name": "target", "value": arguments.target}]},
        "components": sorted(made.values(), key=lambda each: each["bom-ref"]),
        "dependencies": sorted(needs, key=lambda each: each["ref"]),
    }
    # Made of the content, so that the same content has the same number.
    number = uuid.uuid5(uuid.NAMESPACE_URL, json.dumps(body, sort_keys=True))
    return {"bomFormat": "CycloneDX", "specVersion": "1.5", "serialNumber": f"urn:uuid:{number}", "version": 1, **body}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--target", required=True)
    parser.add_argument("--name", required=True)
    parser.add_argument("--no-default-features", action="store_true")
    print(json.dumps(bill(parser.parse_args()), indent=2))


if __name__ == "__main__":
    main()
