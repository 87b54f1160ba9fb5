"""What the formats of payouts share: entries with signs that mean the same, and totals that tie.

An entry says what was paid for one order: ``gross`` closes what the buyer paid (what was given
back to him taken off), ``fees`` by family are positive when they were kept, ``net`` came. So

    gross - fees = net

holds, or the rest is shown as unexplained. Entries that belong together share a ``group``; within
it each has a ``row`` key of its own that is the same whenever the row is exported again.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from decimal import Decimal

from ..cells import is_time
from ..messages import _lt, issue
from ..spill import Spill
from ..workbook import find_table
from .columns import AmountColumns, RawRows

ZERO = Decimal(0)
NO_SUM = _lt(
    "%(count)s rows don't add up to their own total, by %(amount)s together; the rest is shown as "
    "unexplained."
)
REPEATED = _lt("%(count)s rows stand in the file more than once; they are counted once.")
UNDATED = _lt(
    "%(count)s rows have a date that can't be read, such as %(value)s; they are booked on the day "
    "of the import."
)
CONTRADICTION = _lt(
    "Row %(row)s: the file says the same thing of %(order)s twice, with different amounts."
)

ORDER = "order"
ADJUSTMENT = "adjustment"
FEE = "fee"
CHECK = "check"
WITHDRAWAL = "withdrawal"
PENDING = "pending"
# Entries of these kinds say nothing that is to be posted.
SILENT = (CHECK, WITHDRAWAL, PENDING)


@dataclass(slots=True)
class Entry:
    """What one row of a file says; amounts as plain text where it is kept in a file."""

    group: str
    row: str
    number: int
    kind: str
    order: str | None = None
    resi: str | None = None
    gross: Decimal = ZERO
    refund: Decimal = ZERO
    voucher: Decimal = ZERO
    fees: dict = field(default_factory=dict)
    net: Decimal = ZERO
    paid_at: str | None = None
    payout: str | None = None
    label: str | None = None
    issues: tuple = ()

    @property
    def fee_total(self):
        return sum(self.fees.values(), ZERO)

    @property
    def unexplained(self):
        return self.gross - self.fee_total - self.net

    def amounts(self):
        """The amounts as plain values, for comparing with what is known of this row."""
        return {
            "gross": self.gross,
            "refund": self.refund,
            "voucher": self.voucher,
            "net": self.net,
            "fees": {key: amount for key, amount in self.fees.items() if amount},
        }


@dataclass(frozen=True, slots=True)
class Control:
    """A total that the file states, and what its rows add up to.

    :ivar code: ``total`` is the one that must be equal; others are for information
    """

    code: str
    label: str
    stated: Decimal | None
    counted: Decimal

    @property
    def difference(self):
        return self.counted - self.stated if self.stated is not None else ZERO


@dataclass(frozen=True, slots=True)
class Group:
    """All entries of one file about the same thing; ``repeats`` more said the same again."""

    key: str
    entries: list
    repeats: int = 0


class Statement:
    """The entries of one file: counted, added up, and read one group at a time.

    :ivar list notes: issues about the file as a whole
    :ivar list controls: :class:`Control` of each total that the file states
    :ivar Counter kinds: how many entries there are of each kind
    :ivar dict families: what was kept, by family
    :ivar dict payouts: what was paid out, by the number of the payout
    :ivar str first: time of the first payment, ``last`` of the last one
    """

    def __init__(self, form, entries, notes=()):
        """:param entries: iterable of :class:`Entry`, read once"""
        self.form = form
        self.code = form.code
        self.notes = list(notes)
        self.controls = []
        self.kinds = Counter()
        self.families = defaultdict(Decimal)
        self.payouts = defaultdict(Decimal)
        self.net = self.gross = self.withdrawn = ZERO
        self.first = self.last = None
        self._off, self._off_amount = 0, ZERO
        self._undated = []
        self._spill = Spill()
        self._spill.extend(
            (self._place(entry), entry.number, _storable(entry)) for entry in entries
        )
        self._add_up()

    def __len__(self):
        """How many groups there are."""
        return len(self._spill)

    def __iter__(self):
        return self.starting(0)

    def starting(self, start):
        """Yield the :class:`Group` from position ``start`` on."""
        for rows in self._spill.groups(start):
            yield _group([_restored(row) for row in rows], self.form.repeats_count)

    def _place(self, entry):
        """What is read together: where each payout is a payment of its own, never two of them."""
        return f"{entry.payout or ''}|{entry.group}" if self.form.per_payout else entry.group

    def control(self, code, label, stated, counted):
        """Note a total of the file beside what the rows add up to."""
        self.controls.append(Control(code, label, stated, counted))

    def _add_up(self):
        repeats = 0
        for group in self:
            repeats += group.repeats
            for entry in group.entries:
                self._add(entry)
        if self._off:
            amount = f"{self._off_amount:f}"
            self.notes.append(issue("no_sum", "net", NO_SUM, count=self._off, amount=amount))
        if self._undated:
            details = {"count": len(self._undated), "value": self._undated[0][:40]}
            self.notes.append(issue("undated", "paid_at", UNDATED, **details))
        if repeats:
            self.notes.append(issue("repeated", "row", REPEATED, count=repeats))

    def _add(self, entry):
        self.kinds[entry.kind] += 1
        if entry.kind == WITHDRAWAL:
            self.withdrawn -= entry.net
        if entry.kind in SILENT or entry.issues:
            return
        self.net += entry.net
        self.gross += entry.gross
        self.payouts[entry.payout] += entry.net
        for key, amount in entry.fees.items():
            self.families[key] += amount
        if entry.unexplained:
            self._off += 1
            self._off_amount += entry.unexplained
        if entry.paid_at and not is_time(entry.paid_at):
            self._undated.append(entry.paid_at)
        elif entry.paid_at:
            self.first = min(self.first or entry.paid_at, entry.paid_at)
            self.last = max(self.last or entry.paid_at, entry.paid_at)


def _group(entries, repeats_count):
    """Bring the entries of a group together, the same whatever their order in the file.

    A row that stands there twice counts once; one that contradicts itself counts not at all until
    a person has looked. Where repeats count, each copy has a key of its own.
    """
    known = {}
    repeats = 0
    if repeats_count:
        _number(entries)
    for entry in sorted(entries, key=lambda entry: (entry.row, entry.net, entry.gross)):
        first = known.setdefault(entry.row, entry)
        if first is entry:
            continue
        repeats += 1
        if first.amounts() != entry.amounts() and not first.issues:
            name = first.order or first.resi or first.label or ""
            details = {"row": entry.number, "order": name}
            first.issues = (issue("contradiction", "row", CONTRADICTION, **details),)
    return Group(entries[0].group, list(known.values()), repeats)


def _number(entries):
    copies = Counter()
    for entry in sorted(entries, key=lambda entry: (entry.row, entry.net, entry.gross)):
        copies[entry.row] += 1
        if copies[entry.row] > 1:
            entry.row = f"{entry.row}#{copies[entry.row]}"


def _storable(entry):
    values = {name: getattr(entry, name) for name in Entry.__slots__}
    for key in ("gross", "refund", "voucher", "net"):
        values[key] = str(values[key])
    values["fees"] = {key: str(amount) for key, amount in entry.fees.items()}
    values["issues"] = [
        (one.code, one.field, one.sentence.template, one.sentence.values) for one in entry.issues
    ]
    return values


def _restored(values):
    for key in ("gross", "refund", "voucher", "net"):
        values[key] = Decimal(values[key])
    values["fees"] = {key: Decimal(amount) for key, amount in values["fees"].items()}
    values["issues"] = tuple(
        issue(code, path, template, **filled) for code, path, template, filled in values["issues"]
    )
    return Entry(**values)


class StatementFormat:
    """A file of payouts. Its amounts are columns: what each means is told by its heading.

    :cvar texts, times: ``{key: headings}``
    :cvar tuple gross: headings of what the buyer paid and what the seller took off it
    :cvar tuple refund: headings of what was given back to the buyer; part of the gross
    :cvar tuple voucher: those of ``gross`` that are vouchers of the seller
    :cvar tuple fees: headings of what was kept or added; their names say the family
    :cvar dict families: families of those whose name doesn't say it
    :cvar tuple patterns: of headings that vary, such as one with a campaign's date
    :cvar tuple made_of: ``(fee, parts)``, patterns: where the fee is there its parts don't count
    :cvar tuple net: headings of what came
    :cvar bool per_payout: whether the same line in another payout is another payment
    :cvar bool repeats_count: whether equal rows of one file are as many payments
    :cvar bool closed: whether columns that nobody knows are left out
    :cvar tuple ignored: sub-totals and remarks, not to be added
    :cvar tuple block_end: the first of these headings ends the amounts
    """

    kind = "settlement"
    media = "table"
    zone = "Asia/Jakarta"
    thousands = "."
    time_formats = ("%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S", "%Y/%m/%d",
                    "%Y/%m/%d %H:%M:%S")  # fmt: skip
    sheets = ()
    texts = {}
    times = {}
    gross = ()
    refund = ()
    voucher = ()
    fees = ()
    families = {}
    patterns = ()
    made_of = ()
    net = ()
    ignored = ()
    block_end = ()
    required = ()
    closed = False
    per_payout = False
    repeats_count = False

    # ------------------------------------------------------------ recognition

    def detect(self, sheets):
        """Return the table of payouts, the sheet with the right title first."""
        titles = {title.casefold() for title in self.sheets}
        for sheet in sorted(sheets, key=lambda sheet: sheet.name.strip().casefold() not in titles):
            table = find_table(sheet, self.required)
            if table:
                return table
        return None

    # ---------------------------------------------------------------- reading

    def read_statement(self, sheets, table, zone=None):
        """Return the :class:`Statement` of the file.

        :raise WorkbookError: the file turns out to be damaged
        """
        columns = AmountColumns(self, table)
        entries = self.entries(sheets, table, columns, zone or self.zone)
        statement = Statement(self, entries, columns.notes)
        self.add_controls(statement, sheets, table)
        return statement

    def entries(self, sheets, table, columns, zone):
        """Yield the entries of the file's rows."""
        for raw in RawRows(self, table, columns, zone):
            entry = self.entry(raw, columns)
            if entry is not None:
                yield entry

    def entry(self, raw, columns):
        """Return the :class:`Entry` of a row; ``None`` for totals and remarks."""
        raise NotImplementedError

    def make(self, raw, columns, **values):
        """Return an entry with the amounts of ``raw``, each where its column belongs.

        In files that state no net amount of a row it is what the columns add up to.
        """
        entry = Entry(number=raw.number, issues=tuple(raw.issues), **values)
        stated = ZERO
        for index, amount in raw.amounts.items():
            role = columns.roles[index]
            if role == "net":
                stated = amount
                continue
            if role in ("gross", "refund"):
                entry.gross += amount
                if role == "refund":
                    entry.refund -= amount
                elif index in columns.vouchers:
                    entry.voucher -= amount
            else:
                entry.fees[role] = entry.fees.get(role, ZERO) - amount
        entry.net = stated if columns.has_net else entry.gross - entry.fee_total
        return entry

    def add_controls(self, statement, sheets, table):
        """Compare the totals that the file states with what its rows add up to."""
