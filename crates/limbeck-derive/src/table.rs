//! The body of `Model::table()`: one struct literal that names what the model says, and nothing else.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned as _;
use syn::{LitStr, Path};

use crate::declaration::{Declaration, Field};
use crate::options::{
    CheckOptions, ExcludeOptions, ForeignKeyOptions, IdentityOptions, IndexOptions, ReferencesOptions,
    UniqueOptions,
};
use crate::type_name::{Dialect, sql_type};
use crate::value::{
    Action, Count, Deferrable, IndexKey, IndexKeyTarget, Match, StorageParameters, Text, Whole, Word,
    plain_name,
};

/// The table of a model.
pub(crate) fn table(declaration: &Declaration) -> TokenStream {
    let options = &declaration.options;
    let columns = columns(declaration);
    let groups = declaration.groups.iter().map(|group| &group.ty);
    let columns = match declaration.groups.as_slice() {
        [] => columns,
        _ => quote!([#columns, #(<#groups as __limbeck::ColumnGroup>::columns()),*].concat()),
    };
    let field_keys = declaration.fields.iter().flat_map(|field| {
        field.references.iter().map(|reference| field_foreign_key(declaration, field, reference))
    });
    let foreign_keys: Vec<_> =
        field_keys.chain(declaration.foreign_keys.iter().map(|key| foreign_key(declaration, key))).collect();
    literal(
        "Table",
        [
            ("columns", Some(columns)),
            ("primary_key", primary_key(declaration)),
            ("foreign_keys", list(&foreign_keys)),
            ("uniques", list(&uniques(declaration))),
            ("checks", list(&checks(declaration))),
            ("excludes", list(&excludes(declaration))),
            ("indexes", list(&indexes(declaration))),
            ("comment", declaration.comment.as_ref().map(some_text)),
            ("options", table_options(declaration)),
            ("renamed_from", options.renamed_from.as_ref().map(some_text)),
        ],
        quote!(__limbeck::Table::new(<Self as __limbeck::Model>::table_name())),
    )
}

/// The struct's own columns.
pub(crate) fn columns(declaration: &Declaration) -> TokenStream {
    let columns = declaration.fields.iter().map(column);
    quote!(::std::vec![#(#columns),*])
}

/// `Name { field: value, ..base }` with the fields that have a value, or just the base when none has.
pub(crate) fn literal<const N: usize>(
    name: &str,
    fields: [(&str, Option<TokenStream>); N],
    base: TokenStream,
) -> TokenStream {
    let fields: Vec<_> = fields.into_iter().filter_map(|(field, value)| Some((field, value?))).collect();
    if fields.is_empty() {
        return base;
    }
    let name = Ident::new(name, Span::call_site());
    let fields = fields.into_iter().map(|(field, value)| {
        let field = Ident::new(field, Span::call_site());
        quote!(#field: #value)
    });
    quote!(__limbeck::#name { #(#fields,)* ..#base })
}

pub(crate) fn some(value: impl ToTokens) -> TokenStream {
    quote!(::std::option::Option::Some(#value))
}

pub(crate) fn some_text(text: impl ToTokens) -> TokenStream {
    some(quote!(::std::borrow::ToOwned::to_owned(#text)))
}

fn list(items: &[TokenStream]) -> Option<TokenStream> {
    (!items.is_empty()).then(|| quote!(::std::vec![#(#items),*]))
}

fn texts(names: &[String]) -> Option<TokenStream> {
    let names = names.iter().map(|name| quote!(::std::borrow::ToOwned::to_owned(#name)));
    list(&names.collect::<Vec<_>>())
}

/// An array of names. An empty one, after mistakes, says what it would hold.
fn names(names: &[String]) -> TokenStream {
    if names.is_empty() { quote!([""; 0]) } else { quote!([#(#names),*]) }
}

fn truth(flag: Word) -> Option<TokenStream> {
    flag.is_present().then(|| quote!(true))
}

fn deferrable(value: Option<Deferrable>) -> Option<TokenStream> {
    value.map(some)
}

fn storage(parameters: &StorageParameters) -> Option<TokenStream> {
    let pairs = parameters.0.iter().map(
        |(name, value)| quote!((::std::borrow::ToOwned::to_owned(#name), ::std::borrow::ToOwned::to_owned(#value))),
    );
    (!parameters.0.is_empty()).then(|| quote!(::std::collections::BTreeMap::from([#(#pairs),*])))
}

fn column(field: &Field) -> TokenStream {
    let options = &field.options;
    let (own_type, nullable, base) = column_type(field);
    let computed = options.generated.as_ref().map(|generated| {
        let (expression, persisted) = (&generated.sql, generated.persisted);
        some(quote!(__limbeck::Computed { expression: #expression, persisted: #persisted }))
    });
    literal(
        "Column",
        [
            ("sql_type", own_type),
            ("nullable", nullable),
            ("server_default", options.server_default.as_deref().map(some)),
            ("identity", field.identity().map(|options| some(identity(options)))),
            ("computed", computed),
            ("collation", options.collation.as_ref().map(some_text)),
            ("comment", field.comment.as_ref().map(some_text)),
            ("backfill", options.backfill.as_deref().map(some)),
            ("renamed_from", options.renamed_from.as_ref().map(some_text)),
        ],
        base,
    )
}

/// What replaces the type and nullability of the base, and the base.
fn column_type(field: &Field) -> (Option<TokenStream>, Option<TokenStream>, TokenStream) {
    let (name, ty, options) = (&field.column, &field.ty, &field.options);
    let plain = quote_spanned!(ty.span()=> __limbeck::derived::column::<#ty>(#name));
    let sized = match (&options.len, &options.precision, &options.scale) {
        (Some(length), _, _) => {
            let Count(length) = **length;
            Some(quote_spanned!(ty.span()=> __limbeck::derived::sized::<#ty>(#length)))
        }
        (None, Some(precision), None) => {
            let Count(precision) = **precision;
            Some(quote_spanned!(ty.span()=> __limbeck::derived::precise::<#ty>(#precision)))
        }
        (None, Some(precision), Some(scale)) => {
            let (Count(precision), Whole(scale)) = (**precision, **scale);
            let scale = proc_macro2::Literal::i64_unsuffixed(scale);
            Some(quote_spanned!(ty.span()=> __limbeck::derived::scaled::<#ty>(#precision, #scale)))
        }
        (None, None, _) => None,
    };
    let Some(texts) = &options.sql_type else { return (sized, None, plain) };
    let variants = texts.variants.iter().filter_map(|(dialect, text)| {
        let replacement = sql_type(&text.value(), Dialect::of(dialect)).ok()?;
        Some(quote!(.with_variant(__limbeck::Dialect::#dialect, #replacement)))
    });
    let variants = quote!(#(#variants)*);
    match &texts.generic {
        Some(text) => {
            // A text that is no type has been reported; any type will do in its place.
            let generic = sql_type(&text.value(), Dialect::Postgresql)
                .unwrap_or_else(|_| quote!(__limbeck::SqlType::Text));
            let nullable = quote!(__limbeck::derived::FieldType::<#ty>::NULLABLE);
            (None, Some(nullable), quote!(__limbeck::Column::new(#name, #generic #variants)))
        }
        None => {
            let generic = sized
                .unwrap_or_else(|| quote_spanned!(ty.span()=> <#ty as __limbeck::ColumnType>::sql_type()));
            (Some(quote!(#generic #variants)), None, plain)
        }
    }
}

fn identity(options: &IdentityOptions) -> TokenStream {
    let number =
        |value: Option<Whole>| value.map(|Whole(number)| some(proc_macro2::Literal::i64_unsuffixed(number)));
    let base = if options.always.is_present() {
        quote!(__limbeck::Identity::always())
    } else {
        quote!(__limbeck::Identity::by_default())
    };
    let default = quote!(::std::default::Default::default());
    let sequence = [
        ("start", number(options.start)),
        ("increment", number(options.increment)),
        ("min_value", number(options.min_value)),
        ("max_value", number(options.max_value)),
        ("cache", number(options.cache)),
        ("cycle", truth(options.cycle)),
    ];
    let given = sequence.iter().any(|(_, value)| value.is_some());
    let sequence = given.then(|| literal("SequenceOptions", sequence, default));
    literal("Identity", [("options", sequence)], base)
}

fn primary_key(declaration: &Declaration) -> Option<TokenStream> {
    let columns: Vec<_> = declaration.key_fields().into_iter().map(|field| &field.column).collect();
    if columns.is_empty() {
        return None;
    }
    let options = declaration.primary_key.as_deref();
    let include = options.and_then(|options| texts(&declaration.columns(&options.include.0)));
    Some(some(literal(
        "PrimaryKey",
        [
            ("name", options.and_then(|options| options.name.as_ref()).map(some_text)),
            ("include", include),
            ("deferrable", options.and_then(|options| deferrable(options.deferrable))),
            ("comment", options.and_then(|options| options.comment.as_ref()).map(some_text)),
        ],
        quote!(__limbeck::PrimaryKey::new([#(#columns),*])),
    )))
}

/// The facts of a foreign key that are the same wherever it is written.
struct ForeignKeyFacts<'a> {
    name: Option<&'a Text>,
    on_delete: Option<&'a Action>,
    on_update: Option<&'a Action>,
    match_type: Option<Match>,
    deferrable: Option<Deferrable>,
    not_valid: Word,
    comment: Option<&'a Text>,
}

fn field_foreign_key(declaration: &Declaration, field: &Field, reference: &ReferencesOptions) -> TokenStream {
    let options = &reference.options;
    let model = declaration.named(&reference.model);
    let referred: Vec<_> = options.column.iter().map(|name| name.0.clone()).collect();
    let message = format!(
        "the primary key of `{}` is not one column: name the one that is meant with `column = …`, \
         or refer to all of them with `#[foreign_key(on = (…), references = …)]`",
        path_text(&model)
    );
    foreign_key_literal(
        declaration,
        &ForeignKeyFacts {
            name: options.name.as_ref(),
            on_delete: options.on_delete.as_ref(),
            on_update: options.on_update.as_ref(),
            match_type: options.match_type,
            deferrable: options.deferrable,
            not_valid: options.not_valid,
            comment: options.comment.as_ref(),
        },
        std::slice::from_ref(&field.column),
        &referred_columns(&model, &referred, 1, &message),
        &model,
    )
}

fn foreign_key(declaration: &Declaration, options: &ForeignKeyOptions) -> TokenStream {
    let model = declaration.named(&options.references.model);
    let columns = declaration.columns(&options.on.0);
    let message = format!(
        "the primary key of `{0}` has another number of columns than `on`: say which ones are meant, \
         `references = {0}(…)`",
        path_text(&model)
    );
    foreign_key_literal(
        declaration,
        &ForeignKeyFacts {
            name: options.name.as_ref(),
            on_delete: options.on_delete.as_ref(),
            on_update: options.on_update.as_ref(),
            match_type: options.match_type,
            deferrable: options.deferrable,
            not_valid: options.not_valid,
            comment: options.comment.as_ref(),
        },
        &columns,
        &referred_columns(&model, &options.references.fields, options.on.0.len(), &message),
        &model,
    )
}

fn foreign_key_literal(
    declaration: &Declaration,
    facts: &ForeignKeyFacts<'_>,
    columns: &[String],
    referred_columns: &TokenStream,
    model: &Path,
) -> TokenStream {
    let columns = names(columns);
    let full = facts.match_type == Some(Match::Full);
    let referred_table = quote_spanned!(model.span()=> <#model as __limbeck::Model>::table_name());
    literal(
        "ForeignKey",
        [
            ("name", facts.name.map(some_text)),
            ("on_update", facts.on_update.and_then(|action| referential_action(declaration, action))),
            ("on_delete", facts.on_delete.and_then(|action| referential_action(declaration, action))),
            ("match_type", full.then(|| quote!(__limbeck::MatchType::Full))),
            ("deferrable", deferrable(facts.deferrable)),
            ("not_valid", truth(facts.not_valid)),
            ("comment", facts.comment.map(some_text)),
        ],
        quote!(__limbeck::ForeignKey::new(#columns, #referred_table, #referred_columns)),
    )
}

/// The referred columns as an iterator of `&str`, checked when the user's crate is compiled: of another model the
/// derive sees only the name.
fn referred_columns(model: &Path, fields: &[Ident], count: usize, message: &str) -> TokenStream {
    if fields.is_empty() {
        return quote_spanned! {model.span()=> {
            const KEY: &[&str] = <#model as __limbeck::Model>::PRIMARY_KEY;
            const _: () = ::std::assert!(KEY.len() == #count, #message);
            ::std::iter::Iterator::copied(KEY.iter())
        }};
    }
    let columns = fields.iter().map(|field| {
        let name = plain_name(field);
        let message = format!("`{}` has no field `{name}`", path_text(model));
        quote_spanned! {field.span()=> {
            const COLUMN: &str = match __limbeck::derived::column_of(<#model as __limbeck::Model>::COLUMNS, #name) {
                ::std::option::Option::Some(column) => column,
                ::std::option::Option::None => ::std::panic!(#message),
            };
            COLUMN
        }}
    });
    quote!([#(#columns),*])
}

fn path_text(path: &Path) -> String {
    darling::util::path_to_string(path)
}

fn referential_action(declaration: &Declaration, action: &Action) -> Option<TokenStream> {
    let (variant, columns) = match action {
        Action::Plain("NoAction") => return None,
        Action::Plain(variant) => (variant, None),
        Action::OnFields(variant, fields) => (variant, Some(declaration.columns(fields))),
    };
    let variant = Ident::new(variant, Span::call_site());
    Some(match columns.as_deref().map(texts) {
        None => quote!(__limbeck::ReferentialAction::#variant),
        Some(None) => quote!(__limbeck::ReferentialAction::#variant(::std::vec::Vec::new())),
        Some(Some(columns)) => quote!(__limbeck::ReferentialAction::#variant(#columns)),
    })
}

/// `#[column(unique)]` of every field, then `#[unique(…)]`. A field that is also indexed gets a unique index
/// instead, as SQLAlchemy's `Column(unique=True, index=True)` does.
fn uniques(declaration: &Declaration) -> Vec<TokenStream> {
    let fields = declaration.fields.iter();
    let fields = fields.filter(|f| f.options.unique.is_present() && !f.options.index.is_present());
    let of_fields = fields.map(|field| {
        let column = &field.column;
        quote!(__limbeck::UniqueConstraint::new([#column]))
    });
    of_fields.chain(declaration.uniques.iter().map(|unique| unique_constraint(declaration, unique))).collect()
}

fn unique_constraint(declaration: &Declaration, options: &UniqueOptions) -> TokenStream {
    let columns = names(&declaration.columns(&options.on.0));
    literal(
        "UniqueConstraint",
        [
            ("name", options.name.as_ref().map(some_text)),
            ("include", texts(&declaration.columns(&options.include.0))),
            ("nulls_not_distinct", truth(options.nulls_not_distinct)),
            ("deferrable", deferrable(options.deferrable)),
            ("comment", options.comment.as_ref().map(some_text)),
        ],
        quote!(__limbeck::UniqueConstraint::new(#columns)),
    )
}

fn checks(declaration: &Declaration) -> Vec<TokenStream> {
    let of_fields = declaration.fields.iter().filter_map(|field| field.options.check.as_ref());
    let of_fields = of_fields.map(|sql| quote!(__limbeck::CheckConstraint::new(#sql)));
    of_fields.chain(declaration.checks.iter().map(check_constraint)).collect()
}

/// The constraint of a `#[check(…)]`.
pub(crate) fn check_constraint(options: &CheckOptions) -> TokenStream {
    let sql = &options.sql;
    literal(
        "CheckConstraint",
        [
            ("name", options.name.as_ref().map(some_text)),
            ("no_inherit", truth(options.no_inherit)),
            ("not_valid", truth(options.not_valid)),
            ("comment", options.comment.as_ref().map(some_text)),
        ],
        quote!(__limbeck::CheckConstraint::new(#sql)),
    )
}

fn excludes(declaration: &Declaration) -> Vec<TokenStream> {
    let exclude = |options: &ExcludeOptions| {
        let elements = options.on.0.iter().filter_map(|key| {
            let (element, operator) = (index_element(declaration, &key.key)?, &key.operator);
            let operator = quote!(::std::borrow::ToOwned::to_owned(#operator));
            Some(quote!(__limbeck::ExcludeElement { element: #element, operator: #operator }))
        });
        let using =
            options.using.as_ref().map(|Text(using)| quote!(::std::borrow::ToOwned::to_owned(#using)));
        literal(
            "ExcludeConstraint",
            [
                ("name", options.name.as_ref().map(some_text)),
                ("elements", Some(quote!(::std::vec![#(#elements),*]))),
                ("using", using),
                ("include", texts(&declaration.columns(&options.include.0))),
                ("predicate", options.predicate.as_ref().map(some)),
                ("with", storage(&options.with)),
                ("tablespace", options.tablespace.as_ref().map(some_text)),
                ("deferrable", deferrable(options.deferrable)),
                ("comment", options.comment.as_ref().map(some_text)),
            ],
            quote!(__limbeck::ExcludeConstraint::new([("", ""); 0])),
        )
    };
    declaration.excludes.iter().map(exclude).collect()
}

fn indexes(declaration: &Declaration) -> Vec<TokenStream> {
    let of_fields = declaration.fields.iter().filter_map(|field| {
        let referenced = field.references.iter().any(|reference| reference.options.index.is_present());
        let (unique, indexed) = (field.options.unique.is_present(), field.options.index.is_present());
        let column = &field.column;
        (indexed || referenced).then(|| {
            let unique = (unique && indexed).then(|| quote!(.unique()));
            quote!(__limbeck::Index::on([#column]) #unique)
        })
    });
    of_fields.chain(declaration.indexes.iter().map(|options| index(declaration, options))).collect()
}

fn index(declaration: &Declaration, options: &IndexOptions) -> TokenStream {
    let elements = options.on.0.iter().filter_map(|key| index_element(declaration, key));
    let using = options.using.as_ref().filter(|using| !using.0.value().eq_ignore_ascii_case("btree"));
    literal(
        "Index",
        [
            ("name", options.name.as_ref().map(some_text)),
            ("elements", Some(quote!(::std::vec![#(#elements),*]))),
            ("unique", truth(options.unique)),
            ("using", using.map(some_text)),
            ("include", texts(&declaration.columns(&options.include.0))),
            ("predicate", options.predicate.as_ref().map(some)),
            ("with", storage(&options.with)),
            ("nulls_not_distinct", truth(options.nulls_not_distinct)),
            ("tablespace", options.tablespace.as_ref().map(some_text)),
            ("comment", options.comment.as_ref().map(some_text)),
        ],
        quote!(::std::default::Default::default()),
    )
}

fn index_element(declaration: &Declaration, key: &IndexKey) -> Option<TokenStream> {
    let base = match &key.target {
        IndexKeyTarget::Field(name) => {
            let column = &declaration.field(name)?.column;
            quote!(__limbeck::IndexElement::column(#column))
        }
        IndexKeyTarget::Expression(sql) => quote!(__limbeck::IndexElement::expression(#sql)),
    };
    let text = |text: &LitStr| some_text(text);
    // The direction's own place for NULLs is not written: last for ascending, first for descending.
    let nulls = key.nulls.as_ref().filter(|nulls| (*nulls == "First") != key.descending);
    Some(literal(
        "IndexElement",
        [
            ("collation", key.collation.as_ref().map(text)),
            ("opclass", key.opclass.as_ref().map(text)),
            ("order", key.descending.then(|| quote!(__limbeck::SortOrder::Descending))),
            ("nulls", nulls.map(|nulls| some(quote!(__limbeck::NullsOrder::#nulls)))),
        ],
        base,
    ))
}

fn table_options(declaration: &Declaration) -> Option<TokenStream> {
    let options = &declaration.options;
    let default = quote!(::std::default::Default::default());
    let inherits = options.inherits.iter().map(|model| {
        let model = declaration.named(model);
        quote_spanned!(model.span()=> <#model as __limbeck::Model>::table_name())
    });
    let row_security = match (options.row_security.is_present(), options.force_row_security.is_present()) {
        (false, false) => None,
        (_, true) => Some(quote!(__limbeck::RowSecurity::Forced)),
        (true, false) => Some(quote!(__limbeck::RowSecurity::Enabled)),
    };
    let postgresql = [
        ("row_security", row_security),
        ("unlogged", truth(options.unlogged)),
        ("with", storage(&options.with)),
        ("using", options.using.as_ref().map(some_text)),
        ("tablespace", options.tablespace.as_ref().map(some_text)),
        ("partition_by", options.partition_by.as_ref().map(some_text)),
        ("inherits", list(&inherits.collect::<Vec<_>>())),
    ];
    let sqlite = [
        ("strict", truth(options.strict)),
        ("without_rowid", truth(options.without_rowid)),
        ("autoincrement", truth(options.autoincrement)),
    ];
    let postgresql = postgresql
        .iter()
        .any(|(_, value)| value.is_some())
        .then(|| literal("PostgresqlTableOptions", postgresql, default.clone()));
    let sqlite = sqlite
        .iter()
        .any(|(_, value)| value.is_some())
        .then(|| literal("SqliteTableOptions", sqlite, default.clone()));
    (postgresql.is_some() || sqlite.is_some())
        .then(|| literal("TableOptions", [("postgresql", postgresql), ("sqlite", sqlite)], default))
}
