"""Run Alembic's autogenerate on the cases of tests/autogenerate, and compare where it ends with where Limbeck ends.

    python -m venv venv && venv/bin/pip install alembic==1.20.1 'psycopg[binary]'
    venv/bin/python compare_with_alembic.py --postgres postgresql://postgres@127.0.0.1/postgres

For each case and dialect three databases are made: one of the schema after, and two of the schema before, of which
one gets the recorded upgrade and the other Alembic's (autogenerate against the reflected schema after). What decides is
`pg_dump --schema-only`, and on SQLite the pragmas; the order of columns is left out. The recorded upgrade is what
Limbeck writes: the Rust test of the same name proves that.

Printed are the cases in which the two differ, with the facts that Alembic misses (`-`) or has too many (`+`). The last
line counts: where both reach the schema after, where only Limbeck does, where Alembic cannot run its own script. The
exit code is 1 when Limbeck does not reach the schema after.
"""

import argparse
import pathlib
import re
import sqlite3
import subprocess
import sys
import tempfile
import warnings

import sqlalchemy as sa
from alembic.autogenerate import produce_migrations
from alembic.operations import Operations
from alembic.operations.ops import ModifyTableOps
from alembic.runtime.migration import MigrationContext

warnings.simplefilter("ignore")

ROOT = pathlib.Path(__file__).resolve().parents[4]
CASES = ROOT / "tests" / "autogenerate"
DIALECTS = ("postgresql", "sqlite")


class Case:
    """A `##` section of a document."""

    def __init__(self, file, title, text):
        self.name = f"{file}: {title}"
        self.blocks = {}
        for info, body in re.findall(r"^```([^\n]*)\n(.*?)^```$", text, re.M | re.S):
            words = info.split()
            kind = " ".join(words[:2])
            for dialect in words[2:] or DIALECTS:
                self.blocks[kind, dialect] = body

    def get(self, kind, dialect):
        return self.blocks.get((kind, dialect))


def cases():
    for path in sorted(CASES.glob("*.md")):
        for section in re.split(r"^## ", path.read_text(), flags=re.M)[1:]:
            title, text = section.split("\n", 1)
            yield Case(path.name, title, text)


# A new database costs more than to empty one.
EMPTY = """
DO $$ DECLARE name text; BEGIN
    FOR name IN SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' LOOP
        EXECUTE format('DROP SCHEMA %I CASCADE', name);
    END LOOP;
    CREATE SCHEMA public;
    COMMENT ON SCHEMA public IS 'standard public schema';
END $$;
"""


class Postgresql:
    """Databases of a server, dropped in the end."""

    def __init__(self, url):
        self.server = url
        self.made = {}

    def create(self, role, sql):
        if role not in self.made:
            name = f"limbeck_oracle_{role}"
            self.psql(self.server, f"DROP DATABASE IF EXISTS {name}")
            self.psql(self.server, f"CREATE DATABASE {name} TEMPLATE template0")
            self.made[role] = re.sub(r"(?<!/)/[^/?]*(\?|$)", rf"/{name}\1", self.server)
        url = self.made[role]
        self.run(url, EMPTY + sql)
        return url

    def run(self, url, sql):
        self.psql(url, sql)

    def psql(self, url, sql):
        command = ["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", url, "-f", "-"]
        done = subprocess.run(command, input=sql, text=True, capture_output=True)
        if done.returncode:
            raise RuntimeError(done.stderr.strip())

    def engine(self, url):
        return sa.create_engine(url.replace("postgresql://", "postgresql+psycopg://"))

    def facts(self, url):
        command = ["pg_dump", "--schema-only", "--no-owner", "-d", url]
        dump = subprocess.run(command, text=True, capture_output=True, check=True).stdout
        dump = "\n".join(line for line in dump.split("\n") if not line.startswith(("--", "SET ", "\\")))
        facts = set()
        for statement in re.split(r";\n", dump):
            lines = [line.rstrip(",").strip() for line in statement.strip().split("\n") if line.strip()]
            if not lines or lines[0].startswith("SELECT pg_catalog"):
                continue
            # Storage parameters have no order.
            lines = [re.sub(r"(?<=WITH \().*(?=\))", lambda w: ", ".join(sorted(w[0].split(", "))), l) for l in lines]
            if re.match(r"CREATE (UNLOGGED )?TABLE", lines[0]):
                facts.update(settled(f"{lines[0]} {line}") for line in lines)
            else:
                facts.add(settled(" ".join(lines)))
        return facts

    def finish(self):
        for role in self.made:
            self.psql(self.server, f"DROP DATABASE IF EXISTS limbeck_oracle_{role}")


