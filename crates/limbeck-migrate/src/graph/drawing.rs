//! The graph drawn in text, as `history --graph` prints it.
//!
//! Every revision has a line, newest first, and stands in a column; a line below it leads to its parents:
//!
//! ```text
//! ○    53fffde5ad55 (head) (mergepoint), merge ae1 and 27c
//! ├─╮
//! │ ○  27c6a30d7c24 (shoppingcart), add shopping cart table
//! @ │  ae1027a6acf0 (current), add a column
//! ├─╯
//! ○  1975ea83b712 (branchpoint), create account table
//! ```

use std::collections::BTreeSet;

use super::{Revision, RevisionEntry, RevisionGraph};

impl RevisionGraph {
    /// Draws revisions, which must be in an order in which none comes before what comes after it, such as
    /// [`RevisionGraph::history`] gives. `text` says what stands beside each; lines beyond its first are drawn below.
    ///
    /// `@` is a revision the database is at, `○` any other, `~` stands where parents are left out. Dependencies are no
    /// lines: they would cross everything, and [`RevisionEntry::graph_line`] names them.
    pub fn drawing(
        &self,
        revisions: &[&Revision],
        current: &[String],
        text: &dyn Fn(&RevisionEntry) -> String,
    ) -> String {
        let shown: BTreeSet<&str> = revisions.iter().map(|revision| revision.id.as_str()).collect();
        let mut columns = Columns::default();
        let mut drawing = String::new();
        for (drawn, revision) in revisions.iter().enumerate() {
            let Some(entry) = self.entry(revision, current) else { continue };
            let text = text(&entry);
            let mut lines = text.lines();
            let at = columns.take(&entry.revision);
            let mark = if entry.is_current { '@' } else { '○' };
            push_line(&mut drawing, &columns.node_row(at, mark), lines.next().unwrap_or_default());

            let (inside, outside): (Vec<String>, Vec<String>) =
                entry.down_revisions.iter().cloned().partition(|parent| shown.contains(parent.as_str()));
            let link = columns.lead(at, inside);
            if !outside.is_empty() && columns.is_free(at) {
                push_line(&mut drawing, &columns.node_row(at, '~'), lines.next().unwrap_or_default());
            }
            if let Some(link) = link {
                push_line(&mut drawing, &link, lines.next().unwrap_or_default());
            }
            for line in lines {
                push_line(&mut drawing, &columns.row(), line);
            }
            // Two marks below each other without a line between are still parent and child.
            if entry.down_revisions.is_empty() && drawn + 1 < revisions.len() {
                push_line(&mut drawing, &columns.row(), "");
            }
            columns.close();
        }
        drawing
    }
}

/// The lines of the drawing that are open: each waits for the revision it leads to.
#[derive(Default)]
struct Columns {
    waiting: Vec<Option<String>>,
}

/// Which of its four neighbours a cell is connected to.
#[derive(Clone, Copy, Default)]
struct Cell {
    up: bool,
    down: bool,
    left: bool,
    right: bool,
}

impl Cell {
    fn glyph(self) -> char {
        match (self.up, self.down, self.left, self.right) {
            (true, true, true, true) => '┼',
            (true, true, true, false) => '┤',
            (true, true, false, true) => '├',
            (true, false, true, true) => '┴',
            (false, true, true, true) => '┬',
            (true, false, true, false) => '╯',
            (true, false, false, true) => '╰',
            (false, true, true, false) => '╮',
            (false, true, false, true) => '╭',
            (false, false, true | false, true) | (false, false, true, false) => '─',
            (true, true, false, false) | (true, false, false, false) | (false, true, false, false) => '│',
            (false, false, false, false) => ' ',
        }
    }
}

impl Columns {
    /// The column that waits for a revision, or a free one for a revision that nothing shown comes after.
    fn take(&mut self, revision: &str) -> usize {
        let waits = self.waiting.iter().position(|waiting| waiting.as_deref() == Some(revision));
        match waits {
            Some(at) => at,
            None => self.open(revision.to_owned(), None),
        }
    }

