"""Sentences for people, written in English here and put into their language by the model layer.

A template is marked with :func:`_lt`, which Odoo's exporter of translatable terms collects; what
is filled in may be a sentence again (``%(problem)s`` of "Line 2: ...").
"""

from dataclasses import dataclass, field


def _lt(text):
    """Mark a template for translation; it is translated when it is shown."""
    return text


@dataclass(frozen=True, slots=True)
class Sentence:
    """``template`` with named placeholders and what goes into them."""

    template: str
    values: dict = field(default_factory=dict)

    def __str__(self):
        return self.render(lambda template, values: template % values)

    def render(self, translate):
        """Return the text; ``translate(template, values)`` puts one template into words."""
        values = {
            key: value.render(translate) if isinstance(value, Sentence) else value
            for key, value in self.values.items()
        }
        return translate(self.template, values)


@dataclass(frozen=True, slots=True)
class Issue:
    """One thing that is wrong: a stable code, the dotted path of the field, a :class:`Sentence`."""

    code: str
    field: str
    sentence: Sentence

    @property
    def message(self):
        """The sentence in English."""
        return str(self.sentence)

    def as_dict(self, translate=None):
        """Return ``{code, field, message}``; ``translate`` as for :meth:`Sentence.render`."""
        message = self.sentence.render(translate) if translate else self.message
        return {"code": self.code, "field": self.field, "message": message}


def issue(code, path, template, **values):
    """Return an :class:`Issue` whose sentence is ``template`` filled with ``values``."""
    return Issue(code, path, Sentence(template, values))


class WorkbookError(Exception):
    """The file can't be read; the sentence says why and what to do instead."""

    def __init__(self, template, **values):
        self.sentence = Sentence(template, values)
        super().__init__(template)

    def __str__(self):
        return str(self.sentence)