def settled(text):
    """Without the casts that PostgreSQL moves when it reads back an expression that it printed."""
    return re.sub(r"::(character varying|text|bpchar)|\[\]|[()]", "", text)


class Sqlite:
    """Databases in a directory."""

    def __init__(self):
        self.directory = tempfile.TemporaryDirectory()
        self.made = 0

    def create(self, role, sql):
        self.made += 1
        path = f"{self.directory.name}/{self.made}_{role}.db"
        self.run(path, sql)
        return path

    def run(self, path, sql):
        with sqlite3.connect(path) as connection:
            connection.executescript(sql)
        connection.close()

    def engine(self, path):
        return sa.create_engine(f"sqlite:///{path}")

    def facts(self, path):
        connection = sqlite3.connect(path)
        query = lambda sql: connection.execute(sql).fetchall()
        quote = lambda name: "'" + name.replace("'", "''") + "'"
        facts = set()
        tables = query("SELECT name, sql FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'")
        for table, sql in tables:
            of = f"{table} "
            facts.add(of + "autoincrement" * ("autoincrement" in sql.lower()))
            facts.update(of + f"option {o}" for o in query(f"SELECT wr, strict FROM pragma_table_list({quote(table)})"))
            for name, kind, not_null, default, key, hidden in query(
                f"SELECT name, upper(type), \"notnull\", dflt_value, pk, hidden FROM pragma_table_xinfo({quote(table)})"
            ):
                spellings = {"TIMESTAMP": "DATETIME", "DOUBLE PRECISION": "DOUBLE", "BOOL": "BOOLEAN"}
                default = {"TRUE": "1", "FALSE": "0", "NULL": None}.get(str(default).upper(), default)
                default = default and re.sub(r"^\((.*)\)$", r"\1", default)
                facts.add(of + f"column {name} {spellings.get(kind, kind)} {bool(not_null or key)} {default} {key} {hidden}")
            keys = {}
            for row in query(f"SELECT * FROM pragma_foreign_key_list({quote(table)})"):
                implicit = query(f"SELECT name FROM pragma_table_info({quote(row[2])}) WHERE pk = {row[1]} + 1")
                referred = row[4] or (implicit[0][0] if implicit else None)
                keys.setdefault(row[0], []).append((row[2], row[3], referred, row[5], row[6]))
            facts.update(of + f"foreign key {sorted(rows)}" for rows in keys.values())
            for name, unique, origin, partial in query(
                f"SELECT name, \"unique\", origin, partial FROM pragma_index_list({quote(table)})"
            ):
                parts = query(f"SELECT name, \"desc\", coll FROM pragma_index_xinfo({quote(name)}) WHERE key")
                label = name if origin == "c" else origin
                facts.add(of + f"index {label} {unique} {partial} {parts}")
            comments = r"('(?:[^']|'')*')|--[^\n]*|/\*.*?\*/"
            text = re.sub(comments, lambda found: found[1] or "", sql)
            checks = re.findall(r"\bCHECK\s*\(((?:[^()]|\([^()]*\))*)\)", text, re.I)
            facts.update(of + "check " + re.sub(r"[\s\"`\[\]]+", "", check).lower() for check in checks)
        connection.close()
        return facts

    def finish(self):
        self.directory.cleanup()


