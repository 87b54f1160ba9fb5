"""A PostgreSQL server of its own with a streaming replica, for the tests that need one.

The cluster that all other tests share writes no log of changes that a replica could follow.
"""

import contextlib
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import oms_dev as dev

SETTINGS = """
listen_addresses = ''
fsync = off
synchronous_commit = off
wal_level = replica
max_wal_senders = 4
max_connections = 60
hot_standby = on
"""


class Node:
    """One PostgreSQL server with a private socket."""

    def __init__(self, folder):
        self.data = folder / "data"
        self.socket = folder / "socket"

    def start(self):
        self.socket.mkdir(mode=0o700)
        if os.geteuid() == 0:
            shutil.chown(self.socket, "postgres")
        as_postgres(
            binary("pg_ctl"), "-D", self.data, "-w", "-s", "-l", self.data / "server.log",
            "-o", f"-c unix_socket_directories={self.socket}", "start",
        )  # fmt: skip

    def stop(self):
        as_postgres(binary("pg_ctl"), "-D", self.data, "-m", "immediate", "-s", "stop")

    def ask(self, query, database="postgres"):
        """The one value that a query returns."""
        command = ["psql", "-X", "-At", "-h", self.socket, "-d", database, "-c", query]
        return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()


def binary(name):
    """A program of the newest PostgreSQL server on this machine."""
    script = '. "$1"; pg_bin'
    command = ["bash", "-c", script, "cluster", dev.ROOT / "scripts/lib.sh"]
    found = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return Path(found.stdout.strip()) / name


def as_postgres(*command):
    """PostgreSQL refuses to run as root."""
    owner = {"user": "postgres", "group": "postgres"} if os.geteuid() == 0 else {}
    subprocess.run(
        [*map(str, command)], check=True, cwd="/", stdout=subprocess.DEVNULL, extra_groups=None,
        **owner,
    )  # fmt: skip


@contextlib.contextmanager
def primary_and_replica(database):
    """Two nodes, both with a copy of a database of the shared cluster, under its name."""
    with tempfile.TemporaryDirectory(prefix="oms-cluster-") as folder:
        folder = Path(folder)
        folder.chmod(0o755)
        for name in ("primary", "replica"):
            (folder / name).mkdir()
            if os.geteuid() == 0:
                shutil.chown(folder / name, "postgres")
        primary, replica = Node(folder / "primary"), Node(folder / "replica")
        as_postgres(
            binary("initdb"), "-D", primary.data, "-U", os.environ["PGUSER"], "--auth=trust",
            "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync",
        )  # fmt: skip
        with open(primary.data / "postgresql.conf", "a") as settings:
            settings.write(SETTINGS)
        with contextlib.ExitStack() as running:
            primary.start()
            running.callback(primary.stop)
            copy(database, primary)
            as_postgres(
                binary("pg_basebackup"), "-h", primary.socket, "-U", os.environ["PGUSER"],
                "-D", replica.data, "-R", "-c", "fast",
            )  # fmt: skip
            replica.start()
            running.callback(replica.stop)
            yield primary, replica


def copy(database, node):
    subprocess.run(["createdb", "-h", node.socket, database], check=True)
    with subprocess.Popen(["pg_dump", "-O", "-x", database], stdout=subprocess.PIPE) as dump:
        subprocess.run(
            ["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", node.socket, "-d", database],
            stdin=dump.stdout, stdout=subprocess.DEVNULL, check=True,
        )  # fmt: skip
    assert dump.returncode == 0


def wait_for_replay(primary, replica, timeout=60):
    """Until the replica has everything that the primary has written so far."""
    written = primary.ask("SELECT pg_current_wal_insert_lsn()")
    deadline = time.monotonic() + timeout
    while replica.ask(f"SELECT pg_last_wal_replay_lsn() >= '{written}'") != "t":
        assert time.monotonic() < deadline, "the replica does not follow"
        time.sleep(0.1)
