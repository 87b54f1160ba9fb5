"""A streaming reader of .xlsx files: one row in memory at a time.

Marketplaces write sheets that general libraries read wrongly when streaming: every cell wrapped
in a ``<row>`` of its own, and a declared size of a single cell. Nothing declared is believed here;
rows with the same number are one row. A document type, and with it every entity trick, is
refused; formulas are never computed, only the value that was saved with them is read.
"""

import posixpath
import re
from datetime import datetime, timedelta
from functools import lru_cache

from .messages import WorkbookError, _lt
from .xlsx_parts import CHUNK, LONG_TEXT, MAX_TEXT, Strings, feed, local_name, new_parser

DATE_FORMATS = {*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)}

NO_SHEETS = _lt("%(file)s holds no sheet. Choose an .xlsx or .csv file.")


class Book:
    """The parts of an opened archive that sheets need.

    :ivar list sheets: ``(title, part name)`` in the order of the tabs
    """

    def __init__(self, name, archive):
        self.name = name
        self.archive = archive
        self._parts = {part.filename.lstrip("/"): part for part in archive.infolist()}
        targets = self._relations("xl/_rels/workbook.xml.rels")
        self.sheets = []
        self.epoch = datetime(1899, 12, 30)
        book = self._elements("xl/workbook.xml", {"sheet", "workbookPr"})
        for tag, attributes in book:
            if tag == "workbookPr" and attributes.get("date1904") in ("1", "true"):
                self.epoch = datetime(1904, 1, 1)
            relation = attributes.get("id")
            if tag == "sheet" and targets.get(relation) in self._parts:
                self.sheets.append((attributes.get("name") or "", targets[relation]))
        if not self.sheets:
            raise WorkbookError(NO_SHEETS, file=name)
        self.strings = self._read_strings()
        self.date_styles = self._read_date_styles()

    def rows(self, part):
        """Yield ``(row number, cells)`` of a sheet, as they come."""
        parser = _SheetParser(self)
        with self.archive.open(self._parts[part]) as stream:
            yield from parser.rows(stream)

    def _elements(self, part, tags):
        """Return ``[(tag, attributes)]`` of the elements of a small part, namespaces cut off."""
        found = []

        def start(tag, attributes):
            tag = local_name(tag)
            if tag in tags:
                found.append((tag, {local_name(key): value for key, value in attributes.items()}))

        if part in self._parts:
            with self.archive.open(self._parts[part]) as stream:
                feed(self.name, stream, StartElementHandler=start)
        return found

    def _relations(self, part):
        relations = self._elements(part, {"Relationship"})
        return {
            attributes.get("Id"): posixpath.normpath(
                posixpath.join("xl", attributes.get("Target", ""))
                if not attributes.get("Target", "").startswith("/")
                else attributes["Target"].lstrip("/")
            )
            for _tag, attributes in relations
            if attributes.get("TargetMode") != "External"
        }

    def _read_strings(self):
        strings = Strings(self.name)
        if "xl/sharedStrings.xml" in self._parts:
            with self.archive.open(self._parts["xl/sharedStrings.xml"]) as stream:
                strings.load(stream)
        return strings

    def _read_date_styles(self):
        """Return the indexes of the cell styles that show a number as a date."""
        custom = {}
        styles = []
        inside = {"cellXfs": False}

        def start(tag, attributes):
            tag = local_name(tag)
            if tag == "numFmt":
                custom[attributes.get("numFmtId")] = attributes.get("formatCode", "")
            elif tag == "cellXfs":
                inside["cellXfs"] = True
            elif tag == "xf" and inside["cellXfs"]:
                styles.append(attributes.get("numFmtId", "0"))

        def end(tag):
            if local_name(tag) == "cellXfs":
                inside["cellXfs"] = False

        if "xl/styles.xml" in self._parts:
            with self.archive.open(self._parts["xl/styles.xml"]) as stream:
                feed(self.name, stream, StartElementHandler=start, EndElementHandler=end)
        return {
            str(index)
            for index, number in enumerate(styles)
            if (_is_date(custom[number]) if number in custom else number in _DATE_NUMBERS)
        }


