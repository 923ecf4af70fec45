"""Packing of a release is reproducible, what belongs together has the same names, and bills of materials are valid."""
import hashlib
import io
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

import expand

WORKFLOW = expand.yaml_parse((expand.INFRA.parent / ".github/workflows/release.yml").read_text())["jobs"]
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


# Stands in for the command line: what `archive` asks of it.
PROGRAM = """#!/bin/sh
case "$1" in
    completions) echo "completions of $2" ;;
    man) mkdir -p "$2" && echo .TH >"$2/tailwater.1" ;;
    --version) echo "tailwater 0.1.0 (0123456789 2026-03-04)" ;;
esac
"""
ARCHIVES = {
    "aarch64-apple-darwin": "tailwater-macos-arm64.tar.gz",
    "aarch64-unknown-linux-gnu": "tailwater-linux-arm64.tar.gz",
    "x86_64-apple-darwin": "tailwater-macos-x86_64.tar.gz",
    "x86_64-pc-windows-msvc": "tailwater-windows-x86_64.zip",
    "x86_64-unknown-linux-gnu": "tailwater-linux-x86_64.tar.gz",
}
HERE = {"x86_64": "x86_64", "aarch64": "arm64"}[platform.machine()]


@pytest.fixture(scope="module")
def release(tmp_path_factory):
    """A folder with the archive of this machine, checksums, and the files that are made for a release."""
    folder = tmp_path_factory.mktemp("release")
    program = folder / "program"
    program.write_text(PROGRAM)
    program.chmod(0o755)
    archive = folder / f"tailwater-linux-{HERE}.tar.gz"
    for target, name in ARCHIVES.items():
        if name == archive.name:
            run(RELEASE / "archive", program, target, archive)
        else:
            (folder / name).write_bytes(b"")
    program.unlink()
    sums = [f"{hashlib.sha256(each.read_bytes()).hexdigest()}  {each.name}" for each in sorted(folder.iterdir())]
    (folder / "SHA256SUMS").write_text("\n".join(sums) + "\n")
    run(RELEASE / "manifests.py", "--repository", "somebody/tailwater", folder)
    return folder


def install(release, prefix, *more, **process):
    words = ["sh", release / "install.sh", "--from", release, "--prefix", prefix, *more]
    return subprocess.run([str(word) for word in words], capture_output=True, text=True, timeout=60, **process)


@pytest.mark.skipif(sys.platform != "linux", reason="the archive of another system is not made")
class TestInstallation:
    def test_program_completions_and_pages_are_installed(self, release, tmp_path):
        done = install(release, tmp_path)
        assert done.returncode == 0, done.stderr
        files = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
        assert files == {
            "bin/tailwater",
            "share/bash-completion/completions/tailwater",
            "share/fish/vendor_completions.d/tailwater.fish",
            "share/man/man1/tailwater.1",
            "share/zsh/site-functions/_tailwater",
        }
        assert "installed tailwater 0.1.0" in done.stdout

    def test_a_changed_archive_is_not_installed(self, release, tmp_path):
        changed = tmp_path / "changed"
        changed.mkdir()
        for file in release.iterdir():
            (changed / file.name).write_bytes(file.read_bytes())
        with (changed / f"tailwater-linux-{HERE}.tar.gz").open("ab") as archive:
            archive.write(b"x")
        done = install(changed, tmp_path / "prefix")
        assert done.returncode == 1 and "nothing was installed" in done.stderr
        assert not (tmp_path / "prefix").exists()

    @pytest.mark.parametrize("prefix", ["opt", "./opt", "../here/opt"])
    def test_a_relative_prefix_is_the_callers(self, release, tmp_path, prefix):
        here = tmp_path / "here"
        here.mkdir()
        done = install(release, prefix, cwd=here)
        assert done.returncode == 0, done.stderr
        assert os.access(here / "opt/bin/tailwater", os.X_OK)
        assert (here / "opt/share/man/man1/tailwater.1").exists()

    def test_no_place_to_install_to_is_refused(self, release):
        done = install(release, "")
        assert done.returncode == 1 and "--prefix FOLDER" in done.stderr
        without_home = {name: value for name, value in os.environ.items() if name != "HOME"}
        words = ["sh", release / "install.sh", "--from", release]
        done = subprocess.run(words, capture_output=True, text=True, timeout=60, env=without_home)
        assert done.returncode == 1 and "HOME is not set" in done.stderr

    @pytest.mark.parametrize("url", ["http://mirror.example", "http://127.0.0.1:x@mirror.example", "http://127.0.0.1:1", "ftp://mirror.example"])
    def test_what_is_not_https_is_refused(self, release, tmp_path, url):
        done = install(release, tmp_path / "prefix", "--from", url)
        assert done.returncode == 1 and "not encrypted" in done.stderr

    @pytest.mark.parametrize("program, flags", [("curl", ["--proto =https", "--tlsv1.2"]), ("wget", ["--https-only"])])
    def test_downloads_accept_only_https_also_after_a_redirect(self, release, tmp_path, program, flags):
        tools = tmp_path / "tools"
        tools.mkdir()
        for name in ("sh", "uname", "mktemp", "rm"):
            (tools / name).symlink_to(shutil.which(name))
        (tools / program).write_text(f'#!/bin/sh\necho "$*" >{tmp_path}/called\nexit 1\n')
        (tools / program).chmod(0o755)
        done = install(release, tmp_path / "prefix", "--from", "https://mirror.example", env={"PATH": str(tools)})
        assert done.returncode == 1 and "cannot download" in done.stderr
        called = (tmp_path / "called").read_text()
        assert all(flag in called for flag in flags), called


