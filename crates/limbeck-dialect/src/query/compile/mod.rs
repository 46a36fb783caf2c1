//! Statements as SQL text.

mod expr;
mod function;
mod literal;
mod select;
mod source;
mod write;

pub use literal::postgresql_text;

use limbeck_schema::{Dialect, Value};

use super::operator::Precedence;
use super::{Delete, Expr, Insert, Query, QueryError, Select, Statement, Update};
use crate::quote::quote_identifier;

/// A statement's text and the values of its parameters, in order: `$1` or `?1` is the first.
#[derive(Clone, Debug, PartialEq)]
pub struct CompiledSql {
    /// The text.
    pub sql: String,
    /// The values.
    pub params: Vec<Value>,
}

/// What is being written.
pub(super) struct Compiler<'q> {
    dialect: Dialect,
    /// Whether values are written as constants.
    literals: bool,
    sql: String,
    params: Vec<Value>,
    /// The sources whose columns can be called, from the outermost query to the innermost.
    scopes: Vec<Scope<'q>>,
    /// Whether columns stand without their table, as in the target of `ON CONFLICT`.
    bare_columns: bool,
}

/// The sources of one query: their names, and whether an outer join can make their columns NULL.
type Scope<'q> = Vec<(&'q str, bool)>;

pub(super) type Written = Result<(), QueryError>;

impl<'q> Compiler<'q> {
    fn new(dialect: Dialect, literals: bool) -> Self {
        let (sql, params) = (String::with_capacity(128), Vec::new());
        Self { dialect, literals, sql, params, scopes: Vec::new(), bare_columns: false }
    }

    fn finish(self) -> CompiledSql {
        CompiledSql { sql: self.sql, params: self.params }
    }

    fn push(&mut self, text: &str) {
        self.sql.push_str(text);
    }

    fn name(&mut self, name: &str) {
        let quoted = quote_identifier(self.dialect, name);
        self.sql.push_str(&quoted);
    }

    fn names(&mut self, names: &'q [super::Name]) {
        for (position, name) in names.iter().enumerate() {
            self.separator(position);
            self.name(name);
        }
    }

    /// A comma before all but the first.
    fn separator(&mut self, position: usize) {
        if position > 0 {
            self.push(", ");
        }
    }

    fn list(&mut self, items: &'q [Expr]) -> Written {
        for (position, item) in items.iter().enumerate() {
            self.separator(position);
            self.expr(item, Precedence::Or)?;
        }
        Ok(())
    }

    fn is_sqlite(&self) -> bool {
        self.dialect == Dialect::Sqlite
    }

    fn unsupported<T>(&self, what: impl Into<String>, advice: &'static str) -> Result<T, QueryError> {
        Err(QueryError::Unsupported { dialect: self.dialect, what: what.into(), advice })
    }

    /// Refuses what only PostgreSQL has.
    fn postgresql_only(&self, what: &str, advice: &'static str) -> Written {
        if self.is_sqlite() { self.unsupported(what, advice) } else { Ok(()) }
    }

    fn statement(&mut self, statement: &'q Statement) -> Written {
        match statement {
            Statement::Query(query) => self.query(query),
            Statement::Insert(insert) => self.insert(insert),
            Statement::Update(update) => self.update(update),
            Statement::Delete(delete) => self.delete(delete),
        }
    }
}

/// Runs a compiler over something.
fn compiled<'q>(
    dialect: Dialect,
    literals: bool,
    write: impl FnOnce(&mut Compiler<'q>) -> Written,
) -> Result<CompiledSql, QueryError> {
    let mut compiler = Compiler::new(dialect, literals);
    write(&mut compiler)?;
    Ok(compiler.finish())
}

macro_rules! compile {
    ($($what:ty: $method:ident;)*) => { $(impl $what {
        /// The text, and the values of its parameters.
        ///
        /// # Errors
        /// What the dialect does not have, or what is inconsistent.
        pub fn compile(&self, dialect: Dialect) -> Result<CompiledSql, QueryError> {
            compiled(dialect, false, |compiler| compiler.$method(self))
        }

        /// The text with placeholders.
        ///
        /// # Errors
        /// As [`Self::compile`].
        pub fn sql(&self, dialect: Dialect) -> Result<String, QueryError> {
            self.compile(dialect).map(|compiled| compiled.sql)
        }

        /// The text with the values as constants: for a view, a CHECK, a look at it. To run a statement, bind the values.
        ///
        /// # Errors
        /// As [`Self::compile`], and values that no constant can be written for.
        pub fn sql_with_literals(&self, dialect: Dialect) -> Result<String, QueryError> {
            compiled(dialect, true, |compiler| compiler.$method(self)).map(|compiled| compiled.sql)
        }
    })* };
}

compile! {
    Statement: statement;
    Query: query;
    Select: top_select;
    Insert: insert;
    Update: update;
    Delete: delete;
    Expr: top_expr;
}
