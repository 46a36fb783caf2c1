//! Everything of a schema that is held by its definition: functions, views, triggers, policies and their kin.
//!
//! An [`Entity`] is one object whose meaning is in a `CREATE` statement. What can be said of it besides (owner,
//! comment, whether a trigger is enabled) stands in fields, because it is changed by statements of its own and lost
//! when the object is made anew.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Index, QualifiedName};

/// A kind of entity. The order is the one in which a person reads them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntityKind {
    /// An extension.
    Extension,
    /// A collation.
    Collation,
    /// A range type.
    RangeType,
    /// A foreign-data wrapper.
    ForeignDataWrapper,
    /// A foreign server.
    ForeignServer,
    /// A foreign table.
    ForeignTable,
    /// A function, window functions among them.
    Function,
    /// A procedure.
    Procedure,
    /// An aggregate function.
    Aggregate,
    /// An operator.
    Operator,
    /// A cast.
    Cast,
    /// A text search dictionary.
    TextSearchDictionary,
    /// A text search configuration.
    TextSearchConfiguration,
    /// A view.
    View,
    /// A materialized view.
    MaterializedView,
    /// A rewrite rule, other than the one behind a view.
    Rule,
    /// A trigger.
    Trigger,
    /// A row-level-security policy.
    Policy,
    /// Extended statistics.
    Statistics,
    /// A publication.
    Publication,
    /// An event trigger.
    EventTrigger,
}

impl EntityKind {
    /// Every kind, in order.
    pub const ALL: [EntityKind; 21] = [
        EntityKind::Extension,
        EntityKind::Collation,
        EntityKind::RangeType,
        EntityKind::ForeignDataWrapper,
        EntityKind::ForeignServer,
        EntityKind::ForeignTable,
        EntityKind::Function,
        EntityKind::Procedure,
        EntityKind::Aggregate,
        EntityKind::Operator,
        EntityKind::Cast,
        EntityKind::TextSearchDictionary,
        EntityKind::TextSearchConfiguration,
        EntityKind::View,
        EntityKind::MaterializedView,
        EntityKind::Rule,
        EntityKind::Trigger,
        EntityKind::Policy,
        EntityKind::Statistics,
        EntityKind::Publication,
        EntityKind::EventTrigger,
    ];

    /// Whether an entity of the kind is read from as a table is, and shares the names of tables.
    pub fn is_relation(self) -> bool {
        matches!(self, EntityKind::View | EntityKind::MaterializedView | EntityKind::ForeignTable)
    }

    /// The kind in the words of SQL, in lower case: `materialized view`.
    pub fn words(self) -> &'static str {
        match self {
            EntityKind::Extension => "extension",
            EntityKind::Collation => "collation",
            EntityKind::RangeType => "range type",
            EntityKind::ForeignDataWrapper => "foreign-data wrapper",
            EntityKind::ForeignServer => "foreign server",
            EntityKind::ForeignTable => "foreign table",
            EntityKind::Function => "function",
            EntityKind::Procedure => "procedure",
            EntityKind::Aggregate => "aggregate",
            EntityKind::Operator => "operator",
            EntityKind::Cast => "cast",
            EntityKind::TextSearchDictionary => "text search dictionary",
            EntityKind::TextSearchConfiguration => "text search configuration",
            EntityKind::View => "view",
            EntityKind::MaterializedView => "materialized view",
            EntityKind::Rule => "rule",
            EntityKind::Trigger => "trigger",
            EntityKind::Policy => "policy",
            EntityKind::Statistics => "statistics",
            EntityKind::Publication => "publication",
            EntityKind::EventTrigger => "event trigger",
        }
    }
}

/// What makes an entity the same one in two schemas.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct EntityId {
    /// The kind.
    pub kind: EntityKind,
    /// The name; without a schema where the kind has none (extension, trigger, policy, rule, cast, publication, event
    /// trigger, wrapper, server).
    #[serde(flatten)]
    pub name: QualifiedName,
    /// The types of the input arguments as the server prints them, `integer, text`: of functions, procedures,
    /// aggregates and operators. Functions are told apart by them (PostgreSQL docs, "Function Overloading").
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arguments: Option<String>,
    /// The table or view that a trigger, policy or rule is on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on: Option<QualifiedName>,
}

