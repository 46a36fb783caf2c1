//! Declared expressions compared with live ones in the server's own text.
//!
//! The printed form of an expression is not always its own printed form: on a `varchar` column `x IN ('a', 'b')` is
//! printed as `x = ANY ((ARRAY['a'::character varying, …])::text[])`, and this again as
//! `x = ANY (ARRAY[('a'::character varying)::text, …])`. A database may hold either, depending on whether it was made
//! from a model or from a dump. So an expression and its printed form mean the same, and two expressions mean the same
//! when any of their forms agree.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::join_all;
use limbeck_dialect::quote_literal;
use limbeck_engine::{EngineError, PostgresqlConnection};
use limbeck_schema::{CompositeType, Dialect, Domain, EnumType, MetaData, QualifiedName, Sequence, Table};

use super::deparsed::without_outer_parentheses;
use super::scratch::{
    Prerequisites, Purpose, Settings, Step, carried_number, may_name, script, used_columns,
};
use super::{default_operator_classes, domains};
use crate::expressions::{Candidate, Occurrence, Place, Question, questions, set};
use crate::{InspectError, Refusal};

/// See [`crate::canonicalize`].
pub(crate) async fn canonicalize(
    connection: &mut PostgresqlConnection,
    live: &MetaData,
    mut declared: MetaData,
    refusals: Refusals,
) -> Result<MetaData, InspectError> {
    default_operator_classes::leave_unsaid(connection, live, &mut declared).await?;
    if declared.domains.is_empty() {
        return canonicalize_tables(connection, live, declared, refusals).await;
    }
    let (live, tables) = (domains::as_tables(live), domains::as_tables(&declared));
    let canonical = canonicalize_tables(connection, &live, tables, refusals).await;
    Ok(domains::from_tables(&declared, canonical.map_err(domains::named)?))
}

/// What is done about an expression that the server refuses.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusals {
    /// It is the model's fault.
    End,
    /// It differs: what one side calls, the other side lacks.
    Differ,
}

async fn canonicalize_tables(
    connection: &mut PostgresqlConnection,
    live: &MetaData,
    declared: MetaData,
    refusals: Refusals,
) -> Result<MetaData, InspectError> {
    let answers = answers(connection, live, &declared, refusals).await?;
    let mut canonical = declared;
    for answer in answers {
        if let Some(table) = canonical.tables.get_mut(answer.table) {
            set(table, &answer.place, &answer.text);
        }
    }
    Ok(canonical)
}

/// A text that means what the declared one at that place does.
struct Answer {
    table: usize,
    place: Place,
    text: String,
}

impl Answer {
    fn new(question: &Question, candidate: &Candidate) -> Self {
        Self { table: question.table, place: question.place.clone(), text: candidate.text.clone() }
    }
}

async fn answers(
    connection: &mut PostgresqlConnection,
    live: &MetaData,
    declared: &MetaData,
    refusals: Refusals,
) -> Result<Vec<Answer>, InspectError> {
    let mut answers = Vec::new();
    let mut open = Vec::new();
    for question in questions(Dialect::Postgresql, live, declared) {
        let text = unadorned(&question.place, &question.text);
        match question.candidates.iter().find(|candidate| candidate.text == text) {
            Some(candidate) => answers.push(Answer::new(&question, candidate)),
            None if is_answerable(live, declared, &question) => open.push(question),
            None => {}
        }
    }
    if open.is_empty() {
        return Ok(answers);
    }

    let prerequisites = prerequisites(live, declared);
    let printed = loop {
        let asked: Vec<_> = open.iter().map(|q| occurrence(declared, q.table, &q.place, &q.text)).collect();
        match ask(connection, vec![(asked, Settings::Session, &prerequisites)]).await {
            Ok(printed) => break printed.into_iter().next().unwrap_or_default(),
            Err(Unanswered { refused: Some((_, number)), .. })
                if refusals == Refusals::Differ && number < open.len() =>
            {
                open.remove(number);
            }
            Err(Unanswered { error, .. }) => return Err(error),
        }
        if open.is_empty() {
            return Ok(answers);
        }
    };

    let mut unsettled = Vec::new();
    for (question, printed) in open.into_iter().zip(printed) {
        match question.candidates.iter().find(|candidate| candidate.text == printed) {
            Some(candidate) => answers.push(Answer::new(&question, candidate)),
            None => unsettled.push((question, printed)),
        }
    }
    if unsettled.is_empty() {
        return Ok(answers);
    }

    // Both sides once more, each in a transaction of its own: what the live side means must not depend on a type
    // that the declared side brings along.
    // The live side may be seen through renames that the database does not know yet.
    let renamed = Prerequisites {
        domains: live.domains.iter().filter(|d| is_renamed(declared, d)).collect(),
        composites: live.composites.iter().filter(|c| is_renamed_composite(declared, c)).collect(),
        ..Prerequisites::default()
    };
    let candidates: BTreeSet<Candidate> = unsettled.iter().flat_map(|(q, _)| q.candidates.clone()).collect();
    let mut candidates: Vec<Candidate> = candidates.into_iter().collect();
    let (declared_again, live_again) = loop {
        let again =
            unsettled.iter().map(|(q, printed)| occurrence(declared, q.table, &q.place, printed)).collect();
        let live_side = candidates.iter().map(|c| occurrence(live, c.table, &c.place, &c.text)).collect();
        let inquiries =
            vec![(again, Settings::Canonical, &prerequisites), (live_side, Settings::Canonical, &renamed)];
        match ask(connection, inquiries).await {
            Ok(printed) => {
                let mut printed = printed.into_iter();
                let declared_again = printed.next().unwrap_or_default();
                let live_again: BTreeMap<&Candidate, String> =
                    candidates.iter().zip(printed.next().unwrap_or_default()).collect();
                break (declared_again, live_again);
            }
            Err(Unanswered { refused: Some((0, number)), .. })
                if refusals == Refusals::Differ && number < unsettled.len() =>
            {
                unsettled.remove(number);
            }
            Err(Unanswered { refused: Some((_, number)), .. })
                if refusals == Refusals::Differ && number < candidates.len() =>
            {
                candidates.remove(number);
            }
            Err(Unanswered { error, .. }) => return Err(error),
        }
    };
    for ((question, printed), printed_again) in unsettled.iter().zip(&declared_again) {
        let means_the_same = |candidate: &&Candidate| {
            *printed_again == candidate.text
                || live_again.get(candidate).is_some_and(|live| live == printed || live == printed_again)
        };
        if let Some(candidate) = question.candidates.iter().find(means_the_same) {
            answers.push(Answer::new(question, candidate));
        }
    }
    Ok(answers)
}

