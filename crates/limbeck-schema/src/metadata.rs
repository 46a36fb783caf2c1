//! The whole of a schema, and its JSON form.

use serde::{Deserialize, Serialize};

use crate::validate::{SchemaError, validate};
use crate::{
    CompositeType, DefaultPrivilege, Dependency, Domain, Entity, EnumType, Grant, NamingConvention,
    Ownership, QualifiedName, Sequence, SqlSource, SqlType, Table,
};

/// A schema namespace of the database.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schema {
    /// The name.
    pub name: String,
    /// The comment stored in the database.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

/// Everything that makes up a schema: the one form that models, databases, SQL files and scripts are turned into
/// before they are compared.
///
/// ```
/// use limbeck_schema::{Column, MetaData, SqlType, Table};
/// let model = MetaData::new().table(
///     Table::new("customers")
///         .with_column(Column::new("customer_id", SqlType::Integer).not_null())
///         .with_primary_key(["customer_id"]),
/// );
/// let model = model.resolve().unwrap();
/// assert_eq!(model.tables[0].primary_key.as_ref().unwrap().name.as_deref(), Some("pk_customers"));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MetaData {
    /// How constraints and indexes without a name are named.
    #[serde(default)]
    pub naming_convention: NamingConvention,
    /// Schema namespaces to be created; the default schema is never listed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub schemas: Vec<Schema>,
    /// Enum types.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub enums: Vec<EnumType>,
    /// Domains.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub domains: Vec<Domain>,
    /// Composite types.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub composites: Vec<CompositeType>,
    /// Sequences, without those behind identity columns.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sequences: Vec<Sequence>,
    /// Tables.
    #[serde(default)]
    pub tables: Vec<Table>,
    /// Functions, views, triggers, policies and whatever else is held by its definition.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub entities: Vec<Entity>,
    /// What of tables, types and sequences builds on entities. Orders changes; never compared.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dependencies: Vec<Dependency>,
    /// Privileges that differ from what the database gives by itself.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub grants: Vec<Grant>,
    /// Privileges on objects yet to be made.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub default_privileges: Vec<DefaultPrivilege>,
    /// Owners of what is no entity.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub owners: Vec<Ownership>,
    /// What is declared as SQL. A database makes entities, tables and the rest of it before anything is compared.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sql: Vec<SqlSource>,
}

impl MetaData {
    /// An empty schema with the default naming convention.
    pub fn new() -> Self {
        Self::default()
    }

    /// The same schema with one more table.
    #[must_use]
    pub fn table(mut self, table: Table) -> Self {
        self.tables.push(table);
        self
    }

    /// The same schema with one more enum type; one declared twice alike counts once.
    #[must_use]
    pub fn enum_type(mut self, enum_type: EnumType) -> Self {
        if !self.enums.contains(&enum_type) {
            self.enums.push(enum_type);
        }
        self
    }

    /// The same schema with one more domain; one declared twice alike counts once.
    #[must_use]
    pub fn domain(mut self, domain: Domain) -> Self {
        if !self.domains.contains(&domain) {
            self.domains.push(domain);
        }
        self
    }

    /// The same schema with one more composite type; one declared twice alike counts once.
    #[must_use]
    pub fn composite_type(mut self, composite: CompositeType) -> Self {
        if !self.composites.contains(&composite) {
            self.composites.push(composite);
        }
        self
    }

    /// The same schema with one more sequence.
    #[must_use]
    pub fn sequence(mut self, sequence: Sequence) -> Self {
        self.sequences.push(sequence);
        self
    }

    /// The same schema with another naming convention.
    #[must_use]
    pub fn naming_convention(mut self, convention: NamingConvention) -> Self {
        self.naming_convention = convention;
        self
    }

    /// The table of that name.
    pub fn find_table(&self, name: &QualifiedName) -> Option<&Table> {
        self.tables.iter().find(|t| t.name == *name)
    }

    /// The enum type of that name.
    pub fn find_enum(&self, name: &QualifiedName) -> Option<&EnumType> {
        self.enums.iter().find(|e| e.name == *name)
    }

    /// The domain of that name.
    pub fn find_domain(&self, name: &QualifiedName) -> Option<&Domain> {
        self.domains.iter().find(|d| d.name == *name)
    }

    /// The composite type of that name.
    pub fn find_composite(&self, name: &QualifiedName) -> Option<&CompositeType> {
        self.composites.iter().find(|c| c.name == *name)
    }

