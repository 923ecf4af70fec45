#!/usr/bin/env python3
"""Writes the bill of materials of a program as CycloneDX: every crate that is linked into it, with license and checksum.

`sbom.py --target TRIPLE --name NAME --package PACKAGE`
"""
import argparse
import json
import re
import subprocess
import tomllib
import uuid
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent.parent


def cargo(*arguments):
    done = subprocess.run(["cargo", *arguments], cwd=CHECKOUT, capture_output=True, text=True, check=True)
    return done.stdout


def linked(arguments):
    """Returns each linked crate, as name and version, with its dependencies, beginning with ours.

    `cargo metadata` resolves the features of the whole workspace at once, so crates that only tests need would appear.
    """
    lines = cargo(
        *["tree", "--locked", f"--package={arguments.package}", f"--target={arguments.target}"],
        *["--edges=normal,no-proc-macro", "--prefix=depth", "--format= {p}"],
    ).splitlines()
    found, path = {}, []
    for line in lines:
        # "3 name v1.2.3 (source) (*)": (*) means that its dependencies are listed above.
        depth, name, version = line.split()[:3]
        key = (name, version.removeprefix("v"))
        path[int(depth) :] = [key]
        found.setdefault(key, set())
        if len(path) > 1:
            found[path[-2]].add(key)
    return path[0], found


def packages():
    """Metadata of each crate by name and version."""
    metadata = json.loads(cargo("metadata", "--format-version=1", "--locked"))["packages"]
    return {(each["name"], each["version"]): each for each in metadata}


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
    metadata, sums = packages(), checksums()
    root, found = linked(arguments)
    made = {key: component(metadata[key], sums.get(key)) for key in found}
    about = {**made.pop(root), "type": "application", "name": arguments.name}
    about.pop("scope")
    needs = [
        {"ref": (made.get(key) or about)["bom-ref"], "dependsOn": sorted(made[need]["bom-ref"] for need in needed)}
        for key, needed in found.items()
    ]
    body = {
        "metadata": {"component": about, "properties": [{"name": "target", "value": arguments.target}]},
        "components": sorted(made.values(), key=lambda each: each["bom-ref"]),
        "dependencies": sorted(needs, key=lambda each: each["ref"]),
    }
    # Derived from the content, so that the same content has the same serial number.
    number = uuid.uuid5(uuid.NAMESPACE_URL, json.dumps(body, sort_keys=True))
    return {"bomFormat": "CycloneDX", "specVersion": "1.5", "serialNumber": f"urn:uuid:{number}", "version": 1, **body}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--target", required=True)
    parser.add_argument("--name", required=True)
    parser.add_argument("--package", required=True)
    print(json.dumps(bill(parser.parse_args()), indent=2))


if __name__ == "__main__":
    main()