/// The text as inspection would give it, as far as that is a matter of the outermost parentheses.
fn unadorned<'a>(place: &Place, text: &'a str) -> &'a str {
    match place {
        Place::Default(_) => text.trim(),
        _ => without_outer_parentheses(text),
    }
}

fn occurrence<'a>(metadata: &'a MetaData, table: usize, place: &'a Place, text: &'a str) -> Occurrence<'a> {
    static NO_TABLE: std::sync::LazyLock<Table> = std::sync::LazyLock::new(|| Table::new(""));
    Occurrence { table: metadata.tables.get(table).unwrap_or(&NO_TABLE), place, text }
}

fn is_renamed(declared: &MetaData, domain: &Domain) -> bool {
    domain.name.schema.is_none()
        && declared.find_domain(&domain.name).is_some_and(|declared| declared.renamed_from.is_some())
}

fn is_renamed_composite(declared: &MetaData, composite: &CompositeType) -> bool {
    composite.name.schema.is_none()
        && declared.find_composite(&composite.name).is_some_and(|declared| declared.renamed_from.is_some())
}

/// Whether the database can be asked: not where the expression stands on a type, or names a type or sequence, of another
/// schema that it does not have, or not with all its values. Nothing can stand in for those, and what stands on
/// something new has no counterpart anyway.
fn is_answerable(live: &MetaData, declared: &MetaData, question: &Question) -> bool {
    let expression = occurrence(declared, question.table, &question.place, &question.text);
    let is_used = |name: &QualifiedName| {
        name.schema.is_some()
            && (may_name(&question.text, &name.name)
                || used_columns(&expression).any(|column| column.sql_type.named_type() == Some(name)))
    };
    let lacks_value = |declared: &EnumType| match live.find_enum(&declared.name) {
        None => true,
        Some(live) => {
            let mut added = declared.values.iter().filter(|value| !live.values.contains(value));
            added.any(|value| question.text.contains(&quote_literal(Dialect::Postgresql, value)))
        }
    };
    let has_sequence = |name: &QualifiedName| live.sequences.iter().any(|sequence| sequence.name == *name);
    !declared.enums.iter().any(|e| is_used(&e.name) && lacks_value(e))
        && !declared.domains.iter().any(|d| is_used(&d.name) && live.find_domain(&d.name).is_none())
        && !declared.composites.iter().any(|c| is_used(&c.name) && live.find_composite(&c.name).is_none())
        && !declared.sequences.iter().any(|s| is_used(&s.name) && !has_sequence(&s.name))
}

