"""Ask Alembic what it does on random revision graphs, and print the answers as JSON.

    python -m venv venv && venv/bin/pip install alembic==1.20.1
    venv/bin/python oracle/generate.py > graph_cases.json          # what is committed
    venv/bin/python oracle/generate.py --graphs 3000 --seed 7 > graph_cases.json   # a longer look, not committed
    venv/bin/python oracle/generate.py --walks --graphs 520 --queries 6 > graph_walks.txt   # what is committed

With `--walks` each graph is a line: its revisions as `id:parents:dependencies:labels`, then for each command of a walk
that starts with an empty version table `command target > steps = rows`, or `command target ! error message`.

Alembic iterates Python sets in one place that orders a result (`_normalize_depends_on`); here that set keeps declared
order, so that the answers do not depend on the hash seed.
"""

import argparse
import json
import random
import signal
import sys
import warnings

from alembic.runtime.migration import HeadMaintainer, RevisionStep, StampStep
from alembic.script.base import ScriptDirectory
from alembic.script.revision import Revision, RevisionMap

warnings.simplefilter("ignore")


class OrderedRevisionMap(RevisionMap):
    def _normalize_depends_on(self, revisions, map_):
        super()._normalize_depends_on(revisions, map_)
        for revision in revisions:
            kept = set(revision._normalized_resolved_dependencies)
            revision._normalized_resolved_dependencies = tuple(
                dict.fromkeys(d for d in revision._resolved_dependencies if d in kept)
            )


class Module:
    def upgrade():
        pass

    def downgrade():
        pass


class Scripts(ScriptDirectory):
    """A script directory without a directory."""

    def __init__(self, revisions):
        def generate():
            for id, down, depends_on, labels in revisions:
                revision = Revision(id, tuple(down), tuple(depends_on) or None, tuple(labels) or None)
                revision.module = Module
                revision.doc = ""
                yield revision

        self.revision_map = OrderedRevisionMap(generate)


class Database:
    """What HeadMaintainer wants of a migration context."""

    as_sql = True
    version_table = "alembic_version"

    class _version:
        class c:
            version_num = None

        insert = update = delete = classmethod(lambda cls: cls)
        values = where = classmethod(lambda cls, *args, **kw: cls)

    class impl:
        @staticmethod
        def _exec(statement):
            return None


class Endless(Exception):
    """Alembic's topological sort does not end on some downgrades."""


def give_up(signum, frame):
    raise Endless


signal.signal(signal.SIGALRM, give_up)


def answer(scripts, command, current, target):
    signal.setitimer(signal.ITIMER_REAL, 0.5)
    try:
        if command == "upgrade":
            steps = scripts._upgrade_revs(target, tuple(current))
        elif command == "downgrade":
            steps = scripts._downgrade_revs(target, tuple(current))
        elif command == "stamp":
            steps = scripts._stamp_revs(tuple(target), tuple(current))
        elif command == "history":
            start, end = target.split(":")
            return {"revisions": [r.revision for r in scripts.walk_revisions(start or "base", end or "heads")]}
        elif command == "show":
            found = [r.revision for r in scripts.get_revisions(target)]
            return {"revisions": found}
        database = HeadMaintainer(Database(), current)
        answer = {"steps": [], "rows": None}
        for step in steps:
            if isinstance(step, RevisionStep):
                answer["steps"].append(step.revision.revision)
            else:
                assert isinstance(step, StampStep)
                answer["steps"].append([list(step.from_), list(step.to_)])
        try:
            for step in steps:
                database.update_to_step(step)
            answer["rows"] = sorted(database.heads)
        except (AssertionError, KeyError, IndexError) as error:
            answer["rows_crash"] = type(error).__name__
        return answer
    except Exception as error:
        cause = error.__cause__ or error
        return {"error": type(cause).__name__, "message": str(cause)}
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def random_revisions(rng):
    revisions = []
    label = iter("label%d" % number for number in range(100))
    for number in range(rng.randint(1, 9)):
        id = "%04x%s" % (rng.randrange(16**4), "abcdefghij"[number])
        earlier = [revision[0] for revision in revisions]
        heads = [r for r in earlier if not any(r in other[1] for other in revisions)]
        kind = rng.random()
        if not earlier or kind < 0.12:
            down = []
        elif kind < 0.7:
            down = [rng.choice(heads)]
        elif kind < 0.86:
            down = [rng.choice(earlier)]
        else:
            down = rng.sample(heads, min(len(heads), rng.randint(2, 3)))
        labels = [next(label)] if rng.random() < 0.15 or (not down and rng.random() < 0.6) else []
        names = earlier + [l for r in revisions for l in r[3]]
        depends_on = []
        while names and rng.random() < 0.18:
            dependency = rng.choice(names)
            if dependency not in depends_on and dependency not in down:
                depends_on.append(dependency)
        revisions.append([id, down, depends_on, labels])
    # Load order is file-name order, which has nothing to do with the order of the graph.
    rng.shuffle(revisions)
    if rng.random() < 0.06:
        spoil(rng, revisions)
    return revisions


def spoil(rng, revisions):
    a, b = rng.choice(revisions), rng.choice(revisions)
    kind = rng.choice(["cycle", "dependency", "missing", "missing dependency", "label"])
    if kind == "cycle":
        a[1] = [b[0]]
    elif kind == "dependency":
        a[2] = [b[0]]
    elif kind == "missing":
        a[1] = ["fffff"]
    elif kind == "missing dependency":
        a[2] = ["fffff"]
    else:
        a[3], b[3] = ["twice"], ["twice"]


