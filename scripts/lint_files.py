"""Small checks of files for scripts/lint: lint_files.py xml|data|addon PATH..."""

import ast
import json
import sys
from pathlib import Path

import yaml
from lxml import etree

try:
    import tomllib
except ImportError:  # Python 3.10
    tomllib = None


def check_xml(path):
    etree.parse(str(path))


def check_data(path):
    text = path.read_text()
    if path.suffix == ".json":
        json.loads(text)
    elif path.suffix == ".toml":
        if tomllib:
            tomllib.loads(text)
    else:
        list(yaml.safe_load_all(text))


def check_addon(path):
    """What would go unnoticed: files that are never loaded, tests that never run."""
    manifest = ast.literal_eval((path / "__manifest__.py").read_text())
    problems = []
    for key in ("data", "demo"):
        for name in manifest.get(key, ()):
            if not (path / name).is_file():
                problems.append(f"the manifest's {key} names {name}, which does not exist")
    imported = path / "tests/__init__.py"
    if imported.exists():
        text = imported.read_text()
        for test in sorted(imported.parent.glob("test_*.py")):
            if test.stem not in text:
                problems.append(f"tests/__init__.py does not import {test.stem}")
    if problems:
        raise ValueError("; ".join(problems))


def main(kind, *paths):
    check = {"xml": check_xml, "data": check_data, "addon": check_addon}[kind]
    failed = False
    for path in map(Path, paths):
        try:
            check(path)
        except (ValueError, SyntaxError, etree.XMLSyntaxError, yaml.YAMLError) as error:
            failed = True
            sys.stdout.write(f"{path}: {error}\n")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