def test_manifests_are_filled_in(release):
    scoop = json.loads((release / "tailwater.json").read_text())
    formula = (release / "tailwater.rb").read_text()
    for text in (json.dumps(scoop), formula, (release / "install.sh").read_text()):
        assert not re.search(r"@[A-Z]", text) and "somebody/tailwater" in text
    digests = dict(line.split()[::-1] for line in (release / "SHA256SUMS").read_text().splitlines())
    assert scoop["architecture"]["64bit"]["hash"] == digests["tailwater-windows-x86_64.zip"]
    for url, digest in re.findall(r'url "(.+)"\n +sha256 "(.+)"', formula):
        assert digests[url.rpartition("/")[2]] == digest


def test_every_channel_names_the_same_archives():
    cargo = tomllib.loads((RELEASE.parent.parent / "forwarder/explorer/Cargo.toml").read_text())
    overrides = cargo["package"]["metadata"]["binstall"]["overrides"]
    assert {target: each["pkg-url"].rpartition("/")[2] for target, each in overrides.items()} == ARCHIVES
    workflow = (RELEASE.parent.parent / ".github/workflows/release.yml").read_text()
    desktop = dict(re.findall(r"target: (\S+)\n +program: .+\n +archive: (\S+)", workflow))
    linux = {target: name for target, name in ARCHIVES.items() if "linux" in target}
    assert desktop | linux == ARCHIVES
    assert 'archive="$out/tailwater-linux-$arch.tar.gz"' in (RELEASE / "build").read_text()
    formula = (RELEASE / "templates/tailwater.rb").read_text()
    assert set(re.findall(r"tailwater-\w+-\w+\.tar\.gz", formula)) == {each for each in ARCHIVES.values() if each.endswith("gz")}


def test_image_is_reproducible_and_whole(tmp_path):
    licenses = tmp_path / "licenses"
    licenses.write_text("none")
    made = []
    for time in (1_000_000_000, 1_700_000_000):
        os.utime(licenses, (time, time))
        out = tmp_path / "image.tar"
        run(RELEASE / "image.py", "--kind", "tailwater", "--program", os.path.realpath("/bin/true"), "--licenses", licenses, "--out", out)
        made.append(out.read_bytes())
    assert made[0] == made[1]
    blobs = {each.name: tar.extractfile(each).read() for tar in [tarfile.open(fileobj=io.BytesIO(made[0]))] for each in tar}
    assert all(name == f"blobs/sha256/{hashlib.sha256(blob).hexdigest()}" for name, blob in blobs.items() if name.startswith("blobs"))
    (described,) = json.loads(blobs["index.json"])["manifests"]
    manifest = json.loads(blobs["blobs/sha256/" + described["digest"].removeprefix("sha256:")])
    (layer,) = manifest["layers"]
    layer = tarfile.open(fileobj=io.BytesIO(blobs["blobs/sha256/" + layer["digest"].removeprefix("sha256:")]))
    names = layer.getnames()
    assert {"usr/bin/tailwater", "usr/share/doc/libc6/copyright", "usr/share/doc/tailwater/LICENSE", "data", "tmp"} <= set(names)
    assert any(name.endswith("/libc.so.6") for name in names) and any("/ld-linux" in name for name in names)
    assert layer.getmember("data").uid == 65532, "the user of the image writes its store there"


