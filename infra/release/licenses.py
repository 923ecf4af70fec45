#!/usr/bin/env python3
"""Writes the licenses of all third-party code in a program, each text once: `licenses.py --target TRIPLE --package PACKAGE`

A crate without a license file of its own is listed with the name of its license.
"""
import argparse
import json
import re
import sys
from pathlib import Path

from crates import CHECKOUT, linked, packages

# Names of files that hold a license or a notice that has to accompany copies.
LICENSE_FILE = re.compile(r"(licen[cs]e|copying|copyright|notice|unlicense)([-._].*)?", re.IGNORECASE)
SOURCE_FILE = re.compile(r".*\.(rs|py|js|ts|toml|json|yml)", re.IGNORECASE)
PAGE = CHECKOUT / "forwarder/explorer/page"
RULE = "=" * 80


def license_files(folder):
    """Returns the texts of the license files in a folder, in the order of their names."""
    names = sorted(path.name for path in folder.iterdir() if path.is_file())
    names = [name for name in names if LICENSE_FILE.fullmatch(name) and not SOURCE_FILE.fullmatch(name)]
    return [normalised((folder / name).read_text(errors="replace")) for name in names]


def normalised(text):
    """Removes what differs between copies of the same text: line ends, and blanks at the ends of lines."""
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


def crates(package, target):
    """Returns (title, license, texts) of each third-party crate in the program."""
    metadata = packages()
    _, found = linked(package, target)
    third_party = [metadata[key] for key in sorted(found) if metadata[key]["source"]]
    for crate in third_party:
        folder = Path(crate["manifest_path"]).parent
        yield f"{crate['name']} {crate['version']}", crate["license"] or "see below", license_files(folder)


def page_packages():
    """Returns (title, license, texts) of each npm package that the page needs, also by way of others."""
    locked = json.loads((PAGE / "package-lock.json").read_text())["packages"]
    for place, package in sorted(locked.items()):
        # The first entry is the page itself.
        if not place or package.get("dev"):
            continue
        folder, name = PAGE / place, place.rpartition("node_modules/")[2]
        yield f"{name} {package['version']} (npm)", package["license"], license_files(folder)


def document(components):
    """Lists the components, and then each different text below the names of the components that have it."""
    holders, lines = {}, ["This program contains the following third-party code.", ""]
    for title, license, texts in components:
        lines.append(f"{title}: {license}")
        for text in texts:
            holders.setdefault(text, []).append(title)
    for text, titles in holders.items():
        lines += ["", RULE, *titles, RULE, "", text]
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--target", required=True)
    parser.add_argument("--package", required=True)
    arguments = parser.parse_args()
    components = list(crates(arguments.package, arguments.target))
    if arguments.package == "tailwater":
        components += page_packages()
    sys.stdout.write(document(components))


if __name__ == "__main__":
    main()
