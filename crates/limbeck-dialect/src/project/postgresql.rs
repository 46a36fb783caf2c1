//! What PostgreSQL stores.

use limbeck_schema::{
    Column, Dialect, ExcludeConstraint, ForeignKey, Index, IndexElement, IndexTarget, MetaData, NullsOrder,
    QualifiedName, ReferentialAction, SequenceOptions, SortOrder, SqlType, SqliteTableOptions, Table,
};

use crate::expression::mentions;
use crate::postgresql::{respelled, sequence_limits};
use crate::{ProjectionError, ProjectionReason};

/// The highest precision of times, which is what they have when none is given (PostgreSQL, "Date/Time Types").
const TIME_PRECISION: u32 = 6;

pub(super) fn project(metadata: &mut MetaData) -> Vec<ProjectionError> {
    let mut errors = Vec::new();
    for sequence in &mut metadata.sequences {
        let data_type = sequence.data_type.take().unwrap_or(SqlType::BigInteger);
        sequence.options = without_defaults(&data_type, &sequence.options);
        sequence.data_type = Some(data_type).filter(|t| *t != SqlType::BigInteger);
        sequence.comment = without_empty(sequence.comment.take());
    }
    for enum_type in &mut metadata.enums {
        enum_type.comment = without_empty(enum_type.comment.take());
    }
    let mut type_error = |name: &QualifiedName, reason| {
        errors.push(ProjectionError {
            dialect: Dialect::Postgresql,
            table: name.clone(),
            column: None,
            reason,
        });
    };
    for domain in &mut metadata.domains {
        match project_type(&domain.base_type) {
            Ok(sql_type) => domain.base_type = sql_type,
            Err(reason) => type_error(&domain.name, reason),
        }
        domain.collation = own_collation(domain.collation.take());
        domain.comment = without_empty(domain.comment.take());
        domain.checks.iter_mut().for_each(|check| check.comment = without_empty(check.comment.take()));
    }
    for composite in &mut metadata.composites {
        composite.comment = without_empty(composite.comment.take());
        for attribute in &mut composite.attributes {
            match project_type(&attribute.sql_type) {
                Ok(sql_type) => attribute.sql_type = sql_type,
                Err(reason) => type_error(&composite.name, reason),
            }
            attribute.collation = own_collation(attribute.collation.take());
            attribute.comment = without_empty(attribute.comment.take());
        }
    }
    for schema in &mut metadata.schemas {
        schema.comment = without_empty(schema.comment.take());
    }
    for table in &mut metadata.tables {
        project_table(table, &mut errors);
    }
    errors
}

/// An empty comment is stored as none (PostgreSQL, "COMMENT").
fn without_empty(comment: Option<String>) -> Option<String> {
    comment.filter(|text| !text.is_empty())
}

fn project_table(table: &mut Table, errors: &mut Vec<ProjectionError>) {
    let name = table.name.clone();
    let mut error = |column: Option<&str>, reason| {
        errors.push(ProjectionError {
            dialect: Dialect::Postgresql,
            table: name.clone(),
            column: column.map(str::to_owned),
            reason,
        });
    };
    table.comment = without_empty(table.comment.take());
    table.options.sqlite = SqliteTableOptions::default();
    let options = &mut table.options.postgresql;
    options.using = options.using.take().filter(|method| method != "heap");
    for column in &mut table.columns {
        match project_type(&column.sql_type) {
            Ok(sql_type) => column.sql_type = sql_type,
            Err(reason) => error(Some(&column.name), reason),
        }
        project_column(column);
    }
    for fk in &mut table.foreign_keys {
        if let Err(reason) = project_foreign_key(fk) {
            error(None, reason);
        }
        fk.comment = without_empty(fk.comment.take());
    }
    if let Some(pk) = &mut table.primary_key {
        pk.comment = without_empty(pk.comment.take());
    }
    for unique in &mut table.uniques {
        unique.comment = without_empty(unique.comment.take());
    }
    for check in &mut table.checks {
        check.comment = without_empty(check.comment.take());
    }
    for index in &mut table.indexes {
        project_index(index, &table.columns);
    }
    for exclude in &mut table.excludes {
        project_exclude(exclude, &table.columns);
    }
}

fn project_type(sql_type: &SqlType) -> Result<SqlType, ProjectionReason> {
    let within = |precision: Option<u32>| precision.filter(|p| *p < TIME_PRECISION);
    Ok(match sql_type.for_dialect(Dialect::Postgresql) {
        SqlType::Numeric { precision: Some(precision), scale } => {
            SqlType::Numeric { precision: Some(*precision), scale: Some(scale.unwrap_or(0)) }
        }
        SqlType::Numeric { precision: None, .. } => SqlType::Numeric { precision: None, scale: None },
        SqlType::Time { precision, timezone } => {
            SqlType::Time { precision: within(*precision), timezone: *timezone }
        }
        SqlType::DateTime { precision, timezone } => {
            SqlType::DateTime { precision: within(*precision), timezone: *timezone }
        }
        SqlType::Array(element) => match project_type(element)? {
            // The number of dimensions is not enforced, and not printed.
            array @ SqlType::Array(_) => array,
            element => SqlType::Array(Box::new(element)),
        },
        SqlType::Native { dialect: Dialect::Postgresql, name } => crate::postgresql::parse_type(name),
        SqlType::Native { dialect: owner @ Dialect::Sqlite, name } => {
            return Err(ProjectionReason::NativeType { owner: *owner, name: name.clone() });
        }
        other => other.clone(),
    })
}

