//! What object identifiers and column numbers stand for.

use std::collections::HashMap;

use limbeck_dialect::operator_class;
use limbeck_schema::{QualifiedName, SqlType};

use super::catalogue::Catalogue;
use super::rows::Oid;

/// The collation `default`, which most types that have one have (`catalog/pg_collation.dat`).
const DEFAULT_COLLATION: Oid = 100;

/// Names by object identifier.
pub(super) struct Names<'a> {
    namespaces: HashMap<Oid, Option<&'a str>>,
    relations: HashMap<Oid, QualifiedName>,
    columns: HashMap<(Oid, i16), &'a str>,
    operator_classes: HashMap<Oid, &'a str>,
    key_options: HashMap<(Oid, usize), String>,
    collations: HashMap<Oid, &'a str>,
    comments: HashMap<(&'a str, Oid, i16), &'a str>,
    operators: HashMap<Oid, &'a str>,
    types: HashMap<Oid, SqlType>,
    built_in_types: HashMap<Oid, &'a str>,
    type_collations: HashMap<Oid, Oid>,
}

impl<'a> Names<'a> {
    /// The names that the catalogue holds.
    pub(super) fn new(catalogue: &Catalogue<'a>) -> Self {
        let namespaces = catalogue.namespaces.iter().map(|n| (n.oid, (!n.is_default).then_some(n.name)));
        let mut names = Names {
            namespaces: namespaces.collect(),
            relations: HashMap::with_capacity(catalogue.tables.len()),
            columns: catalogue.columns.iter().map(|c| ((c.table, c.number), c.name)).collect(),
            operator_classes: catalogue.operator_classes.iter().map(|o| (o.oid, o.name)).collect(),
            key_options: catalogue
                .key_options
                .iter()
                .map(|row| ((row.index, row.position), operator_class(row.operator_class, &row.parameters())))
                .collect(),
            collations: catalogue.collations.iter().map(|c| (c.oid, c.name)).collect(),
            comments: catalogue
                .comments
                .iter()
                .map(|c| ((c.catalogue, c.object, c.column), c.text))
                .collect(),
            operators: catalogue.operators.iter().map(|o| (o.oid, o.name)).collect(),
            types: HashMap::new(),
            built_in_types: catalogue.built_in_types.iter().map(|t| (t.oid, t.name)).collect(),
            type_collations: catalogue.type_collations.iter().map(|t| (t.type_oid, t.collation)).collect(),
        };
        for table in &catalogue.tables {
            names.relations.insert(table.oid, names.qualified(table.namespace, table.name));
        }
        for entity in catalogue.entities.iter().filter(|entity| entity.catalogue() == "pg_class") {
            names.relations.insert(entity.oid, names.qualified(entity.namespace, entity.name));
        }
        for column in &catalogue.entity_columns {
            names.columns.insert((column.relation, column.number), column.name);
        }
        for column in &catalogue.foreign_columns {
            let schema = (!column.in_default_schema).then(|| column.schema.to_owned());
            let name = QualifiedName { schema, name: column.table_name.to_owned() };
            names.relations.insert(column.table, name);
            names.columns.insert((column.table, column.number), column.name);
        }
        for row in &catalogue.enums {
            names.add_type(row.oid, row.array, SqlType::Enum(names.qualified(row.namespace, row.name)));
        }
        for row in &catalogue.domains {
            names.add_type(row.oid, row.array, SqlType::Domain(names.qualified(row.namespace, row.name)));
        }
        for row in &catalogue.composites {
            names.add_type(row.oid, row.array, SqlType::Composite(names.qualified(row.namespace, row.name)));
        }
        names
    }

    fn add_type(&mut self, oid: Oid, array: Oid, sql_type: SqlType) {
        self.types.insert(array, SqlType::Array(Box::new(sql_type.clone())));
        self.types.insert(oid, sql_type);
    }

    /// A name in the given schema; unqualified in the default one.
    pub(super) fn qualified(&self, namespace: Oid, name: &str) -> QualifiedName {
        let schema = self.namespaces.get(&namespace).copied().flatten().map(str::to_owned);
        QualifiedName { schema, name: name.to_owned() }
    }

    /// The name of a table or view.
    pub(super) fn relation(&self, oid: Oid) -> Option<&QualifiedName> {
        self.relations.get(&oid)
    }

    /// The name of a column.
    pub(super) fn column(&self, table: Oid, number: i16) -> Option<String> {
        self.columns.get(&(table, number)).map(|name| (*name).to_owned())
    }

    /// The names of columns, in the given order.
    pub(super) fn columns(&self, table: Oid, numbers: &[i16]) -> Vec<String> {
        numbers.iter().filter_map(|number| self.column(table, *number)).collect()
    }

    /// The operator class of an index key, if it is not the default of its type or has parameters.
    pub(super) fn operator_class(&self, oid: Oid, index: Oid, position: usize) -> Option<String> {
        let with_parameters = self.key_options.get(&(index, position)).cloned();
        with_parameters.or_else(|| self.operator_classes.get(&oid).map(|name| (*name).to_owned()))
    }

    /// The name of a collation; quoted and qualified where the server would not find it by its name alone.
    pub(super) fn collation(&self, oid: Oid) -> Option<String> {
        self.collations.get(&oid).map(|name| (*name).to_owned())
    }

    /// The collation of a column that is not its type's.
    pub(super) fn own_collation(&self, collation: Oid, type_oid: Oid) -> Option<String> {
        let of_type = self.type_collations.get(&type_oid).copied();
        let is_own = of_type.map_or(!matches!(collation, 0 | DEFAULT_COLLATION), |usual| collation != usual);
        self.collation(collation).filter(|_| is_own)
    }

    /// The name of a built-in type.
    pub(super) fn built_in_type(&self, oid: Oid) -> &'a str {
        self.built_in_types.get(&oid).copied().unwrap_or_default()
    }

    /// The comment on an object, or on a column of it.
    pub(super) fn comment(&self, catalogue: &'static str, object: Oid, column: i16) -> Option<String> {
        self.comments.get(&(catalogue, object, column)).map(|text| (*text).to_owned())
    }

    /// The operator of an exclusion constraint.
    pub(super) fn operator(&self, oid: Oid) -> Option<&'a str> {
        self.operators.get(&oid).copied()
    }

    /// The type of the schema itself (an enum type, domain or composite type), or the array of it, of that identifier.
    pub(super) fn named_type(&self, oid: Oid) -> Option<&SqlType> {
        self.types.get(&oid)
    }
}
