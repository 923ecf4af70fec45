"""Crates that are linked into a program, as cargo resolves them."""
import json
import subprocess
import tomllib
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent.parent


def cargo(*arguments):
    done = subprocess.run(["cargo", *arguments], cwd=CHECKOUT, capture_output=True, text=True, check=True)
    return done.stdout


def linked(package, target):
    """Returns each linked crate, as name and version, with its dependencies, beginning with ours.

    `cargo metadata` resolves the features of the whole workspace at once, so crates that only tests need would appear.
    """
    lines = cargo(
        *["tree", "--locked", f"--package={package}", f"--target={target}"],
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
