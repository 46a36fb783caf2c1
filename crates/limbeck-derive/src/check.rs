//! What a model's attributes may not say together.

use std::collections::BTreeSet;

use darling::Error;
use darling::error::Accumulator;
use proc_macro2::{Ident, Span};
use syn::Type;

use crate::declaration::{Declaration, Field, unknown_field};
use crate::type_name::{Dialect, sql_type};
use crate::value::{Action, IndexKeyTarget};

/// Reports every contradiction.
pub(crate) fn check(declaration: &Declaration, errors: &mut Accumulator) {
    let mut columns = BTreeSet::new();
    for field in &declaration.fields {
        if !columns.insert(&field.column) {
            let message = format!("another field has the column `{}` already", field.column);
            errors.push(Error::custom(message).with_span(&field.ident));
        }
        check_sources(field, errors);
        check_type(field, errors);
        check_key(field, errors);
        for reference in &field.references {
            let options = &reference.options;
            check_action(declaration, options.on_delete.as_ref(), errors);
            check_action(declaration, options.on_update.as_ref(), errors);
            if options.index.is_present() && field.options.index.is_present() {
                errors.push(
                    Error::custom("the field is indexed by `#[column(index)]` already")
                        .with_span(&options.index.span()),
                );
            }
        }
    }
    check_table(declaration, errors);
    check_constraints(declaration, errors);
}

/// One source gives a column's value, and existing rows get theirs from it too.
fn check_sources(field: &Field, errors: &mut Accumulator) {
    let options = &field.options;
    let key_identity =
        field.key.as_ref().filter(|key| key.identity.is_some()).map(darling::util::SpannedValue::span);
    let sources: Vec<(&str, Span)> = [
        ("`identity`", key_identity),
        ("`identity`", options.identity.as_ref().map(|value| value.span())),
        ("`server_default`", options.server_default.as_ref().map(|value| value.span())),
        ("`generated`", options.generated.as_ref().map(|value| value.span())),
    ]
    .into_iter()
    .filter_map(|(what, span)| Some((what, span?)))
    .collect();
    if let Some(((first, _), more)) = sources.split_first() {
        for (second, span) in more {
            let message = if first == second {
                "`identity` is given by `#[key]` already".to_owned()
            } else {
                format!("{second} and {first} exclude each other: only one of them can give the value")
            };
            errors.push(Error::custom(message).with_span(span));
        }
    }
    if let (Some(backfill), Some(_)) = (&options.backfill, &options.generated) {
        let message = "`backfill` and `generated` exclude each other: existing rows are computed too";
        errors.push(Error::custom(message).with_span(&backfill.span()));
    }
    if let Some(renamed) = options.renamed_from.as_ref().filter(|text| text.0.value() == field.column) {
        errors.push(Error::custom("the column has this name now").with_span(&renamed.0));
    }
}

fn check_type(field: &Field, errors: &mut Accumulator) {
    let options = &field.options;
    if let Some(texts) = &options.sql_type {
        let generic = texts.generic.iter().map(|text| (text, Dialect::Postgresql));
        let variants = texts.variants.iter().map(|(dialect, text)| (text, Dialect::of(dialect)));
        for (text, dialect) in generic.chain(variants) {
            if let Err(message) = sql_type(&text.value(), dialect) {
                errors.push(Error::custom(message).with_span(text));
            }
        }
    }
    let sizes = [
        ("len", options.len.as_ref().map(|value| value.span())),
        ("precision", options.precision.as_ref().map(|value| value.span())),
        ("scale", options.scale.as_ref().map(|value| value.span())),
    ];
    let given = |name: &str| sizes.iter().any(|(size, span)| *size == name && span.is_some());
    for (name, span) in sizes.iter().filter_map(|(name, span)| Some((*name, span.as_ref()?))) {
        let message = if field.has_own_type() {
            format!("`{name}` belongs into the text of `type` when there is one")
        } else if name == "scale" && !given("precision") {
            "`scale` needs a `precision`".to_owned()
        } else if name == "precision" && given("len") {
            "`precision` and `len` exclude each other".to_owned()
        } else {
            continue;
        };
        errors.push(Error::custom(message).with_span(span));
    }
}

fn check_key(field: &Field, errors: &mut Accumulator) {
    let name = type_name(&field.ty);
    if field.identity().is_some() && NEVER_IDENTITY.contains(&name.as_str()) {
        let message = if name == "Option" {
            "an identity column is never NULL: drop the `Option`"
        } else {
            "an identity column is an integer: `i16`, `i32` or `i64`"
        };
        errors.push(Error::custom(message).with_span(&field.ty));
    } else if field.key.is_some() && name == "Option" {
        errors.push(Error::custom("a key column is never NULL: drop the `Option`").with_span(&field.ty));
    }
}

/// Types that no identity can have; of others, `MetaData::resolve` judges by the SQL type.
const NEVER_IDENTITY: [&str; 8] = ["Option", "String", "bool", "f32", "f64", "Vec", "Uuid", "Decimal"];

/// The last segment of a type's path.
pub(crate) fn type_name(ty: &Type) -> String {
    match ty {
        Type::Path(path) => path.path.segments.last().map(|s| s.ident.to_string()).unwrap_or_default(),
        Type::Group(group) => type_name(&group.elem),
        Type::Paren(paren) => type_name(&paren.elem),
        _ => String::new(),
    }
}

