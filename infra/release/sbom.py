#!/usr/bin/env python3
"""Writes the bill of materials of a program as CycloneDX: every crate that is linked into it, with license and checksum.

`sbom.py --target TRIPLE --name NAME --package PACKAGE`
"""
import argparse
import json
import re
import uuid

from crates import checksums, linked, packages


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
    root, found = linked(arguments.package, arguments.target)
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
