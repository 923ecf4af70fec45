"""Packing of a release is reproducible, and its bill of materials is valid."""
import json
import os
import subprocess
import sys
import zipfile

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

import expand

RELEASE = expand.INFRA / "release"
PAGE_PACKAGES = expand.INFRA.parent / "forwarder/explorer/page/node_modules"


def run(*words):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("name", ["a.zip", "a.tar.gz"])
def test_packing_twice_gives_the_same_bytes(tmp_path, name):
    program = tmp_path / "program"
    program.write_bytes(b"\x7fELF" + bytes(range(256)))
    packs = []
    for time in (1_000_000_000, 1_700_000_000):
        os.utime(program, (time, time))
        program.chmod(0o600)
        run(sys.executable, RELEASE / "pack.py", tmp_path / name, f"bootstrap={program}")
        packs.append((tmp_path / name).read_bytes())
    assert packs[0] == packs[1]


def test_zip_holds_an_executable_bootstrap(tmp_path):
    program = tmp_path / "program"
    program.write_bytes(b"\x7fELF")
    run(sys.executable, RELEASE / "pack.py", tmp_path / "a.zip", f"bootstrap={program}")
    (entry,) = zipfile.ZipFile(tmp_path / "a.zip").infolist()
    assert entry.filename == "bootstrap" and entry.external_attr >> 16 & 0o111 == 0o111


def bill(*more):
    text = run(sys.executable, RELEASE / "sbom.py", "--target", "aarch64-unknown-linux-gnu", "--name", "tailwater-forwarder", *more)
    assert JsonStrictValidator(SchemaVersion.V1_5).validate_str(text) is None
    return json.loads(text)


def test_bill_of_materials_lists_the_linked_crates():
    forwarder, everything = bill("--package", "tailwater-forwarder"), bill("--package", "tailwater")
    names = {each["name"] for each in forwarder["components"]}
    assert {"tailwater-parser", "zstd", "simd-json"} <= names
    assert not {"rusqlite", "clap", "syn", "proptest"} & names, "what only builds, tests or the command line need"
    assert "rusqlite" in {each["name"] for each in everything["components"]}
    assert all(each["licenses"] for each in forwarder["components"])
    known = {each["bom-ref"] for each in forwarder["components"]} | {forwarder["metadata"]["component"]["bom-ref"]}
    assert all({each["ref"], *each["dependsOn"]} <= known for each in forwarder["dependencies"])


def test_bill_of_materials_is_reproducible():
    assert bill("--package", "tailwater") == bill("--package", "tailwater")


@pytest.mark.skipif(not PAGE_PACKAGES.exists(), reason="the page's packages are not installed: npm ci in forwarder/explorer/page")
def test_licenses_name_the_packages_of_the_page():
    target = "aarch64-unknown-linux-gnu"
    text = run(sys.executable, RELEASE / "licenses.py", "--target", target, "--package", "tailwater")
    listed, *texts = text.split("=" * 80)
    for name in ("uplot", "@codemirror/view", "style-mod"):
        assert f"\n{name} " in listed
        assert any(f"\n{name} " in titles and "Permission is hereby granted" in license for titles, license in zip(texts[::2], texts[1::2]))
    assert "\ntypescript " not in listed and "\nvite " not in listed, "what only builds"


def test_licenses_name_every_linked_crate_and_hold_their_texts():
    target = "aarch64-unknown-linux-gnu"
    text = run(sys.executable, RELEASE / "licenses.py", "--target", target, "--package", "tailwater-forwarder")
    listed, *texts = text.split("=" * 80)
    ours = {"tailwater-parser"}
    for each in bill("--package", "tailwater-forwarder")["components"]:
        assert each["name"] in ours or f"\n{each['name']} {each['version']}: " in listed
    assert "see below" not in listed
    assert any("Permission is hereby granted" in each for each in texts)
    assert any("rustls" in titles and "Apache License" in license for titles, license in zip(texts[::2], texts[1::2]))
