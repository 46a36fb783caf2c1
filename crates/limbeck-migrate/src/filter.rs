//! Which objects the comparison manages, and which it leaves as they are.
//!
//! A pattern is `KIND:NAME`, where the name may hold `*`, `?` and `[…]`: `table:audit_*`, `schema:legacy`,
//! `index:*_tmp`, `column:orders.legacy_*`. With a dot it is matched with the qualified name (`schema.table`,
//! `table.column`), without one with the bare name.
//!
//! What is left out is not removed from the two sides but made alike: the declared side takes over what the database
//! has. So nothing is proposed for it, a dependency on it still counts, and a table rebuild of SQLite carries it over.

use std::fmt;
use std::str::FromStr;

use glob::Pattern;
use limbeck_schema::{EntityId, EntityKind, MetaData, ObjectReference, QualifiedName, Table};

/// What is compared: everything that `include` does not rule out and `exclude` does not name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filters {
    /// Of the kinds that are named here, only what matches is managed; other kinds are not concerned.
    pub include: Vec<FilterPattern>,
    /// What matches is not managed.
    pub exclude: Vec<FilterPattern>,
}

/// A kind of object and a pattern for its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilterPattern {
    kind: FilterKind,
    name: Pattern,
}

/// The kinds that patterns name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FilterKind {
    Schema,
    Table,
    Column,
    Index,
    /// Any constraint.
    Constraint,
    PrimaryKey,
    ForeignKey,
    Unique,
    Check,
    Exclude,
    Enum,
    Domain,
    Composite,
    Sequence,
    Entity(EntityKind),
}

impl FilterKind {
    const ALL: [(&'static str, FilterKind); 35] = [
        ("schema", FilterKind::Schema),
        ("table", FilterKind::Table),
        ("column", FilterKind::Column),
        ("index", FilterKind::Index),
        ("constraint", FilterKind::Constraint),
        ("primary_key", FilterKind::PrimaryKey),
        ("foreign_key", FilterKind::ForeignKey),
        ("unique", FilterKind::Unique),
        ("check", FilterKind::Check),
        ("exclude", FilterKind::Exclude),
        ("enum", FilterKind::Enum),
        ("domain", FilterKind::Domain),
        ("composite", FilterKind::Composite),
        ("sequence", FilterKind::Sequence),
        ("extension", FilterKind::Entity(EntityKind::Extension)),
        ("collation", FilterKind::Entity(EntityKind::Collation)),
        ("range_type", FilterKind::Entity(EntityKind::RangeType)),
        ("foreign_data_wrapper", FilterKind::Entity(EntityKind::ForeignDataWrapper)),
        ("foreign_server", FilterKind::Entity(EntityKind::ForeignServer)),
        ("foreign_table", FilterKind::Entity(EntityKind::ForeignTable)),
        ("function", FilterKind::Entity(EntityKind::Function)),
        ("procedure", FilterKind::Entity(EntityKind::Procedure)),
        ("aggregate", FilterKind::Entity(EntityKind::Aggregate)),
        ("operator", FilterKind::Entity(EntityKind::Operator)),
        ("cast", FilterKind::Entity(EntityKind::Cast)),
        ("text_search_dictionary", FilterKind::Entity(EntityKind::TextSearchDictionary)),
        ("text_search_configuration", FilterKind::Entity(EntityKind::TextSearchConfiguration)),
        ("view", FilterKind::Entity(EntityKind::View)),
        ("materialized_view", FilterKind::Entity(EntityKind::MaterializedView)),
        ("rule", FilterKind::Entity(EntityKind::Rule)),
        ("trigger", FilterKind::Entity(EntityKind::Trigger)),
        ("policy", FilterKind::Entity(EntityKind::Policy)),
        ("statistics", FilterKind::Entity(EntityKind::Statistics)),
        ("publication", FilterKind::Entity(EntityKind::Publication)),
        ("event_trigger", FilterKind::Entity(EntityKind::EventTrigger)),
    ];

    fn covers(self, other: FilterKind) -> bool {
        use FilterKind::*;
        self == other
            || (self == Constraint && matches!(other, PrimaryKey | ForeignKey | Unique | Check | Exclude))
    }
}

/// Why a text is no pattern.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FilterError {
    /// No kind before a colon, or one that does not exist.
    #[error(
        "`{pattern}` does not begin with a kind; write for example `table:audit_*`, kinds are {}",
        kinds()
    )]
    Kind {
        /// The text.
        pattern: String,
    },
    /// A name pattern that cannot be read.
    #[error("`{pattern}`: {cause}; `*`, `?` and `[…]` match characters of a name")]
    Name {
        /// The text.
        pattern: String,
        /// What is wrong.
        cause: String,
    },
}

