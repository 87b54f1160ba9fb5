"""Translation files from the code: called by scripts/i18n."""

import sys

import oms_dev as dev
import polib

EXPORT = """
from odoo.tools.translate import trans_export
with open({path!r}, "wb") as out:
    trans_export(None, [{addon!r}], out, "po", env)
"""


def export_terms(addon):
    """Rewrite the addon's .pot from a database that has it; return its path."""
    path = dev.ROOT / addon / f"i18n/{addon}.pot"
    code = EXPORT.format(path=str(path), addon=addon)
    with dev.fresh_database(dev.template_of(addon)) as name:
        dev.shell(name, code, log=dev.LOGS / "i18n.log")
    # Without the dates of the export: a file that says the same stays the same.
    terms = polib.pofile(str(path))
    for header in ("POT-Creation-Date", "PO-Revision-Date"):
        terms.metadata.pop(header, None)
    terms.metadata["Content-Transfer-Encoding"] = "8bit"
    terms.sort(key=lambda entry: entry.msgid)
    terms.save(str(path))
    return path


def merge(template, path):
    """Write ``path`` with the terms of the template and the translations that it has; return the
    terms that have none."""
    old = polib.pofile(str(path))
    known = {entry.msgid: entry.msgstr for entry in old}
    merged = polib.pofile(str(template))
    merged.header, merged.metadata = old.header, old.metadata
    for entry in merged:
        entry.msgstr = known.get(entry.msgid, "")
    merged.save(str(path))
    return [entry.msgid for entry in merged if not entry.msgstr]


def main(*addons):
    missing = 0
    for addon in addons or dev.addons():
        for term in merge(export_terms(addon), dev.ROOT / addon / "i18n/id.po"):
            missing += 1
            sys.stdout.write(f"{addon}: {term!r}\n")
    sys.stdout.write(f"{missing} terms without a translation\n")
    return int(bool(missing))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
