"""A PostgreSQL server of the tests' own: Debian's, in a folder of its own, started and stopped by them."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

import psycopg
import pytest

FOLDERS = sorted(Path("/usr/lib/postgresql").glob("*/bin"))


class PostgresServer:
    """One cluster. `url` is how its owner reaches a database of it; every test takes a new one."""

    def __init__(self, folder, settings=()):
        self.folder = folder
        self.data = folder / "data"
        self.port = free_port()
        self.settings = settings
        self._count = 0
        self._run(
            "initdb", "-D", self.data, "-A", "trust", "-U", "owner", "--no-sync", "--locale=C.UTF-8", "-E", "UTF8"
        )

    def start(self):
        places = f"-p {self.port} -c listen_addresses=127.0.0.1 -k {self.folder} -c max_connections=300"
        options = " ".join([places, *(f"-c {setting}" for setting in self.settings)])
        self._run("pg_ctl", "-D", self.data, "-w", "-l", self.folder / "log", "-o", options, "start")

    def stop(self, how="fast"):
        """`immediate` is a crash: it comes up again by recovery."""
        self._run("pg_ctl", "-D", self.data, "-w", "-m", how, "stop")

    def restart(self, how="fast"):
        self.stop(how)
        self.start()

    def url(self, database="postgres", user="owner", port=None):
        return f"postgresql://{user}@127.0.0.1:{port or self.port}/{database}"

    def new_database(self):
        self._count += 1
        name = f"site{self._count}"
        self.sql(f"CREATE DATABASE {name}")
        return self.url(name)

    def sql(self, statement, database="postgres"):
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            found = connection.execute(statement)
            return found.fetchall() if found.description else []

    def _run(self, program, *arguments):
        # A server refuses to run as root.
        user = "postgres" if os.geteuid() == 0 else None
        subprocess.run(
            [FOLDERS[-1] / program, *arguments],
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            stdin=subprocess.DEVNULL,
            user=user,
            group=user,
            extra_groups=[] if user else None,
            cwd=self.folder,
        )


def started_server(settings=(), within=None):
    """A running server and how to end it; skips the test where PostgreSQL is not installed."""
    if not FOLDERS:
        pytest.skip("PostgreSQL is not installed: apt install postgresql")
    folder = Path(tempfile.mkdtemp(prefix=".opsctl-pg-", dir=within))
    if os.geteuid() == 0:
        account = pwd.getpwnam("postgres")
        os.chown(folder, account.pw_uid, account.pw_gid)
    server = PostgresServer(folder, settings)
    server.start()
    return server


def stopped(server):
    """Ends it and takes its folder away."""
    server.stop("immediate")
    shutil.rmtree(server.folder)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
