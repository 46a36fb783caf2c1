//! Cases as documents: reading them, and writing what was found back into them.

use std::collections::BTreeMap;

use limbeck_schema::Dialect;
use serde::Deserialize;

/// A file of cases.
pub(crate) struct Document {
    /// All of it, as it was read.
    pub(crate) text: String,
    /// What stands before the first case.
    preamble: String,
    /// ```` ```sql common ```` before the first case: what every schema of the document begins with.
    common: BTreeMap<Dialect, String>,
    pub(crate) cases: Vec<Case>,
}

/// A `##` section: two schemas, and what is expected of the way from the first to the second.
pub(crate) struct Case {
    pub(crate) title: String,
    /// The heading's line, counted from 1.
    pub(crate) line: usize,
    /// The text and the input blocks as they stand, up to the first expected block.
    source: String,
    pub(crate) before: BTreeMap<Dialect, String>,
    pub(crate) after: BTreeMap<Dialect, String>,
    pub(crate) hints: Hints,
    /// A query to be run after the upgrade.
    pub(crate) query: Option<String>,
    /// Whether the database is to refuse the upgrade.
    pub(crate) fails: bool,
    pub(crate) expected: BTreeMap<Block, BTreeMap<Dialect, String>>,
}

/// What only the author of a model can know.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Hints {
    #[serde(default)]
    pub(crate) rename: Renames,
    /// By `table.column` of the schema after: the value for the rows that are there.
    #[serde(default)]
    pub(crate) backfill: BTreeMap<String, String>,
}

/// Former names by the names after: of tables, `table.column`s, and `enum.value`s.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Renames {
    #[serde(default)]
    pub(crate) tables: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) columns: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) values: BTreeMap<String, String>,
}

/// The blocks that are compared, or written with `UPDATE_EXPECT=1`, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Block {
    Detected,
    Upgrade,
    Error,
    Rows,
    Downgrade,
}

impl Block {
    pub(crate) const ALL: [Block; 5] =
        [Block::Detected, Block::Upgrade, Block::Error, Block::Rows, Block::Downgrade];

    /// The words behind the fence.
    pub(crate) fn info(self) -> &'static str {
        match self {
            Block::Detected => "text detected",
            Block::Upgrade => "sql upgrade",
            Block::Error => "text error",
            Block::Rows => "text rows",
            Block::Downgrade => "sql downgrade",
        }
    }
}

const BOTH: [Dialect; 2] = [Dialect::Postgresql, Dialect::Sqlite];

impl Document {
    pub(crate) fn parse(text: &str) -> Result<Document, String> {
        let mut document = Document {
            text: text.to_owned(),
            preamble: String::new(),
            common: BTreeMap::new(),
            cases: Vec::new(),
        };
        let mut lines = text.lines().enumerate();
        while let Some((at, line)) = lines.next() {
            if let Some(title) = line.strip_prefix("## ") {
                document.cases.push(Case::new(title, at + 1));
                continue;
            }
            let Some(info) = line.strip_prefix("```") else {
                document.text_at_end().push_str(&format!("{line}\n"));
                continue;
            };
            let body: Vec<&str> =
                lines.by_ref().map(|(_, line)| line).take_while(|line| *line != "```").collect();
            let body = body.iter().map(|line| format!("{line}\n")).collect::<String>();
            let place = |error| format!("line {}: {error}", at + 1);
            match document.cases.last_mut() {
                Some(case) => case.take_block(info, body).map_err(place)?,
                None => {
                    document.preamble += &format!("```{info}\n{body}```\n");
                    let dialects = dialects_of(info, "sql common").map_err(place)?.unwrap_or_default();
                    document.common.extend(dialects.into_iter().map(|d| (d, body.clone())));
                }
            }
        }
        for case in &mut document.cases {
            for (dialect, common) in &document.common {
                let schemas = case.before.get_mut(dialect).into_iter().chain(case.after.get_mut(dialect));
                schemas.for_each(|schema| schema.insert_str(0, common));
            }
        }
        Ok(document)
    }

    /// Where a line goes that is part of no block.
    fn text_at_end(&mut self) -> &mut String {
        match self.cases.last_mut() {
            Some(case) => &mut case.source,
            None => &mut self.preamble,
        }
    }

