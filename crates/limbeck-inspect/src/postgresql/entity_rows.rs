//! The rows about entities and privileges.

use limbeck_schema::{Enabled, EntityKind, GrantState};

use super::result::Row;
use super::rows::Oid;
use crate::InspectError;

/// An entity.
pub(super) struct EntityRow<'a> {
    pub(super) kind: EntityKind,
    pub(super) oid: Oid,
    /// 0 where the kind is in no schema.
    pub(super) namespace: Oid,
    pub(super) name: &'a str,
    pub(super) arguments: Option<&'a str>,
    /// The table or view it is on, or 0.
    pub(super) relation: Oid,
    pub(super) definition: &'a str,
    pub(super) enabled: Enabled,
    pub(super) owner: Option<&'a str>,
    pub(super) shape: Vec<String>,
    pub(super) populated: bool,
}

impl<'a> EntityRow<'a> {
    pub(super) fn read(row: Row<'a>) -> Result<Self, InspectError> {
        Ok(Self {
            kind: kind(row.text(0))?,
            oid: row.number(1, "the oid of an entity")?,
            namespace: row.number(2, "the namespace of an entity")?,
            name: row.text(3),
            arguments: row.optional(4),
            relation: row.number(5, "the relation of an entity")?,
            definition: row.text(6),
            enabled: match row.character(7) {
                'O' => Enabled::Origin,
                'D' => Enabled::Disabled,
                'R' => Enabled::Replica,
                'A' => Enabled::Always,
                other => return Err(unknown("pg_trigger.tgenabled", &other.to_string())),
            },
            owner: row.optional(8),
            shape: row.texts(9),
            populated: row.boolean(10),
        })
    }

    /// The catalogue that the object is in.
    pub(super) fn catalogue(&self) -> &'static str {
        catalogue_of(self.kind)
    }
}

fn kind(name: &str) -> Result<EntityKind, InspectError> {
    let found = EntityKind::ALL.into_iter().find(|kind| kind_name(*kind) == name);
    found.ok_or_else(|| unknown("a kind of entity", name))
}

/// The kind as the queries call it.
fn kind_name(kind: EntityKind) -> String {
    kind.words().replace([' ', '-'], "_")
}

/// The catalogue that holds the objects of a kind (PostgreSQL docs, "System Catalogs").
fn catalogue_of(kind: EntityKind) -> &'static str {
    match kind {
        EntityKind::Extension => "pg_extension",
        EntityKind::Collation => "pg_collation",
        EntityKind::RangeType => "pg_type",
        EntityKind::ForeignDataWrapper => "pg_foreign_data_wrapper",
        EntityKind::ForeignServer => "pg_foreign_server",
        EntityKind::Function | EntityKind::Procedure | EntityKind::Aggregate => "pg_proc",
        EntityKind::Operator => "pg_operator",
        EntityKind::Cast => "pg_cast",
        EntityKind::TextSearchDictionary => "pg_ts_dict",
        EntityKind::TextSearchConfiguration => "pg_ts_config",
        EntityKind::ForeignTable | EntityKind::View | EntityKind::MaterializedView => "pg_class",
        EntityKind::Rule => "pg_rewrite",
        EntityKind::Trigger => "pg_trigger",
        EntityKind::Policy => "pg_policy",
        EntityKind::Statistics => "pg_statistic_ext",
        EntityKind::Publication => "pg_publication",
        EntityKind::EventTrigger => "pg_event_trigger",
    }
}

/// A column of a view, materialized view or foreign table.
pub(super) struct EntityColumnRow<'a> {
    pub(super) relation: Oid,
    pub(super) number: i16,
    pub(super) name: &'a str,
    pub(super) collation: Oid,
    /// Type and collation.
    pub(super) type_text: &'a str,
}

impl<'a> EntityColumnRow<'a> {
    pub(super) fn read(row: Row<'a>) -> Result<Self, InspectError> {
        Ok(Self {
            relation: row.number(0, "pg_attribute.attrelid")?,
            number: row.number(1, "pg_attribute.attnum")?,
            name: row.text(2),
            collation: row.number(3, "pg_attribute.attcollation")?,
            type_text: row.text(4),
        })
    }
}

/// That one object builds on another one.
pub(super) struct DependencyRow<'a> {
    pub(super) catalogue: &'a str,
    pub(super) object: Oid,
    pub(super) on_catalogue: &'a str,
    pub(super) on_object: Oid,
    /// 0 for the whole object.
    pub(super) on_column: i16,
}

impl<'a> DependencyRow<'a> {
    pub(super) fn read(row: Row<'a>) -> Result<Self, InspectError> {
        Ok(Self {
            catalogue: row.text(0),
            object: row.number(1, "pg_depend.objid")?,
            on_catalogue: row.text(2),
            on_object: row.number(3, "pg_depend.refobjid")?,
            on_column: row.number(4, "pg_depend.refobjsubid")?,
        })
    }
}

/// A privilege on an object.
pub(super) struct GrantRow<'a> {
    pub(super) catalogue: &'a str,
    pub(super) object: Oid,
    /// 0 for the whole object.
    pub(super) column: i16,
    pub(super) grantee: Option<&'a str>,
    pub(super) privilege: &'a str,
    pub(super) state: GrantState,
}

impl<'a> GrantRow<'a> {
    pub(super) fn read(row: Row<'a>) -> Result<Self, InspectError> {
        Ok(Self {
            catalogue: row.text(0),
            object: row.number(1, "the object of a privilege")?,
            column: row.number(2, "the column of a privilege")?,
            grantee: row.optional(3),
            privilege: row.text(4),
            state: state(row.character(5))?,
        })
    }
}

/// A privilege on objects yet to be made.
pub(super) struct DefaultPrivilegeRow<'a> {
    pub(super) role: &'a str,
    pub(super) schema: Option<&'a str>,
    pub(super) objects: &'a str,
    pub(super) grantee: Option<&'a str>,
    pub(super) privilege: &'a str,
    pub(super) state: GrantState,
}

impl<'a> DefaultPrivilegeRow<'a> {
    pub(super) fn read(row: Row<'a>) -> Result<Self, InspectError> {
        Ok(Self {
            role: row.text(0),
            schema: row.optional(1),
            objects: row.text(2),
            grantee: row.optional(3),
            privilege: row.text(4),
            state: state(row.character(5))?,
        })
    }
}

fn state(code: char) -> Result<GrantState, InspectError> {
    match code {
        'h' => Ok(GrantState::Granted),
        'g' => Ok(GrantState::WithGrantOption),
        'r' => Ok(GrantState::Revoked),
        other => Err(unknown("the state of a privilege", &other.to_string())),
    }
}

/// The owner of an object that is no entity.
pub(super) struct OwnerRow<'a> {
    pub(super) catalogue: &'a str,
    pub(super) object: Oid,
    pub(super) owner: &'a str,
}

impl<'a> OwnerRow<'a> {
    pub(super) fn read(row: Row<'a>) -> Result<Self, InspectError> {
        Ok(Self { catalogue: row.text(0), object: row.number(1, "an owned object")?, owner: row.text(2) })
    }
}

fn unknown(what: &'static str, value: &str) -> InspectError {
    InspectError::Catalogue { what, value: value.to_owned() }
}
