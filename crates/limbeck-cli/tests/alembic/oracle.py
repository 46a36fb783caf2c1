"""Run real Alembic on random projects over SQLite, and print what it did as JSON, one project a line.

    target/oracle-venv/bin/python crates/limbeck-cli/tests/alembic/oracle.py --graphs 40 --seed 7

Each project is scripts (random graphs of limbeck-migrate/tests/oracle/generate.py) and commands as a user types them: a
walk of upgrades, downgrades and stamps, each followed by `current`, and then everything that shows the graph. For every
command the line tells its arguments, the version rows before and after, what the scripts left in the table `trace`
(which ran, in which order), stdout, the log lines of stderr, and the error if there was one.

All of it is one process, because starting Python takes longer than the rest. The order in which Alembic takes some
sets is made the declared one, as in generate.py.
"""

import argparse
import io
import json
import logging
import pathlib
import random
import shutil
import signal
import sqlite3
import sys
import tempfile
import warnings

ROOT = pathlib.Path(__file__).resolve().parents[4]
sys.path.insert(0, str(ROOT / "crates/limbeck-migrate/tests/oracle"))
sys.dont_write_bytecode = True


class Stdout(io.TextIOBase):
    """Alembic keeps the stdout that it finds when it is imported."""

    encoding = "utf-8"

    def __init__(self):
        self.text = ""

    def write(self, text):
        self.text += text
        return len(text)

    def take(self):
        text, self.text = self.text, ""
        return text


real_stdout, stdout = sys.stdout, Stdout()
sys.stdout = stdout

import generate  # noqa: E402
from alembic.config import CommandLine  # noqa: E402
from alembic.script import revision as alembic_revision  # noqa: E402
from alembic.script.base import ScriptDirectory  # noqa: E402
from alembic.util import messaging  # noqa: E402

warnings.simplefilter("ignore")
messaging.TERMWIDTH = None
alembic_revision.RevisionMap = generate.OrderedRevisionMap

ENV = """\
from alembic import context
from sqlalchemy import create_engine, pool

url = context.config.get_main_option("sqlalchemy.url")
if context.is_offline_mode():
    context.configure(url=url, literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()
else:
    with create_engine(url, poolclass=pool.NullPool).connect() as connection:
        context.configure(connection=connection)
        with context.begin_transaction():
            context.run_migrations()
"""


class Log(logging.Handler):
    def __init__(self):
        super().__init__(logging.INFO)
        self.setFormatter(logging.Formatter("%(levelname)-5.5s [%(name)s] %(message)s"))
        self.lines = []

    def emit(self, record):
        self.lines.append(self.format(record))


log = Log()
logging.getLogger().addHandler(log)
logging.getLogger("alembic").setLevel(logging.INFO)

# SQLite waits for the disk at every commit, of which there are thousands.
MEMORY = "/dev/shm" if pathlib.Path("/dev/shm").is_dir() else None

MESSAGES = [
    "create account table",
    "add shipping address, and its index",
    "first paragraph\n\nsecond paragraph\nof two lines",
    "a line\nand its second line",
    "Größe der Änderung",
]


def literal(names):
    return "None" if not names else repr(names[0]) if len(names) == 1 else repr(tuple(names))


