# Shared by ./run and ./test: what they install, each step only when something changed. POSIX sh, sourced.

say() { printf '%s\n' "· $*" >&2; }
fail() { printf '%s\n' "✗ $*" >&2; exit 1; }

VENV=.venv
PYTHON=$VENV/bin/python
FLASK="$VENV/bin/flask --app wsgi"
NEEDLE_VAR=${NEEDLE_VAR:-$(pwd)/var}
export NEEDLE_VAR
OPENBLAS_NUM_THREADS=${OPENBLAS_NUM_THREADS:-1}
export OPENBLAS_NUM_THREADS
unset PYTHONDONTWRITEBYTECODE # many processes are started: compiled once, not by each
STAMPS=$VENV/stamps

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null 2>&1; then
        sudo -n true 2>/dev/null || say "sudo may ask for your password to install Debian packages"
        sudo "$@"
    else
        fail "these Debian packages are missing and neither root nor sudo is at hand; as root, run: apt-get install $missing"
    fi
}

# apt_install PACKAGE…: installs what is not there yet.
apt_install() {
    missing=
    for package in "$@"; do
        dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
    done
    [ -n "$missing" ] || return 0
    command -v apt-get >/dev/null 2>&1 ||
        fail "this is no Debian: install by hand what corresponds to$missing, then start again"
    say "Installing Debian packages:$missing"
    as_root env DEBIAN_FRONTEND=noninteractive apt-get update -q >/dev/null ||
        fail "apt-get update failed: is the network up? Then start again; nothing is lost"
    # shellcheck disable=SC2086
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing >/dev/null ||
        fail "apt-get could not install$missing; read its message above, mend it and start again"
}

install_system() {
    apt_install python3-venv libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-noto-cjk
}

# changed STAMP FILE…: true unless the files are as they were when `done_with STAMP FILE…` was last called.
changed() {
    stamp=$STAMPS/$1
    shift
    [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$(cat "$@" | sha256sum)" ] && return 1
    return 0
}

done_with() {
    stamp=$STAMPS/$1
    shift
    mkdir -p "$STAMPS"
    cat "$@" | sha256sum >"$stamp"
}

# install_python LOCKFILE: a virtual environment with exactly the pinned packages, hashes checked.
install_python() {
    stamp_name=python-$(basename "$1" .txt)
    changed "$stamp_name" "$1" || return 0
    if ! "$PYTHON" -m pip --version >/dev/null 2>&1; then
        say "Making the virtual environment $VENV"
        rm -rf "$VENV"
        python3 -m venv "$VENV" || fail "python3 -m venv failed; it needs Python 3.11 or newer and the package python3-venv"
    fi
    "$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || fail "Needle needs Python 3.11 or newer; this is $("$PYTHON" -V)"
    say "Installing the Python packages pinned in $1"
    "$PYTHON" -m pip install -q --disable-pip-version-check --require-hashes --no-compile -r "$1" ||
        fail "pip could not install $1: is the package index reachable? Start again when it is; nothing is lost"
    compile_packages
    done_with "$stamp_name" "$1"
}

# pip compiles one file after another, with everybody's tests: here on all cores, without them.
compile_packages() {
    "$PYTHON" -W ignore -m compileall -qq -j 0 -x '/tests?/' "$VENV"/lib/python*/site-packages || true  # templates of code are no code
}

install_assets() {
    if changed assets package-lock.json package.json lms/assets.py || [ ! -d node_modules ]; then
        say "Installing fonts, charts and scripts from npm"
        $FLASK assets --help >/dev/null || fail "Needle itself could not be loaded: the lines above say why"
        $FLASK assets install || fail "npm could not install: is the npm registry reachable? Start again when it is"
        done_with assets package-lock.json package.json lms/assets.py
    fi
    $FLASK assets build >/dev/null
}

# What the set-up was made for: the options, the database, and the packages that are there.
made_for() { printf '%s' "$1|${DATABASE_URL:-}|$(dpkg-query -W 2>/dev/null | sha256sum)"; }

# is_ready DEMO: nothing of ours is newer than the last set-up, and it was made for the same database.
is_ready() {
    [ -f "$NEEDLE_VAR/ready" ] && [ "$(cat "$NEEDLE_VAR/ready")" = "$(made_for "$1")" ] || return 1
    [ -n "${DATABASE_URL:-}" ] || [ -f "$NEEDLE_VAR/needle.db" ] || return 1
    [ -x "$PYTHON" ] && [ -f lms/static/dist/manifest.json ] && [ -d node_modules ] || return 1
    [ -z "$(find lms courses assessments performance effects migrations scripts ./*.py ./*.txt ./*.json \
        -name __pycache__ -prune -o -name dist -prune -o -type f -newer "$NEEDLE_VAR/ready" -print -quit)" ]
}

now_ready() { made_for "$1" >"$NEEDLE_VAR/ready"; }

port_is_free() {
    python3 -c 'import socket, sys
with socket.socket() as s:
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        s.bind((sys.argv[1], int(sys.argv[2])))
    except OSError:
        sys.exit(1)' "$1" "$2"
}
