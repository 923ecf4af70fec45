#!/bin/sh
# Installs the command line of Tailwater from a release: downloads the archive for this machine, verifies its checksum, and copies the
# program, its completions and its manual pages below a folder. Nothing is changed if the checksum is wrong.
#
#   sh install.sh [--version X.Y.Z] [--prefix FOLDER] [--from URL|FOLDER]
#
#   --version  by default the version of the release that this script belongs to
#   --prefix   by default ~/.local; the program is FOLDER/bin/tailwater
#   --from     https URL or folder with the archive and SHA256SUMS, instead of the release on GitHub
set -eu

repository=@REPOSITORY@
version=@VERSION@
prefix="${HOME:+$HOME/.local}"
from=

fail() {
    printf 'install: %s\n' "$*" >&2
    exit 1
}

# Fails if a flag has no value: `need_value FLAG COUNT_OF_ARGUMENTS`.
need_value() {
    [ "$2" -ge 2 ] || fail "$1 needs a value"
}

while [ $# -gt 0 ]; do
    case "$1" in
        --version) need_value "$1" $# && version="${2#v}" && shift 2 ;;
        --prefix) need_value "$1" $# && prefix="$2" && shift 2 ;;
        --from) need_value "$1" $# && from="$2" && shift 2 ;;
        *) fail "no such flag: $1" ;;
    esac
done

# Prints the absolute path of a folder of the caller: `absolute FOLDER`.
absolute() {
    case "$1" in
        /*) printf '%s\n' "$1" ;;
        *) printf '%s/%s\n' "$PWD" "$1" ;;
    esac
}

# Prints the name of the archive for this machine.
archive_name() {
    case "$(uname -m)" in
        x86_64 | amd64) arch=x86_64 ;;
        aarch64 | arm64) arch=arm64 ;;
        *) fail "there is no archive for the processor $(uname -m); build it from the sources: cargo build --release" ;;
    esac
    case "$(uname -s)" in
        Linux) printf 'tailwater-linux-%s.tar.gz\n' "$arch" ;;
        Darwin) printf 'tailwater-macos-%s.tar.gz\n' "$arch" ;;
        *) fail "there is no archive for $(uname -s); on Windows take tailwater-windows-x86_64.zip" ;;
    esac
}

# Copies a file of the release: `fetch NAME DESTINATION`.
fetch() {
    case "$from" in
        https://*)
            # Redirects stay encrypted too.
            if command -v curl >/dev/null; then
                curl --proto '=https' --tlsv1.2 --fail --silent --show-error --location --retry 2 --max-time 300 --output "$2" "$from/$1"
            elif command -v wget >/dev/null; then
                wget --https-only --quiet --tries=3 --timeout=60 --output-document="$2" "$from/$1"
            else
                fail "curl or wget is needed to download $from/$1"
            fi || fail "cannot download $from/$1"
            ;;
        *://*) fail "$from is not encrypted: --from takes https://… or a folder" ;;
        *) cp -- "$from/$1" "$2" || fail "there is no $from/$1" ;;
    esac
}

sha256() {
    if command -v sha256sum >/dev/null; then sha256sum "$1"; else shasum -a 256 "$1"; fi | cut -d ' ' -f 1
}

main() {
    [ -n "$prefix" ] || fail "--prefix is empty, or HOME is not set: give the folder to install into, --prefix FOLDER"
    # Absolute, since the files are copied from another working directory.
    prefix="$(absolute "$prefix")"
    [ -n "$from" ] || from="https://github.com/$repository/releases/download/v$version"
    name="$(archive_name)" || exit 1
    scratch="$(mktemp -d)"
    trap 'rm -rf "$scratch"' EXIT
    fetch SHA256SUMS "$scratch/SHA256SUMS"
    fetch "$name" "$scratch/$name"
    expected="$(awk -v name="$name" '$2 == name || $2 == "*" name { print $1 }' "$scratch/SHA256SUMS")"
    [ -n "$expected" ] || fail "SHA256SUMS does not name $name"
    actual="$(sha256 "$scratch/$name")"
    [ "$expected" = "$actual" ] || fail "$name has the checksum $actual instead of $expected: nothing was installed"

    mkdir "$scratch/unpacked"
    tar -xzf "$scratch/$name" -C "$scratch/unpacked"
    cd "$scratch"/unpacked/tailwater-*
    "./tailwater" --version >/dev/null || fail "$name does not run on this machine: nothing was installed"
    copy tailwater "$prefix/bin/tailwater" 755
    copy completions/tailwater.bash "$prefix/share/bash-completion/completions/tailwater" 644
    copy completions/_tailwater "$prefix/share/zsh/site-functions/_tailwater" 644
    copy completions/tailwater.fish "$prefix/share/fish/vendor_completions.d/tailwater.fish" 644
    for page in man/man1/*.1; do
        copy "$page" "$prefix/share/$page" 644
    done
    printf 'installed %s as %s\n' "$("$prefix/bin/tailwater" --version)" "$prefix/bin/tailwater"
    case ":$PATH:" in
        *":$prefix/bin:"*) ;;
        *) printf 'add %s to PATH, or call it by its whole path: %s demo\n' "$prefix/bin" "$prefix/bin/tailwater" ;;
    esac
}

# Copies a file so that a running program is replaced, not written to: `copy FILE DESTINATION MODE`.
copy() {
    mkdir -p "${2%/*}"
    cp "$1" "$2.new"
    chmod "$3" "$2.new"
    mv -f "$2.new" "$2"
}

main
