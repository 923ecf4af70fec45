# Shared functions of the server scripts: the cache folder, builds from Go's module proxy, and the command line. Sourced,
# not executed.

cache="${TEST_SERVERS:-${XDG_CACHE_HOME:-$HOME/.cache}/tailwater-servers}"

fail() {
    printf '%s\n' "$*" >&2
    exit 1
}

# Builds a package of a Go module: `go_build MODULE VERSION SUM PACKAGE BINARY [FLAG…]`. SUM is the hash of the module in
# go.sum, and BINARY the path of the result.
#
# `go install` rejects modules with `replace` directives. So a temporary module is created with the requirements of the
# module to build. The pinned hash verifies that module, and its own go.sum verifies all of its dependencies.
go_build() {
    local module="$1" version="$2" sum="$3" package="$4" binary="$5" scratch source
    shift 5
    [ -x "$binary" ] && return
    command -v go >/dev/null || fail "Go is required to build ${binary##*/}"
    scratch="$(mktemp -d)"
    # shellcheck disable=SC2064 # Expanded now on purpose.
    trap "rm -rf '$scratch'" EXIT
    cd "$scratch"
    export GOWORK=off GOFLAGS=-mod=mod
    printf 'module servers\n' >go.mod
    go mod download -json "$module@$version" >download
    source="$(sed -n 's/^\t"Dir": "\(.*\)",$/\1/p' download)"
    grep -q "\"Sum\": \"$sum\"" download || fail "$module $version does not match its pinned hash"
    # Local replacements point to folders of the module's repository, which are missing; the published modules are used.
    sed -e 's/^module .*/module servers/' -e '/^replace .* => \.\//d' "$source/go.mod" >go.mod
    cp "$source/go.sum" go.sum
    chmod u+w go.sum
    go mod edit -require="$module@$version"
    printf 'building %s %s\n' "$module" "$version" >&2
    go build -trimpath -ldflags '-s -w' "$@" -o built "$module/$package"
    mkdir -p "$(dirname "$binary")"
    # Moved at the end, so that an interrupted build leaves no incomplete binary.
    mv built "$binary.$$"
    mv "$binary.$$" "$binary"
}

# Dispatches the first argument of a server's script: `dispatch ARGUMENT…`, given `binary`, `install` and `start`.
dispatch() {
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
usage: $0 install                  downloads and builds it into $cache, once
       $0 where                    prints its path; exits with 1 if it is not installed
       $0 start [PORT [FOLDER]]    runs it on loopback until it is interrupted; a given folder is kept
USAGE
    exit 2
}
