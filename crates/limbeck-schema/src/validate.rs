//! Whether a schema is consistent in itself.

use std::collections::{BTreeMap, BTreeSet};

use crate::naming::{MAX_IDENTIFIER_LENGTH, UnknownToken};
use crate::{Constraint, IndexTarget, MetaData, QualifiedName, ReferentialAction, SqlType, Table};

/// What is wrong with a schema.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SchemaError {
    /// A naming convention with a token that does not exist.
    #[error(transparent)]
    NamingToken(#[from] UnknownToken),
    /// Two objects of one kind with one name.
    #[error("{kind} `{name}` is declared twice")]
    Duplicate {
        /// What kind of object.
        kind: &'static str,
        /// Its name.
        name: String,
    },
    /// A name that the database would cut.
    #[error(
        "the name `{name}` has {length} bytes, at most {MAX_IDENTIFIER_LENGTH} are kept by every database"
    )]
    NameTooLong {
        /// The name.
        name: String,
        /// Its length in bytes.
        length: usize,
    },
    /// A table without a name, a column without a name.
    #[error("{what} has an empty name")]
    EmptyName {
        /// What has it.
        what: String,
    },
    /// A column named by a constraint or an index that the table does not have.
    #[error("{object} of table `{table}` names the column `{column}`, which the table does not have")]
    UnknownColumn {
        /// The table.
        table: QualifiedName,
        /// The constraint or index.
        object: String,
        /// The missing column.
        column: String,
    },
    /// A foreign key to a table that is not part of the schema.
    #[error(
        "foreign key `{foreign_key}` of table `{table}` refers to `{referred}`, which is not part of the schema"
    )]
    UnknownTable {
        /// The table that refers.
        table: QualifiedName,
        /// The foreign key.
        foreign_key: String,
        /// The missing table.
        referred: QualifiedName,
    },
    /// A foreign key to columns that are no key.
    #[error(
        "foreign key `{foreign_key}` of table `{table}` refers to `{referred}` ({}), which is neither its primary key nor unique",
        .columns.join(", ")
    )]
    NotAKey {
        /// The table that refers.
        table: QualifiedName,
        /// The foreign key.
        foreign_key: String,
        /// The referred table.
        referred: QualifiedName,
        /// The referred columns.
        columns: Vec<String>,
    },
    /// A column of an enum type, domain or composite type that is not part of the schema.
    #[error("column `{column}` of table `{table}` has the type `{name}`, which is not part of the schema")]
    UnknownType {
        /// The table.
        table: QualifiedName,
        /// The column.
        column: String,
        /// The missing type.
        name: QualifiedName,
    },
    /// A domain or composite type that cannot be.
    #[error("type `{name}`: {problem}")]
    TypeContradiction {
        /// The type.
        name: QualifiedName,
        /// What is wrong with it.
        problem: String,
    },
    /// Settings that exclude each other.
    #[error("{object} of table `{table}`: {problem}")]
    Contradiction {
        /// The table.
        table: QualifiedName,
        /// What carries the settings.
        object: String,
        /// What is wrong with them.
        problem: String,
    },
}

impl SchemaError {
    /// The error's stable code.
    pub fn code(&self) -> &'static str {
        match self {
            SchemaError::NamingToken(_) => "schema.naming-token",
            SchemaError::Duplicate { .. } => "schema.duplicate",
            SchemaError::NameTooLong { .. } => "schema.name-too-long",
            SchemaError::EmptyName { .. } => "schema.empty-name",
            SchemaError::UnknownColumn { .. } => "schema.unknown-column",
            SchemaError::UnknownTable { .. } => "schema.unknown-table",
            SchemaError::NotAKey { .. } => "schema.not-a-key",
            SchemaError::UnknownType { .. } => "schema.unknown-type",
            SchemaError::TypeContradiction { .. } => "schema.type-contradiction",
            SchemaError::Contradiction { .. } => "schema.contradiction",
        }
    }
}