def alembic_upgrade(engine_before, engine_after, dialect):
    """Takes the one database to the schema of the other, as the script of `alembic revision --autogenerate` would."""
    target = sa.MetaData()
    with engine_after.connect() as connection:
        inspector = sa.inspect(connection)
        schemas = [s for s in inspector.get_schema_names() if s not in ("public", "main", "information_schema")]
        for schema in [None, *schemas]:
            target.reflect(connection, schema=schema)
    with engine_before.begin() as connection:
        own = sa.inspect(connection).get_schema_names()
        for schema in set(schemas) - set(own):
            connection.execute(sa.schema.CreateSchema(schema))
        options = {"compare_type": True, "compare_server_default": True, "include_schemas": bool(schemas)}
        context = MigrationContext.configure(connection, opts=options)
        operations = Operations(context)
        pending = [produce_migrations(context, target).upgrade_ops]
        while pending:
            operation = pending.pop(0)
            if dialect == "sqlite" and isinstance(operation, ModifyTableOps):
                with operations.batch_alter_table(operation.table_name) as batch:
                    for part in operation.ops:
                        batch.invoke(part)
            elif hasattr(operation, "ops"):
                pending = list(operation.ops) + pending
            else:
                operations.invoke(operation)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--postgres", required=True, help="URL of a server on which databases may be made")
    arguments.add_argument("--cases", default="", help="only those whose name contains this")
    options = arguments.parse_args()
    servers = {"postgresql": Postgresql(options.postgres), "sqlite": Sqlite()}
    counts = {}

    def count(dialect, what):
        counts[dialect, what] = counts.get((dialect, what), 0) + 1

    for case in cases():
        for dialect, server in servers.items():
            before, after = case.get("sql before", dialect), case.get("sql after", dialect)
            upgrade = case.get("sql upgrade", dialect)
            if options.cases not in case.name or before is None or after is None or case.get("text error", dialect):
                continue
            if upgrade and "limbeck:todo" in upgrade or case.get("toml hints", dialect):
                count(dialect, "not asked: the author decides")
                continue
            place = f"{case.name} ({dialect})"
            goal = server.create("goal", after)
            ours, theirs = server.create("ours", before), server.create("theirs", before)
            pragma = "PRAGMA foreign_keys=OFF;\n" if dialect == "sqlite" else ""
            server.run(ours, pragma + (upgrade or ""))
            wanted, reached = server.facts(goal), server.facts(ours)
            # Where nothing is to be done, the one schema may hold what no model does, or spell the same differently.
            if upgrade is not None and wanted != reached:
                count(dialect, "LIMBECK ENDS ELSEWHERE")
                print(f"LIMBECK {place}")
                print("".join(f"  - {f}\n" for f in sorted(wanted - reached)), end="")
                print("".join(f"  + {f}\n" for f in sorted(reached - wanted)), end="")
            engines = server.engine(theirs), server.engine(goal)
            try:
                alembic_upgrade(*engines, dialect)
            except Exception as error:
                count(dialect, "Alembic's script does not run")
                print(f"alembic fails: {place}\n  {type(error).__name__}: {str(error).splitlines()[0]}")
                continue
            finally:
                for engine in engines:
                    engine.dispose()
            found = server.facts(theirs)
            if found == reached:
                count(dialect, "same")
            else:
                count(dialect, "Alembic ends elsewhere")
                print(f"alembic differs: {place}")
                print("".join(f"  - {f}\n" for f in sorted(reached - found)), end="")
                print("".join(f"  + {f}\n" for f in sorted(found - reached)), end="")
    for server in servers.values():
        server.finish()
    for (dialect, what), number in sorted(counts.items()):
        print(f"{dialect}: {number} {what}")
    return any(what == "LIMBECK ENDS ELSEWHERE" for _, what in counts)


if __name__ == "__main__":
    sys.exit(main())
