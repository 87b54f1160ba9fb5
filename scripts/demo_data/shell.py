"""Entry for `odoo shell -d DATABASE < scripts/demo_data/shell.py`, from the project's root."""

import sys

sys.path.insert(0, "scripts")

from demo_data.build import build  # noqa: E402

build(env)  # noqa: F821  # `odoo shell` provides it
