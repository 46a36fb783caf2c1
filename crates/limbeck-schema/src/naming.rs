//! Names for constraints and indexes that were declared without one.
//!
//! The templates and tokens are SQLAlchemy's ("Configuring Constraint Naming Conventions"), so a team keeps its
//! existing convention. The default here is complete: SQLAlchemy's own names indexes only, and an unnamed constraint
//! cannot be changed or dropped later. A name given in the model is final.

use std::fmt::Write as _;

use md5::{Digest, Md5};
use serde::{Deserialize, Serialize};

use crate::{Dialect, Domain, ForeignKey, IndexElement, IndexTarget, QualifiedName, Table};

/// The longest identifier in bytes that every dialect keeps whole: PostgreSQL's limit (NAMEDATALEN - 1). One limit for
/// all dialects gives one name on all of them.
pub const MAX_IDENTIFIER_LENGTH: usize = 63;

/// Templates for the names of constraints and indexes.
///
/// Tokens: `%(table_name)s`, `%(schema)s`, `%(referred_table_name)s`, `%(constraint_name)s`, and for columns and
/// referred columns: `%(column_0_name)s` (the first), `%(column_0N_name)s` (all, joined), `%(column_0_N_name)s` (all, joined by `_`),
/// with `_label` (`table_column`) and `_key` in place of `_name`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamingConvention {
    /// Primary keys.
    pub pk: String,
    /// Foreign keys.
    pub fk: String,
    /// Unique constraints.
    pub uq: String,
    /// Check constraints; `%(constraint_name)s` is made from the words of the condition.
    pub ck: String,
    /// Indexes.
    pub ix: String,
    /// Exclusion constraints.
    #[serde(default = "exclude_template")]
    pub ex: String,
}

/// A token that naming conventions do not have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the naming convention `{template}` has the unknown token `{token}`")]
pub struct UnknownToken {
    /// The template.
    pub template: String,
    /// The token in it.
    pub token: String,
}

/// Conventions written before there were exclusion constraints do not name it.
fn exclude_template() -> String {
    "ex_%(table_name)s_%(column_0_N_name)s".to_owned()
}

impl Default for NamingConvention {
    fn default() -> Self {
        Self {
            pk: "pk_%(table_name)s".to_owned(),
            fk: "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s".to_owned(),
            uq: "uq_%(table_name)s_%(column_0_N_name)s".to_owned(),
            ck: "ck_%(table_name)s_%(constraint_name)s".to_owned(),
            ix: "ix_%(table_name)s_%(column_0_N_name)s".to_owned(),
            ex: exclude_template(),
        }
    }
}

impl NamingConvention {
    /// Names everything unnamed in a table.
    ///
    /// # Errors
    /// When a template holds a token that does not exist.
    pub fn name_table(&self, table: &mut Table) -> Result<(), UnknownToken> {
        let name = table.name.clone();
        let subject = |columns: &[String]| Subject {
            table: &name,
            columns: columns.to_vec(),
            referred: None,
            constraint_name: String::new(),
        };
        if let Some(pk) = &mut table.primary_key
            && pk.name.is_none()
        {
            pk.name = Some(expand(&self.pk, &subject(&pk.columns))?);
        }
        for fk in table.foreign_keys.iter_mut().filter(|fk| fk.name.is_none()) {
            let reference = fk.clone();
            let subject = Subject { referred: Some(&reference), ..subject(&fk.columns) };
            fk.name = Some(expand(&self.fk, &subject)?);
        }
        for unique in table.uniques.iter_mut().filter(|c| c.name.is_none()) {
            unique.name = Some(expand(&self.uq, &subject(&unique.columns))?);
        }
        for check in table.checks.iter_mut().filter(|c| c.name.is_none()) {
            let subject = Subject { constraint_name: words(&check.expression.sql), ..subject(&[]) };
            check.name = Some(expand(&self.ck, &subject)?);
        }
        for index in table.indexes.iter_mut().filter(|i| i.name.is_none()) {
            index.name = Some(expand(&self.ix, &subject(&index_words(&index.elements)))?);
        }
        for exclude in table.excludes.iter_mut().filter(|c| c.name.is_none()) {
            let words = index_words(exclude.elements.iter().map(|e| &e.element));
            exclude.name = Some(expand(&self.ex, &subject(&words))?);
        }
        Ok(())
    }

    /// Names the unnamed conditions of a domain as if it were a table.
    ///
    /// # Errors
    /// When the template holds a token that does not exist.
    pub fn name_domain(&self, domain: &mut Domain) -> Result<(), UnknownToken> {
        for check in domain.checks.iter_mut().filter(|c| c.name.is_none()) {
            let subject = Subject {
                table: &domain.name,
                columns: Vec::new(),
                referred: None,
                constraint_name: words(&check.expression.sql),
            };
            check.name = Some(expand(&self.ck, &subject)?);
        }
        Ok(())
    }
}

/// What the tokens of a template are filled from.
struct Subject<'a> {
    table: &'a QualifiedName,
    columns: Vec<String>,
    referred: Option<&'a ForeignKey>,
    constraint_name: String,
}

fn index_words<'a>(elements: impl IntoIterator<Item = &'a IndexElement>) -> Vec<String> {
    let word = |target: &IndexTarget| match target {
        IndexTarget::Column(name) => name.clone(),
        IndexTarget::Expression(expression) => words(expression.for_dialect(Dialect::Postgresql)),
    };
    elements.into_iter().map(|e| word(&e.target)).collect()
}

/// The words of an SQL text joined by `_`: `lower(email)` gives `lower_email`.
fn words(sql: &str) -> String {
    let parts = sql.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|w| !w.is_empty());
    parts.map(str::to_lowercase).collect::<Vec<_>>().join("_")
}

