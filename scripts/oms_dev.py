"""Databases, servers and logs for the tests and the other scripts.

Nothing here is needed to run the addons. As a program (scripts/test calls it so):

    oms_dev.py templates [ADDON]     prepare the template databases, print the last one's name
    oms_dev.py copy TEMPLATE NAME    a database of its own for one suite
    oms_dev.py drop NAME
    oms_dev.py sweep                 drop copies that ended runs left behind
    oms_dev.py complaints LOG        its warnings and errors, lost races aside; fails if any
"""

import ast
import contextlib
import fcntl
import hashlib
import itertools
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# Core modules of the base template, besides those that the addons' manifests name.
BASE_MODULES = (
    "portal",
    "sale_management",
    "sale_stock",
    "stock_account",
    "stock_delivery",
    "stock_picking_batch",
)
BASE = "oms_tpl_base"
BASE_DEMO = "oms_tpl_base_demo"
FULL = "oms_tpl"
# All addons beside Odoo's own modules for kits, purchases, dropshipping and landed costs, which
# they don't need.
KITS = "oms_tpl_kits"
KITS_MODULES = (
    "sale_mrp",
    "stock_dropshipping",
    "sale_purchase_stock",
    "purchase_mrp",
    "stock_landed_costs",
)

# What the web client's pages ask for. Compiled once, into the template that most tests copy;
# otherwise each of them would do so again, since a test's transaction leaves nothing behind.
COMPILE_ASSETS = """
bundle = env["ir.qweb"]._get_asset_bundle
for name in ("assets_web", "assets_web_print", "assets_frontend"):
    bundle(f"web.{name}").css()
for name in (
    "web.assets_web",
    "web.assets_tests",
    "web.assets_frontend_minimal",
    "web.assets_frontend_lazy",
    "web.chartjs_lib",
    "bus.websocket_worker_assets",
    "spreadsheet.o_spreadsheet",
):
    bundle(name).js()
env.cr.commit()
"""

BAD_LINE = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d+ \d+ (WARNING|ERROR|CRITICAL) ")
ANY_LINE = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d+ \d+ [A-Z]+ ")
# A transaction that met another one and is tried again, by Odoo or by the client.
CONFLICT = re.compile(
    r"bad query.*(could not serialize|deadlock detected|could not obtain lock)"
    r"|psycopg2\.errors\.(SerializationFailure|DeadlockDetected|LockNotAvailable):[^\n]*\s*$",
    re.S,
)
TEMPORARY = re.compile(r"^tmp_(\d+)_")


class OdooError(Exception):
    """Odoo ended with an error; the message carries the end of its log."""


# ---------------------------------------------------------------- environment


