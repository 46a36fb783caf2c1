//! The rows of the catalogue queries, one type for each query.

use std::collections::BTreeMap;

use super::result::Row;
use crate::InspectError;

/// An object identifier.
pub(super) type Oid = u32;

/// A schema.
pub(super) struct NamespaceRow<'a> {
    pub(super) oid: Oid,
    pub(super) name: &'a str,
    pub(super) is_default: bool,
}

impl<'a> NamespaceRow<'a> {
    pub(super) fn read(row: Row<'a>) -> Result<Self, InspectError> {
        Ok(Self { oid: row.number(0, "pg_namespace.oid")?, name: row.text(1), is_default: row.boolean(2) })
    }
}

/// A table.
pub(super) struct TableRow<'a> {
    pub(super) oid: Oid,
    pub(super) namespace: Oid,
    pub(super) name: &'a str,
    pub(super) persistence: char,
    pub(super) row: Row<'a>,
    pub(super) access_method: Option<&'a str>,
    pub(super) tablespace: Option<&'a str>,
    pub(super) partition_key: Option<&'a str>,
    /// Which rows of its parent are in the partition.
    pub(super) partition_bound: Option<&'a str>,
    pub(super) row_security: bool,
    pub(super) force_row_security: bool,
}

impl<'a> TableRow<'a> {
    pub(super) fn read(row: Row<'a>) -> Result<Self, InspectError> {
        Ok(Self {
            oid: row.number(0, "pg_class.oid")?,
            namespace: row.number(1, "pg_class.relnamespace")?,
            name: row.text(2),
            persistence: row.character(3),
            row,
            access_method: row.optional(5),
            tablespace: row.optional(6),
            partition_key: row.optional(7),
            partition_bound: row.optional(8),
            row_security: row.boolean(9),
            force_row_security: row.boolean(10),
        })
    }

    /// The storage parameters.
    pub(super) fn options(&self) -> BTreeMap<String, String> {
        self.row.parameters(4)
    }
}

/// A column of a table.
pub(super) struct ColumnRow<'a> {
    pub(super) table: Oid,
    pub(super) number: i16,
    pub(super) name: &'a str,
    pub(super) type_oid: Oid,
    /// The type as text, where it is not just the name of a built-in type.
    pub(super) type_text: Option<&'a str>,
    pub(super) not_null: bool,
    pub(super) identity: char,
    pub(super) generated: char,
    pub(super) collation: Oid,
    pub(super) is_local: bool,
}

impl<'a> ColumnRow<'a> {
    pub(super) fn read(row: Row<'a>) -> Result<Self, InspectError> {
        Ok(Self {
            table: row.number(0, "pg_attribute.attrelid")?,
            number: row.number(1, "pg_attribute.attnum")?,
            name: row.text(2),
            type_oid: row.number(3, "pg_attribute.atttypid")?,
            type_text: row.optional(4),
            not_null: row.boolean(5),
            identity: row.character(6),
            generated: row.character(7),
            collation: row.number(8, "pg_attribute.attcollation")?,
            is_local: row.boolean(9),
        })
    }
}

/// The collation of a type that is not the usual one.
pub(super) struct TypeCollationRow {
    pub(super) type_oid: Oid,
    pub(super) collation: Oid,
}

impl TypeCollationRow {
    pub(super) fn read(row: Row<'_>) -> Result<Self, InspectError> {
        Ok(Self {
            type_oid: row.number(0, "pg_type.oid")?,
            collation: row.number(1, "pg_type.typcollation")?,
        })
    }
}

/// The default or generation expression of a column.
pub(super) struct ColumnExpressionRow<'a> {
    pub(super) table: Oid,
    pub(super) number: i16,
    pub(super) expression: &'a str,
}

impl<'a> ColumnExpressionRow<'a> {
    pub(super) fn read(row: Row<'a>) -> Result<Self, InspectError> {
        Ok(Self {
            table: row.number(0, "pg_attrdef.adrelid")?,
            number: row.number(1, "pg_attrdef.adnum")?,
            expression: row.text(2),
        })
    }
}

