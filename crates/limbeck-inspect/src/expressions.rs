//! The expressions of a schema, and which live expression a declared one is to be compared with.

use std::collections::BTreeMap;

use limbeck_schema::{
    CheckConstraint, Dialect, ExcludeConstraint, Expression, Index, IndexElement, IndexTarget, MetaData,
    QualifiedName, Table,
};

/// Where in a table an expression is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Place {
    /// The default of the column of that number.
    Default(usize),
    /// The generation expression of the column of that number.
    Computed(usize),
    /// The check constraint of that number.
    Check(usize),
    /// The predicate of the index of that number.
    Predicate(usize),
    /// A key of the index of that number.
    Key(usize, usize),
    /// The predicate of the exclusion constraint of that number.
    ExcludePredicate(usize),
    /// A key of the exclusion constraint of that number.
    ExcludeKey(usize, usize),
}

/// An expression of a table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Occurrence<'a> {
    /// The table.
    pub(crate) table: &'a Table,
    /// Where in the table.
    pub(crate) place: &'a Place,
    /// Its text.
    pub(crate) text: &'a str,
}

impl Occurrence<'_> {
    /// What carries the expression, for messages.
    pub(crate) fn describe(&self) -> String {
        let column = |number: usize| self.table.columns.get(number).map_or("", |c| c.name.as_str());
        let index =
            |number: usize| self.table.indexes.get(number).and_then(|i| i.name.as_deref()).unwrap_or("");
        let exclude =
            |number: usize| self.table.excludes.get(number).and_then(|e| e.name.as_deref()).unwrap_or("");
        match self.place {
            Place::Default(number) => format!("the default of column `{}`", column(*number)),
            Place::Computed(number) => format!("the generation expression of column `{}`", column(*number)),
            Place::Check(number) => {
                let name = self.table.checks.get(*number).and_then(|c| c.name.as_deref());
                name.map_or_else(
                    || "a check constraint".to_owned(),
                    |name| format!("check constraint `{name}`"),
                )
            }
            Place::Predicate(number) => format!("the predicate of index `{}`", index(*number)),
            Place::Key(number, _) => format!("an expression of index `{}`", index(*number)),
            Place::ExcludePredicate(number) => {
                format!("the predicate of exclusion constraint `{}`", exclude(*number))
            }
            Place::ExcludeKey(number, _) => {
                format!("an expression of exclusion constraint `{}`", exclude(*number))
            }
        }
    }
}

/// A declared expression whose text differs from that of its live counterpart, or counterparts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Question {
    /// The number of the declared table.
    pub(crate) table: usize,
    /// Where in the declared table.
    pub(crate) place: Place,
    /// The declared text.
    pub(crate) text: String,
    /// The live expressions that may be its counterpart, the likeliest first.
    pub(crate) candidates: Vec<Candidate>,
}

/// A live expression that may be the counterpart of a declared one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Candidate {
    /// The number of the live table.
    pub(crate) table: usize,
    /// Where in the live table.
    pub(crate) place: Place,
    /// The live text.
    pub(crate) text: String,
}

/// Every declared expression whose counterpart has another text.
pub(crate) fn questions(dialect: Dialect, live: &MetaData, declared: &MetaData) -> Vec<Question> {
    let numbers: BTreeMap<&QualifiedName, usize> =
        live.tables.iter().enumerate().map(|(number, table)| (&table.name, number)).collect();
    let mut questions = Vec::new();
    for (number, table) in declared.tables.iter().enumerate() {
        if let Some(&live_number) = numbers.get(&table.name)
            && let Some(live_table) = live.tables.get(live_number)
        {
            let pair = TablePair { dialect, live_number, live: live_table, number, declared: table };
            pair.columns(&mut questions);
            pair.checks(&mut questions);
            pair.indexes(&mut questions);
            pair.excludes(&mut questions);
        }
    }
    questions
}

/// Replaces the expression at a place.
pub(crate) fn set(table: &mut Table, place: &Place, text: &str) {
    let expression = match place {
        Place::Default(number) => {
            table.columns.get_mut(*number).and_then(|column| column.server_default.as_mut())
        }
        Place::Computed(number) => table
            .columns
            .get_mut(*number)
            .and_then(|column| column.computed.as_mut())
            .map(|computed| &mut computed.expression),
        Place::Check(number) => table.checks.get_mut(*number).map(|check| &mut check.expression),
        Place::Predicate(number) => table.indexes.get_mut(*number).and_then(|index| index.predicate.as_mut()),
        Place::ExcludePredicate(number) => {
            table.excludes.get_mut(*number).and_then(|exclude| exclude.predicate.as_mut())
        }
        Place::Key(number, key) => {
            let index = table.indexes.get_mut(*number);
            index.and_then(|index| index.elements.get_mut(*key)).and_then(key_expression)
        }
        Place::ExcludeKey(number, key) => {
            let exclude = table.excludes.get_mut(*number);
            let element = exclude.and_then(|exclude| exclude.elements.get_mut(*key));
            element.and_then(|element| key_expression(&mut element.element))
        }
    };
    if let Some(expression) = expression {
        *expression = Expression::new(text);
    }
}

fn key_expression(element: &mut IndexElement) -> Option<&mut Expression> {
    match &mut element.target {
        IndexTarget::Expression(expression) => Some(expression),
        IndexTarget::Column(_) => None,
    }
}

