#!/usr/bin/env python3
"""Packs files so that the same files give the same bytes: `pack.py OUT.zip|OUT.tar.gz NAME=FILE…`."""
import gzip
import io
import sys
import tarfile
import zipfile
from pathlib import Path

# The oldest time that a zip can hold.
LONG_AGO = (1980, 1, 1, 0, 0, 0)
PROGRAM, TEXT = 0o755, 0o644


# First bytes of the programs of Linux and macOS, and of scripts.
PROGRAMS = (b"\x7fELF", b"\xcf\xfa\xed\xfe", b"#!")


def mode(content):
    return PROGRAM if content.startswith(PROGRAMS) else TEXT


def as_zip(files):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in files:
            entry = zipfile.ZipInfo(name, LONG_AGO)
            entry.create_system = 3
            entry.external_attr = (0o100000 | mode(content)) << 16
            archive.writestr(entry, content, zipfile.ZIP_DEFLATED, 9)
    return packed.getvalue()


def as_tar(files):
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, content in files:
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(content), mode(content)
            archive.addfile(entry, io.BytesIO(content))
    return gzip.compress(packed.getvalue(), 9, mtime=0)


def main():
    out, *pairs = sys.argv[1:]
    files = [(name, Path(path).read_bytes()) for name, _, path in (pair.partition("=") for pair in pairs)]
    Path(out).write_bytes(as_zip(files) if out.endswith(".zip") else as_tar(files))
    print(f"{Path(out).name}: {Path(out).stat().st_size} bytes")


if __name__ == "__main__":
    main()
