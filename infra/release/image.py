#!/usr/bin/env python3
"""Writes a container image as an OCI layout in a tar, without an engine and without a base image.

`image.py --kind tailwater|forwarder --program FILE --licenses FILE --out OUT.tar`

The image has one layer: the program, the libraries of glibc that it is linked with, from this machine, and all licenses. The same files give
the same bytes. `skopeo copy oci-archive:OUT.tar docker://REGISTRY/NAME:TAG` uploads it.
"""
import argparse
import gzip
import hashlib
import io
import json
import re
import subprocess
import tarfile
from datetime import datetime, timezone
from pathlib import Path

import origin
from crates import CHECKOUT

# Names of the processor: in ELF, in OCI, and in folders of libraries.
PROCESSORS = {"AArch64": ("arm64", "aarch64-linux-gnu"), "Advanced Micro Devices X86-64": ("amd64", "x86_64-linux-gnu")}
# The user of images that do not run as root, as others name and number it.
NONROOT = 65532
KINDS = {
    "tailwater": {
        "path": "usr/bin/tailwater",
        "title": "Command line, local store and web page for AWS Lambda's logs.",
        "config": {"Entrypoint": ["/usr/bin/tailwater"], "Cmd": ["--help"], "User": f"{NONROOT}:{NONROOT}", "WorkingDir": "/data", "Env": ["HOME=/data", "PATH=/usr/bin"]},
        "folders": {"data": (0o755, NONROOT)},
    },
    # Lambda ignores the user, and mounts /tmp.
    "forwarder": {
        "path": "var/runtime/bootstrap",
        "title": "The Lambda function that turns AWS Lambda's logs into logs, metrics and cost.",
        "config": {"Entrypoint": ["/var/runtime/bootstrap"], "WorkingDir": "/var/task"},
        "folders": {"var/task": (0o755, 0)},
    },
}


def readelf(flag, program):
    return subprocess.run(["readelf", "--wide", flag, program], capture_output=True, text=True, check=True, env={"LC_ALL": "C"}).stdout


def found(name, folders):
    for folder in folders:
        if (path := folder / name).exists():
            return path.resolve()
    raise SystemExit(f"release: no {name} in {', '.join(map(str, folders))}")


def libraries(program):
    """Returns the processor, and the libraries of a program by their path in the image, those that they need included."""
    machine = re.search(r"Machine:\s+(.*)", readelf("--file-header", program))[1].strip()
    if machine not in PROCESSORS:
        raise SystemExit(f"release: {program} is for {machine}, for which there is no image")
    processor, place = PROCESSORS[machine]
    # Those of a cross compiler come first, since the same name is another processor's elsewhere.
    folders = [Path("/usr") / place / "lib", Path("/lib") / place, Path("/usr/lib") / place]
    if not (folders[0] / "libc.so.6").exists():
        folders.pop(0)
    interpreter = re.search(r"program interpreter: (\S+)\]", readelf("--program-headers", program))[1]
    files, waiting = {interpreter.lstrip("/"): found(Path(interpreter).name, folders)}, [program]
    while waiting:
        for name in re.findall(r"\(NEEDED\).*\[(.*)\]", readelf("--dynamic", waiting.pop())):
            if name == Path(interpreter).name or f"lib/{place}/{name}" in files:
                continue
            files[f"lib/{place}/{name}"] = found(name, folders)
            waiting.append(files[f"lib/{place}/{name}"])
    return processor, files


def copyrights(processor):
    """Returns the copyright files of glibc and libgcc, of which a cross compiler has its own, by their path in the image."""
    for package in ("libc6", "libgcc-s1"):
        folders = [Path("/usr/share/doc") / name for name in (f"{package}-{processor}-cross", package)]
        yield f"usr/share/doc/{package}/copyright", found("copyright", folders)


