//! Tables, queries, functions and values to read from, joins, and common table expressions.

use limbeck_schema::{Dialect, SqlType, Value};

use super::expr::Typing;
use super::{Compiler, Scope, Written};
use crate::query::operator::Precedence;
use crate::query::{
    ColumnValues, Join, JoinKind, QueryError, Sample, Source, SourceKind, Statement, TableName, With,
};

impl<'q> Compiler<'q> {
    pub(super) fn with(&mut self, with: &'q With) -> Written {
        if with.ctes.is_empty() {
            return Ok(());
        }
        self.push(if with.recursive { "WITH RECURSIVE " } else { "WITH " });
        for (position, cte) in with.ctes.iter().enumerate() {
            self.separator(position);
            if !matches!(cte.statement, Statement::Query(_)) {
                self.postgresql_only(
                    "statements that change rows in WITH",
                    "run them one after the other, in one transaction",
                )?;
            }
            self.name(&cte.name);
            self.column_names(&cte.columns);
            self.push(match cte.materialized {
                None => " AS (",
                Some(true) => " AS MATERIALIZED (",
                Some(false) => " AS NOT MATERIALIZED (",
            });
            self.statement(&cte.statement)?;
            self.push(")");
        }
        self.push(" ");
        Ok(())
    }

    fn column_names(&mut self, names: &'q [crate::query::Name]) {
        if !names.is_empty() {
            self.push(" (");
            self.names(names);
            self.push(")");
        }
    }

    pub(super) fn table_name(&mut self, table: &'q TableName) {
        if let Some(schema) = &table.schema {
            self.name(schema);
            self.push(".");
        }
        self.name(&table.name);
    }

    pub(super) fn table_with_alias(&mut self, table: &'q TableName, alias: Option<&'q crate::query::Name>) {
        self.table_name(table);
        if let Some(alias) = alias {
            self.push(" AS ");
            self.name(alias);
        }
    }