fn project_column(column: &mut Column) {
    column.comment = without_empty(column.comment.take());
    column.collation = own_collation(column.collation.take());
    if let Some(identity) = &mut column.identity {
        column.nullable = false;
        identity.options = without_defaults(&column.sql_type, &identity.options);
    }
}

fn own_collation(collation: Option<String>) -> Option<String> {
    collation.filter(|c| !crate::sqlite::is_builtin_collation(c) && c != "default")
}

/// The options that differ from what the server takes for them by itself (PostgreSQL, "CREATE SEQUENCE").
fn without_defaults(data_type: &SqlType, options: &SequenceOptions) -> SequenceOptions {
    let increment = options.increment.unwrap_or(1);
    let (lowest, highest) = sequence_limits(data_type, increment);
    let first = if increment > 0 {
        options.min_value.unwrap_or(lowest)
    } else {
        options.max_value.unwrap_or(highest)
    };
    let unless = |value: Option<i64>, default: i64| value.filter(|v| *v != default);
    SequenceOptions {
        start: unless(options.start, first),
        increment: unless(options.increment, 1),
        min_value: unless(options.min_value, lowest),
        max_value: unless(options.max_value, highest),
        cache: unless(options.cache, 1),
        cycle: options.cycle,
    }
}

fn project_foreign_key(fk: &mut ForeignKey) -> Result<(), ProjectionReason> {
    let all = fk.columns.clone();
    for action in [&mut fk.on_delete, &mut fk.on_update] {
        if let ReferentialAction::SetNull(columns) | ReferentialAction::SetDefault(columns) = action {
            if all.iter().all(|column| columns.contains(column)) {
                columns.clear();
            }
            // Their order means nothing.
            columns.sort();
        }
    }
    // "A column list can only be specified for ON DELETE" (PostgreSQL, "CREATE TABLE").
    match &fk.on_update {
        ReferentialAction::SetNull(columns) | ReferentialAction::SetDefault(columns)
            if !columns.is_empty() =>
        {
            Err(ProjectionReason::SetColumns(fk.name.clone().unwrap_or_default()))
        }
        _ => Ok(()),
    }
}

fn project_index(index: &mut Index, columns: &[Column]) {
    index.comment = without_empty(index.comment.take());
    index.using = index.using.take().filter(|method| method != "btree");
    index.nulls_not_distinct &= index.unique;
    for element in &mut index.elements {
        project_index_element(element, columns);
    }
}

fn project_index_element(element: &mut IndexElement, columns: &[Column]) {
    let default = match element.order {
        SortOrder::Ascending => NullsOrder::Last,
        SortOrder::Descending => NullsOrder::First,
    };
    element.nulls = element.nulls.filter(|nulls| *nulls != default);
    element.opclass = element.opclass.as_deref().map(respelled);
    element.collation = element.collation.take().filter(|c| !crate::sqlite::is_builtin_collation(c));
    // What the column has by itself is not said.
    if let IndexTarget::Column(name) = &element.target {
        let column = columns.iter().find(|column| column.name == *name);
        let own = column.and_then(|column| column.collation.as_deref()).unwrap_or("default");
        element.collation.take_if(|collation| collation == own);
    }
    // An expression has the collation of its columns if those agree (PostgreSQL docs, "Collation Support").
    if let IndexTarget::Expression(expression) = &element.target {
        let sql = expression.for_dialect(Dialect::Postgresql);
        let mut own = columns
            .iter()
            .filter(|column| is_text(&column.sql_type) && mentions(Dialect::Postgresql, sql, &column.name))
            .map(|column| column.collation.as_deref().unwrap_or("default"))
            .peekable();
        if own.peek().is_some() {
            element.collation.take_if(|collation| own.all(|own| own == collation));
        }
    }
}

fn is_text(sql_type: &SqlType) -> bool {
    matches!(sql_type, SqlType::Text | SqlType::String { .. } | SqlType::Char { .. })
}

fn project_exclude(exclude: &mut ExcludeConstraint, columns: &[Column]) {
    exclude.comment = without_empty(exclude.comment.take());
    for element in &mut exclude.elements {
        project_index_element(&mut element.element, columns);
        element.operator = element.operator.trim().to_owned();
    }
}