/// Every inconsistency of a schema whose constraints have their names.
pub(crate) fn validate(metadata: &MetaData) -> Vec<SchemaError> {
    let mut errors = Vec::new();
    duplicates("table", metadata.tables.iter().map(|t| t.name.to_string()), &mut errors);
    duplicates("enum type", metadata.enums.iter().map(|e| e.name.to_string()), &mut errors);
    duplicates("sequence", metadata.sequences.iter().map(|s| s.name.to_string()), &mut errors);
    // An index shares its namespace with the tables of its schema (PostgreSQL, "CREATE INDEX").
    let indexes = metadata.tables.iter().flat_map(|t| {
        t.indexes.iter().filter_map(|i| i.name.as_deref()).map(|name| t.name.with_name(name).to_string())
    });
    duplicates("index", indexes, &mut errors);
    for enum_type in &metadata.enums {
        check_name(&enum_type.name.name, "an enum type", &mut errors);
        duplicates(
            "enum value",
            enum_type.values.iter().map(|v| format!("{}.{v}", enum_type.name)),
            &mut errors,
        );
    }
    validate_types(metadata, &mut errors);
    let tables: Tables<'_> = metadata.tables.iter().map(|table| (&table.name, table)).collect();
    for table in &metadata.tables {
        validate_table(table, metadata, &tables, &mut errors);
    }
    errors
}

/// Domains and composite types: they share their names with enum types, and are built on types that exist.
fn validate_types(metadata: &MetaData, errors: &mut Vec<SchemaError>) {
    let names = metadata.domains.iter().map(|d| &d.name).chain(metadata.composites.iter().map(|c| &c.name));
    duplicates("type", names.clone().map(ToString::to_string), errors);
    for name in names {
        check_name(&name.name, "a type", errors);
        if metadata.find_enum(name).is_some() {
            errors.push(SchemaError::Duplicate { kind: "type", name: name.to_string() });
        }
    }
    let problem = |name: &QualifiedName, problem: String| SchemaError::TypeContradiction {
        name: name.clone(),
        problem,
    };
    let built_on = |sql_type: &SqlType| match sql_type.named_type() {
        Some(base) if !metadata.has_type(sql_type) => {
            Some(format!("is built on `{base}`, which is not part of the schema"))
        }
        _ => None,
    };
    for domain in &metadata.domains {
        errors.extend(built_on(&domain.base_type).map(|text| problem(&domain.name, text)));
        let names = domain.checks.iter().filter_map(|c| c.name.as_deref());
        duplicates(
            "constraint",
            names.map(|n| format!("{}.{n}", domain.name)).collect::<Vec<_>>().into_iter(),
            errors,
        );
        for check in &domain.checks {
            check_name(check.name.as_deref().unwrap_or_default(), "a condition of a domain", errors);
            if check.no_inherit {
                let text = "a condition of a domain is not inherited, so it cannot be NO INHERIT";
                errors.push(problem(&domain.name, text.to_owned()));
            }
        }
    }
    for composite in &metadata.composites {
        let attributes = composite.attributes.iter();
        duplicates("attribute", attributes.map(|a| format!("{}.{}", composite.name, a.name)), errors);
        for attribute in &composite.attributes {
            check_name(&attribute.name, &format!("an attribute of type `{}`", composite.name), errors);
            errors.extend(built_on(&attribute.sql_type).map(|text| problem(&composite.name, text)));
        }
    }
    if let Some(name) = circular_type(metadata) {
        errors.push(problem(&name, "is built on itself".to_owned()));
    }
}

