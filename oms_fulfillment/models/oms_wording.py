from odoo import api, models


class OmsRpc(models.AbstractModel):
    """Sentences of the adapters, put into the language of the environment."""

    _inherit = "oms.rpc"

    @api.model
    def _say(self, sentence):
        """Return an adapter's :class:`~..adapters.messages.Sentence` as text.

        The templates are marked with ``_lt`` where they are written, so they are among the terms
        of this addon.
        """
        return sentence.render(self._translate_template)

    @api.model
    def _translate_template(self, template, values):
        return self.env._(template, **values)

    @api.model
    def _issue_details(self, issues, next_step=None):
        """Return issues as the dicts that answers and messages carry."""
        step = {"next_step": next_step} if next_step else {}
        return [{**issue.as_dict(self._translate_template), **step} for issue in issues]