def layer(kind, files):
    """Packs the files of the image, below folders that belong to root."""
    packed = io.BytesIO()
    owners = {"tmp": (0o1777, 0), **KINDS[kind]["folders"]}
    folders = {str(parent): (0o755, 0) for name in [*files, *owners] for parent in Path(name).parents if str(parent) != "."}
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, (mode, owner) in sorted({**folders, **owners}.items()):
            entry = tarfile.TarInfo(name)
            entry.type, entry.mode, entry.uid, entry.gid = tarfile.DIRTYPE, mode, owner, owner
            archive.addfile(entry)
        for name, content in sorted(files.items()):
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(content), 0o755 if content.startswith(b"\x7fELF") else 0o644
            archive.addfile(entry, io.BytesIO(content))
    return packed.getvalue()


class Layout:
    """Blobs of an OCI layout by their digest."""

    def __init__(self):
        self.files = {"oci-layout": b'{"imageLayoutVersion":"1.0.0"}'}

    def add(self, media_type, content):
        """Adds a blob and returns its descriptor."""
        digest = hashlib.sha256(content).hexdigest()
        self.files[f"blobs/sha256/{digest}"] = content
        return {"mediaType": media_type, "digest": f"sha256:{digest}", "size": len(content)}

    def add_json(self, media_type, document):
        return self.add(media_type, json.dumps(document, sort_keys=True, separators=(",", ":")).encode())

    def tar(self):
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as archive:
            for name, content in sorted(self.files.items()):
                entry = tarfile.TarInfo(name)
                entry.size = len(content)
                archive.addfile(entry, io.BytesIO(content))
        return packed.getvalue()


def image(arguments):
    kind = KINDS[arguments.kind]
    processor, paths = libraries(arguments.program)
    documents = {"LICENSE": CHECKOUT / "LICENSE", "THIRD-PARTY-LICENSES": arguments.licenses}
    paths |= {kind["path"]: Path(arguments.program), **dict(copyrights(processor))}
    paths |= {f"usr/share/doc/tailwater/{name}": path for name, path in documents.items()}
    files = {name: path.read_bytes() for name, path in paths.items()}
    files["etc/passwd"] = f"root:x:0:0:root:/:/sbin/nologin\nnonroot:x:{NONROOT}:{NONROOT}:nonroot:/data:/sbin/nologin\n".encode()
    created = datetime.fromtimestamp(origin.epoch(), timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    labels = {
        "org.opencontainers.image.title": f"tailwater-{arguments.kind}" if arguments.kind != "tailwater" else "tailwater",
        "org.opencontainers.image.description": kind["title"],
        "org.opencontainers.image.licenses": "Apache-2.0",
        "org.opencontainers.image.version": origin.version(),
        "org.opencontainers.image.created": created,
    }
    plain = layer(arguments.kind, files)
    layout = Layout()
    config = {
        "created": created,
        "architecture": processor,
        "os": "linux",
        "config": {**kind["config"], "Labels": labels},
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{hashlib.sha256(plain).hexdigest()}"]},
        "history": [{"created": created, "created_by": "infra/release/image.py"}],
    }
    manifest = {
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": layout.add_json("application/vnd.oci.image.config.v1+json", config),
        "layers": [layout.add("application/vnd.oci.image.layer.v1.tar+gzip", gzip.compress(plain, 9, mtime=0))],
        "annotations": labels,
    }
    described = layout.add_json("application/vnd.oci.image.manifest.v1+json", manifest)
    described |= {
        "platform": {"architecture": processor, "os": "linux"},
        "annotations": {"org.opencontainers.image.ref.name": origin.version()},
    }
    index = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": [described]}
    layout.files["index.json"] = json.dumps(index, sort_keys=True, separators=(",", ":")).encode()
    return layout.tar()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kind", required=True, choices=KINDS)
    parser.add_argument("--program", required=True)
    parser.add_argument("--licenses", required=True, type=Path)
    parser.add_argument("--out", required=True, type=Path)
    arguments = parser.parse_args()
    arguments.out.write_bytes(image(arguments))
    print(f"{arguments.out.name}: {arguments.out.stat().st_size} bytes")


if __name__ == "__main__":
    main()
