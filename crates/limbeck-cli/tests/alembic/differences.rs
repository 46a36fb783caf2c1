//! Where Limbeck differs from Alembic on purpose. What concerns the graph alone is proved with `graph.rs` of limbeck-migrate.

use crate::{Ran, Recording};

/// The reason for a difference, if there is one.
pub(crate) fn on_purpose(alembic: &Recording, ran: &Ran, found: &str) -> Option<&'static str> {
    let command = alembic.arguments[0].as_str();
    let has = |option: &str| alembic.arguments.iter().any(|argument| argument == option);
    let counts = || {
        alembic.arguments[1..].iter().any(|target| target.contains(['+', '-']) && !target.starts_with("--"))
    };
    let failed_as = |code: &str| ran.stderr.contains(&format!("error[{code}]"));
    let error = alembic.error.as_ref();
    let message = error.map_or("", |error| error.message.as_str());
    let rules = [
        (
            error.is_some_and(|error| error.kind == "crash"),
            "Alembic crashes or never ends: here the command works, or says what is wrong",
        ),
        (
            alembic.overlap,
            "Alembic leaves version rows of which one implies another, and fails at the next upgrade",
        ),
        (
            failed_as("graph.cycle") || failed_as("graph.dependency-cycle"),
            "a cycle: Alembic looks for what neither heads nor bases reach, which misses some, and goes wrong later",
        ),
        (
            command == "stamp" && counts(),
            "`stamp -1` and `stamp x+1`: Alembic counts from the heads, or refuses; here it is from where the database is",
        ),
        (
            command == "stamp" && has("--purge") && found == "other log lines",
            "`stamp --purge`: Alembic does not log the rows that it deletes",
        ),
        (
            command == "downgrade" && failed_as("graph.ambiguous-current"),
            "`downgrade -1` from several revisions: Alembic takes any row, with a warning that this will be refused",
        ),
        (
            command == "downgrade" && message == "Ambiguous walk",
            "`downgrade -1` from a merge point takes back the merge; Alembic refuses",
        ),
        (
            command == "downgrade" && has("--sql") && message.starts_with("Multiple head revisions"),
            "`downgrade --sql heads:x`: Alembic wants one revision to start from; here a script may start from several",
        ),
        (
            command == "history"
                && ran.code == 0
                && (has("--rev-range=-2:current") || has("--rev-range=current:+2")),
            "`history -r -2:current` is the two revisions up to where the database is, as Alembic's documentation says, and \
             the same from several revisions, over a merge point and past the base; Alembic counts from the head, or refuses",
        ),
        (
            command == "history" && has("--rev-range=:current") && alembic.before.is_empty(),
            "`history -r :current` of a database at base: nothing; Alembic shows everything",
        ),
    ];
    rules.into_iter().find_map(|(holds, reason)| holds.then_some(reason))
}
