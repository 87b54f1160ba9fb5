"""The dashboards' files from their source: called by scripts/dashboards."""

import argparse
import sys
from pathlib import Path

from dashboard_source import BOARDS

FOLDER = Path(__file__).resolve().parent.parent / "oms_reports" / "data" / "dashboards"


def files():
    """Return ``{path: text}`` of all files that the source makes."""
    return {
        FOLDER / f"{name}_dashboard.json": text
        for make in BOARDS
        for name, text in make().documents().items()
    }


def stale():
    """Return the paths of files that are missing, left over or not what the source says."""
    wanted = files()
    differ = [
        path for path, text in wanted.items() if not path.exists() or path.read_text() != text
    ]
    return sorted([*differ, *(set(FOLDER.glob("*.json")) - set(wanted))])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    if parser.parse_args().check:
        found = stale()
        for path in found:
            sys.stderr.write(f"{path.name} is not what its source says. Run scripts/dashboards.\n")
        return int(bool(found))
    FOLDER.mkdir(parents=True, exist_ok=True)
    wanted = files()
    for path in set(FOLDER.glob("*.json")) - set(wanted):
        path.unlink()
    for path, text in wanted.items():
        path.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