class Project:
    """A directory with an Alembic project and its database."""

    def __init__(self, revisions, messages):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="limbeck-oracle-", dir=MEMORY))
        self.revisions, self.scripts = revisions, []
        self.database = self.directory / "test.db"
        versions = self.directory / "scripts" / "versions"
        versions.mkdir(parents=True)
        (self.directory / "alembic.ini").write_text(
            f"[alembic]\nscript_location = %(here)s/scripts\nsqlalchemy.url = sqlite:///{self.database}\n"
        )
        (self.directory / "scripts" / "env.py").write_text(ENV)
        for number, ((id, down, depends_on, labels), message) in enumerate(zip(revisions, messages)):
            header = f"{message}\n\nRevision ID: {id}\nRevises: {', '.join(down)}".rstrip()
            if labels:
                header += f"\nBranch Labels: {', '.join(labels)}"
            if depends_on:
                header += f"\nDepends On: {', '.join(depends_on)}"
            self.scripts.append({"file": f"{number:02}_{id}", "revision": id, "header": header})
            (versions / f"{number:02}_{id}.py").write_text(
                f'"""{header}\n"""\nfrom alembic import op\nrevision = {id!r}\ndown_revision = {literal(down)}\n'
                f"branch_labels = {tuple(labels) or None!r}\ndepends_on = {tuple(depends_on) or None!r}\n"
                f"def upgrade():\n    op.execute(\"INSERT INTO trace VALUES ('upgrade {id}')\")\n"
                f"def downgrade():\n    op.execute(\"INSERT INTO trace VALUES ('downgrade {id}')\")\n"
            )
        self.sql("CREATE TABLE trace (step TEXT)")

    def sql(self, statement):
        connection = sqlite3.connect(self.database)
        with connection:
            rows = [row[0] for row in connection.execute(statement)]
        connection.close()
        return rows

    def rows(self):
        try:
            return sorted(self.sql("SELECT version_num FROM alembic_version"))
        except sqlite3.OperationalError:
            return []

    def run(self, arguments):
        """One command, and everything that can be seen of it."""
        before = self.rows()
        self.sql("DELETE FROM trace")
        log.lines.clear()
        stdout.take()
        error = None
        signal.setitimer(signal.ITIMER_REAL, 2)
        try:
            CommandLine(prog="alembic").main(["-c", str(self.directory / "alembic.ini"), *arguments])
        except SystemExit as exit:
            error = {"kind": "CommandError" if exit.code == -1 else "usage"}
        except generate.Endless:
            error = {"kind": "crash", "message": "endless"}
        except Exception as crash:
            error = {"kind": "crash", "message": type(crash).__name__}
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
        text = stdout.take()
        if error and "FAILED: " in text:
            text, _, message = text.partition("FAILED: ")
            error["message"] = message.strip()
        found = {"arguments": arguments, "before": before, "after": self.rows(), "stdout": text, "error": error}
        found["log"] = [line for line in log.lines if "[alembic.runtime" in line]
        found["trace"] = self.sql("SELECT step FROM trace ORDER BY rowid")
        return found

    def record(self, rng, steps):
        scripts = ScriptDirectory(str(self.directory / "scripts"))
        ids = [revision[0] for revision in self.revisions]
        labels = [label for revision in self.revisions for label in revision[3]]
        target = lambda: generate.random_target(rng, ids, labels)  # noqa: E731
        commands = []
        for _ in range(steps):
            rows = self.rows()
            kinds = ["upgrade"] * (4 if len(rows) < 2 else 2) + ["downgrade"] * (3 if rows else 0) + ["stamp"]
            kind = rng.choice(kinds)
            arguments = [kind, target()]
            if kind == "stamp":
                # A stamp counts from the heads in Alembic, see generate.py.
                while arguments[1].startswith(("+", "-")):
                    arguments[1] = target()
                if rng.random() < 0.2:
                    arguments.append("--purge")
            commands.append(self.run(arguments))
            if self.overlaps(scripts):
                commands[-1]["overlap"] = True
                break
            commands.append(self.run(["current"] + (["-v"] if rng.random() < 0.3 else [])))
            if rng.random() < 0.2:
                commands.append(self.run(["history", "-i"] + (["-v"] if rng.random() < 0.3 else [])))
            if rng.random() < 0.2:
                commands.append(self.run(["history", "--rev-range=" + rng.choice(["current:", ":current", "-2:current", "current:+2"])]))
        for name in ("history", "heads", "branches"):
            commands += [self.run([name]), self.run([name, "-v"])]
        commands.append(self.run(["heads", "--resolve-dependencies"]))
        for _ in range(3):
            commands.append(self.run(["show", rng.choice(ids + ["heads", "head", "base"] + labels + [i[:3] for i in ids])]))
            commands.append(self.run(["history", "-r", rng.choice(["", "base", rng.choice(ids)]) + ":" + rng.choice(["", "heads", rng.choice(ids)])]))
            commands.append(self.run(["upgrade", "--sql", rng.choice(["", rng.choice(ids) + ":"]) + rng.choice(["heads", "head", rng.choice(ids)])]))
            commands.append(self.run(["downgrade", "--sql", rng.choice(ids + ["head", "heads"]) + ":" + rng.choice(["base", rng.choice(ids)])]))
        versions = self.directory / "scripts" / "versions"
        return {"scripts": self.scripts, "versions": str(versions), "database": str(self.database), "commands": commands}

    def overlaps(self, scripts):
        """Alembic left rows of which one implies another; what it does then is its own concern."""
        map_, rows = scripts.revision_map, self.rows()
        return any(
            below.revision in rows and below.revision != row
            for row in rows
            for below in map_._get_ancestor_nodes([map_.get_revision(row)])
        )


def random_project(rng):
    """Revisions that Alembic itself can read."""
    for _ in range(1000):
        revisions = generate.random_revisions(rng)
        scripts = generate.Scripts(revisions)
        signal.setitimer(signal.ITIMER_REAL, 0.5)
        try:
            scripts.revision_map._revision_map
            list(scripts.walk_revisions())
        except Exception:
            continue
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
        return Project(revisions, [rng.choice(MESSAGES) for _ in revisions])
    sys.exit("no graph of 1000 can be read")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--graphs", type=int, default=40)
    parser.add_argument("--steps", type=int, default=6)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    rng = random.Random(arguments.seed)
    for _ in range(arguments.graphs):
        project = random_project(rng)
        try:
            record = project.record(rng, arguments.steps)
        finally:
            shutil.rmtree(project.directory)
        print(json.dumps(record), file=real_stdout, flush=True)


main()
