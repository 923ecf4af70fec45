#!/usr/bin/env python3
"""Packs the Terraform module as its registry and `source = "https://…"` expect it, with main.tf at the top: `terraform.py OUT.tar.gz`.

In the registry, its repository is named terraform-aws-tailwater; the content of the archive is what that repository holds.
"""
import sys
from pathlib import Path

import pack
from crates import CHECKOUT

MODULE = CHECKOUT / "infra/terraform"
KINDS = {".tf", ".json", ".hcl", ".md"}


def files():
    for path in sorted(MODULE.rglob("*")):
        name = path.relative_to(MODULE)
        if path.is_file() and path.suffix in KINDS and not any(part.startswith(".") for part in name.parts):
            yield name.as_posix(), path.read_bytes()
    yield "LICENSE", (CHECKOUT / "LICENSE").read_bytes()


def main():
    (out,) = map(Path, sys.argv[1:])
    out.write_bytes(pack.as_tar(list(files())))
    print(f"{out.name}: {out.stat().st_size} bytes")


if __name__ == "__main__":
    main()
