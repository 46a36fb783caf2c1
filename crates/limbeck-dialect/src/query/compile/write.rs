//! Changes of rows.

use limbeck_schema::{Dialect, Value};

use super::expr::Typing;
use super::literal::postgresql_text;
use super::source::is_array;
use super::{Compiler, Written};
use crate::query::operator::Precedence;
use crate::query::{
    ColumnValues, ConflictAction, ConflictTarget, Delete, Expr, Insert, InsertSource, Name, OnConflict,
    Overriding, Query, QueryError, SelectItem, Update,
};

impl<'q> Compiler<'q> {
    pub(super) fn insert(&mut self, insert: &'q Insert) -> Written {
        self.with(&insert.with)?;
        self.push("INSERT INTO ");
        self.table_with_alias(&insert.table, insert.alias.as_ref());
        let columns: Vec<&'q Name> = match &insert.source {
            InsertSource::Columns(columns) => columns.iter().map(|column| &column.name).collect(),
            _ => insert.columns.iter().collect(),
        };
        for (position, name) in columns.iter().enumerate() {
            self.push(if position == 0 { " (" } else { ", " });
            self.name(name);
        }
        if !columns.is_empty() {
            self.push(")");
        }
        // On SQLite a given number counts always.
        match insert.overriding.filter(|_| !self.is_sqlite()) {
            None => {}
            Some(Overriding::System) => self.push(" OVERRIDING SYSTEM VALUE"),
            Some(Overriding::User) => self.push(" OVERRIDING USER VALUE"),
        }
        match &insert.source {
            InsertSource::Defaults => self.push(" DEFAULT VALUES"),
            InsertSource::Rows(rows) => self.inserted_rows(&insert.columns, rows)?,
            InsertSource::Columns(columns) => self.inserted_columns(columns)?,
            InsertSource::Query(query) => {
                self.push(" ");
                self.inserted_query(query, insert.on_conflict.is_some())?;
            }
        }
        self.scopes.push(vec![(insert.name(), false)]);
        if let Some(conflict) = &insert.on_conflict {
            self.on_conflict(conflict)?;
        }
        self.returning(&insert.returning)?;
        self.scopes.pop();
        Ok(())
    }

    fn inserted_rows(&mut self, columns: &'q [Name], rows: &'q [Vec<Expr>]) -> Written {
        if rows.is_empty() {
            return Err(QueryError::Empty("there is no row to insert"));
        }
        self.push(" VALUES ");
        for (position, row) in rows.iter().enumerate() {
            if row.len() != columns.len() {
                return Err(QueryError::RowLength { expected: columns.len(), found: row.len() });
            }
            self.push(if position == 0 { "(" } else { ", (" });
            for (position, value) in row.iter().enumerate() {
                self.separator(position);
                self.typed_expr(value, Precedence::Or, Typing::Known)?;
            }
            self.push(")");
        }
        Ok(())
    }

    fn inserted_columns(&mut self, columns: &'q [ColumnValues]) -> Written {
        self.push(" ");
        if self.is_sqlite() || self.literals {
            return self.rows_of(columns);
        }
        // `unnest` would take arrays of arrays apart to their elements, so these go as text.
        if !columns.iter().any(|column| is_array(self.dialect, &column.sql_type)) {
            self.push("SELECT * FROM ");
            return self.unnest(columns);
        }
        self.push("SELECT ");
        for (position, column) in columns.iter().enumerate() {
            self.separator(position);
            self.push("new_values.");
            self.name(&column.name);
            if is_array(self.dialect, &column.sql_type) {
                let name = crate::type_name(self.dialect, &column.sql_type)?;
                self.push("::");
                self.push(&name);
            }
        }
        self.push(" FROM unnest(");
        for (position, column) in columns.iter().enumerate() {
            self.separator(position);
            if is_array(self.dialect, &column.sql_type) {
                let texts = column.values.iter().map(array_text).collect::<Result<_, _>>()?;
                self.parameter(Value::Array(texts));
                self.push("::text[]");
            } else {
                self.parameter(Value::Array(column.values.clone()));
                let name = crate::type_name(self.dialect, &column.sql_type)?;
                self.push("::");
                self.push(&name);
                self.push("[]");
            }
        }
        self.push(") AS new_values (");
        self.column_value_names(columns);
        self.push(")");
        Ok(())
    }

    /// SQLite docs, "UPSERT", "Parsing Ambiguity": a select before ON CONFLICT has a WHERE.
    fn inserted_query(&mut self, query: &'q Query, conflict: bool) -> Written {
        let ambiguous = match query {
            Query::Select(select) => select.filter.is_none() && !select.from.is_empty(),
            Query::Compound(_) => true,
        };
        if conflict && ambiguous && self.dialect == Dialect::Sqlite {
            self.push("SELECT * FROM ");
            self.enclosed_query(query)?;
            self.push(" WHERE 1");
            return Ok(());
        }
        self.query(query)
    }

    fn on_conflict(&mut self, conflict: &'q OnConflict) -> Written {
        self.push(" ON CONFLICT");
        match &conflict.target {
            None if self.dialect == Dialect::Postgresql
                && matches!(conflict.action, ConflictAction::Update { .. }) =>
            {
                return self.unsupported(
                    "ON CONFLICT DO UPDATE without a target",
                    "name the columns of the unique index",
                );
            }
            None => {}
            Some(ConflictTarget::Index { keys, predicate }) => {
                self.bare_columns = true;
                self.push(" (");
                self.list(keys)?;
                self.push(")");
                self.condition(" WHERE ", predicate.as_ref())?;
                self.bare_columns = false;
            }
            Some(ConflictTarget::Constraint(name)) => {
                self.postgresql_only("ON CONFLICT ON CONSTRAINT", "name the columns of the constraint")?;
                self.push(" ON CONSTRAINT ");
                self.name(name);
            }
        }
        match &conflict.action {
            ConflictAction::Nothing => self.push(" DO NOTHING"),
            ConflictAction::Update { set, filter } => {
                self.push(" DO UPDATE SET ");
                if let Some(scope) = self.scopes.last_mut() {
                    scope.push(("excluded", false));
                }
                self.assignments(set)?;
                self.condition(" WHERE ", filter.as_ref())?;
                if let Some(scope) = self.scopes.last_mut() {
                    scope.pop();
                }
            }
        }
        Ok(())
    }

    fn assignments(&mut self, set: &'q [(Name, Expr)]) -> Written {
        if set.is_empty() {
            return Err(QueryError::Empty("there is nothing to set"));
        }
        for (position, (column, value)) in set.iter().enumerate() {
            self.separator(position);
            self.name(column);
            self.push(" = ");
            self.typed_expr(value, Precedence::Or, Typing::Known)?;
        }
        Ok(())
    }

    fn returning(&mut self, items: &'q [SelectItem]) -> Written {
        if items.is_empty() {
            return Ok(());
        }
        self.push(" RETURNING ");
        self.items(items)
    }

    pub(super) fn update(&mut self, update: &'q Update) -> Written {
        self.with(&update.with)?;
        self.scopes.push(Self::scope_of(Some(update.name()), &update.from, &update.joins)?);
        self.push("UPDATE ");
        self.table_with_alias(&update.table, update.alias.as_ref());
        self.push(" SET ");
        self.assignments(&update.set)?;
        self.sources(" FROM ", &update.from, &update.joins)?;
        self.condition(" WHERE ", update.filter.as_ref())?;
        self.returning(&update.returning)?;
        self.scopes.pop();
        Ok(())
    }

    pub(super) fn delete(&mut self, delete: &'q Delete) -> Written {
        self.with(&delete.with)?;
        self.scopes.push(Self::scope_of(Some(delete.name()), &delete.using, &[])?);
        self.push("DELETE FROM ");
        self.table_with_alias(&delete.table, delete.alias.as_ref());
        // SQLite has no USING; a row of the other sources must exist all the same.
        if self.is_sqlite() && !delete.using.is_empty() {
            self.push(" WHERE EXISTS (SELECT 1");
            self.sources(" FROM ", &delete.using, &[])?;
            self.condition(" WHERE ", delete.filter.as_ref())?;
            self.push(")");
        } else {
            self.sources(" USING ", &delete.using, &[])?;
            self.condition(" WHERE ", delete.filter.as_ref())?;
        }
        self.returning(&delete.returning)?;
        self.scopes.pop();
        Ok(())
    }
}

/// An array as text; any other value as it is.
fn array_text(value: &Value) -> Result<Value, QueryError> {
    match value {
        Value::Array(_) => postgresql_text(value).map(Value::Text),
        other => Ok(other.clone()),
    }
}