/// A constraint of a table or domain.
pub(super) struct ConstraintRow<'a> {
    pub(super) oid: Oid,
    pub(super) table: Oid,
    pub(super) name: &'a str,
    pub(super) kind: char,
    pub(super) columns: Vec<i16>,
    pub(super) index: Oid,
    pub(super) referred_table: Oid,
    pub(super) referred_columns: Vec<i16>,
    pub(super) on_update: char,
    pub(super) on_delete: char,
    pub(super) match_type: char,
    pub(super) on_delete_columns: Vec<i16>,
    pub(super) deferrable: bool,
    pub(super) deferred: bool,
    pub(super) validated: bool,
    pub(super) no_inherit: bool,
    pub(super) expression: Option<&'a str>,
    /// The domain, or 0.
    pub(super) domain: Oid,
    pub(super) operators: Vec<Oid>,
}

impl<'a> ConstraintRow<'a> {
    pub(super) fn read(row: Row<'a>) -> Result<Self, InspectError> {
        Ok(Self {
            oid: row.number(0, "pg_constraint.oid")?,
            table: row.number(1, "pg_constraint.conrelid")?,
            name: row.text(2),
            kind: row.character(3),
            columns: row.numbers(4, "pg_constraint.conkey")?,
            index: row.number(5, "pg_constraint.conindid")?,
            referred_table: row.number(6, "pg_constraint.confrelid")?,
            referred_columns: row.numbers(7, "pg_constraint.confkey")?,
            on_update: row.character(8),
            on_delete: row.character(9),
            match_type: row.character(10),
            on_delete_columns: row.numbers(11, "pg_constraint.confdelsetcols")?,
            deferrable: row.boolean(12),
            deferred: row.boolean(13),
            validated: row.boolean(14),
            no_inherit: row.boolean(15),
            expression: row.optional(16),
            domain: row.number(17, "pg_constraint.contypid")?,
            operators: row.numbers(18, "pg_constraint.conexclop")?,
        })
    }
}

/// An index, including those behind constraints.
pub(super) struct IndexRow<'a> {
    pub(super) oid: Oid,
    pub(super) table: Oid,
    pub(super) name: &'a str,
    pub(super) unique: bool,
    pub(super) nulls_not_distinct: bool,
    pub(super) key_count: usize,
    pub(super) columns: Vec<i16>,
    pub(super) options: Vec<i16>,
    pub(super) operator_classes: Vec<Oid>,
    pub(super) collations: Vec<Oid>,
    pub(super) access_method: &'a str,
    pub(super) row: Row<'a>,
    pub(super) tablespace: Option<&'a str>,
    pub(super) predicate: Option<&'a str>,
    /// Whether a primary key, unique or exclusion constraint made it.
    pub(super) of_constraint: bool,
}

impl<'a> IndexRow<'a> {
    pub(super) fn read(row: Row<'a>) -> Result<Self, InspectError> {
        Ok(Self {
            oid: row.number(0, "pg_index.indexrelid")?,
            table: row.number(1, "pg_index.indrelid")?,
            name: row.text(2),
            unique: row.boolean(3),
            nulls_not_distinct: row.boolean(4),
            key_count: row.number(5, "pg_index.indnkeyatts")?,
            columns: row.numbers(6, "pg_index.indkey")?,
            options: row.numbers(7, "pg_index.indoption")?,
            operator_classes: row.numbers(8, "pg_index.indclass")?,
            collations: row.numbers(9, "pg_index.indcollation")?,
            access_method: row.text(10),
            row,
            tablespace: row.optional(12),
            predicate: row.optional(13),
            of_constraint: row.boolean(14),
        })
    }

    /// The storage parameters.
    pub(super) fn parameters(&self) -> BTreeMap<String, String> {
        self.row.parameters(11)
    }
}

/// An expression that an index has for a key.
pub(super) struct IndexExpressionRow<'a> {
    pub(super) index: Oid,
    /// 1-based.
    pub(super) position: usize,
    pub(super) expression: &'a str,
    /// The whole definition, where only it tells whether a collation belongs to the expression or to the key.
    pub(super) definition: Option<&'a str>,
}

impl<'a> IndexExpressionRow<'a> {
    pub(super) fn read(row: Row<'a>) -> Result<Self, InspectError> {
        Ok(Self {
            index: row.number(0, "pg_index.indexrelid")?,
            position: row.number(1, "a key position")?,
            expression: row.text(2),
            definition: row.optional(3),
        })
    }
}

