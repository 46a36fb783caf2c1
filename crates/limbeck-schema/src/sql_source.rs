//! Parts of a schema that are declared as SQL.

use serde::{Deserialize, Serialize};

use crate::{DefaultPrivilege, Dialect, Entity, Grant, MetaData, Ownership, Table};

/// SQL statements that declare a part of a schema: a file, or what a constructor such as [`PgView`](crate::PgView)
/// wrote. They may stand in any order, and mention what stands elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SqlSource {
    /// Where it is from, for messages: a file's path, or `PgView open_orders`.
    pub origin: String,
    /// The statements.
    pub text: String,
    /// The dialect that it is for, `None` for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dialect: Option<Dialect>,
}

impl SqlSource {
    /// Statements for every dialect.
    pub fn new(origin: impl Into<String>, text: impl Into<String>) -> Self {
        Self { origin: origin.into(), text: text.into(), dialect: None }
    }

    /// The text of a file. A name that ends in `.postgresql.sql` or `.sqlite.sql` says what dialect it is for.
    pub fn of_file(path: impl Into<String>, text: impl Into<String>) -> Self {
        let source = Self::new(path, text);
        let named = |dialect: &Dialect| source.origin.ends_with(&format!(".{dialect}.sql"));
        Self { dialect: Dialect::ALL.into_iter().find(named), ..source }
    }

    /// The same for one dialect alone.
    #[must_use]
    pub fn for_dialect(mut self, dialect: Dialect) -> Self {
        self.dialect = Some(dialect);
        self
    }
}

/// Anything that a schema declares besides tables and types: what [`MetaData::entities`] and [`MetaData::entity`] take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Declared {
    /// As SQL.
    Sql(SqlSource),
    /// A table.
    Table(Box<Table>),
    /// As an entity.
    Entity(Box<Entity>),
    /// A privilege.
    Grant(Grant),
    /// A default privilege.
    DefaultPrivilege(DefaultPrivilege),
    /// An owner.
    Owner(Ownership),
}

impl From<SqlSource> for Declared {
    fn from(source: SqlSource) -> Self {
        Declared::Sql(source)
    }
}

/// A file of `sql_dir!`: its path and its text.
impl From<&(&str, &str)> for Declared {
    fn from((path, text): &(&str, &str)) -> Self {
        Declared::Sql(SqlSource::of_file(*path, *text))
    }
}

impl From<Entity> for Declared {
    fn from(entity: Entity) -> Self {
        Declared::Entity(Box::new(entity))
    }
}

impl From<Grant> for Declared {
    fn from(grant: Grant) -> Self {
        Declared::Grant(grant)
    }
}

impl From<DefaultPrivilege> for Declared {
    fn from(privilege: DefaultPrivilege) -> Self {
        Declared::DefaultPrivilege(privilege)
    }
}

impl From<Ownership> for Declared {
    fn from(owner: Ownership) -> Self {
        Declared::Owner(owner)
    }
}

impl MetaData {
    /// The same schema with more functions, views, triggers, privileges and the like: those of SQL files
    /// (`sql_dir!("schema")`), or a list of constructors.
    #[must_use]
    pub fn entities<D: Into<Declared>>(self, declared: impl IntoIterator<Item = D>) -> Self {
        declared.into_iter().fold(self, MetaData::entity)
    }

    /// The same schema with one more of them.
    ///
    /// ```
    /// use limbeck_schema::{MetaData, PgView};
    /// let schema = MetaData::new()
    ///     .entity(PgView::new("open_orders", "SELECT * FROM orders WHERE NOT paid").security_invoker());
    /// assert_eq!(schema.sql.len(), 1);
    /// ```
    #[must_use]
    pub fn entity(mut self, declared: impl Into<Declared>) -> Self {
        match declared.into() {
            // One declared twice alike counts once.
            Declared::Sql(source) if self.sql.contains(&source) => {}
            Declared::Sql(source) => self.sql.push(source),
            Declared::Table(table) => self.tables.push(*table),
            Declared::Entity(entity) => self.entities.push(*entity),
            Declared::Grant(grant) => self.grants.push(grant),
            Declared::DefaultPrivilege(privilege) => self.default_privileges.push(privilege),
            Declared::Owner(owner) => self.owners.push(owner),
        }
        self
    }
}