    /// Whether a type that names an enum type, domain or composite type finds it here.
    pub fn has_type(&self, sql_type: &SqlType) -> bool {
        match sql_type {
            SqlType::Enum(name) => self.find_enum(name).is_some(),
            SqlType::Domain(name) => self.find_domain(name).is_some(),
            SqlType::Composite(name) => self.find_composite(name).is_some(),
            SqlType::Array(element) => self.has_type(element),
            _ => true,
        }
    }

    /// Names every unnamed constraint and index, declares the schemas that are used, and checks that the whole is
    /// consistent.
    ///
    /// # Errors
    /// All inconsistencies found, not only the first: references to missing tables or columns, duplicate names,
    /// names that are too long, impossible combinations.
    pub fn resolve(mut self) -> Result<MetaData, Vec<SchemaError>> {
        let convention = self.naming_convention.clone();
        let mut errors = Vec::new();
        for table in &mut self.tables {
            if let Err(error) = convention.name_table(table) {
                errors.push(error.into());
            }
        }
        for domain in &mut self.domains {
            if let Err(error) = convention.name_domain(domain) {
                errors.push(error.into());
            }
        }
        self.declare_used_schemas();
        errors.extend(validate(&self));
        if errors.is_empty() { Ok(self) } else { Err(errors) }
    }

    fn declare_used_schemas(&mut self) {
        for name in self.schema_names() {
            if !self.schemas.iter().any(|s| s.name == name) {
                self.schemas.push(Schema { name, comment: None });
            }
        }
    }

    /// The names of all schemas that are declared or used.
    pub fn schema_names(&self) -> std::collections::BTreeSet<String> {
        let declared = self.schemas.iter().map(|schema| schema.name.clone());
        let used = self
            .tables
            .iter()
            .map(|t| &t.name)
            .chain(self.enums.iter().map(|e| &e.name))
            .chain(self.domains.iter().map(|d| &d.name))
            .chain(self.composites.iter().map(|c| &c.name))
            .chain(self.sequences.iter().map(|s| &s.name))
            .filter_map(|name| name.schema.clone());
        declared.chain(used).collect()
    }

    /// The JSON form: the schema in an envelope that carries the version of the form.
    pub fn to_json(&self) -> String {
        let document = JsonDocument { limbeck_metadata: JSON_VERSION, metadata: self.clone() };
        // Only maps with non-string keys can fail to serialize, and there are none.
        serde_json::to_string_pretty(&document).unwrap_or_default()
    }

    /// Reads the JSON form.
    ///
    /// # Errors
    /// When the text is not such a document, or of a later version than this library knows.
    pub fn from_json(text: &str) -> Result<MetaData, JsonError> {
        #[derive(Deserialize)]
        struct Envelope {
            limbeck_metadata: u32,
        }
        let document: Result<JsonDocument, _> = serde_json::from_str(text);
        // A later document may have another shape: the version is looked for first, and only then needs a pass of its own.
        let found = match &document {
            Ok(document) => document.limbeck_metadata,
            Err(_) => {
                let envelope: Envelope = serde_json::from_str(text).map_err(JsonError::Malformed)?;
                envelope.limbeck_metadata
            }
        };
        if found > JSON_VERSION {
            return Err(JsonError::Version { found, known: JSON_VERSION });
        }
        let mut metadata = document.map_err(JsonError::Malformed)?.metadata;
        metadata.tables.iter_mut().for_each(Table::shrink_to_fit);
        Ok(metadata)
    }
}

/// The version of the JSON form written by this library. Older ones are read too.
pub const JSON_VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
struct JsonDocument {
    limbeck_metadata: u32,
    metadata: MetaData,
}

/// Why a text is no MetaData document.
#[derive(Debug, thiserror::Error)]
pub enum JsonError {
    /// Not JSON, or not of the expected shape.
    #[error("not a MetaData document: {0}")]
    Malformed(#[source] serde_json::Error),
    /// Written by a later Limbeck.
    #[error("the MetaData document has version {found}, this Limbeck knows versions up to {known}")]
    Version {
        /// The document's version.
        found: u32,
        /// The latest version known.
        known: u32,
    },
}

impl JsonError {
    /// The error's stable code.
    pub fn code(&self) -> &'static str {
        match self {
            JsonError::Malformed(_) => "schema.json-malformed",
            JsonError::Version { .. } => "schema.json-version",
        }
    }
}