def _load_environment():
    """Paths and PostgreSQL's address, from the one place that knows them: lib.sh."""
    if os.environ.get("OMS_READY") == str(ROOT):
        return
    done = subprocess.run(
        [
            "bash",
            "-c",
            'set -euo pipefail; . "$1"; need_setup; write_conf; pg_start; env -0',
            "oms_dev",
            str(ROOT / "scripts/lib.sh"),
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        check=False,
    )
    if done.returncode:
        sys.exit(done.returncode)
    for entry in done.stdout.decode().split("\0"):
        name, _, value = entry.partition("=")
        if name.startswith(("OMS_", "PG", "PYTHONPYCACHE")):
            os.environ[name] = value
    for name in ("PGPASSWORD", "PGDATABASE", "PGSERVICE", "PYTHONDONTWRITEBYTECODE"):
        os.environ.pop(name, None)
    # An Odoo configuration of the caller must not slip into what is started here.
    os.environ.pop("ODOO_RC", None)
    os.environ["OMS_READY"] = str(ROOT)


_load_environment()

HOME = Path(os.environ["OMS_HOME"])
LOGS = Path(os.environ["OMS_LOGS"])
FILESTORE = Path(os.environ["OMS_DATA"]) / "filestore"
PYTHON = Path(os.environ["OMS_VENV"]) / "bin/python"


def free_ports(count=1):
    """Different free TCP ports of the loopback interface."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _n in range(count)]
        for sock in sockets:
            sock.bind(("127.0.0.1", 0))
        return [sock.getsockname()[1] for sock in sockets]


# --------------------------------------------------------------------- addons


def manifests():
    """Addon name -> manifest, for every addon of this repository."""
    return {
        path.parent.name: ast.literal_eval(path.read_text())
        for path in sorted(ROOT.glob("*/__manifest__.py"))
    }


def addons():
    """Names of this repository's addons, each after those that it depends on."""
    known = manifests()
    ordered = []

    def visit(name):
        for parent in known[name].get("depends", ()):
            if parent in known:
                visit(parent)
        if name not in ordered:
            ordered.append(name)

    for name in known:
        visit(name)
    return ordered


def core_modules():
    """Odoo's own modules that the addons are installed on top of."""
    known = manifests()
    named = {name for manifest in known.values() for name in manifest.get("depends", ())}
    return sorted((named | set(BASE_MODULES)) - set(known))


# ----------------------------------------------------------------------- logs


def bad_log_lines(path, offset=0):
    """WARNING, ERROR and CRITICAL entries of a log, each with its traceback."""
    entries = []
    keep = False
    with open(path, errors="replace") as log:
        log.seek(offset)
        for line in log:
            if ANY_LINE.match(line):
                keep = bool(BAD_LINE.match(line))
                if keep:
                    entries.append(line.rstrip())
            elif keep:
                entries[-1] += "\n" + line.rstrip()
    return entries


def tail(path, lines=25):
    with contextlib.suppress(OSError):
        return "\n".join(Path(path).read_text(errors="replace").splitlines()[-lines:])
    return ""


# ----------------------------------------------------------------------- Odoo


def odoo_command(*args):
    return [str(PYTHON), str(ROOT / "scripts/odoo_main.py"), *map(str, args)]


def odoo_environment():
    return {**os.environ, "ODOO_RC": os.environ["OMS_CONF"]}


def run_odoo(*args, log, stdin=None, timeout=1200):
    """Run Odoo's command line to its end; return the bad entries of its log.

    `log` is replaced. OdooError when Odoo fails.
    """
    log = Path(log)
    log.parent.mkdir(parents=True, exist_ok=True)
    log.unlink(missing_ok=True)
    done = subprocess.run(
        odoo_command(*args, f"--logfile={log}"),
        env=odoo_environment(),
        input=stdin,
        stdin=subprocess.DEVNULL if stdin is None else None,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=timeout,
        check=False,
    )
    if done.returncode:
        raise OdooError(
            f"odoo {' '.join(map(str, args))} ended with {done.returncode}\n"
            f"{done.stdout[-2000:]}\n--- end of {log}\n{tail(log)}"
        )
    return bad_log_lines(log)


def install(database, modules, *extra, log):
    """Install modules (an iterable of names); bad log entries."""
    return run_odoo(
        "-d", database, "-i", ",".join(modules), "--stop-after-init", "--no-http", *extra, log=log
    )


def run_tests(database, *args, log, **environ):
    """Run tests inside Odoo on a database; what was printed.

    :param args: files of tests, and what else goes to pytest
    :param environ: environment variables for them
    """
    config = ("config=" + os.environ["OMS_CONF"], f"database={database}", f"extra=logfile={log}")
    options = [f"--odoo-{option}" for option in (*config, "log-level=info")]
    done = subprocess.run(
        [PYTHON, "-m", "pytest", "-p", "oms_pytest", "-q", "--tb=short", *options, *args],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT / "scripts"), **environ},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        raise OdooError(f"tests failed on {database}\n{done.stdout[-8000:]}\n--- end of {log}")
    return done.stdout


def shell(database, code, *, log, extra=()):
    """Run code in `odoo shell` (with `env`; it must commit what is to stay).

    Returns the value that it left in the variable `result` (JSON), and the bad log entries.
    """
    out = Path(f"{log}.json")
    out.unlink(missing_ok=True)
    code += f"\nimport json\nopen({str(out)!r}, 'w').write(json.dumps(globals().get('result')))\n"
    bad = run_odoo("shell", "-d", database, "--no-http", *extra, log=log, stdin=code)
    try:
        return json.loads(out.read_text()), bad
    except OSError as error:
        raise OdooError(f"the shell code did not reach its end\n{tail(log)}") from error
    finally:
        out.unlink(missing_ok=True)