def test_module_of_terraform_is_at_the_top_of_its_archive(tmp_path):
    out = tmp_path / "module.tar.gz"
    run(RELEASE / "terraform.py", out)
    names = tarfile.open(out).getnames()
    assert {"main.tf", "variables.tf", "README.md", "LICENSE", "examples/simple/main.tf", "modules/plan/main.tf"} <= set(names)
    assert not [name for name in names if name.startswith((".", "/")) or "/." in name]


def test_versions_agree():
    version = run(RELEASE / "origin.py", "version").strip()
    for path in sorted(expand.INFRA.glob("sam/**/template.yaml")):
        if found := re.search(r"SemanticVersion: (\S+)", path.read_text()):
            assert found[1] == version, path
    assert json.loads((expand.INFRA / "cdk/package.json").read_text())["version"] == version
    assert run(RELEASE / "notes").strip(), "the changelog has a section for the version"


def test_date_of_an_archive_of_the_sources_is_that_of_the_commit(tmp_path):
    checkout = expand.INFRA.parent
    # What `git archive` replaces, replaced here, since it would archive the last commit.
    placeholder = re.fullmatch(r"\$Format:(.+)\$\n", (checkout / "forwarder/explorer/commit.txt").read_text())[1]

    def of_commit(form):
        return subprocess.check_output(["git", "show", "--no-patch", f"--format={form}", "HEAD"], cwd=checkout, text=True)

    shutil.copytree(RELEASE, tmp_path / "infra/release")
    (tmp_path / "forwarder/explorer").mkdir(parents=True)
    (tmp_path / "forwarder/explorer/commit.txt").write_text(of_commit(placeholder))
    without = {name: value for name, value in os.environ.items() if name != "SOURCE_DATE_EPOCH"}
    # No repository is found from there.
    found = subprocess.check_output([tmp_path / "infra/release/origin.py", "epoch"], text=True, env=without, cwd=tmp_path)
    assert found == of_commit("%ct")


def test_folder_of_a_build_is_relative_to_the_caller(tmp_path):
    words = [RELEASE / "build", "--arch", platform.machine().replace("aarch64", "arm64"), "--out", "made", "--only", "none"]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert "no such program: none" in done.stderr
    assert (tmp_path / "made").is_dir()


def test_line_ends_of_sources_are_fixed_and_data_of_tests_is_not_changed():
    listed = subprocess.check_output(["git", "ls-files", "--eol"], cwd=expand.INFRA.parent, text=True)
    files = [re.fullmatch(r"i/(\S*) +w/\S* +attr/(.*?) *\t(.*)", line).groups() for line in listed.splitlines()]
    assert len(files) > 1000
    for content, attributes, name in files:
        assert content in {"lf", "none", "-text"}, f"{name} is committed with CR"
        if content == "-text" or name.startswith(("parser/testdata/", "tests/demo/", "tests/fuzz/seeds/")):
            assert attributes == "-text", name
        else:
            assert attributes == "text=auto eol=lf", name


def test_date_comes_from_the_environment_or_the_commit():
    def date(**more):
        return subprocess.check_output([RELEASE / "origin.py", "date"], text=True, env={**os.environ, **more}).strip()

    assert date(SOURCE_DATE_EPOCH="1772618400") == "Wed, 04 Mar 2026 10:00:00 +0000"
    assert date() == date()


def position(job, part):
    """Returns the place of the first step of a job that uses or runs something."""
    found = [index for index, step in enumerate(WORKFLOW[job]["steps"]) if part in step.get("uses", "") + step.get("run", "")]
    assert found, f"{job} has no step with {part}"
    return found[0]


@pytest.mark.parametrize("job", ["build", "desktop", "publish"])
def test_jobs_that_run_the_scripts_have_their_python_and_node_before(job):
    python, node = (position(job, f"actions/setup-{each}@") for each in ("python", "node"))
    assert max(python, node) < position(job, "infra/release/")
    # `import tomllib` needs 3.11.
    version = WORKFLOW[job]["steps"][python]["with"]["python-version"]
    assert tuple(map(int, version.split("."))) >= (3, 11)
    assert WORKFLOW[job]["steps"][node]["with"]["node-version"] >= 20


def test_every_published_file_is_attested_between_collecting_and_publishing():
    attested = position("publish", "actions/attest-build-provenance@")
    assert position("publish", "infra/release/collect") < attested < position("publish", "gh release create")
    assert WORKFLOW["publish"]["steps"][attested]["with"]["subject-path"] == "release/*"
    assert {"id-token", "attestations", "contents"} == {name for name, right in WORKFLOW["publish"]["permissions"].items() if right == "write"}
