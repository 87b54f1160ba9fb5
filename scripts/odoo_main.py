"""Odoo's command line (`odoo-bin`), for the Python environment of scripts/setup."""

import odoo.cli

if __name__ == "__main__":
    odoo.cli.main()