fn expand(template: &str, subject: &Subject<'_>) -> Result<String, UnknownToken> {
    let mut name = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("%(") {
        name.push_str(before);
        let (token, tail) = after.split_once(")s").ok_or_else(|| unknown_token(template, after))?;
        name.push_str(&token_value(token, subject).ok_or_else(|| unknown_token(template, token))?);
        rest = tail;
    }
    name.push_str(rest);
    Ok(shorten(&name))
}

fn unknown_token(template: &str, token: &str) -> UnknownToken {
    UnknownToken { template: template.to_owned(), token: token.to_owned() }
}

fn token_value(token: &str, subject: &Subject<'_>) -> Option<String> {
    let table = subject.table;
    match token {
        "table_name" => return Some(table.name.clone()),
        "schema" => return Some(table.schema.clone().unwrap_or_default()),
        "constraint_name" => return Some(subject.constraint_name.clone()),
        "referred_table_name" => return Some(subject.referred?.referred_table.name.clone()),
        _ => {}
    }
    let (owner, columns, spec) = match token.strip_prefix("referred_column_") {
        Some(spec) => {
            let referred = subject.referred?;
            (&referred.referred_table.name, referred.referred_columns.as_slice(), spec)
        }
        None => (&table.name, subject.columns.as_slice(), token.strip_prefix("column_")?),
    };
    let (position, form) = spec.rsplit_once('_')?;
    let render = |column: &String| match form {
        "name" | "key" => Some(column.clone()),
        "label" => Some(format!("{owner}_{column}")),
        _ => None,
    };
    match position {
        "0N" => columns.iter().map(render).collect::<Option<Vec<_>>>().map(|names| names.concat()),
        "0_N" => columns.iter().map(render).collect::<Option<Vec<_>>>().map(|names| names.join("_")),
        number => columns.get(number.parse::<usize>().ok()?).and_then(render),
    }
}

/// Cuts a generated name to [`MAX_IDENTIFIER_LENGTH`] bytes, ending in four digits of its MD5 so that different
/// names stay different. This is SQLAlchemy's rule (`IdentifierPreparer._truncate_and_render_maxlen_name`): an
/// existing database keeps its names.
pub fn shorten(name: &str) -> String {
    if name.len() <= MAX_IDENTIFIER_LENGTH {
        return name.to_owned();
    }
    let digest = Md5::digest(name.as_bytes()).iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    });
    let kept = name.char_indices().take_while(|(at, c)| at + c.len_utf8() <= MAX_IDENTIFIER_LENGTH - 8);
    let kept: String = kept.map(|(_, c)| c).collect();
    format!("{kept}_{}", digest.get(28..).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CheckConstraint, Column, ExcludeConstraint, Index, SqlType, UniqueConstraint};

    fn named(table: Table, convention: &NamingConvention) -> Table {
        let mut table = table;
        convention.name_table(&mut table).unwrap();
        table
    }

    #[test]
    fn the_default_convention_names_everything() {
        let mut table = Table::new("order_items")
            .with_column(Column::new("order_id", SqlType::Integer))
            .with_primary_key(["order_id", "product_id"])
            .with_index(Index::on(["product_id", "order_id"]));
        table.foreign_keys.push(ForeignKey::new(["order_id"], "orders", ["order_id"]));
        table.uniques.push(UniqueConstraint::new(["order_id", "position"]));
        table.checks.push(CheckConstraint::new("quantity > 0"));
        table.excludes.push(ExcludeConstraint::new([("order_id", "="), ("during", "&&")]));
        table.indexes.push(Index {
            elements: vec![crate::IndexElement::expression("lower(note)")],
            ..Index::default()
        });
        let table = named(table, &NamingConvention::default());
        let names: Vec<_> = table.constraints().map(|c| c.name().unwrap().to_owned()).collect();
        assert_eq!(
            names,
            [
                "pk_order_items",
                "fk_order_items_order_id_orders",
                "uq_order_items_order_id_position",
                "ck_order_items_quantity_0",
                "ex_order_items_order_id_during"
            ]
        );
        let indexes: Vec<_> = table.indexes.iter().map(|i| i.name.as_deref().unwrap()).collect();
        assert_eq!(indexes, ["ix_order_items_product_id_order_id", "ix_order_items_lower_note"]);
    }

    #[test]
    fn sqlalchemy_tokens_are_understood() {
        let mut table = Table::new("a");
        table.foreign_keys.push(ForeignKey::new(["x", "y"], "b", ["u", "v"]));
        let convention = NamingConvention {
            fk: "%(column_0_label)s-%(column_1_name)s-%(column_0N_key)s-%(referred_column_0_N_name)s-%(referred_table_name)s".into(),
            ..NamingConvention::default()
        };
        let table = named(table, &convention);
        assert_eq!(table.foreign_keys[0].name.as_deref(), Some("a_x-y-xy-u_v-b"));
    }

    #[test]
    fn an_unknown_token_is_an_error() {
        let convention = NamingConvention { pk: "pk_%(nonsense)s".into(), ..NamingConvention::default() };
        let error = convention.name_table(&mut Table::new("a").with_primary_key(["x"])).unwrap_err();
        assert_eq!(error.token, "nonsense");
    }

    #[test]
    fn long_names_are_cut_as_sqlalchemy_cuts_them() {
        // sqlalchemy.dialects.postgresql: Index("ix_" + "a" * 70) in a naming convention renders this name.
        let name = shorten(&format!("ix_{}", "a".repeat(70)));
        assert_eq!(name.len(), 60);
        assert!(name.starts_with("ix_aaaa"));
        assert_ne!(name, shorten(&format!("ix_{}b", "a".repeat(70))));
        assert_eq!(shorten("ix_short"), "ix_short");
    }
}