fn kinds() -> String {
    FilterKind::ALL.map(|(name, _)| format!("`{name}`")).join(", ")
}

impl FromStr for FilterPattern {
    type Err = FilterError;

    fn from_str(text: &str) -> Result<Self, FilterError> {
        let (kind, name) = text.split_once(':').unwrap_or((text, ""));
        let kind = FilterKind::ALL.iter().find(|(known, _)| *known == kind.trim());
        let Some(&(_, kind)) = kind.filter(|_| !name.trim().is_empty()) else {
            return Err(FilterError::Kind { pattern: text.to_owned() });
        };
        let name = Pattern::new(name.trim())
            .map_err(|error| FilterError::Name { pattern: text.to_owned(), cause: error.msg.to_owned() })?;
        Ok(Self { kind, name })
    }
}

impl fmt::Display for FilterPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = FilterKind::ALL.iter().find(|(_, kind)| *kind == self.kind).map_or("", |(name, _)| name);
        write!(f, "{kind}:{}", self.name)
    }
}

impl FilterPattern {
    /// Whether the pattern names an object: `bare` is its own name, `qualified` all the forms with what it belongs to.
    fn matches(&self, kind: FilterKind, bare: &str, qualified: &[String]) -> bool {
        self.kind.covers(kind)
            && match self.name.as_str().contains('.') {
                true => qualified.iter().any(|name| self.name.matches(name)),
                false => self.name.matches(bare),
            }
    }
}

impl Filters {
    /// Whether everything is managed.
    pub fn is_empty(&self) -> bool {
        self.include.is_empty() && self.exclude.is_empty()
    }

    /// Whether a pattern is about schemas, so that the name of the default one matters.
    pub(crate) fn name_schemas(&self) -> bool {
        self.include.iter().chain(&self.exclude).any(|pattern| pattern.kind == FilterKind::Schema)
    }

    /// The declared schema with everything unmanaged as the live one has it. `default_schema` is the name by which
    /// patterns know the schema of objects without one.
    pub(crate) fn adopt(
        &self,
        live: &MetaData,
        declared: MetaData,
        default_schema: Option<&str>,
    ) -> MetaData {
        if self.is_empty() {
            return declared;
        }
        let judge = Judge { filters: self, default_schema };
        let mut adopted = declared;
        adopt(&mut adopted.schemas, &live.schemas, |schema| judge.schema(Some(&schema.name)));
        adopt(&mut adopted.enums, &live.enums, |e| judge.object(FilterKind::Enum, &e.name));
        adopt(&mut adopted.domains, &live.domains, |d| judge.object(FilterKind::Domain, &d.name));
        adopt(&mut adopted.composites, &live.composites, |c| judge.object(FilterKind::Composite, &c.name));
        adopt(&mut adopted.sequences, &live.sequences, |s| judge.object(FilterKind::Sequence, &s.name));
        adopt(&mut adopted.tables, &live.tables, |table| judge.object(FilterKind::Table, &table.name));
        adopt(&mut adopted.entities, &live.entities, |entity| judge.entity(&entity.id));
        adopt(&mut adopted.grants, &live.grants, |grant| judge.reference(&grant.on));
        for table in &mut adopted.tables {
            let former = table.renamed_from.as_ref().map(|name| table.name.with_name(name));
            let existing = live.find_table(&table.name).or_else(|| live.find_table(&former?));
            judge.adopt_parts(table, existing);
        }
        adopted
    }
}

/// Keeps what is managed, and takes over what is not.
fn adopt<T: Clone>(declared: &mut Vec<T>, live: &[T], managed: impl Fn(&T) -> bool) {
    declared.retain(|object| managed(object));
    declared.extend(live.iter().filter(|object| !managed(object)).cloned());
}