/// A declared table and the live one it is compared with.
struct TablePair<'a> {
    dialect: Dialect,
    live_number: usize,
    live: &'a Table,
    number: usize,
    declared: &'a Table,
}

impl TablePair<'_> {
    fn ask(
        &self,
        place: Place,
        declared: &Expression,
        candidates: Vec<(Place, &Expression)>,
        questions: &mut Vec<Question>,
    ) {
        let text = declared.for_dialect(self.dialect);
        // The namesake comes first; a text that is its own needs no answer.
        if candidates.first().is_none_or(|(_, live)| live.for_dialect(self.dialect) == text) {
            return;
        }
        let candidates = candidates
            .into_iter()
            .map(|(place, live)| Candidate {
                table: self.live_number,
                place,
                text: live.for_dialect(self.dialect).to_owned(),
            })
            .collect();
        questions.push(Question { table: self.number, place, text: text.to_owned(), candidates });
    }

    fn columns(&self, questions: &mut Vec<Question>) {
        for (number, column) in self.declared.columns.iter().enumerate() {
            let namesake = self.live.columns.iter().enumerate().find(|(_, live)| live.name == column.name);
            let Some((live_number, live)) = namesake else { continue };
            if let (Some(declared), Some(live)) = (&column.server_default, &live.server_default) {
                self.ask(
                    Place::Default(number),
                    declared,
                    vec![(Place::Default(live_number), live)],
                    questions,
                );
            }
            if let (Some(declared), Some(live)) = (&column.computed, &live.computed) {
                let candidates = vec![(Place::Computed(live_number), &live.expression)];
                self.ask(Place::Computed(number), &declared.expression, candidates, questions);
            }
        }
    }

    fn checks(&self, questions: &mut Vec<Question>) {
        for (number, check) in self.declared.checks.iter().enumerate() {
            let has_namesake = |a: &CheckConstraint, among: &[CheckConstraint]| {
                a.name.is_some() && among.iter().any(|b| b.name == a.name)
            };
            let live = self.live.checks.iter().enumerate();
            let candidates = if has_namesake(check, &self.live.checks) {
                live.filter(|(_, c)| c.name == check.name).collect::<Vec<_>>()
            } else {
                live.filter(|(_, c)| !has_namesake(c, &self.declared.checks)).collect()
            };
            let candidates =
                candidates.into_iter().map(|(number, c)| (Place::Check(number), &c.expression)).collect();
            self.ask(Place::Check(number), &check.expression, candidates, questions);
        }
    }

    fn indexes(&self, questions: &mut Vec<Question>) {
        let has_namesake =
            |a: &Index, among: &[Index]| a.name.is_some() && among.iter().any(|b| b.name == a.name);
        for (number, index) in self.declared.indexes.iter().enumerate() {
            let live = self.live.indexes.iter().enumerate();
            let counterparts = if has_namesake(index, &self.live.indexes) {
                live.filter(|(_, i)| i.name == index.name).collect::<Vec<_>>()
            } else {
                live.filter(|(_, i)| !has_namesake(i, &self.declared.indexes)).collect()
            };
            if let Some(predicate) = &index.predicate {
                let candidates = counterparts
                    .iter()
                    .filter_map(|(number, i)| Some((Place::Predicate(*number), i.predicate.as_ref()?)))
                    .collect();
                self.ask(Place::Predicate(number), predicate, candidates, questions);
            }
            for (key, element) in index.elements.iter().enumerate() {
                let IndexTarget::Expression(expression) = &element.target else { continue };
                let candidates = counterparts
                    .iter()
                    .filter_map(|(number, i)| match &i.elements.get(key)?.target {
                        IndexTarget::Expression(live) => Some((Place::Key(*number, key), live)),
                        IndexTarget::Column(_) => None,
                    })
                    .collect();
                self.ask(Place::Key(number, key), expression, candidates, questions);
            }
        }
    }

    fn excludes(&self, questions: &mut Vec<Question>) {
        let has_namesake = |a: &ExcludeConstraint, among: &[ExcludeConstraint]| {
            a.name.is_some() && among.iter().any(|b| b.name == a.name)
        };
        for (number, exclude) in self.declared.excludes.iter().enumerate() {
            let live = self.live.excludes.iter().enumerate();
            let counterparts = if has_namesake(exclude, &self.live.excludes) {
                live.filter(|(_, e)| e.name == exclude.name).collect::<Vec<_>>()
            } else {
                live.filter(|(_, e)| !has_namesake(e, &self.declared.excludes)).collect()
            };
            if let Some(predicate) = &exclude.predicate {
                let candidates = counterparts
                    .iter()
                    .filter_map(|(number, e)| Some((Place::ExcludePredicate(*number), e.predicate.as_ref()?)))
                    .collect();
                self.ask(Place::ExcludePredicate(number), predicate, candidates, questions);
            }
            for (key, element) in exclude.elements.iter().enumerate() {
                let IndexTarget::Expression(expression) = &element.element.target else { continue };
                let candidates = counterparts
                    .iter()
                    .filter_map(|(number, e)| match &e.elements.get(key)?.element.target {
                        IndexTarget::Expression(live) => Some((Place::ExcludeKey(*number, key), live)),
                        IndexTarget::Column(_) => None,
                    })
                    .collect();
                self.ask(Place::ExcludeKey(number, key), expression, candidates, questions);
            }
        }
    }
}
