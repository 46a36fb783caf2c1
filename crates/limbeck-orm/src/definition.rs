//! What statements need to know of a model, as data: columns by position, keys, foreign keys, unique sets.
//!
//! The planners of loads and flushes work on this and on [`Value`](limbeck_schema::Value)s, never on a model's type:
//! so they are compiled once, and not again for every model.

use limbeck_schema::{
    Deferrable, IndexTarget, QualifiedName, ReferentialAction, SqlType, Table, UniqueConstraint,
};

/// A model's table, with positions in [`columns`](Self::columns) in place of names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelDefinition {
    /// The table.
    pub table: QualifiedName,
    /// The columns, in the order of the struct's fields.
    pub columns: Vec<ColumnDefinition>,
    /// The columns of the primary key, in key order.
    pub key: Vec<usize>,
    /// The foreign keys.
    pub foreign_keys: Vec<ForeignKeyDefinition>,
    /// The sets of columns that no two rows agree in, with the primary key as the first.
    pub uniques: Vec<UniqueDefinition>,
    /// The column that counts a row's versions.
    pub version: Option<usize>,
}

/// A column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnDefinition {
    /// The name in the database.
    pub name: String,
    /// The type.
    pub sql_type: SqlType,
    /// Whether NULL is allowed.
    pub nullable: bool,
    /// Who makes the value of a new row.
    pub server_made: ServerMade,
}

/// What the server makes of a column that an INSERT does not name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServerMade {
    /// NULL: the client gives the value.
    No,
    /// The column's default.
    Default,
    /// The next number.
    Identity {
        /// Whether the client may not give a number of its own.
        always: bool,
        /// Whether the numbers fall.
        descending: bool,
    },
    /// What the column's expression gives, on every write.
    Generated,
}

/// A foreign key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForeignKeyDefinition {
    /// The referring columns.
    pub columns: Vec<usize>,
    /// The table it refers to.
    pub referred_table: QualifiedName,
    /// The referred columns, in the order of `columns`.
    pub referred_columns: Vec<String>,
    /// What becomes of this row when the referred one is deleted.
    pub on_delete: ReferentialAction,
    /// When it is checked.
    pub deferrable: Option<Deferrable>,
}

/// Columns that no two rows agree in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UniqueDefinition {
    /// The columns.
    pub columns: Vec<usize>,
    /// Whether it is checked at the end of a statement, or later: else PostgreSQL and SQLite check row by row.
    pub deferrable: bool,
    /// Whether two NULLs are equal.
    pub nulls_not_distinct: bool,
}

impl ModelDefinition {
    /// The definition of a table; `version` names the column that counts a row's versions.
    pub fn new(table: &Table, version: Option<&str>) -> Self {
        let key = table.primary_key.as_ref();
        let positions = |names: &[String]| positions(table, names);
        let foreign_keys = table.foreign_keys.iter().filter_map(|foreign_key| {
            Some(ForeignKeyDefinition {
                columns: positions(&foreign_key.columns)?,
                referred_table: foreign_key.referred_table.clone(),
                referred_columns: foreign_key.referred_columns.clone(),
                on_delete: foreign_key.on_delete.clone(),
                deferrable: foreign_key.deferrable,
            })
        });
        Self {
            table: table.name.clone(),
            columns: table.columns.iter().map(|column| column_definition(table, column)).collect(),
            key: key.and_then(|key| positions(&key.columns)).unwrap_or_default(),
            foreign_keys: foreign_keys.collect(),
            uniques: uniques(table),
            version: version.and_then(|name| position(table, name)),
        }
    }

    /// The position of the column of that name.
    pub fn position(&self, column: &str) -> Option<usize> {
        self.columns.iter().position(|candidate| candidate.name == column)
    }

    /// The columns whose values the server makes for a new row that leaves them open, and only it knows.
    pub fn server_made(&self) -> impl Iterator<Item = usize> + '_ {
        let columns = self.columns.iter().enumerate();
        columns.filter(|(_, column)| column.server_made != ServerMade::No).map(|(position, _)| position)
    }
}

fn column_definition(table: &Table, column: &limbeck_schema::Column) -> ColumnDefinition {
    let server_made = match (&column.identity, &column.computed, &column.server_default) {
        (Some(identity), ..) => ServerMade::Identity {
            always: identity.always,
            descending: identity.options.increment.is_some_and(|step| step < 0),
        },
        (None, Some(_), _) => ServerMade::Generated,
        (None, None, Some(_)) => ServerMade::Default,
        (None, None, None) => ServerMade::No,
    };
    let in_key = table.primary_key.as_ref().is_some_and(|key| key.columns.contains(&column.name));
    ColumnDefinition {
        name: column.name.clone(),
        sql_type: column.sql_type.clone(),
        nullable: column.nullable && !in_key,
        server_made,
    }
}

fn position(table: &Table, column: &str) -> Option<usize> {
    table.columns.iter().position(|candidate| candidate.name == column)
}

fn positions(table: &Table, columns: &[String]) -> Option<Vec<usize>> {
    columns.iter().map(|column| position(table, column)).collect()
}

/// The primary key, unique constraints and unique indexes over whole columns. Those that hold for some rows only, or
/// over expressions, are the database's alone to know.
fn uniques(table: &Table) -> Vec<UniqueDefinition> {
    let key = table.primary_key.iter().map(|key| (key.columns.clone(), key.deferrable.is_some(), false));
    let constraint = |unique: &UniqueConstraint| {
        (unique.columns.clone(), unique.deferrable.is_some(), unique.nulls_not_distinct)
    };
    let indexes = table.indexes.iter().filter(|index| index.unique && index.predicate.is_none());
    let indexes = indexes.filter_map(|index| {
        let columns = index.elements.iter().map(|element| match &element.target {
            IndexTarget::Column(name) => Some(name.clone()),
            IndexTarget::Expression(_) => None,
        });
        Some((columns.collect::<Option<Vec<_>>>()?, false, index.nulls_not_distinct))
    });
    key.chain(table.uniques.iter().map(constraint))
        .chain(indexes)
        .filter_map(|(columns, deferrable, nulls_not_distinct)| {
            Some(UniqueDefinition { columns: positions(table, &columns)?, deferrable, nulls_not_distinct })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use limbeck_schema::{Column, Constraint, ForeignKey, Identity, Index};

    use super::*;

    #[test]
    fn names_become_positions() {
        let table = Table::new("orders")
            .with_column(Column::new("order_id", SqlType::Integer).identity(Identity::always()))
            .with_column(Column::new("customer_id", SqlType::Integer).not_null())
            .with_column(Column::new("placed_at", SqlType::instant()).not_null().server_default("now()"))
            .with_column(Column::new("revision", SqlType::Integer).not_null())
            .with_primary_key(["order_id"])
            .with_constraint(Constraint::ForeignKey(
                ForeignKey::new(["customer_id"], "customers", ["customer_id"])
                    .on_delete(ReferentialAction::Cascade),
            ))
            .with_index(Index::on(["customer_id", "placed_at"]).unique());
        let definition = ModelDefinition::new(&table, Some("revision"));
        assert_eq!(definition.key, [0]);
        assert_eq!(definition.version, Some(3));
        assert_eq!(definition.server_made().collect::<Vec<_>>(), [0, 2]);
        assert_eq!(definition.foreign_keys[0].columns, [1]);
        let sets: Vec<_> = definition.uniques.iter().map(|unique| unique.columns.clone()).collect();
        assert_eq!(sets, [vec![0], vec![1, 2]]);
    }
}
