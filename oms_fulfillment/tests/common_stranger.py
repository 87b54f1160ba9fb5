import inspect
from contextlib import contextmanager
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user

WRITES = ("INSERT", "UPDATE", "DELETE")


class StrangerMixin:
    """Somebody who has every role, but in another company, and what he can do to our records."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.next_door = cls.env["res.company"].create({"name": "Next Door"})
        cls.neighbour = new_test_user(
            cls.env,
            "neighbour",
            "oms_fulfillment.group_oms_manager,account.group_account_manager",
            company_id=cls.next_door.id,
            company_ids=[(6, 0, cls.next_door.ids)],
        )

    def _buttons(self, record):
        """Public methods of our addons on a record, with a text for each argument they need."""
        ours = "odoo.addons.oms_"
        others = {
            name
            for parent in type(record).mro()
            if not parent.__module__.startswith(ours)
            for name in vars(parent)
        }
        for name, method in inspect.getmembers(type(record), inspect.isfunction):
            if name.startswith("_") or name in others or not method.__module__.startswith(ours):
                continue
            if hasattr(method, "_api_model") or hasattr(method, "_api_private"):
                continue
            needed = [
                argument
                for argument in list(inspect.signature(method).parameters.values())[1:]
                if argument.default is argument.empty
                and argument.kind in (argument.POSITIONAL_OR_KEYWORD, argument.KEYWORD_ONLY)
            ]
            yield name, {argument.name: "x" for argument in needed}

    @contextmanager
    def _written(self):
        """The tables that are written meanwhile."""
        found = []
        execute = type(self.env.cr).execute

        def listen(cr, query, *args, **kwargs):
            text = str(getattr(query, "code", query)).strip()
            if text.upper().startswith(WRITES):
                found.append(text[:60])
            return execute(cr, query, *args, **kwargs)

        with patch.object(type(self.env.cr), "execute", listen):
            yield found

    def assertNoButtonWorks(self, *records):
        """A stranger is refused, or what he presses writes nothing."""
        worked = {}
        for record in records:
            self.assertTrue(record)
            for name, arguments in self._buttons(record):
                if found := self._press(record[:1], name, arguments):
                    worked[f"{record._name}.{name}"] = found
        self.assertFalse(worked)

    def _press(self, record, name, arguments):
        """Return what came of it, where it was not the refusal of an access right or of nothing."""
        self.env.flush_all()
        self.env.invalidate_all()
        theirs = record.with_user(self.neighbour).with_context(
            allowed_company_ids=self.next_door.ids
        )
        savepoint = self.env.cr.savepoint(flush=False)
        try:
            with self._written() as written:
                getattr(theirs, name)(**arguments)
                self.env.flush_all()
            return written
        except AccessError:
            return None
        except UserError as error:
            return str(error)
        finally:
            self.env.transaction.clear()
            savepoint.rollback()