/// A type that contains itself, over however many others.
fn circular_type(metadata: &MetaData) -> Option<QualifiedName> {
    let base = |name: &QualifiedName| -> Vec<QualifiedName> {
        let domain = metadata.find_domain(name).into_iter().map(|d| &d.base_type);
        let attributes = metadata.find_composite(name).into_iter().flat_map(|c| &c.attributes);
        let types = domain.chain(attributes.map(|a| &a.sql_type));
        types.filter_map(|t| t.named_type().cloned()).collect()
    };
    let names = metadata.domains.iter().map(|d| &d.name).chain(metadata.composites.iter().map(|c| &c.name));
    names
        .into_iter()
        .find(|name| {
            let (mut reached, mut open) = (BTreeSet::new(), base(name));
            while let Some(next) = open.pop() {
                if reached.insert(next.clone()) {
                    open.extend(base(&next));
                }
            }
            reached.contains(*name)
        })
        .cloned()
}

/// Tables by name, since thousands of foreign keys look theirs up.
type Tables<'a> = BTreeMap<&'a QualifiedName, &'a Table>;

fn duplicates(kind: &'static str, names: impl Iterator<Item = String>, errors: &mut Vec<SchemaError>) {
    let mut seen = BTreeMap::<String, usize>::new();
    for name in names {
        let count = seen.entry(name.clone()).or_default();
        *count += 1;
        if *count == 2 {
            errors.push(SchemaError::Duplicate { kind, name });
        }
    }
}

fn check_name(name: &str, what: &str, errors: &mut Vec<SchemaError>) {
    if name.is_empty() {
        errors.push(SchemaError::EmptyName { what: what.to_owned() });
    } else if name.len() > MAX_IDENTIFIER_LENGTH {
        errors.push(SchemaError::NameTooLong { name: name.to_owned(), length: name.len() });
    }
}

fn validate_table(table: &Table, metadata: &MetaData, tables: &Tables<'_>, errors: &mut Vec<SchemaError>) {
    check_name(&table.name.name, "a table", errors);
    duplicates("column", table.columns.iter().map(|c| format!("{}.{}", table.name, c.name)), errors);
    let names = table.constraints().filter_map(|c| c.name().map(|n| format!("{}.{n}", table.name)));
    duplicates("constraint", names.collect::<Vec<_>>().into_iter(), errors);
    for column in &table.columns {
        check_name(&column.name, &format!("a column of table `{}`", table.name), errors);
        if let Some(name) = column.sql_type.named_type()
            && !metadata.has_type(&column.sql_type)
        {
            errors.push(SchemaError::UnknownType {
                table: table.name.clone(),
                column: column.name.clone(),
                name: name.clone(),
            });
        }
        let generators = [
            ("a server default", column.server_default.is_some()),
            ("an identity", column.identity.is_some()),
            ("a generation expression", column.computed.is_some()),
        ];
        let given: Vec<_> = generators.iter().filter(|(_, set)| *set).map(|(what, _)| *what).collect();
        if given.len() > 1 {
            let problem = format!("has {}, only one of them can give the value", given.join(" and "));
            errors.push(contradiction(table, &format!("column `{}`", column.name), problem));
        }
        let integer = matches!(
            column.sql_type,
            // A variant or a dialect's own type (a domain over an integer) is for the database to judge.
            SqlType::SmallInteger
                | SqlType::Integer
                | SqlType::BigInteger
                | SqlType::Domain(_)
                | SqlType::Native { .. }
                | SqlType::Variants { .. }
        );
        if column.identity.is_some() && !integer {
            errors.push(contradiction(
                table,
                &format!("column `{}`", column.name),
                "an identity column must be a small, plain or big integer".to_owned(),
            ));
        }
        if column.identity.is_some() && column.nullable {
            errors.push(contradiction(
                table,
                &format!("column `{}`", column.name),
                "an identity column cannot be nullable".to_owned(),
            ));
        }
    }
    for constraint in table.constraints() {
        validate_constraint(&constraint, table, tables, errors);
    }
    for index in &table.indexes {
        let object = format!("index `{}`", index.name.as_deref().unwrap_or_default());
        check_name(index.name.as_deref().unwrap_or_default(), &object, errors);
        let keys = index.elements.iter().filter_map(|e| match &e.target {
            IndexTarget::Column(name) => Some(name),
            IndexTarget::Expression(_) => None,
        });
        unknown_columns(table, &object, keys.chain(&index.include), errors);
        if index.elements.is_empty() {
            errors.push(contradiction(table, &object, "has no columns".to_owned()));
        }
    }
}