fn check_table(declaration: &Declaration, errors: &mut Accumulator) {
    let options = &declaration.options;
    let keys = declaration.key_fields();
    let names = [
        ("`view`", options.view.is_some()),
        ("`part_of`", options.part_of.is_some()),
        ("`table`", options.table.is_some()),
    ];
    let given: Vec<_> = names.iter().filter(|(_, given)| *given).map(|(name, _)| *name).collect();
    if let [first, second, ..] = given.as_slice() {
        let message = format!("{first} and {second} exclude each other: a model reads from one of them");
        errors.push(Error::custom(message).with_span(&declaration.ident));
    }
    let mut versions = declaration.fields.iter().filter(|field| field.version);
    if let Some(second) = versions.by_ref().nth(1) {
        errors.push(Error::custom("another field counts the versions already").with_span(&second.ident));
    }
    for field in declaration.fields.iter().filter(|field| field.version) {
        if NEVER_IDENTITY.contains(&type_name(&field.ty).as_str()) {
            let message = "a version is an integer: `i16`, `i32` or `i64`";
            errors.push(Error::custom(message).with_span(&field.ty));
        }
    }
    if options.without_rowid.is_present() && keys.is_empty() {
        let message = "`without_rowid` needs a primary key (SQLite, \"WITHOUT ROWID\")";
        errors.push(Error::custom(message).with_span(&options.without_rowid.span()));
    }
    if options.autoincrement.is_present() {
        // SQLite docs, "Autoincrement".
        let message = if options.without_rowid.is_present() {
            Some("`autoincrement` and `without_rowid` exclude each other")
        } else if keys.len() != 1 {
            Some("`autoincrement` needs a primary key of one integer column")
        } else {
            None
        };
        if let Some(message) = message {
            errors.push(Error::custom(message).with_span(&options.autoincrement.span()));
        }
    }
    if let Some(renamed) =
        options.renamed_from.as_ref().filter(|text| text.0.value() == declaration.table_name())
    {
        errors.push(Error::custom("the table has this name now").with_span(&renamed.0));
    }
    if let Some(key) = &declaration.primary_key {
        let marked = declaration.fields.iter().any(|field| field.key.is_some());
        if key.on.is_some() && marked {
            let message = "name the key once: mark its fields with `#[key]`, or list them in `on`";
            errors.push(Error::custom(message).with_span(&key.span()));
        } else if key.on.is_none() && !marked {
            let message = "which fields? mark them with `#[key]`, or list them: `on = (a, b)`";
            errors.push(Error::custom(message).with_span(&key.span()));
        }
        let on = key.on.iter().flat_map(|names| &names.0);
        check_fields(declaration, on.chain(&key.include.0), errors);
    }
}

fn check_constraints(declaration: &Declaration, errors: &mut Accumulator) {
    for unique in &declaration.uniques {
        check_fields(declaration, unique.on.0.iter().chain(&unique.include.0), errors);
        check_repeated(&unique.on.0, errors);
    }
    for foreign_key in &declaration.foreign_keys {
        check_fields(declaration, foreign_key.on.0.iter(), errors);
        check_repeated(&foreign_key.on.0, errors);
        check_action(declaration, foreign_key.on_delete.as_ref(), errors);
        check_action(declaration, foreign_key.on_update.as_ref(), errors);
        let (own, referred) = (foreign_key.on.0.len(), foreign_key.references.fields.len());
        if referred > 0 && referred != own {
            let message = format!("{own} fields cannot refer to {referred}");
            errors.push(Error::custom(message).with_span(&foreign_key.references.model));
        }
    }
    for exclude in &declaration.excludes {
        let keys = exclude.on.0.iter().filter_map(|key| match &key.key.target {
            IndexKeyTarget::Field(name) => Some(name),
            IndexKeyTarget::Expression(_) => None,
        });
        check_fields(declaration, keys.chain(&exclude.include.0), errors);
    }
    for index in &declaration.indexes {
        let keys = index.on.0.iter().filter_map(|key| match &key.target {
            IndexKeyTarget::Field(name) => Some(name),
            IndexKeyTarget::Expression(_) => None,
        });
        check_fields(declaration, keys.chain(&index.include.0), errors);
        if index.nulls_not_distinct.is_present() && !index.unique.is_present() {
            let message = "`nulls_not_distinct` needs `unique`";
            errors.push(Error::custom(message).with_span(&index.nulls_not_distinct.span()));
        }
    }
}

fn check_fields<'a>(
    declaration: &Declaration,
    names: impl Iterator<Item = &'a Ident>,
    errors: &mut Accumulator,
) {
    for name in names.filter(|name| declaration.field(name).is_none()) {
        errors.push(unknown_field(declaration, name));
    }
}

fn check_repeated(names: &[Ident], errors: &mut Accumulator) {
    let mut seen = BTreeSet::new();
    for name in names.iter().filter(|name| !seen.insert((*name).clone())) {
        errors.push(Error::custom(format!("`{name}` is listed twice")).with_span(name));
    }
}

fn check_action(declaration: &Declaration, action: Option<&Action>, errors: &mut Accumulator) {
    if let Some(Action::OnFields(_, fields)) = action {
        check_fields(declaration, fields.iter(), errors);
    }
}