    /// The document with its expected blocks as the cases hold them now.
    pub(crate) fn render(&self) -> String {
        let mut text = self.preamble.clone();
        for case in &self.cases {
            text += &format!("## {}\n{}\n", case.title, case.source.trim_end());
            let dialects = case.dialects();
            for (block, found) in &case.expected {
                let found = found.iter().filter(|(dialect, _)| dialects.contains(dialect));
                text += &fences(*block, &found.collect());
            }
            text.push('\n');
        }
        text.trim_end().to_owned() + "\n"
    }
}

/// One fence where the dialects agree, else one for each.
fn fences(block: Block, found: &BTreeMap<&Dialect, &String>) -> String {
    let fence = |suffix: &str, body: &str| format!("\n```{}{suffix}\n{body}```\n", block.info());
    match found.values().collect::<Vec<_>>().as_slice() {
        [one, other] if one == other => fence("", one),
        _ => found.iter().map(|(dialect, body)| fence(&format!(" {dialect}"), body)).collect(),
    }
}

impl Case {
    fn new(title: &str, line: usize) -> Self {
        Case {
            title: title.to_owned(),
            line,
            source: String::new(),
            before: BTreeMap::new(),
            after: BTreeMap::new(),
            hints: Hints::default(),
            query: None,
            fails: false,
            expected: BTreeMap::new(),
        }
    }

    /// Those it has both schemas for.
    pub(crate) fn dialects(&self) -> Vec<Dialect> {
        BOTH.into_iter().filter(|d| self.before.contains_key(d) && self.after.contains_key(d)).collect()
    }

    fn take_block(&mut self, info: &str, body: String) -> Result<(), String> {
        for block in Block::ALL {
            if let Some(dialects) = dialects_of(info, block.info())? {
                self.fails |= block == Block::Error;
                self.expected
                    .entry(block)
                    .or_default()
                    .extend(dialects.into_iter().map(|d| (d, body.clone())));
                return Ok(());
            }
        }
        self.source += &format!("```{info}\n{body}```\n");
        if let Some(dialects) = dialects_of(info, "sql before")? {
            self.before.extend(dialects.into_iter().map(|d| (d, body.clone())));
        } else if let Some(dialects) = dialects_of(info, "sql after")? {
            self.after.extend(dialects.into_iter().map(|d| (d, body.clone())));
        } else if info == "sql query" {
            self.query = Some(body);
        } else if info == "toml hints" {
            self.hints = toml::from_str(&body).map_err(|error| error.to_string())?;
        } else {
            return Err(format!("`{info}` is no block of a case"));
        }
        Ok(())
    }
}

/// The dialects that a block of this kind is for; `None` when it is of another kind.
fn dialects_of(info: &str, kind: &str) -> Result<Option<Vec<Dialect>>, String> {
    match info.strip_prefix(kind) {
        None => Ok(None),
        Some("") => Ok(Some(BOTH.to_vec())),
        Some(dialect) => dialect
            .trim()
            .parse()
            .map(|dialect| Some(vec![dialect]))
            .map_err(|_| format!("`{}` is no dialect", dialect.trim())),
    }
}

impl Hints {
    /// The same for the way back.
    pub(crate) fn reversed(&self) -> Hints {
        let tables = self.rename.tables.iter().map(|(new, old)| (old.clone(), new.clone())).collect();
        let columns = self.rename.columns.iter().map(|(new, old)| {
            let (table, column) = split(new);
            (format!("{}.{old}", self.former_table(table)), column.to_owned())
        });
        let values = self.rename.values.iter().map(|(new, old)| {
            let (enum_type, value) = split(new);
            (format!("{enum_type}.{old}"), value.to_owned())
        });
        let rename = Renames { tables, columns: columns.collect(), values: values.collect() };
        Hints { rename, backfill: BTreeMap::new() }
    }

    /// What the table was called before.
    pub(crate) fn former_table<'a>(&'a self, table: &'a str) -> &'a str {
        self.rename.tables.get(table).map_or(table, String::as_str)
    }

    /// What the column of a table was called before.
    pub(crate) fn former_column<'a>(&'a self, table: &str, column: &'a str) -> &'a str {
        self.rename.columns.get(&format!("{table}.{column}")).map_or(column, String::as_str)
    }
}

/// The last name, and what is before it.
pub(crate) fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('.').unwrap_or(("", path))
}
