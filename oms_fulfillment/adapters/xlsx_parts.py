"""Parsing the XML inside an .xlsx file safely, and the texts that its sheets share."""

import mmap
import tempfile
from array import array
from xml.parsers import expat

from .messages import WorkbookError, _lt

CHUNK = 2**16
MAX_TEXT = 100_000
DEFINITIONS = _lt("%(file)s holds XML definitions, which no export has. Export it again.")
LONG_TEXT = _lt("%(file)s holds a cell with more than %(limit)s characters. Export it again.")


def local_name(tag):
    return tag.rpartition(":")[2]


def feed(name, stream, **handlers):
    """Parse a whole part with expat ``handlers``."""
    parser = new_parser(name, **handlers)
    while chunk := stream.read(CHUNK):
        parser.Parse(chunk)
    parser.Parse(b"", True)


def new_parser(name, **handlers):
    def refuse(*_arguments):
        raise WorkbookError(DEFINITIONS, file=name)

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    for key, handler in handlers.items():
        setattr(parser, key, handler)
    return parser


class Strings:
    """The shared texts of a workbook, kept in a temporary file."""

    def __init__(self, name):
        self.name = name
        self._ends = array("Q")
        self._map = b""

    def load(self, stream):
        pieces = []
        state = {"text": False, "phonetic": False, "length": 0}
        # the mmap keeps the file alive; it disappears with the last reference
        with tempfile.TemporaryFile(prefix="oms-strings-") as store:

            def start(tag, _attributes):
                tag = local_name(tag)
                if tag == "si":
                    pieces.clear()
                    state["length"] = 0
                elif tag == "rPh":
                    state["phonetic"] = True
                state["text"] = tag == "t" and not state["phonetic"]

            def data(text):
                if state["text"]:
                    state["length"] += len(text)
                    if state["length"] > MAX_TEXT:
                        raise WorkbookError(LONG_TEXT, file=self.name, limit=MAX_TEXT)
                    pieces.append(text)

            def end(tag):
                tag = local_name(tag)
                if tag == "si":
                    store.write("".join(pieces).encode("utf-8", "replace"))
                    self._ends.append(store.tell())
                elif tag == "rPh":
                    state["phonetic"] = False
                state["text"] = False

            feed(
                self.name,
                stream,
                StartElementHandler=start,
                CharacterDataHandler=data,
                EndElementHandler=end,
            )
            store.flush()
            if store.tell():
                self._map = mmap.mmap(store.fileno(), 0, access=mmap.ACCESS_READ)

    def __getitem__(self, index):
        if not 0 <= index < len(self._ends):
            return None
        start = self._ends[index - 1] if index else 0
        return self._map[start : self._ends[index]].decode("utf-8", "replace")