def random_current(rng, scripts, ids):
    map_ = scripts.revision_map
    some = rng.sample(ids, min(len(ids), rng.choice([0, 1, 1, 1, 2, 3])))
    applied = {r.revision for r in map_._get_ancestor_nodes(map_.get_revisions(tuple(some)))}
    below = {
        r.revision
        for id in applied
        for r in map_._get_ancestor_nodes([map_.get_revision(id)])
        if r.revision != id
    }
    return [id for id in ids if id in applied - below]


def random_target(rng, ids, labels):
    branch = rng.choice(labels) if labels and rng.random() < 0.75 else rng.choice(ids)
    id = rng.choice(ids)
    return rng.choice(
        ["heads", "head", "base", id, id, id[:3], "+1", "+2", "-1", "-2"]
        + [branch, branch + "@head", branch + "@heads", branch + "@base", branch + "@" + id]
        + [id + "+1", id + "-1", branch + "@+1", branch + "@-1", branch + "@" + id + "-1", branch + "@" + id + "+1"]
        + ["ffff", "label"]
    )


def case(rng, queries):
    revisions = random_revisions(rng)
    case = {"revisions": revisions}
    try:
        scripts = Scripts(revisions)
        map_ = scripts.revision_map
        map_._revision_map
    except Exception as error:
        case.update(error=type(error).__name__, message=str(error))
        return case
    ids = [revision[0] for revision in revisions]
    labels = [label for revision in revisions for label in revision[3]]
    case["heads"] = list(map_.heads)
    case["real_heads"] = list(map_._real_heads)
    case["bases"] = list(map_.bases)
    case["labels"] = {id: sorted(map_.get_revision(id).branch_labels) for id in ids}
    case["queries"] = []
    for _ in range(queries):
        command = rng.choice(["upgrade"] * 4 + ["downgrade"] * 4 + ["stamp", "stamp", "history", "show"])
        current = random_current(rng, scripts, ids)
        target = random_target(rng, ids, labels)
        if command == "history":
            target = rng.choice(["", "base", rng.choice(ids), target]) + ":" + rng.choice(["", target, rng.choice(ids)])
            current = []
        elif command == "stamp":
            target = [random_target(rng, ids, labels) for _ in range(rng.choice([1, 1, 1, 2]))]
        elif command == "show":
            current = []
        query = {"command": command, "current": current, "target": target}
        query.update(answer(scripts, command, current, target))
        case["queries"].append(query)
    return case


MESSAGES = [
    "No such", "Multiple revisions start", "is not a member of branch", "Ambiguous walk", "Ambiguous upgrade",
    "Walked too far", "migrations", "overlaps", "Not a valid downgrade target",
]


def overlaps(scripts, rows):
    map_ = scripts.revision_map
    return any(
        below.revision in rows
        for row in rows
        for below in map_._get_ancestor_nodes([map_.get_revision(row)])
        if below.revision != row
    )


def walk(rng, commands):
    """A graph, and what Alembic does from one state to the next."""
    while True:
        revisions = random_revisions(rng)
        names = {r[0]: "abcdefghijklm"[n] * 2 for n, r in enumerate(revisions)}
        names.update({l: "L" + l[5:] for r in revisions for l in r[3]})
        revisions = [[names[r[0]], [names.get(d, d) for d in r[1]], [names.get(d, d) for d in r[2]], [names[l] for l in r[3] if l in names]] for r in revisions]
        try:
            scripts = Scripts(revisions)
            scripts.revision_map._revision_map
            signal.setitimer(signal.ITIMER_REAL, 0.5)
            list(scripts.walk_revisions())
            break
        except Exception:
            continue
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
    ids = [r[0] for r in revisions]
    labels = [l for r in revisions for l in r[3]]
    line = [" ".join(":".join([r[0], ",".join(r[1]), ",".join(r[2]), ",".join(r[3])]) for r in revisions)]
    rows = []
    for _ in range(commands):
        command = rng.choice(["upgrade"] * (5 if len(rows) < 2 else 3) + ["downgrade"] * (3 if rows else 0) + ["stamp"])
        target = random_target(rng, ids, labels)
        while target in ("ffff", "label") or target[:3] == target and target not in ids + labels + ["+1", "+2", "-1", "-2"]:
            target = random_target(rng, ids, labels)
        found = answer(scripts, command, rows, [target] if command == "stamp" else target)
        text = "%s %s " % (command, target)
        if "error" in found:
            known = [message for message in MESSAGES if message in found["message"]]
            line.append(text + "! %s %s" % (found["error"], known[0] if known else ""))
            continue
        steps = [s if isinstance(s, str) else "+".join(s[0]) + ">" + "+".join(s[1]) for s in found["steps"]]
        if found["rows"] is None:
            line.append(text + "> %s = ?" % ",".join(steps))
            break
        rows = found["rows"]
        line.append(text + "> %s = %s" % (",".join(steps), ",".join(rows)))
        if overlaps(scripts, rows):
            break
    return " | ".join(line)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--graphs", type=int, default=120)
    parser.add_argument("--queries", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--walks", action="store_true")
    arguments = parser.parse_args()
    rng = random.Random(arguments.seed)
    if arguments.walks:
        for _ in range(arguments.graphs):
            print(walk(rng, arguments.queries))
        return
    cases = [case(rng, arguments.queries) for _ in range(arguments.graphs)]
    sys.stdout.write("[\n" + ",\n".join(json.dumps(c, separators=(",", ":")) for c in cases) + "\n]\n")


if __name__ == "__main__":
    main()
