//! What is shown of a revision, in Alembic's words.

use serde::Serialize;

use super::{Index, Revision, RevisionGraph};

/// What the verbose forms show of a script.
#[derive(Debug, Clone, Copy, Default)]
pub struct ScriptText<'a> {
    /// Where it is.
    pub path: &'a str,
    /// Its header without comment marks, as Alembic shows the whole docstring.
    pub header: &'a str,
}

/// A revision with everything the graph knows of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RevisionEntry {
    /// Its identifier.
    pub revision: String,
    /// Its parents.
    pub down_revisions: Vec<String>,
    /// What it depends on, as declared.
    pub depends_on: Vec<String>,
    /// The revisions it stands for.
    pub replaces: Vec<String>,
    /// The labels of every branch it is on.
    pub branch_labels: Vec<String>,
    /// The revisions that come directly after it, in load order.
    pub children: Vec<String>,
    /// No revision comes after it, and none depends on it.
    pub is_head: bool,
    /// No revision comes after it, but one depends on it.
    pub is_effective_head: bool,
    /// The version table names it.
    pub is_current: bool,
    /// Several revisions come after it.
    pub is_branch_point: bool,
    /// It comes after several revisions.
    pub is_merge_point: bool,
    /// Its whole message.
    pub message: String,
}

impl RevisionGraph {
    /// What is shown of a revision; `current` holds the version rows, empty where no database was asked.
    pub fn entry(&self, revision: &Revision, current: &[String]) -> Option<RevisionEntry> {
        self.index_of_id(&revision.id).map(|index| self.entry_at(index, current))
    }

    /// The branch point `entry` and what it branches into, as `branches` shows it: without the last line's end.
    pub fn branches_text(
        &self,
        entry: &RevisionEntry,
        verbose: Option<ScriptText<'_>>,
        current: &[String],
    ) -> String {
        let head = match verbose {
            Some(script) => entry.verbose_text(script),
            None => entry.line(Line { labels: true, tree: true, ..Line::default() }),
        };
        let indent = " ".repeat(entry.revision.chars().count());
        let children: Vec<String> = entry
            .children
            .iter()
            .filter_map(|child| self.index_of_id(child))
            .map(|child| {
                let line = Line { labels: true, tree: true, doc: verbose.is_some(), ..Line::default() };
                format!("{indent} -> {}", self.entry_at(child, current).line(line))
            })
            .collect();
        format!("{head}\n{}\n", children.join("\n"))
    }

    fn entry_at(&self, index: Index, current: &[String]) -> RevisionEntry {
        let node = self.node(index);
        RevisionEntry {
            revision: node.revision.id.clone(),
            down_revisions: self.ids(node.parents.iter().copied()),
            depends_on: node.revision.depends_on.clone(),
            replaces: node.revision.replaces.clone(),
            branch_labels: node.labels.clone(),
            children: self.ids(node.children.iter().copied()),
            is_head: node.dependents.is_empty(),
            is_effective_head: node.children.is_empty() && !node.dependents.is_empty(),
            is_current: current.contains(&node.revision.id)
                || node.revision.replaces.last().is_some_and(|end| current.contains(end)),
            is_branch_point: node.children.len() > 1,
            is_merge_point: node.parents.len() > 1,
            message: node.revision.message.clone(),
        }
    }
}

/// What a one-line form holds besides the identifier and whether it is a head or current.
#[derive(Debug, Clone, Copy, Default)]
struct Line {
    parents: bool,
    labels: bool,
    tree: bool,
    doc: bool,
}

impl RevisionEntry {
    /// `1975ea83b712 -> 27c6a30d7c24 (shoppingcart) (head), add shopping cart table`, a line of `history`.
    pub fn history_line(&self) -> String {
        self.line(Line { parents: true, labels: true, tree: true, doc: true })
    }

    /// `27c6a30d7c24 (shoppingcart) (head)`, a line of `heads`.
    pub fn heads_line(&self) -> String {
        self.line(Line { labels: true, ..Line::default() })
    }

    /// `29f859a13ea (networking) (head) (depends on 55af2cb1c267), add ip account table`, beside the drawing of
    /// `history --graph`, which shows the parents.
    pub fn graph_line(&self) -> String {
        let mut line = self.line(Line { labels: true, tree: true, ..Line::default() });
        if !self.depends_on.is_empty() {
            line.push_str(&format!(" (depends on {})", self.depends_on.join(", ")));
        }
        format!("{line}, {}", self.doc())
    }

    /// `53fffde5ad55 (head) (mergepoint)`, a line of `current`.
    pub fn current_line(&self) -> String {
        // What is current needs no saying here.
        RevisionEntry { is_current: false, ..self.clone() }.line(Line { tree: true, ..Line::default() })
    }

    /// All there is to say, as `show` and the verbose forms print it: without the last line's end.
    pub fn verbose_text(&self, script: ScriptText<'_>) -> String {
        use std::fmt::Write as _;

        let mut text = format!("Rev: {}", self.revision);
        for (holds, mark) in [
            (self.is_head || self.is_effective_head, " (head)"),
            (self.is_branch_point, " (branchpoint)"),
            (self.is_merge_point, " (mergepoint)"),
            (self.is_current, " (current)"),
        ] {
            if holds {
                text.push_str(mark);
            }
        }
        let parents = if self.is_merge_point { "Merges" } else { "Parent" };
        // Writing to a String cannot fail.
        let _ = write!(text, "\n{parents}: {}\n", self.parents_text());
        for (holds, title, names) in [
            (!self.replaces.is_empty(), "Replaces", &self.replaces),
            (!self.depends_on.is_empty(), "Also depends on", &self.depends_on),
            (self.is_branch_point, "Branches into", &self.children),
            (!self.branch_labels.is_empty(), "Branch names", &self.branch_labels),
        ] {
            if holds {
                let _ = writeln!(text, "{title}: {}", names.join(", "));
            }
        }
        let _ = writeln!(text, "Path: {}\n", script.path);
        let header: Vec<String> = script.header.lines().map(|line| format!("    {line}")).collect();
        text.push_str(&header.join("\n"));
        text.push('\n');
        text
    }

    fn line(&self, line: Line) -> String {
        let mut text = String::new();
        if line.parents {
            text.push_str(&self.parents_text());
            if !self.depends_on.is_empty() {
                text.push_str(&format!(" ({})", self.depends_on.join(", ")));
            }
            text.push_str(" -> ");
        }
        text.push_str(&self.revision);
        if line.labels && !self.branch_labels.is_empty() {
            text.push_str(&format!(" ({})", self.branch_labels.join(", ")));
        }
        for (holds, mark) in [
            (self.is_head, " (head)"),
            (self.is_effective_head, " (effective head)"),
            (self.is_current, " (current)"),
            (line.tree && self.is_branch_point, " (branchpoint)"),
            (line.tree && self.is_merge_point, " (mergepoint)"),
        ] {
            if holds {
                text.push_str(mark);
            }
        }
        if line.doc {
            text.push_str(", ");
            text.push_str(self.doc());
        }
        text
    }

    /// The first paragraph of the message.
    fn doc(&self) -> &str {
        self.message.split("\n\n").next().unwrap_or_default()
    }

    fn parents_text(&self) -> String {
        if self.down_revisions.is_empty() { "<base>".to_owned() } else { self.down_revisions.join(", ") }
    }
}
