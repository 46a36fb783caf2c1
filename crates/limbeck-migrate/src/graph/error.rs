//! What can be wrong with a graph, and with a request for a way through it.

use crate::nearest::did_you_mean;

/// What is wrong with a set of revisions, or with a name or a way asked of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GraphError {
    /// A character in an identifier that relative identifiers and ranges use.
    #[error("`{characters}` is not allowed in the revision identifier `{id}`; rename the revision")]
    IllegalId {
        /// The identifier.
        id: String,
        /// The characters of it that are not allowed.
        characters: String,
        /// The script.
        source_index: usize,
    },
    /// A revision or a label with a name that means something else on the command line.
    #[error(
        "`{name}` is a reserved name (`head`, `heads`, `base`, `current`) and cannot name a revision or a branch"
    )]
    ReservedName {
        /// The name; empty for an identifier that is missing.
        name: String,
        /// The script.
        source_index: usize,
    },
    /// Two scripts with one identifier.
    #[error("revision `{id}` is declared by two scripts; give one of them a new identifier")]
    DuplicateRevision {
        /// The identifier.
        id: String,
        /// The script that declared it first.
        first: usize,
        /// The other script.
        second: usize,
    },
    /// Two revisions with one branch label, or a label that is also an identifier.
    #[error("branch label `{label}` of revision `{revision}` is already used by revision `{other}`")]
    DuplicateLabel {
        /// The label.
        label: String,
        /// The revision that wants it.
        revision: String,
        /// The revision that has it.
        other: String,
    },
    /// A parent that does not exist.
    #[error("revision `{parent}`, which revision `{revision}` revises, does not exist{}", did_you_mean(.nearest.as_deref()))]
    MissingParent {
        /// The revision.
        revision: String,
        /// What it names as parent.
        parent: String,
        /// An identifier like it.
        nearest: Option<String>,
        /// The script of `revision`.
        source_index: usize,
    },
    /// A dependency that does not exist.
    #[error("`{dependency}`, on which revision `{revision}` depends, is neither a revision nor a branch label{}", did_you_mean(.nearest.as_deref()))]
    MissingDependency {
        /// The revision.
        revision: String,
        /// What it names as dependency.
        dependency: String,
        /// A name like it.
        nearest: Option<String>,
        /// The script of `revision`.
        source_index: usize,
    },
    /// A revision that is its own parent.
    #[error("self-loop is detected in revision `{revision}`: it revises itself")]
    SelfLoop {
        /// The revision.
        revision: String,
    },
    /// A revision that depends on itself.
    #[error("dependency self-loop is detected in revision `{revision}`: it depends on itself")]
    DependencySelfLoop {
        /// The revision.
        revision: String,
    },
    /// Revisions that are, by their parents, their own ancestors.
    #[error("cycle is detected in revisions ({}): each revises the next, and the last the first", .revisions.join(", "))]
    Cycle {
        /// The cycle: each revision's parent follows it.
        revisions: Vec<String>,
    },
    /// Revisions that are, by parents and dependencies together, their own ancestors.
    #[error("dependency cycle is detected in revisions ({}): each needs the next, and the last the first", .revisions.join(", "))]
    DependencyCycle {
        /// The cycle: what each revision needs follows it.
        revisions: Vec<String>,
    },
    /// A name that fits no revision.
    #[error("no revision or branch is named `{identifier}`{}", did_you_mean(.nearest.as_deref()))]
    UnknownRevision {
        /// What was asked for.
        identifier: String,
        /// A name like it.
        nearest: Option<String>,
    },
    /// A prefix that fits several revisions.
    #[error("`{prefix}` is ambiguous: it could be {}; write more of it", list(.candidates))]
    AmbiguousPrefix {
        /// The prefix.
        prefix: String,
        /// Everything that starts with it, sorted.
        candidates: Vec<String>,
    },
    /// The name before an `@` that fits no branch.
    #[error("no branch is named `{branch}`{}", did_you_mean(.nearest.as_deref()))]
    UnknownBranch {
        /// What stands before the `@`.
        branch: String,
        /// A name like it.
        nearest: Option<String>,
    },
    /// `branch@revision` with a revision of another branch.
    #[error("revision `{revision}` is not a member of branch `{branch}`")]
    NotInBranch {
        /// The revision.
        revision: String,
        /// The branch.
        branch: String,
    },
    /// An identifier that cannot be read.
    #[error("`{identifier}` is not a revision identifier: {reason}")]
    Malformed {
        /// What was asked for.
        identifier: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// One revision was asked for, there are several.
    #[error(
        "multiple heads are present for `{argument}`: {}; name one of them, narrow with `<branch>@head`, or use `heads` for all",
        list(.heads)
    )]
    MultipleHeads {
        /// What was asked for.
        argument: String,
        /// The heads.
        heads: Vec<String>,
    },
    /// A new revision after one that is not a head.
    #[error("revision `{revision}` is not a head; pass `--splice` to start a new branch from it")]
    NotHead {
        /// The revision.
        revision: String,
    },
    /// A relative identifier that leaves the graph.
    #[error("`{identifier}` goes past the {}: {taken} of {} steps lead to `{reached}`", end_of(*.steps), .steps.unsigned_abs())]
    OutOfRange {
        /// What was asked for.
        identifier: String,
        /// How many steps were asked for, negative for down.
        steps: i64,
        /// How many of them exist.
        taken: u64,
        /// Where these lead: an identifier, or `base`.
        reached: String,
    },
    /// A relative identifier that comes to a fork.
    #[error(
        "`{identifier}` is ambiguous: {} `{at}` the way goes on to {}; name the revision, or a branch as in `<branch>@{}`",
        if *.steps < 0 { "below" } else { "above" }, list(.candidates), relative(*.steps)
    )]
    AmbiguousWalk {
        /// What was asked for.
        identifier: String,
        /// How many steps were asked for, negative for down.
        steps: i64,
        /// The revision at the fork, or `base`.
        at: String,
        /// The revisions the way goes on to.
        candidates: Vec<String>,
    },
    /// A step relative to the current revision when there are several.
    #[error(
        "`{identifier}` is ambiguous: the database is at several revisions ({}); name one, as in `{}@{}`",
        .current.join(", "), .current.first().map_or("<revision>", String::as_str), relative(*.steps)
    )]
    AmbiguousCurrent {
        /// What was asked for.
        identifier: String,
        /// How many steps were asked for, negative for down.
        steps: i64,
        /// The current revisions it could start from.
        current: Vec<String>,
    },
    /// `upgrade -1` or `downgrade +1`.
    #[error("`{identifier}` is not a target for {command}: count {} from where the database is", if *.command == "upgrade" { "up, as in `+1`," } else { "down, as in `-1`," })]
    WrongDirection {
        /// What was asked for.
        identifier: String,
        /// `upgrade` or `downgrade`.
        command: &'static str,
    },
    /// `current` where nothing says what the database holds.
    #[error("`{identifier}` needs a database to say what is current")]
    NoCurrent {
        /// What was asked for.
        identifier: String,
    },
    /// A merge of fewer than two revisions. Alembic writes it.
    #[error(
        "there is nothing to merge{}; a merge joins two or more heads, see `limbeck heads`",
        .revision.as_ref().map(|revision| format!(": `{revision}` is the only one")).unwrap_or_default()
    )]
    NothingToMerge {
        /// The only one, if there is one.
        revision: Option<String>,
    },
    /// A version row that no script explains.
    #[error(
        "the database is at revision `{id}`, which no script declares{}; it was migrated with other scripts, newer ones perhaps: get them, or correct the version table with `limbeck stamp --purge REVISION`",
        .nearest.as_ref().map(|nearest| format!(" (`{nearest}` is like it)")).unwrap_or_default()
    )]
    UnknownCurrent {
        /// What the version table holds.
        id: String,
        /// An identifier like it.
        nearest: Option<String>,
    },
    /// Version rows, or targets, of which one implies the other.
    #[error("revision `{revision}` overlaps with `{implied}`, which it already implies; {}", if *.in_database { format!("take the second out of the version table with `limbeck stamp {revision}`") } else { "leave the second out".to_owned() })]
    Overlap {
        /// The later revision.
        revision: String,
        /// An ancestor or dependency of it.
        implied: String,
        /// Whether the version table holds both, not the request.
        in_database: bool,
    },
    /// A downgrade target below which nothing is applied.
    #[error("`{target}` is not a downgrade target: nothing that comes after it is applied (the database is at {}){}", list_or_base(.current), .branch.as_ref().map(|branch| format!(" on branch `{branch}`")).unwrap_or_default())]
    NotADowngrade {
        /// The target.
        target: String,
        /// The branch it was narrowed to.
        branch: Option<String>,
        /// What the version table holds.
        current: Vec<String>,
    },
    /// A history range whose ends are not on one line.
    #[error("the range `{start}:{end}` does not go from a revision to a descendant of it")]
    NotARange {
        /// Its start.
        start: String,
        /// Its end.
        end: String,
    },
    /// A revision that two squashes replace.
    #[error(
        "revision `{revision}` is replaced by `{first}` and by `{second}`; take it out of one `Replaces:`"
    )]
    ReplacedTwice {
        /// The revision.
        revision: String,
        /// One squash.
        first: String,
        /// The other squash.
        second: String,
    },
    /// A squash of a squash.
    #[error(
        "`{squash}` replaces `{replaced}`, which itself replaces others; delete the scripts that `{replaced}` replaces, and its `Replaces:` line, first"
    )]
    NestedSquash {
        /// The squash.
        squash: String,
        /// What it replaces.
        replaced: String,
    },
    /// A database inside of what a squash replaces, whose script is gone.
    #[error(
        "the database is at revision `{id}`, whose script is gone: it is one of those that `{squash}` replaces; put the replaced scripts back, upgrade this database, then delete them again"
    )]
    ReplacedCurrent {
        /// The version row.
        id: String,
        /// The squash.
        squash: String,
    },
    /// Revisions that cannot be squashed, as others need a part of them.
    #[error(
        "revision `{revision}` needs `{inside}` alone, which is inside the range; squash up to `{inside}`, or include `{revision}`"
    )]
    SquashOpen {
        /// The revision outside.
        revision: String,
        /// The one inside.
        inside: String,
    },
    /// A range of less than two revisions.
    #[error("the range holds {count} revision{}, there is nothing to squash", if *.count == 1 { "" } else { "s" })]
    NothingToSquash {
        /// How many.
        count: usize,
    },
    /// A rebase that would change nothing, or a revision onto one that needs it.
    #[error("{reason}")]
    CannotRebase {
        /// Why.
        reason: String,
    },
    /// A step that does not fit the version rows.
    #[error("the version table cannot go from ({}) to ({}): it holds {}", .from.join(", "), .to.join(", "), list_or_base(.rows))]
    RowsDoNotFit {
        /// The rows the step replaces.
        from: Vec<String>,
        /// The rows it leaves.
        to: Vec<String>,
        /// The rows that are there.
        rows: Vec<String>,
    },
}