fn validate_constraint(
    constraint: &Constraint,
    table: &Table,
    tables: &Tables<'_>,
    errors: &mut Vec<SchemaError>,
) {
    let name = constraint.name().unwrap_or_default();
    match constraint {
        Constraint::PrimaryKey(pk) => {
            let object = format!("primary key `{name}`");
            check_name(name, &object, errors);
            unknown_columns(table, &object, pk.columns.iter().chain(&pk.include), errors);
            for column in pk.columns.iter().filter_map(|c| table.column(c)).filter(|c| c.nullable) {
                let problem = format!("holds the nullable column `{}`", column.name);
                errors.push(contradiction(table, &object, problem));
            }
        }
        Constraint::Unique(unique) => {
            let object = format!("unique constraint `{name}`");
            check_name(name, &object, errors);
            unknown_columns(table, &object, unique.columns.iter().chain(&unique.include), errors);
        }
        Constraint::Check(_) => check_name(name, "check constraint", errors),
        Constraint::Exclude(exclude) => {
            let object = format!("exclusion constraint `{name}`");
            check_name(name, &object, errors);
            let keys = exclude.elements.iter().filter_map(|e| match &e.element.target {
                IndexTarget::Column(name) => Some(name),
                IndexTarget::Expression(_) => None,
            });
            unknown_columns(table, &object, keys.chain(&exclude.include), errors);
            if exclude.elements.is_empty() {
                errors.push(contradiction(table, &object, "compares nothing".to_owned()));
            }
            for element in exclude.elements.iter().filter(|e| e.operator.trim().is_empty()) {
                let what = match &element.element.target {
                    IndexTarget::Column(column) => column,
                    IndexTarget::Expression(expression) => &expression.sql,
                };
                errors.push(contradiction(table, &object, format!("has no operator for `{what}`")));
            }
        }
        Constraint::ForeignKey(fk) => {
            let object = format!("foreign key `{name}`");
            check_name(name, &object, errors);
            unknown_columns(table, &object, fk.columns.iter(), errors);
            for action in [&fk.on_delete, &fk.on_update] {
                if let ReferentialAction::SetNull(columns) | ReferentialAction::SetDefault(columns) = action {
                    unknown_columns(table, &object, columns.iter(), errors);
                }
            }
            if fk.columns.len() != fk.referred_columns.len() {
                let problem =
                    format!("has {} columns but refers to {}", fk.columns.len(), fk.referred_columns.len());
                errors.push(contradiction(table, &object, problem));
            }
            validate_reference(fk, name, table, tables, errors);
        }
    }
}

fn validate_reference(
    fk: &crate::ForeignKey,
    name: &str,
    table: &Table,
    tables: &Tables<'_>,
    errors: &mut Vec<SchemaError>,
) {
    let Some(referred) = tables.get(&fk.referred_table).copied() else {
        errors.push(SchemaError::UnknownTable {
            table: table.name.clone(),
            foreign_key: name.to_owned(),
            referred: fk.referred_table.clone(),
        });
        return;
    };
    let before = errors.len();
    unknown_columns(referred, &format!("foreign key `{name}`"), fk.referred_columns.iter(), errors);
    let key: BTreeSet<_> = fk.referred_columns.iter().map(String::as_str).collect();
    if errors.len() == before && !candidate_keys(referred).contains(&key) {
        errors.push(SchemaError::NotAKey {
            table: table.name.clone(),
            foreign_key: name.to_owned(),
            referred: fk.referred_table.clone(),
            columns: fk.referred_columns.clone(),
        });
    }
}