class Server:
    """A real Odoo server with worker processes behind a proxy, as in production."""

    def __init__(self, database, *, workers=2, cron_threads=0, extra=(), name=None):
        self.database = database
        self.workers = workers
        self.cron_threads = cron_threads
        self.extra = extra
        # Callers use `port`; the others are the server's own, behind the proxy.
        self.port, self.http_port, self.gevent_port = free_ports(3)
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = LOGS / f"server-{name or database}.log"
        self.process = None
        self.proxy = None
        self._checked = 0

    def start(self, timeout=120):
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self.log.unlink(missing_ok=True)
        self.process = subprocess.Popen(
            odoo_command(
                "server",
                f"--database={self.database}",
                # One database: with a filter Odoo lists them all for each caller without a cookie.
                "--db-filter=",
                f"--http-port={self.http_port}",
                f"--gevent-port={self.gevent_port}",
                f"--workers={self.workers}",
                f"--max-cron-threads={self.cron_threads}",
                f"--logfile={self.log}",
                *self.extra,
            ),
            env=odoo_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        ports = map(str, (self.port, self.http_port, self.gevent_port))
        self.proxy = subprocess.Popen(
            [str(PYTHON), str(ROOT / "scripts/proxy.py"), *ports],
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            self._wait(timeout)
        except BaseException:
            self.stop()
            raise
        return self

    def _wait(self, timeout):
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise OdooError(f"the server ended by itself\n{tail(self.log)}")
            with contextlib.suppress(OSError):
                with urllib.request.urlopen(self.url + "/web/health", timeout=10):
                    return
            time.sleep(0.2)
        raise OdooError(f"the server did not answer in {timeout} s\n{tail(self.log)}")

    def stop(self, timeout=30):
        """End the server, its workers and the proxy; safe to repeat."""
        if self.process is None:
            return
        self.proxy.kill()
        self.proxy.wait()
        self.process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(timeout)
        # Its group also holds the workers and the websocket process.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.process = None

    def new_bad_log_lines(self):
        """Bad log entries since this was last asked."""
        start, self._checked = self._checked, self.log.stat().st_size
        return bad_log_lines(self.log, start)

    @contextlib.contextmanager
    def expect_log(self, pattern):
        """Bad log entries that match are expected inside of this block, at least one.

        A refusal that reaches the caller over RPC (UserError, AccessError) is always
        logged as a WARNING by Odoo.
        """
        self.assert_quiet()
        yield
        entries = self.new_bad_log_lines()
        others = [entry for entry in entries if not re.search(pattern, entry)]
        assert not others, "unexpected in the server's log:\n" + "\n".join(others)
        assert entries, f"nothing like {pattern!r} in the server's log"

    def assert_only_conflicts(self):
        """Only transactions that met another one and were tried again: Odoo logs each as an ERROR
        before anybody can catch it, and once more when it gives up and leaves it to the client.
        For tests in which many write the same rows at once."""
        entries = [entry for entry in self.new_bad_log_lines() if not CONFLICT.search(entry)]
        assert not entries, "in the server's log:\n" + "\n".join(entries)

    def assert_quiet(self):
        entries = self.new_bad_log_lines()
        assert not entries, "in the server's log:\n" + "\n".join(entries)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_exc):
        self.stop()


# ------------------------------------------------------------------ databases


def psql(query, database="postgres"):
    """Rows of a query, each a list of strings."""
    done = subprocess.run(
        ["psql", "-X", "-At", "-F", "\x1f", "-v", "ON_ERROR_STOP=1", "-d", database, "-f", "-"],
        input=query,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return [line.split("\x1f") for line in done.stdout.splitlines()]


@contextlib.contextmanager
def _template_lock(name):
    """One process at a time builds or copies a template: PostgreSQL copies only idle ones."""
    with open(Path(os.environ["OMS_RUN"]) / f"{name}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def drop_database(name):
    command = ["dropdb", "--force", "--if-exists", name]
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
    shutil.rmtree(FILESTORE / name, ignore_errors=True)


def copy_database(template, name):
    with _template_lock(template):
        drop_database(name)
        subprocess.run(["createdb", "-T", template, name], check=True)
        if (FILESTORE / template).is_dir():
            # Hard links: Odoo adds files to its store and never changes one.
            shutil.copytree(FILESTORE / template, FILESTORE / name, copy_function=os.link)


_numbers = itertools.count(1)


@contextlib.contextmanager
def fresh_database(template=FULL):
    """Name of a new copy of a template database, dropped at the end."""
    name = f"tmp_{os.getpid()}_{next(_numbers)}"
    copy_database(ensure_template(template), name)
    try:
        yield name
    finally:
        drop_database(name)


def sweep():
    """Drop copies whose run has ended without doing so, and logs of long ago."""
    for log in LOGS.glob("*-*[0-9].log"):
        if log.stat().st_mtime < time.time() - 7 * 86400:
            log.unlink(missing_ok=True)
    for (name,) in psql("SELECT datname FROM pg_database"):
        found = TEMPORARY.match(name)
        if found and not Path("/proc", found.group(1)).exists():
            drop_database(name)


# ------------------------------------------------------------------ templates


def _digest(*parts):
    return hashlib.sha256("\0".join(map(str, parts)).encode()).hexdigest()[:20]


def _ignored_by_templates(path):
    """Files that leave no trace in a database, so need no new template."""
    parts = path.parts
    return (
        path.suffix in (".pyc", ".md", ".pot")
        or "tests" in parts
        or "readme" in parts
        or ("static" in parts and "description" not in parts)
    )


def addon_digest(name):
    folder = ROOT / name
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    digest = hashlib.sha256()
    for path in files:
        relative = path.relative_to(folder)
        if not _ignored_by_templates(relative):
            digest.update(f"{relative}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()[:20]


def _odoo_digest():
    release = Path(os.environ["OMS_ODOO_LIBS"], "odoo/release.py")
    return _digest(release, release.stat().st_mtime_ns)


def _recorded(name):
    rows = psql(
        f"SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = '{name}'"
    )
    with contextlib.suppress(ValueError, IndexError):
        return json.loads(rows[0][0])
    return {}


def _record(name, digest, bad):
    """Keep key and findings with the database: they vanish together."""
    text = json.dumps({"digest": digest, "bad": bad[:50]}).replace("'", "''")
    psql(f"COMMENT ON DATABASE \"{name}\" IS '{text}'")


def chain():
    """Template databases in the order in which each builds on the one before.

    [(name, parent or None, modules, extra arguments, digest)]
    """
    core = core_modules()
    base = _digest(_odoo_digest(), *core)
    links = [
        (BASE, None, core, (), base),
        (BASE_DEMO, None, core, ("--with-demo",), _digest(base, "demo")),
    ]
    parent, digest = BASE, base
    ordered = addons()
    for addon in ordered:
        digest = _digest(digest, addon, addon_digest(addon))
        name = template_of(addon)
        if name == FULL:
            digest = _digest(digest, COMPILE_ASSETS)
        links.append((name, parent, [addon], (), digest))
        parent = name
    links.append((KITS, parent, KITS_MODULES, (), _digest(digest, *KITS_MODULES)))
    return links


def template_of(addon):
    """Template that holds this addon and all it needs, and as little else as possible."""
    ordered = addons()
    return FULL if addon == ordered[-1] else f"{FULL}_{addon}"


def _build(name, parent, modules, extra, digest):
    print(f"template {name}: installing {', '.join(modules)}", file=sys.stderr, flush=True)
    started = time.monotonic()
    if parent:
        copy_database(parent, name)
    else:
        drop_database(name)
    try:
        bad = install(name, modules, *extra, log=LOGS / f"template-{name}.log")
    except BaseException:
        drop_database(name)
        raise
    # A module that isn't found is left out with a log line only.
    wanted = ",".join(f"'{module}'" for module in modules)
    done = psql(
        f"SELECT name FROM ir_module_module WHERE state = 'installed' AND name IN ({wanted})", name
    )
    missing = set(modules) - {row[0] for row in done}
    if missing:
        drop_database(name)
        raise OdooError(f"template {name}: not installed: {', '.join(sorted(missing))}")
    if name == FULL:
        bad += shell(name, COMPILE_ASSETS, log=LOGS / f"template-{name}-assets.log")[1]
    _record(name, digest, bad)
    print(f"template {name}: {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)


def ensure_template(name=FULL):
    """Build a template and those below it where they are missing or out of date."""
    links = {link[0]: link for link in chain()}
    if name == FULL and FULL not in links:
        name = BASE
    if name not in links:
        return name
    needed = []
    link = links[name]
    while link:
        needed.insert(0, link)
        link = links.get(link[1])
    for link in needed:
        with _template_lock(link[0]):
            if _recorded(link[0]).get("digest") != link[4]:
                _build(*link)
    return name


def template_findings(name=FULL):
    """Bad log entries from when the templates up to this one were installed."""
    links = {link[0]: link for link in chain()}
    findings = []
    while name:
        findings = _recorded(name).get("bad", []) + findings
        name = links[name][1] if name in links else None
    return findings


# --------------------------------------------------------------------- program


def main(command, *args):
    if command == "templates":
        name = ensure_template(template_of(*args) if args else FULL)
        findings = template_findings(name)
        if findings:
            print("installing the addons logged:", *findings, sep="\n", file=sys.stderr)
        print(name)
        return 3 if findings else 0
    if command == "copy":
        copy_database(*args)
    elif command == "drop":
        drop_database(*args)
    elif command == "sweep":
        sweep()
    elif command == "complaints":
        entries = [entry for path in args for entry in bad_log_lines(path)]
        entries = [entry for entry in entries if not CONFLICT.search(entry)]
        print(*entries, sep="\n")
        return 1 if entries else 0
    else:
        sys.exit(__doc__)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(*sys.argv[1:]))
    except OdooError as error:
        sys.exit(f"error: {error}")
