from lxml import etree

from odoo.tests import TransactionCase, tagged

ADDONS = ("oms_fulfillment", "oms_tracking", "oms_reports")


@tagged("post_install", "-at_install")
class TestViewWidgets(TransactionCase):
    def test_days_of_moments_are_shown_by_the_widget_of_moments(self):
        """The browser warns about ``widget="date"`` on a moment, on each opening of the view."""
        wrong = []
        views = self.env["ir.ui.view"].search([("type", "in", ("list", "form", "kanban"))])
        for view in views.filtered(lambda view: (view.xml_id or "").split(".")[0] in ADDONS):
            for node in etree.fromstring(view.arch).iter("field"):
                field = self._model(view, node)._fields.get(node.get("name"))
                if node.get("widget") == "date" and field.type != "date":
                    wrong.append((view.xml_id, node.get("name")))
        self.assertFalse(wrong)

    def _model(self, view, node):
        """The model of a field: that of the list around it, or the view's."""
        around = [parent for parent in node.iterancestors("field") if parent.get("name") != "arch"]
        model = self.env[view.model]
        for parent in reversed(around):
            field = model._fields.get(parent.get("name"))
            if field and field.comodel_name:
                model = self.env[field.comodel_name]
        return model
