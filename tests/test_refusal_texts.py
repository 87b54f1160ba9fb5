"""Every refusal says what to do next; read from the source, so that a new one is met too."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
PLAIN = {"AccessError", "RedirectWarning", "UserError", "ValidationError"}
SENTENCE = re.compile(r"[.!?](?:\s|$)")


def refusals(names):
    """Return ``[("file:line class", call)]`` of what the addons raise or answer."""
    found = []
    for path in sorted(ROOT.glob("oms_*/**/*.py")):
        if "tests" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", None) in names:
                found.append((f"{path.relative_to(ROOT)}:{node.lineno} {node.func.id}", node))
    return found


def texts(node):
    """The English texts inside of ``node``: each first argument of ``self.env._(...)``."""
    return [
        call.args[0].value
        for call in ast.walk(node)
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr == "_"
        and isinstance(call.args[0], ast.Constant)
    ]


def test_refusals_have_a_next_step():
    calls = refusals({"OmsRefusal"})
    assert len(calls) > 90, "the search finds them"
    steps = {
        where: [key.value for key in call.keywords if key.arg == "next_step"]
        for where, call in calls
    }
    assert [where for where, step in steps.items() if not step] == []
    nothing = [
        where for where, step in steps.items() if getattr(step[0], "value", True) in (None, "")
    ]
    assert nothing == []


def test_refusals_are_sentences():
    flawed = [
        f"{where}: {text}"
        for where, call in refusals({"OmsRefusal"})
        for part in (*call.args[1:2], *(k.value for k in call.keywords if k.arg == "next_step"))
        for text in texts(part)[:1]
        if not SENTENCE.search(text[-1:]) or len(text.split()) < 3
    ]
    assert flawed == []


def test_plain_errors_name_the_record_and_what_to_do():
    """People see nothing but the text of these: it holds the reason and the next step."""
    calls = refusals(PLAIN)
    assert len(calls) > 5, "the search finds them"
    flawed = [
        f"{where}: {texts(call)}"
        for where, call in calls
        for text in (texts(call) or [""])[:1]
        if len(SENTENCE.findall(text)) < 2 or "%(" not in text
    ]
    assert flawed == []