    /// The names that sources and joins bring, with what outer joins make of them.
    pub(super) fn scope_of(
        own: Option<&'q str>,
        sources: &'q [Source],
        joins: &'q [Join],
    ) -> Result<Scope<'q>, QueryError> {
        let mut scope: Scope<'q> = own.map(|name| (name, false)).into_iter().collect();
        scope.extend(sources.iter().map(|source| (source.name(), false)));
        for join in joins {
            if matches!(join.kind, JoinKind::Right | JoinKind::Full) {
                for (_, nullable) in &mut scope {
                    *nullable = true;
                }
            }
            scope.push((join.source.name(), matches!(join.kind, JoinKind::Left | JoinKind::Full)));
        }
        let mut rest = scope.as_slice();
        while let Some(((name, _), others)) = rest.split_first() {
            if others.iter().any(|(other, _)| other == name) {
                return Err(QueryError::DuplicateSource((*name).to_owned()));
            }
            rest = others;
        }
        Ok(scope)
    }

    pub(super) fn sources(&mut self, word: &str, sources: &'q [Source], joins: &'q [Join]) -> Written {
        for (position, source) in sources.iter().enumerate() {
            self.push(if position == 0 { word } else { ", " });
            self.source(source)?;
        }
        if sources.is_empty() && !joins.is_empty() {
            return Err(QueryError::Empty("there is nothing to join to"));
        }
        joins.iter().try_for_each(|join| self.join(join))
    }

    fn join(&mut self, join: &'q Join) -> Written {
        self.push(match join.kind {
            JoinKind::Inner => " JOIN ",
            JoinKind::Left => " LEFT JOIN ",
            JoinKind::Right => " RIGHT JOIN ",
            JoinKind::Full => " FULL JOIN ",
            JoinKind::Cross => " CROSS JOIN ",
        });
        self.source(&join.source)?;
        match (&join.on, join.kind) {
            (None, JoinKind::Cross) => Ok(()),
            (Some(_), JoinKind::Cross) => Err(QueryError::Empty("a cross join has no condition")),
            (None, _) => {
                self.push(" ON ");
                self.junction_of_nothing()
            }
            (Some(on), _) => {
                self.push(" ON ");
                self.expr(on, Precedence::Or)
            }
        }
    }

    fn junction_of_nothing(&mut self) -> Written {
        self.push(if self.is_sqlite() { "1" } else { "TRUE" });
        Ok(())
    }

    fn source(&mut self, source: &'q Source) -> Written {
        if source.lateral {
            self.postgresql_only("LATERAL", "join with a subquery in the condition")?;
            self.push("LATERAL ");
        }
        match &source.kind {
            SourceKind::Table(table) => self.table_name(table),
            SourceKind::Query(query) => {
                // Without LATERAL it does not see the sources beside it.
                let hidden = if source.lateral { None } else { self.scopes.pop() };
                self.enclosed_query(query)?;
                self.scopes.extend(hidden);
            }
            SourceKind::Function(call) => self.call(call)?,
            SourceKind::Values(columns) => return self.values(columns, source),
        }
        if let Some(sample) = &source.sample {
            self.sample(sample)?;
        }
        if let Some(alias) = &source.alias {
            self.push(" AS ");
            self.name(alias);
        }
        if !source.columns.is_empty() {
            self.postgresql_only("names for a source's columns", "name the columns in the query")?;
            self.column_names(&source.columns);
        }
        Ok(())
    }

    fn sample(&mut self, sample: &'q Sample) -> Written {
        self.postgresql_only("TABLESAMPLE", "order by `random()` and limit")?;
        self.push(" TABLESAMPLE ");
        self.name(&sample.method);
        self.push(" (");
        self.value(&Value::Double(sample.percent), Typing::Guessed)?;
        self.push(")");
        if let Some(seed) = sample.seed {
            self.push(" REPEATABLE (");
            self.value(&Value::Double(seed), Typing::Guessed)?;
            self.push(")");
        }
        Ok(())
    }

    fn values(&mut self, columns: &'q [ColumnValues], source: &'q Source) -> Written {
        let alias = source.name();
        match self.dialect {
            Dialect::Postgresql if !self.literals => {
                self.unnest(columns)?;
                self.push(" AS ");
                self.name(alias);
                self.push(" (");
                self.column_value_names(columns);
                self.push(")");
            }
            Dialect::Postgresql => {
                self.push("(");
                self.rows_of(columns)?;
                self.push(") AS ");
                self.name(alias);
                self.push(" (");
                self.column_value_names(columns);
                self.push(")");
            }
            // SQLite names the columns of VALUES column1, column2 ... and takes no other names for them.
            Dialect::Sqlite => {
                self.push("(SELECT ");
                for (position, column) in columns.iter().enumerate() {
                    self.separator(position);
                    self.push(&format!("column{} AS ", position + 1));
                    self.name(&column.name);
                }
                self.push(" FROM (");
                self.rows_of(columns)?;
                self.push(")) AS ");
                self.name(alias);
            }
        }
        Ok(())
    }

    pub(super) fn column_value_names(&mut self, columns: &'q [ColumnValues]) {
        for (position, column) in columns.iter().enumerate() {
            self.separator(position);
            self.name(&column.name);
        }
    }

    /// `unnest($1::integer[], $2::text[])`: rows of one parameter a column.
    pub(super) fn unnest(&mut self, columns: &'q [ColumnValues]) -> Written {
        row_count(columns)?;
        self.push("unnest(");
        for (position, column) in columns.iter().enumerate() {
            self.separator(position);
            self.parameter(Value::Array(column.values.clone()));
            let sql_type = column.sql_type.for_dialect(self.dialect);
            let name = crate::type_name(self.dialect, sql_type)?;
            self.push("::");
            self.push(&name);
            self.push("[]");
        }
        self.push(")");
        Ok(())
    }

    /// `VALUES (?1, ?2), (?3, ?4)`.
    pub(super) fn rows_of(&mut self, columns: &'q [ColumnValues]) -> Written {
        let rows = row_count(columns)?;
        if rows == 0 {
            return Err(QueryError::Empty("there is no row of values"));
        }
        self.push("VALUES ");
        for row in 0..rows {
            self.push(if row == 0 { "(" } else { ", (" });
            for (position, column) in columns.iter().enumerate() {
                self.separator(position);
                if let Some(value) = column.values.get(row) {
                    self.value(value, Typing::Known)?;
                }
            }
            self.push(")");
        }
        Ok(())
    }
}

/// The number of rows, which all columns must have.
fn row_count(columns: &[ColumnValues]) -> Result<usize, QueryError> {
    let Some(first) = columns.first() else { return Err(QueryError::Empty("there is no column of values")) };
    let expected = first.values.len();
    match columns.iter().find(|column| column.values.len() != expected) {
        Some(other) => Err(QueryError::RowLength { expected, found: other.values.len() }),
        None => Ok(expected),
    }
}

/// Whether `unnest` would take the values themselves apart.
pub(super) fn is_array(dialect: Dialect, sql_type: &SqlType) -> bool {
    matches!(sql_type.for_dialect(dialect), SqlType::Array(_))
}