    /// A free column, at the right of all if there is none, that waits for a revision from now on.
    fn open(&mut self, revision: String, except: Option<usize>) -> usize {
        let free = (0..self.waiting.len()).find(|&at| self.is_free(at) && Some(at) != except);
        let at = free.unwrap_or(self.waiting.len());
        match self.waiting.get_mut(at) {
            Some(column) => *column = Some(revision),
            None => self.waiting.push(Some(revision)),
        }
        at
    }

    fn is_free(&self, at: usize) -> bool {
        self.waiting.get(at).is_none_or(Option::is_none)
    }

    /// Leads the column of a revision that was drawn on to its parents; gives the line that shows it, if one is needed.
    fn lead(&mut self, at: usize, parents: Vec<String>) -> Option<String> {
        let before: Vec<bool> = self.waiting.iter().map(Option::is_some).collect();
        if let Some(column) = self.waiting.get_mut(at) {
            *column = None;
        }
        let mut targets: Vec<usize> = Vec::new();
        let mut own_is_taken = false;
        for parent in parents {
            let waits = self.waiting.iter().position(|waiting| waiting.as_ref() == Some(&parent));
            let target = match (waits, self.waiting.get_mut(at)) {
                (Some(target), _) => target,
                (None, Some(own)) if !own_is_taken => {
                    *own = Some(parent);
                    own_is_taken = true;
                    at
                }
                (None, _) => self.open(parent, Some(at)),
            };
            targets.push(target);
        }
        if targets.iter().all(|&target| target == at) {
            return None;
        }
        let mut cells: Vec<Cell> = (0..self.waiting.len())
            .map(|column| Cell {
                up: before.get(column).copied().unwrap_or_default(),
                down: !self.is_free(column),
                ..Cell::default()
            })
            .collect();
        let first = targets.iter().copied().fold(at, usize::min);
        let last = targets.iter().copied().fold(at, usize::max);
        for (column, cell) in cells.iter_mut().enumerate() {
            let joins = column == at || targets.contains(&column);
            // A line that is only crossed stays whole: `─│─`, not `─┼─`.
            let crossed = !joins && cell.up && cell.down;
            cell.left = !crossed && first < column && column <= last;
            cell.right = !crossed && first <= column && column < last;
        }
        let mut row = String::new();
        for (column, cell) in cells.iter().enumerate() {
            row.push(cell.glyph());
            row.push(if first <= column && column < last { '─' } else { ' ' });
        }
        Some(row)
    }

    /// The open lines, with a mark in the column of a revision.
    fn node_row(&self, at: usize, mark: char) -> String {
        (0..self.waiting.len())
            .flat_map(|column| match column {
                _ if column == at => [mark, ' '],
                _ if self.is_free(column) => [' ', ' '],
                _ => ['│', ' '],
            })
            .collect()
    }

    fn row(&self) -> String {
        self.waiting.iter().flat_map(|column| [if column.is_some() { '│' } else { ' ' }, ' ']).collect()
    }

    /// Forgets the free columns at the right.
    fn close(&mut self) {
        while self.waiting.last().is_some_and(Option::is_none) {
            self.waiting.pop();
        }
    }
}

