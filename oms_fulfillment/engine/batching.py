"""Which orders are picked together.

A picker walks once per batch: orders of one courier and deadline, apart whether they have one
product or several, near each other in the warehouse, and no more than a cart holds.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Job:
    """One transfer to pick. ``group`` are the things that must be equal within a batch; ``due`` is
    anything that sorts, the earliest first; ``place`` sorts jobs that are due together."""

    id: int
    group: tuple
    due: object
    place: str
    lines: int


def make_batches(jobs, max_jobs, max_lines):
    """Return ``[(group, [ids])]``: every job in exactly one batch, the most urgent batch first.

    A batch takes jobs in the order of their deadline until it is full; a job with more lines than
    ``max_lines`` has a batch of its own. 0 means no limit.
    """
    groups = {}
    for job in sorted(jobs, key=lambda job: (job.due, job.place, job.id)):
        groups.setdefault(job.group, []).append(job)
    batches = []
    for group, members in groups.items():
        current, lines = [], 0
        for job in members:
            full = max_jobs and len(current) >= max_jobs
            heavy = max_lines and lines + job.lines > max_lines
            if current and (full or heavy):
                batches.append((group, current))
                current, lines = [], 0
            current.append(job)
            lines += job.lines
        batches.append((group, current))
    batches.sort(key=lambda batch: (batch[1][0].due, batch[1][0].id))
    return [(group, [job.id for job in members]) for group, members in batches]


def zone_of(place, root):
    """The first part of a location's path below the stock location: ``WH/Stock/A/A-03`` is in
    ``A``; goods that lie in the stock location itself are in no zone."""
    rest = place[len(root) :].strip("/") if place.startswith(root) else place
    return rest.split("/")[0]