/// Decides about single objects.
struct Judge<'a> {
    filters: &'a Filters,
    default_schema: Option<&'a str>,
}

impl Judge<'_> {
    fn is_managed(&self, kind: FilterKind, bare: &str, qualified: &[String]) -> bool {
        let names_it = |pattern: &FilterPattern| pattern.matches(kind, bare, qualified);
        let mut included = self.filters.include.iter().filter(|pattern| pattern.kind.covers(kind)).peekable();
        (included.peek().is_none() || included.any(names_it)) && !self.filters.exclude.iter().any(names_it)
    }

    fn schema(&self, schema: Option<&str>) -> bool {
        match schema.or(self.default_schema) {
            Some(name) => self.is_managed(FilterKind::Schema, name, &[]),
            None => true,
        }
    }

    /// Tables, types and sequences.
    fn object(&self, kind: FilterKind, name: &QualifiedName) -> bool {
        let schema = name.schema.as_deref().or(self.default_schema);
        let qualified: Vec<String> = schema.iter().map(|schema| format!("{schema}.{}", name.name)).collect();
        self.schema(name.schema.as_deref()) && self.is_managed(kind, &name.name, &qualified)
    }

    /// What is on a table goes with it, and is known by both names.
    fn entity(&self, id: &EntityId) -> bool {
        let kind = FilterKind::Entity(id.kind);
        match &id.on {
            Some(table) => {
                self.object(FilterKind::Table, table) && self.part(kind, table, Some(&id.name.name))
            }
            None => self.object(kind, &id.name),
        }
    }

    /// The object that a privilege is on.
    fn reference(&self, object: &ObjectReference) -> bool {
        match object {
            ObjectReference::Schema(name) => self.schema(Some(name)),
            ObjectReference::Table(name) | ObjectReference::Constraint(name, _) => {
                self.object(FilterKind::Table, name)
            }
            ObjectReference::Column(table, column) => {
                self.object(FilterKind::Table, table) && self.part(FilterKind::Column, table, Some(column))
            }
            ObjectReference::Type(name) => self.object(FilterKind::Enum, name),
            ObjectReference::Sequence(name) => self.object(FilterKind::Sequence, name),
            ObjectReference::Entity(id) => self.entity(id),
        }
    }

    /// Columns, constraints and indexes. What has no name is known by its kind alone.
    fn part(&self, kind: FilterKind, table: &QualifiedName, name: Option<&str>) -> bool {
        let name = name.unwrap_or_default();
        let mut qualified = vec![format!("{}.{name}", table.name)];
        let schema = table.schema.as_deref().or(self.default_schema);
        qualified.extend(schema.map(|schema| format!("{schema}.{}.{name}", table.name)));
        self.is_managed(kind, name, &qualified)
    }

    fn adopt_parts(&self, table: &mut Table, existing: Option<&Table>) {
        let empty = Table::new(table.name.clone());
        let live = existing.unwrap_or(&empty);
        let owner = table.name.clone();
        let managed = |kind, name: Option<&str>| self.part(kind, &owner, name);
        adopt(&mut table.columns, &live.columns, |c| managed(FilterKind::Column, Some(&c.name)));
        adopt(&mut table.indexes, &live.indexes, |i| managed(FilterKind::Index, i.name.as_deref()));
        adopt(&mut table.foreign_keys, &live.foreign_keys, |fk| {
            managed(FilterKind::ForeignKey, fk.name.as_deref())
        });
        adopt(&mut table.uniques, &live.uniques, |u| managed(FilterKind::Unique, u.name.as_deref()));
        adopt(&mut table.checks, &live.checks, |c| managed(FilterKind::Check, c.name.as_deref()));
        adopt(&mut table.excludes, &live.excludes, |e| managed(FilterKind::Exclude, e.name.as_deref()));
        let unmanaged = |table: &Table| {
            let name = table.primary_key.as_ref().map(|pk| pk.name.as_deref());
            name.is_some_and(|name| !managed(FilterKind::PrimaryKey, name))
        };
        if unmanaged(table) || unmanaged(live) {
            table.primary_key = live.primary_key.clone();
        }
    }
}

#[cfg(test)]
mod tests {
    use limbeck_schema::{CheckConstraint, Column, Index, Schema, SqlType};

    use super::*;