fn push_line(drawing: &mut String, row: &str, text: &str) {
    let line = format!("{row} {text}");
    drawing.push_str(line.trim_end());
    drawing.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::RevisionRange;

    /// A graph of lines `id parent parent…`; `id < dependency` gives a dependency.
    fn graph(lines: &str) -> RevisionGraph {
        let revision = |line: &str| {
            let (names, dependencies) = line.split_once('<').unwrap_or((line, ""));
            let mut names = names.split_whitespace().map(str::to_owned);
            Revision {
                id: names.next().unwrap_or_default(),
                down_revisions: names.collect(),
                depends_on: dependencies.split_whitespace().map(str::to_owned).collect(),
                branch_labels: Vec::new(),
                replaces: Vec::new(),
                message: "do it".to_owned(),
                source: 0,
            }
        };
        RevisionGraph::new(
            lines.lines().map(str::trim).filter(|line| !line.is_empty()).map(revision).collect(),
        )
        .unwrap()
    }

    #[track_caller]
    fn drawn(lines: &str, range: &str, current: &[&str], expected: &str) {
        let graph = graph(lines);
        let revisions = graph.history(&RevisionRange::parse(range).unwrap(), None).unwrap();
        let current: Vec<String> = current.iter().map(|id| (*id).to_owned()).collect();
        let drawing = graph.drawing(&revisions, &current, &|entry| entry.revision.clone());
        let expected: String = expected
            .lines()
            .skip(1)
            .map(|line| format!("{}\n", line.strip_prefix("        ").unwrap_or(line)))
            .collect();
        assert_eq!(drawing.trim_end(), expected.trim_end(), "\n{drawing}");
    }

    #[test]
    fn a_line_is_a_line() {
        drawn(
            "a\nb a\nc b",
            ":",
            &["b"],
            "
        ○  c
        @  b
        ○  a",
        );
    }

    #[test]
    fn a_branch_leaves_and_comes_back() {
        drawn(
            "a\nb a\nc a\nd b c\ne d",
            ":",
            &[],
            "
        ○  e
        ○  d
        ├─╮
        ○ │  b
        │ ○  c
        ├─╯
        ○  a",
        );
    }

    #[test]
    fn two_heads_have_a_column_each() {
        drawn(
            "a\nb a\nc b\nx a\ny x",
            ":",
            &["c", "x"],
            "
        @  c
        ○  b
        │ ○  y
        │ @  x
        ├─╯
        ○  a",
        );
    }

    #[test]
    fn several_bases_do_not_meet() {
        drawn(
            "a\nb a\nx\ny x",
            ":",
            &[],
            "
        ○  b
        ○  a

        ○  y
        ○  x",
        );
    }

    #[test]
    fn a_merge_of_three() {
        drawn(
            "a\nb a\nc a\nd a\nm b c d",
            ":",
            &[],
            "
        ○  m
        ├─┬─╮
        ○ │ │  b
        │ ○ │  c
        ├─╯ │
        │   ○  d
        ├───╯
        ○  a",
        );
    }

    #[test]
    fn a_range_shows_that_it_goes_on() {
        drawn(
            "a\nb a\nc b\nd c",
            "c:d",
            &[],
            "
        ○  d
        ○  c
        ~",
        );
    }

    #[test]
    fn lines_below_the_first_stand_beside_the_graph() {
        let graph = graph("a\nb a\nc a\nd b c");
        let revisions = graph.history(&RevisionRange::default(), None).unwrap();
        let drawing =
            graph.drawing(&revisions, &[], &|entry| format!("{}\n  more\n  and more", entry.revision));
        let expected = "\
○  d
├─╮    more
│ │    and more
○ │  b
│ │    more
│ │    and more
│ ○  c
├─╯    more
│      and more
○  a
     more
     and more
";
        assert_eq!(drawing, expected, "\n{drawing}");
    }

    #[test]
    fn every_revision_is_drawn_once_and_every_line_arrives() {
        let graph = graph("a\nb a\nc a\nd a\ne b c\nf d c\ng e f\nh b\ni h < g");
        let revisions = graph.history(&RevisionRange::default(), None).unwrap();
        let drawing = graph.drawing(&revisions, &[], &RevisionEntry::graph_line);
        for revision in graph.revisions() {
            let line = format!("  {}", revision.id);
            assert_eq!(drawing.matches(&line).count(), 1, "{line}\n{drawing}");
        }
        assert!(drawing.contains("i (head) (depends on g), do it"), "{drawing}");
        assert!(drawing.trim_end().ends_with("○  a (branchpoint), do it"), "{drawing}");
    }
}