_DATE_NUMBERS = {str(number) for number in DATE_FORMATS}


def _is_date(pattern):
    plain = re.sub(r'"[^"]*"|\[[^\]]*\]|\\.', "", pattern)
    return bool(re.search("[dmyhs]", plain, re.IGNORECASE)) and "General" not in pattern


class _SheetParser:
    """Turns the XML of one sheet into rows."""

    def __init__(self, book):
        self.book = book
        self.done = []
        self.number = 0
        self.cells = {}
        self.column = -1
        self.kind = self.style = None
        self.text = None
        self.length = 0

    def rows(self, stream):
        """Yield ``(number, cells)``; rows with the same number that follow each other are one."""
        parser = new_parser(
            self.book.name,
            StartElementHandler=self._start,
            EndElementHandler=self._end,
            CharacterDataHandler=self._data,
        )
        while chunk := stream.read(CHUNK):
            parser.Parse(chunk)
            yield from self._finished()
        parser.Parse(b"", True)
        self._flush()
        yield from self._finished()

    def _finished(self):
        done, self.done = self.done, []
        return done

    def _flush(self):
        if self.cells:
            width = max(self.cells) + 1
            self.done.append((self.number, tuple(self.cells.get(index) for index in range(width))))
            self.cells = {}

    def _start(self, tag, attributes):
        if ":" in tag:
            tag = local_name(tag)
        if tag == "c":
            self.column = _column(attributes.get("r", ""), self.column + 1)
            self.kind = attributes.get("t")
            self.style = attributes.get("s")
        elif tag == "row":
            number = attributes.get("r", "")
            number = int(number) if number.isdecimal() and len(number) < 8 else self.number + 1
            if number != self.number:
                self._flush()
            self.number = number
            self.column = -1
        elif tag in ("v", "t"):
            if self.text is None:
                self.text, self.length = [], 0

    def _data(self, text):
        if self.text is not None:
            self.length += len(text)
            if self.length > MAX_TEXT:
                raise WorkbookError(LONG_TEXT, file=self.book.name, limit=MAX_TEXT)
            self.text.append(text)

    def _end(self, tag):
        if ":" in tag:
            tag = local_name(tag)
        if tag == "v" or (tag == "is" and self.text is not None):
            value = self._value("".join(self.text or ()))
            if value is not None and self.column >= 0:
                self.cells[self.column] = value
            self.text = None
        elif tag == "row" and self.column < 0:
            self._flush()

    def _value(self, text):
        kind = self.kind
        if kind == "s":
            return self.book.strings[int(text)] if text.isdecimal() and len(text) < 9 else None
        if kind in ("str", "inlineStr", "d"):
            return text
        if kind == "b":
            return text == "1"
        if kind == "e" or not text:
            return None
        return self._number(text)

    def _number(self, text):
        try:
            number = float(text) if re.search("[.eE]", text) else int(text[:400])
        except ValueError:
            return text
        if self.style in self.book.date_styles:
            try:
                moment = self.book.epoch + timedelta(days=number)
                return (moment + timedelta(microseconds=500_000)).replace(microsecond=0)
            except (OverflowError, ValueError):
                return number
        return number


def _column(reference, default):
    """``"AB12"`` -> 27; ``default`` where the cell doesn't say where it stands."""
    letters = reference.rstrip("0123456789")
    return _column_of(letters) if letters and letters != reference else default


@lru_cache(2000)
def _column_of(letters):
    if not re.fullmatch("[A-Za-z]{1,3}", letters):
        return -1
    column = 0
    for letter in letters.upper():
        column = column * 26 + ord(letter) - 64
    return column - 1