/// The parameters that the operator class of an index key has been given.
pub(super) struct KeyOptionsRow<'a> {
    pub(super) index: Oid,
    /// 1-based.
    pub(super) position: usize,
    pub(super) operator_class: &'a str,
    row: Row<'a>,
}

impl<'a> KeyOptionsRow<'a> {
    pub(super) fn read(row: Row<'a>) -> Result<Self, InspectError> {
        Ok(Self {
            index: row.number(0, "pg_attribute.attrelid")?,
            position: row.number(1, "pg_attribute.attnum")?,
            operator_class: row.text(2),
            row,
        })
    }

    /// The parameters.
    pub(super) fn parameters(&self) -> BTreeMap<String, String> {
        self.row.parameters(3)
    }
}

/// A column of a table that is referred to, but is not among the tables read.
pub(super) struct ForeignColumnRow<'a> {
    pub(super) table: Oid,
    pub(super) in_default_schema: bool,
    pub(super) schema: &'a str,
    pub(super) table_name: &'a str,
    pub(super) number: i16,
    pub(super) name: &'a str,
}

impl<'a> ForeignColumnRow<'a> {
    pub(super) fn read(row: Row<'a>) -> Result<Self, InspectError> {
        Ok(Self {
            table: row.number(0, "pg_class.oid")?,
            in_default_schema: row.boolean(1),
            schema: row.text(2),
            table_name: row.text(3),
            number: row.number(4, "pg_attribute.attnum")?,
            name: row.text(5),
        })
    }
}

/// An enum type.
pub(super) struct EnumRow<'a> {
    pub(super) oid: Oid,
    pub(super) array: Oid,
    pub(super) namespace: Oid,
    pub(super) name: &'a str,
}

impl<'a> EnumRow<'a> {
    pub(super) fn read(row: Row<'a>) -> Result<Self, InspectError> {
        Ok(Self {
            oid: row.number(0, "pg_type.oid")?,
            array: row.number(1, "pg_type.typarray")?,
            namespace: row.number(2, "pg_type.typnamespace")?,
            name: row.text(3),
        })
    }
}

/// A domain.
pub(super) struct DomainRow<'a> {
    pub(super) oid: Oid,
    pub(super) array: Oid,
    pub(super) namespace: Oid,
    pub(super) name: &'a str,
    pub(super) base_oid: Oid,
    pub(super) base_text: &'a str,
    pub(super) not_null: bool,
    pub(super) collation: Oid,
    pub(super) has_own_collation: bool,
    pub(super) default: Option<&'a str>,
}

impl<'a> DomainRow<'a> {
    pub(super) fn read(row: Row<'a>) -> Result<Self, InspectError> {
        Ok(Self {
            oid: row.number(0, "pg_type.oid")?,
            array: row.number(1, "pg_type.typarray")?,
            namespace: row.number(2, "pg_type.typnamespace")?,
            name: row.text(3),
            base_oid: row.number(4, "pg_type.typbasetype")?,
            base_text: row.text(5),
            not_null: row.boolean(6),
            collation: row.number(7, "pg_type.typcollation")?,
            has_own_collation: row.boolean(8),
            default: row.optional(9),
        })
    }
}

/// A composite type that is not a table's.
pub(super) struct CompositeRow<'a> {
    pub(super) oid: Oid,
    pub(super) array: Oid,
    pub(super) namespace: Oid,
    pub(super) name: &'a str,
    /// The relation that holds its attributes.
    pub(super) relation: Oid,
}

impl<'a> CompositeRow<'a> {
    pub(super) fn read(row: Row<'a>) -> Result<Self, InspectError> {
        Ok(Self {
            oid: row.number(0, "pg_type.oid")?,
            array: row.number(1, "pg_type.typarray")?,
            namespace: row.number(2, "pg_type.typnamespace")?,
            name: row.text(3),
            relation: row.number(4, "pg_type.typrelid")?,
        })
    }
}

/// An attribute of a composite type.
pub(super) struct AttributeRow<'a> {
    pub(super) relation: Oid,
    pub(super) number: i16,
    pub(super) name: &'a str,
    pub(super) type_oid: Oid,
    pub(super) type_text: &'a str,
    pub(super) collation: Oid,
    pub(super) has_own_collation: bool,
}

