#!/usr/bin/env python3
"""Version and date of what a release is built from: `origin.py version|epoch|date`.

The version is that of Cargo.toml. The date is SOURCE_DATE_EPOCH, else that of the commit: from git, or in an archive of the sources
from the file that `git archive` filled in. No clock is read.
"""
import os
import re
import subprocess
import sys
import tomllib
from datetime import datetime, timezone

from crates import CHECKOUT


def version():
    return tomllib.loads((CHECKOUT / "Cargo.toml").read_text())["workspace"]["package"]["version"]


def epoch():
    """Date of the release as a Unix timestamp."""
    if given := os.environ.get("SOURCE_DATE_EPOCH"):
        return int(given)
    archived = (CHECKOUT / "forwarder/explorer/commit.txt").read_text()
    if found := re.fullmatch(r"[0-9a-f]{40} \d{4}-\d\d-\d\d (\d+)\n", archived):
        return int(found[1])
    shown = subprocess.run(["git", "show", "--no-patch", "--format=%ct", "HEAD"], cwd=CHECKOUT, capture_output=True, text=True)
    if shown.returncode:
        sys.exit("release: no date: neither git nor an archive of the sources tells the commit; set SOURCE_DATE_EPOCH")
    return int(shown.stdout)


def date():
    """The date as Debian's changelogs write it."""
    return datetime.fromtimestamp(epoch(), timezone.utc).strftime("%a, %d %b %Y %H:%M:%S +0000")


if __name__ == "__main__":
    asked = {"version": version, "epoch": epoch, "date": date}.get(*sys.argv[1:2])
    if not asked:
        sys.exit(__doc__)
    print(asked())
