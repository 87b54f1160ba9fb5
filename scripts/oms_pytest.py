"""pytest plugin: what Odoo's test runner and `--odoo-http` leave unguarded.

* A WARNING, ERROR or CRITICAL of any logger fails the test that caused it. A test
  that expects one says so with `assertLogs` or `mute_logger`.
* A skipped HttpCase is a failure: it means that the web server or the browser is
  missing, and that a whole class of tests did not run.
* With --oms-counts=FILE the counts are written there for scripts/test to add up.
"""

import json
import logging
import os
import re

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.internal.conjecture import providers

# The same examples every time, and no verdict on a busy machine's speed.
settings.register_profile(
    "oms", deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
settings.load_profile("oms")

# Hypothesis also tries the constants that it finds in the project's sources. It would take the
# two thousand files of Odoo for ours, and parse them all before the first example.
_is_local = providers.is_local_module_file
_ODOO = os.environ.get("OMS_ODOO_LIBS", "/nowhere") + "/"
providers.is_local_module_file = lambda path: not path.startswith(_ODOO) and _is_local(path)

# Odoo closes the browser as soon as a test is done, and then reports the files that the
# page was still loading. It ignores its own kinds of this; here is the one that it lacks.
_CLOSING = re.compile(r"(Error|Exception) received after termination: .*AssetsLoadingError")


class _Collector(logging.Handler):
    def __init__(self):
        super().__init__(level=logging.WARNING)
        self.lines = []
        self.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))

    def emit(self, record):
        line = self.format(record)
        if not _CLOSING.search(line):
            self.lines.append(line)

    def take(self):
        lines, self.lines = self.lines, []
        return lines


# At import, so that what Odoo logs while pytest starts is seen too.
_collector = _Collector()
logging.getLogger().addHandler(_collector)


def pytest_addoption(parser):
    parser.addoption("--oms-counts", help="file to write the numbers of results to (JSON)")


def _is_http_case(item):
    return any(parent.__name__ == "HttpCase" for parent in getattr(item.cls, "__mro__", ()))


def _fail(report, message):
    report.outcome = "failed"
    report.longrepr = f"{report.longrepr}\n\n{message}" if report.longrepr else message


@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    report = outcome.get_result()
    lines = _collector.take()
    if lines:
        _fail(report, f"Logged during {report.when}:\n" + "\n".join(lines))
    elif report.skipped and _is_http_case(item) and not hasattr(report, "wasxfail"):
        _fail(report, f"An HttpCase was skipped, so it proves nothing: {report.longrepr}")


def pytest_sessionstart(session):
    session.config.stash[_outside] = _collector.take()


_outside = pytest.StashKey()


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session, exitstatus):
    lines = session.config.stash.get(_outside, []) + _collector.take()
    session.config.stash[_outside] = lines
    if lines and session.exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter, config):
    lines = config.stash.get(_outside, [])
    if lines:
        terminalreporter.section("logged outside of any test", red=True)
        for line in lines:
            terminalreporter.write_line(line)
    if config.getoption("--oms-counts"):
        stats = terminalreporter.stats

        def count(*names):
            return sum(len(stats.get(name, ())) for name in names)

        with open(config.getoption("--oms-counts"), "w") as out:
            json.dump(
                {
                    "passed": count("passed", "xfailed"),
                    "failed": count("failed", "error", "xpassed") + bool(lines),
                    "skipped": count("skipped"),
                },
                out,
            )