/// The column sets that a foreign key may refer to: primary key, unique constraints, and unique indexes on plain
/// columns without a predicate (PostgreSQL, "CREATE TABLE", REFERENCES).
fn candidate_keys(table: &Table) -> Vec<BTreeSet<&str>> {
    let primary = table.primary_key.iter().map(|pk| pk.columns.iter().map(String::as_str).collect());
    let unique = table.uniques.iter().map(|u| u.columns.iter().map(String::as_str).collect());
    let indexes = table.indexes.iter().filter(|i| i.unique && i.predicate.is_none()).filter_map(|index| {
        let columns = index.elements.iter().map(|element| match &element.target {
            IndexTarget::Column(name) => Some(name.as_str()),
            IndexTarget::Expression(_) => None,
        });
        columns.collect::<Option<BTreeSet<_>>>()
    });
    primary.chain(unique).chain(indexes).collect()
}

fn unknown_columns<'a>(
    table: &Table,
    object: &str,
    columns: impl Iterator<Item = &'a String>,
    errors: &mut Vec<SchemaError>,
) {
    for column in columns.filter(|c| table.column(c).is_none()) {
        errors.push(SchemaError::UnknownColumn {
            table: table.name.clone(),
            object: object.to_owned(),
            column: column.clone(),
        });
    }
}

fn contradiction(table: &Table, object: &str, problem: String) -> SchemaError {
    SchemaError::Contradiction { table: table.name.clone(), object: object.to_owned(), problem }
}

#[cfg(test)]
mod tests {
    use crate::*;

    fn codes(metadata: MetaData) -> Vec<&'static str> {
        metadata.resolve().err().unwrap_or_default().iter().map(SchemaError::code).collect()
    }

    #[test]
    fn all_errors_come_at_once() {
        let mut table =
            Table::new("a").with_column(Column::new("x", SqlType::Integer)).with_primary_key(["y"]);
        table.foreign_keys.push(ForeignKey::new(["x"], "nowhere", ["id"]));
        table.columns.push(Column::new("x", SqlType::Enum("mood".into())));
        assert_eq!(
            codes(MetaData::new().table(table)),
            ["schema.duplicate", "schema.unknown-type", "schema.unknown-column", "schema.unknown-table"]
        );
    }

    #[test]
    fn a_foreign_key_needs_a_key() {
        let parent = Table::new("p")
            .with_column(Column::new("id", SqlType::Integer).not_null())
            .with_column(Column::new("other", SqlType::Integer))
            .with_primary_key(["id"]);
        let mut child = Table::new("c").with_column(Column::new("p", SqlType::Integer));
        child.foreign_keys.push(ForeignKey::new(["p"], "p", ["other"]));
        assert_eq!(codes(MetaData::new().table(parent.clone()).table(child.clone())), ["schema.not-a-key"]);
        let keyed = parent.with_index(Index::on(["other"]).unique());
        assert!(codes(MetaData::new().table(keyed).table(child)).is_empty());
    }

    #[test]
    fn one_source_gives_a_value() {
        let column = Column::new("x", SqlType::Integer).identity(Identity::always()).server_default("1");
        assert_eq!(
            codes(MetaData::new().table(Table::new("a").with_column(column))),
            ["schema.contradiction"]
        );
    }

    #[test]
    fn an_identity_is_an_integer() {
        let column = Column::new("x", SqlType::Text).identity(Identity::always());
        assert_eq!(
            codes(MetaData::new().table(Table::new("a").with_column(column))),
            ["schema.contradiction"]
        );
    }

    #[test]
    fn long_names_are_refused_where_they_were_given() {
        let table = Table::new("t".repeat(64).as_str());
        assert_eq!(codes(MetaData::new().table(table)), ["schema.name-too-long"]);
    }
}