    fn filters(include: &[&str], exclude: &[&str]) -> Filters {
        let read = |texts: &[&str]| texts.iter().map(|text| text.parse().unwrap()).collect();
        Filters { include: read(include), exclude: read(exclude) }
    }

    fn model(tables: &[&str]) -> MetaData {
        tables.iter().fold(MetaData::new(), |model, name| {
            let name: QualifiedName = match name.split_once('.') {
                Some((schema, name)) => {
                    QualifiedName { schema: Some(schema.to_owned()), name: name.to_owned() }
                }
                None => (*name).into(),
            };
            model.table(Table::new(name).with_column(Column::new("id", SqlType::Integer)))
        })
    }

    fn names(metadata: &MetaData) -> Vec<String> {
        metadata.tables.iter().map(|table| table.name.to_string()).collect()
    }

    #[test]
    fn what_is_excluded_is_as_in_the_database() {
        let live = model(&["customers", "audit_log", "legacy.old"]);
        let declared = model(&["customers", "audit_new", "orders"]);
        let adopted =
            filters(&[], &["table:audit_*", "schema:legacy"]).adopt(&live, declared, Some("public"));
        assert_eq!(names(&adopted), ["customers", "orders", "audit_log", "legacy.old"]);
    }

    #[test]
    fn include_concerns_the_kinds_it_names() {
        let mut live = model(&["shop_orders", "other"]);
        live.schemas.push(Schema { name: "legacy".to_owned(), comment: None });
        let adopted = filters(&["table:shop_*"], &[]).adopt(&live, model(&["shop_orders", "mine"]), None);
        assert_eq!(names(&adopted), ["shop_orders", "other"]);
        assert!(adopted.schemas.is_empty(), "schemas are not named, so they are managed");
        let only = filters(&["schema:public"], &[]);
        let adopted = only.adopt(&model(&["a", "legacy.b"]), model(&["c"]), Some("public"));
        assert_eq!(names(&adopted), ["c", "legacy.b"]);
    }

    #[test]
    fn parts_of_a_managed_table_may_be_unmanaged() {
        let table = |column: &str, index: &str, check: &str| {
            let column = Column::new(column, SqlType::Integer);
            let mut table = Table::new("t").with_column(column).with_index(Index::on(["id"]).named(index));
            table.checks.push(CheckConstraint::new("id > 0").named(check));
            MetaData::new().table(table)
        };
        let filters = filters(&[], &["index:*_tmp", "column:t.legacy_*", "constraint:ck_by_hand"]);
        let adopted = filters.adopt(&table("legacy_a", "ix_tmp", "ck_by_hand"), table("a", "ix", "ck"), None);
        let table = &adopted.tables[0];
        let columns: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
        assert_eq!(columns, ["a", "legacy_a"]);
        assert_eq!(table.indexes.len(), 2);
        assert_eq!(table.checks.len(), 2);
    }

    #[test]
    fn entities_are_filtered_by_kind_and_name() {
        let entity = |kind, name: &str, on: Option<&str>| {
            let id = EntityId { kind, name: name.into(), arguments: None, on: on.map(Into::into) };
            limbeck_schema::Entity::new(id, "CREATE")
        };
        let mut live = MetaData::new();
        live.entities = vec![
            entity(EntityKind::View, "internal_a", None),
            entity(EntityKind::View, "old", None),
            entity(EntityKind::Trigger, "touch", Some("orders")),
            entity(EntityKind::Trigger, "touch", Some("items")),
        ];
        let adopted =
            filters(&[], &["view:internal_*", "trigger:orders.*"]).adopt(&live, MetaData::new(), None);
        let names: Vec<String> = adopted.entities.iter().map(|entity| entity.id.to_string()).collect();
        assert_eq!(names, ["view internal_a", "trigger touch on orders"]);
    }

    #[test]
    fn a_pattern_says_its_kind() {
        for text in ["audit_*", "tabel:x", "table:", ":x"] {
            assert!(matches!(text.parse::<FilterPattern>(), Err(FilterError::Kind { .. })), "{text}");
        }
        assert!(matches!("table:[a".parse::<FilterPattern>(), Err(FilterError::Name { .. })));
        assert_eq!("table: audit_*".parse::<FilterPattern>().unwrap().to_string(), "table:audit_*");
    }
}