/// Types and sequences of the default schema that the database lacks. A type that lacks a value stands in for the
/// existing one: `pg_temp` is searched first (PostgreSQL docs, `search_path`).
fn prerequisites<'a>(live: &MetaData, declared: &'a MetaData) -> Prerequisites<'a> {
    let lacking = |declared: &&EnumType| {
        declared.name.schema.is_none()
            && live
                .find_enum(&declared.name)
                .is_none_or(|live| declared.values.iter().any(|value| !live.values.contains(value)))
    };
    let missing = |declared: &&Sequence| {
        declared.name.schema.is_none() && !live.sequences.iter().any(|live| live.name == declared.name)
    };
    let other_domain = |declared: &&Domain| {
        let differs =
            || live.find_domain(&declared.name).is_none_or(|live| live.base_type != declared.base_type);
        declared.name.schema.is_none() && (declared.renamed_from.is_some() || differs())
    };
    let other_composite = |declared: &&CompositeType| {
        let differs =
            || live.find_composite(&declared.name).is_none_or(|live| live.attributes != declared.attributes);
        declared.name.schema.is_none() && (declared.renamed_from.is_some() || differs())
    };
    Prerequisites {
        domains: declared.domains.iter().filter(other_domain).collect(),
        composites: declared.composites.iter().filter(other_composite).collect(),
        enums: declared.enums.iter().filter(lacking).collect(),
        sequences: declared.sequences.iter().filter(missing).collect(),
    }
}

/// Why expressions were not printed.
struct Unanswered {
    error: InspectError,
    /// The inquiry and the number of the expression that the server does not accept, if it is that.
    refused: Option<(usize, usize)>,
}

impl From<InspectError> for Unanswered {
    fn from(error: InspectError) -> Self {
        Unanswered { error, refused: None }
    }
}

type Inquiry<'a> = (Vec<Occurrence<'a>>, Settings, &'a Prerequisites<'a>);

/// Has the server print the expressions of each inquiry, all in one round trip.
async fn ask(
    connection: &PostgresqlConnection,
    inquiries: Vec<Inquiry<'_>>,
) -> Result<Vec<Vec<String>>, Unanswered> {
    let mut steps = Vec::new();
    let mut printed_as = Vec::new();
    for (number, (expressions, settings, prerequisites)) in inquiries.iter().enumerate() {
        let script = script(expressions, *settings, prerequisites)?;
        steps.extend(script.steps.into_iter().map(|step| (number, step)));
        printed_as.push(script.printed_as);
    }
    // Sent together, the statements are still told apart when one fails. Those after it fail too, until the rollback
    // at the end of the transaction, which is on its way in any case.
    let outcomes = join_all(steps.iter().map(|(_, step)| connection.query(&step.sql))).await;
    let mut printed: Vec<Vec<String>> =
        inquiries.iter().map(|(expressions, ..)| vec![String::new(); expressions.len()]).collect();
    for ((inquiry, step), outcome) in steps.iter().zip(outcomes) {
        let expressions =
            inquiries.get(*inquiry).map(|(expressions, ..)| expressions.as_slice()).unwrap_or_default();
        let rows = outcome.map_err(|error| {
            let error = refused(error, step, expressions);
            let refused = match (&error, step.purpose) {
                (InspectError::Refused(_), Purpose::Room(number) | Purpose::Expression(number)) => {
                    Some((*inquiry, number))
                }
                _ => None,
            };
            Unanswered { error, refused }
        })?;
        if step.purpose != Purpose::Reading {
            continue;
        }
        for row in rows {
            let [Some(carrier), Some(text)] = row.as_slice() else { continue };
            let Some(number) = carried_number(carrier) else { continue };
            let answer = printed.get_mut(*inquiry).and_then(|texts| texts.get_mut(number));
            if let (Some(answer), Some(expression)) = (answer, expressions.get(number)) {
                *answer = unadorned(expression.place, text).to_owned();
            }
        }
    }
    let spread = |(texts, carriers): (Vec<String>, Vec<usize>)| {
        carriers.into_iter().map(|carrier| texts.get(carrier).cloned().unwrap_or_default()).collect()
    };
    Ok(printed.into_iter().zip(printed_as).map(spread).collect())
}

/// PostgreSQL's codes for a missing privilege, a read-only transaction and a standby that cannot write
/// (PostgreSQL docs, "PostgreSQL Error Codes").
const NO_TEMPORARY_TABLES: [&str; 3] = ["42501", "25006", "0A000"];

fn refused(error: EngineError, step: &Step, expressions: &[Occurrence<'_>]) -> InspectError {
    let Some(sql_error) = error.sql_error() else { return InspectError::Engine(error) };
    let sqlstate = sql_error.sqlstate.clone().unwrap_or_default();
    let message = sql_error.to_string();
    let number = match step.purpose {
        Purpose::Room(_) | Purpose::Frame if NO_TEMPORARY_TABLES.contains(&sqlstate.as_str()) => {
            return InspectError::TemporaryTables { message };
        }
        Purpose::Room(number) | Purpose::Expression(number) => number,
        Purpose::Frame | Purpose::Reading => return InspectError::Engine(error),
    };
    match expressions.get(number) {
        Some(expression) => InspectError::Refused(Box::new(Refusal {
            owner: "table",
            table: expression.table.name.clone(),
            object: expression.describe(),
            expression: expression.text.to_owned(),
            message,
            sqlstate,
        })),
        None => InspectError::Engine(error),
    }
}
