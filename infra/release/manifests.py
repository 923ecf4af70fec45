#!/usr/bin/env python3
"""Fills in the templates beside it for a release: the install script, the Homebrew formula, the Scoop manifest.

`manifests.py --repository OWNER/NAME FOLDER` reads FOLDER/SHA256SUMS and writes install.sh, tailwater.rb and tailwater.json into FOLDER.
A template that names an archive that the release does not have is left out, and said so; the install script never is.
"""
import argparse
import re
import sys
from pathlib import Path

import origin

TEMPLATES = Path(__file__).resolve().parent / "templates"
PLACE = re.compile(r"@([A-Z0-9]+)(?: ([^@\s]+))?@")


def sums(folder):
    lines = (folder / "SHA256SUMS").read_text().splitlines()
    return {name.lstrip("*"): digest for digest, name in (line.split(maxsplit=1) for line in lines)}


def filled(template, repository, digests):
    values = {"REPOSITORY": repository, "VERSION": origin.version()}
    return PLACE.sub(lambda place: digests[place[2]] if place[1] == "SHA256" else values[place[1]], template)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repository", required=True)
    parser.add_argument("folder", type=Path)
    arguments = parser.parse_args()
    if not re.fullmatch(r"[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+", arguments.repository):
        sys.exit(f"manifests: --repository takes OWNER/NAME, not {arguments.repository}")
    digests = sums(arguments.folder)
    for template in sorted(TEMPLATES.iterdir()):
        try:
            text = filled(template.read_text(), arguments.repository, digests)
        except KeyError as missing:
            print(f"no {template.name}: the release has no {missing.args[0]}")
            continue
        out = arguments.folder / template.name
        out.write_text(text)
        out.chmod(template.stat().st_mode & 0o777)
        print(template.name)


if __name__ == "__main__":
    main()