impl<'a> AttributeRow<'a> {
    pub(super) fn read(row: Row<'a>) -> Result<Self, InspectError> {
        Ok(Self {
            relation: row.number(0, "pg_attribute.attrelid")?,
            number: row.number(1, "pg_attribute.attnum")?,
            name: row.text(2),
            type_oid: row.number(3, "pg_attribute.atttypid")?,
            type_text: row.text(4),
            collation: row.number(5, "pg_attribute.attcollation")?,
            has_own_collation: row.boolean(6),
        })
    }
}

/// A value of an enum type.
pub(super) struct EnumValueRow<'a> {
    pub(super) enum_type: Oid,
    pub(super) sort_order: f32,
    pub(super) label: &'a str,
}

impl<'a> EnumValueRow<'a> {
    pub(super) fn read(row: Row<'a>) -> Result<Self, InspectError> {
        Ok(Self {
            enum_type: row.number(0, "pg_enum.enumtypid")?,
            sort_order: row.number(1, "pg_enum.enumsortorder")?,
            label: row.text(2),
        })
    }
}

/// A sequence, including those behind identity columns.
pub(super) struct SequenceRow<'a> {
    pub(super) oid: Oid,
    pub(super) namespace: Oid,
    pub(super) name: &'a str,
    pub(super) data_type: &'a str,
    pub(super) start: i64,
    pub(super) increment: i64,
    pub(super) min_value: i64,
    pub(super) max_value: i64,
    pub(super) cache: i64,
    pub(super) cycle: bool,
    pub(super) owner: Option<SequenceOwner>,
}

/// The column that a sequence belongs to.
pub(super) struct SequenceOwner {
    /// Whether the sequence is the column's identity, else it is merely owned.
    pub(super) is_identity: bool,
    pub(super) table: Oid,
    pub(super) column: i16,
}

impl<'a> SequenceRow<'a> {
    pub(super) fn read(row: Row<'a>) -> Result<Self, InspectError> {
        let owner = match row.optional(10) {
            None => None,
            Some(kind) => Some(SequenceOwner {
                is_identity: kind == "i",
                table: row.number(11, "pg_depend.refobjid")?,
                column: row.number(12, "pg_depend.refobjsubid")?,
            }),
        };
        Ok(Self {
            oid: row.number(0, "pg_sequence.seqrelid")?,
            namespace: row.number(1, "pg_class.relnamespace")?,
            name: row.text(2),
            data_type: row.text(3),
            start: row.number(4, "pg_sequence.seqstart")?,
            increment: row.number(5, "pg_sequence.seqincrement")?,
            min_value: row.number(6, "pg_sequence.seqmin")?,
            max_value: row.number(7, "pg_sequence.seqmax")?,
            cache: row.number(8, "pg_sequence.seqcache")?,
            cycle: row.boolean(9),
            owner,
        })
    }
}

/// A parent of a table.
pub(super) struct InheritanceRow {
    pub(super) child: Oid,
    pub(super) position: i32,
    pub(super) parent: Oid,
}

impl InheritanceRow {
    pub(super) fn read(row: Row<'_>) -> Result<Self, InspectError> {
        Ok(Self {
            child: row.number(0, "pg_inherits.inhrelid")?,
            position: row.number(1, "pg_inherits.inhseqno")?,
            parent: row.number(2, "pg_inherits.inhparent")?,
        })
    }
}

/// The name of a built-in type, an operator class, an operator or a collation.
pub(super) struct NameRow<'a> {
    pub(super) oid: Oid,
    pub(super) name: &'a str,
}

impl<'a> NameRow<'a> {
    pub(super) fn read(row: Row<'a>) -> Result<Self, InspectError> {
        Ok(Self { oid: row.number(0, "an oid")?, name: row.text(1) })
    }
}

/// A comment. Object identifiers are unique within their catalogue only, so it is part of the key.
pub(super) struct CommentRow<'a> {
    pub(super) catalogue: &'a str,
    pub(super) object: Oid,
    pub(super) column: i16,
    pub(super) text: &'a str,
}

impl<'a> CommentRow<'a> {
    pub(super) fn read(row: Row<'a>) -> Result<Self, InspectError> {
        Ok(Self {
            catalogue: row.text(0),
            object: row.number(1, "pg_description.objoid")?,
            column: row.number(2, "pg_description.objsubid")?,
            text: row.text(3),
        })
    }
}
