# What the scripts beside this one share: where servers are kept, and how one is built from Go's module proxy.
# Sourced, not run.

cache="${TEST_SERVERS:-${XDG_CACHE_HOME:-$HOME/.cache}/tailwater-servers}"

fail() {
    printf '%s\n' "$*" >&2
    exit 1
}

# Builds one package of a Go module: `go_build MODULE VERSION SUM PACKAGE BINARY [FLAG…]`, where SUM is what go.sum has
# for the module, and BINARY the path to be.
#
# `go install` refuses modules with `replace` lines. So a module is made that requires what the wanted one requires;
# the pinned sum proves the wanted module's content, its own go.sum is part of that and proves everything below it.
go_build() {
    local module="$1" version="$2" sum="$3" package="$4" binary="$5" scratch source
    shift 5
    [ -x "$binary" ] && return
    command -v go >/dev/null || fail "building ${binary##*/} needs Go"
    scratch="$(mktemp -d)"
    # shellcheck disable=SC2064 # The name is wanted as it is now.
    trap "rm -rf '$scratch'" EXIT
    cd "$scratch"
    export GOWORK=off GOFLAGS=-mod=mod
    printf 'module servers\n' >go.mod
    go mod download -json "$module@$version" >download
    source="$(sed -n 's/^\t"Dir": "\(.*\)",$/\1/p' download)"
    grep -q "\"Sum\": \"$sum\"" download || fail "$module $version is not what it was when it was pinned"
    # A replacement by a folder of the module's own repository is not there; the published module is.
    sed -e 's/^module .*/module servers/' -e '/^replace .* => \.\//d' "$source/go.mod" >go.mod
    cp "$source/go.sum" go.sum
    chmod u+w go.sum
    go mod edit -require="$module@$version"
    printf 'building %s %s\n' "$module" "$version" >&2
    go build -trimpath -ldflags '-s -w' "$@" -o built "$module/$package"
    mkdir -p "$(dirname "$binary")"
    # Renamed at the end: a build that is killed leaves no half of a binary.
    mv built "$binary.$$"
    mv "$binary.$$" "$binary"
}

# What every server's script does with its first word: `act WORD…`, given `binary`, `install` and `start`.
act() {
    local verb="${1:-}"
    shift || true
    case "$verb" in
        install) install && printf '%s\n' "$binary" ;;
        where) [ -x "$binary" ] && printf '%s\n' "$binary" ;;
        start) [ -x "$binary" ] || install && start "$@" ;;
        *) usage ;;
    esac
}

usage() {
    cat >&2 <<USAGE
usage: $0 install                  fetches and builds it, once, into $cache
       $0 where                    prints its path; exits with 1 when it is not installed
       $0 start [PORT [FOLDER]]    runs it on loopback until it is interrupted; a folder that is given is kept
USAGE
    exit 2
}