/// For messages: `function shop.price(integer)`, `trigger touch on orders`.
impl fmt::Display for EntityId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind.words(), self.name)?;
        if let Some(arguments) = &self.arguments {
            write!(f, "({arguments})")?;
        }
        match &self.on {
            Some(table) => write!(f, " on {table}"),
            None => Ok(()),
        }
    }
}

/// An object that is held by its definition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entity {
    /// What makes it this one.
    #[serde(flatten)]
    pub id: EntityId,
    /// The complete `CREATE` statement in the server's canonical form, without a semicolon at the end. This is what is
    /// compared. Objects of the default schema stand in it without a schema, as far as the server prints them so. What
    /// takes several statements (a text search configuration and its mappings) has them all, with semicolons between.
    pub definition: String,
    /// The statement as a person wrote it, for scripts; never compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// What cannot be changed in place: a function's result, argument names and defaults' number, a view's columns
    /// with their types, in order, one line each. `CREATE OR REPLACE` takes a definition whose shape begins with the
    /// old one (views) or is the same (functions); see PostgreSQL docs, "CREATE VIEW", "CREATE FUNCTION".
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shape: Vec<String>,
    /// The indexes of a materialized view.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub indexes: Vec<Index>,
    /// Whether a trigger, rule or event trigger fires.
    #[serde(default, skip_serializing_if = "Enabled::is_default")]
    pub enabled: Enabled,
    /// Whether a materialized view is made `WITH NO DATA`; never compared.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub without_data: bool,
    /// The comment stored in the database.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// Comments on columns of a view or foreign table, by column in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub column_comments: Vec<(String, String)>,
    /// The owner, `None` for the role that makes it; compared where the declared side names one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// The former name within the same schema; a difference is then a rename, where PostgreSQL has one. Never
    /// compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub renamed_from: Option<String>,
    /// What it builds on: from the catalogue, and as declared. Orders changes; never compared.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub depends_on: Vec<ObjectReference>,
    /// What is named in the body of a function or procedure that the database keeps as a string, and knows nothing of.
    /// The order of changes follows it as far as [`depends_on`](Self::depends_on) lets it: there may be circles. Never
    /// compared.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mentions: Vec<ObjectReference>,
}

impl Entity {
    /// An entity of that identity and definition, and nothing else said of it.
    pub fn new(id: EntityId, definition: impl Into<String>) -> Self {
        Self {
            id,
            definition: definition.into(),
            source: None,
            shape: Vec::new(),
            indexes: Vec::new(),
            enabled: Enabled::default(),
            without_data: false,
            comment: None,
            column_comments: Vec::new(),
            owner: None,
            renamed_from: None,
            depends_on: Vec::new(),
            mentions: Vec::new(),
        }
    }
}

/// When a trigger, rule or event trigger fires (PostgreSQL docs, "ALTER TABLE", `ENABLE TRIGGER`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Enabled {
    /// In ordinary sessions.
    #[default]
    Origin,
    /// Never.
    Disabled,
    /// In replicas alone.
    Replica,
    /// Always.
    Always,
}

impl Enabled {
    /// Whether it is what `CREATE` makes.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// That something which is no entity builds on one: the default of a column calls a function, a domain has a collation.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Dependency {
    /// A table, type or sequence.
    pub of: ObjectReference,
    /// What it builds on.
    pub on: ObjectReference,
}

/// An object of a schema, as another one refers to it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ObjectReference {
    /// A schema.
    Schema(String),
    /// A table, whichever of its columns.
    Table(QualifiedName),
    /// One column of a table.
    Column(QualifiedName, String),
    /// A constraint of a table: a view grouped by a primary key depends on it.
    Constraint(QualifiedName, String),
    /// An enum type, domain or composite type.
    Type(QualifiedName),
    /// A sequence.
    Sequence(QualifiedName),
    /// An entity.
    Entity(EntityId),
}

/// For messages: `table orders`, `column orders.total`, `view cheap`.
impl fmt::Display for ObjectReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ObjectReference::Schema(name) => write!(f, "schema {name}"),
            ObjectReference::Table(name) => write!(f, "table {name}"),
            ObjectReference::Column(table, column) => write!(f, "column {table}.{column}"),
            ObjectReference::Constraint(table, name) => write!(f, "constraint {table}.{name}"),
            ObjectReference::Type(name) => write!(f, "type {name}"),
            ObjectReference::Sequence(name) => write!(f, "sequence {name}"),
            ObjectReference::Entity(id) => id.fmt(f),
        }
    }
}