impl GraphError {
    /// A stable name for the kind of error.
    pub fn code(&self) -> &'static str {
        match self {
            GraphError::IllegalId { .. } => "graph.illegal-id",
            GraphError::ReservedName { .. } => "graph.reserved-name",
            GraphError::DuplicateRevision { .. } => "graph.duplicate-revision",
            GraphError::DuplicateLabel { .. } => "graph.duplicate-label",
            GraphError::MissingParent { .. } => "graph.missing-parent",
            GraphError::MissingDependency { .. } => "graph.missing-dependency",
            GraphError::SelfLoop { .. } => "graph.self-loop",
            GraphError::DependencySelfLoop { .. } => "graph.dependency-self-loop",
            GraphError::Cycle { .. } => "graph.cycle",
            GraphError::DependencyCycle { .. } => "graph.dependency-cycle",
            GraphError::UnknownRevision { .. } => "graph.unknown-revision",
            GraphError::AmbiguousPrefix { .. } => "graph.ambiguous-prefix",
            GraphError::UnknownBranch { .. } => "graph.unknown-branch",
            GraphError::NotInBranch { .. } => "graph.not-in-branch",
            GraphError::Malformed { .. } => "graph.malformed-identifier",
            GraphError::MultipleHeads { .. } => "graph.multiple-heads",
            GraphError::NotHead { .. } => "graph.not-a-head",
            GraphError::NothingToMerge { .. } => "graph.nothing-to-merge",
            GraphError::OutOfRange { .. } => "graph.out-of-range",
            GraphError::AmbiguousWalk { .. } => "graph.ambiguous-walk",
            GraphError::AmbiguousCurrent { .. } => "graph.ambiguous-current",
            GraphError::WrongDirection { .. } => "graph.wrong-direction",
            GraphError::NoCurrent { .. } => "graph.no-current",
            GraphError::UnknownCurrent { .. } => "graph.unknown-current",
            GraphError::Overlap { .. } => "graph.overlap",
            GraphError::NotADowngrade { .. } => "graph.not-a-downgrade",
            GraphError::NotARange { .. } => "graph.not-a-range",
            GraphError::ReplacedTwice { .. } => "graph.replaced-twice",
            GraphError::NestedSquash { .. } => "graph.nested-squash",
            GraphError::ReplacedCurrent { .. } => "graph.replaced-current",
            GraphError::SquashOpen { .. } => "graph.squash-open",
            GraphError::NothingToSquash { .. } => "graph.nothing-to-squash",
            GraphError::CannotRebase { .. } => "graph.cannot-rebase",
            GraphError::RowsDoNotFit { .. } => "graph.rows-do-not-fit",
        }
    }
}

fn list(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

fn list_or_base(names: &[String]) -> String {
    if names.is_empty() { "base".to_owned() } else { list(names) }
}

fn end_of(steps: i64) -> &'static str {
    if steps < 0 { "base" } else { "head" }
}

fn relative(steps: i64) -> String {
    format!("{steps:+}")
}
