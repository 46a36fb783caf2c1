//! The macros behind limbeck: `derive(Model)`, `derive(Enum)`, `derive(Domain)`, `relations!`, `embed_migrations!`.
//!
//! Use them through the `limbeck` crate. The code they write refers to the library as `::limbeck`;
//! `#[model(crate = "path")]`, `#[enum_type(crate = "path")]` and `#[domain(crate = "path")]` name another path to it.

mod check;
mod columns;
mod declaration;
mod doc_comment;
mod domain;
mod entities;
mod enum_type;
mod from_row;
mod load;
mod mapped;
mod migrations;
mod model;
mod options;
mod polymorphic;
mod relations;
mod report;
mod table;
mod type_name;
mod value;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

/// Makes a struct with named fields the declaration of a table.
///
/// A field is a column: NOT NULL, unless its type is `Option`. Its SQL type is what
/// `limbeck::ColumnType` says of its Rust type.
///
/// # Fields
/// - `#[key]`: part of the primary key, in field order. `#[key(identity)]`, `#[key(identity(always, start = 1000,
///   increment = 10, min_value = 1, max_value = 9999, cache = 20, cycle))]`: numbered by the database.
/// - `#[references(Parent)]`: a foreign key to the parent's primary key. Options: `column = field` (another column of
///   the parent), `on_delete = cascade`, `on_update = cascade` (or `restrict`, `no_action`, `set_null`,
///   `set_default`), `index`, `name = "…"`, `deferrable`, `deferrable = initially_deferred`, `match = full`,
///   `not_valid`, `comment = "…"`.
/// - `#[column(…)]`:
///   - `name = "…"`: the column's name, if it is not the field's;
///   - `type = "citext"`: another type, under its SQL name; `type("citext", sqlite = "text")`, or
///     `type(sqlite = "text")` to keep the Rust type's on all other dialects;
///   - `len = 320` of a text; `precision = 10, scale = 2` of a decimal; `precision = 3` of a time;
///   - `unique`, `index`; both together are one unique index;
///   - `server_default = "now()"`, `generated = "lower(email)"` (`generated("…", virtual)` if it is not stored),
///     `check = "quantity > 0"`, `backfill = "0"` (the value of rows that exist when the column is added);
///   - `identity`, `identity(…)` as in `#[key]`; `collation = "C"`; `comment = "…"`, or `comment = doc` for the doc
///     comment; `renamed_from = "…"`.
/// - `#[flatten]`: the columns of a struct with `#[derive(Columns)]`, behind the struct's own.
/// - `#[version]`: counts the row's versions, so that a session notices when another one has changed it.
///
/// # The struct
/// - `#[model(…)]`: `table = "…"` (if missing, the struct's name in snake case, without forming a plural),
///   `schema = "…"`, `comment = "…"` or `comment = doc`, `renamed_from = "…"`; for PostgreSQL `unlogged`,
///   `tablespace = "…"`, `using = "…"`, `with(fillfactor = 70)`, `partition_by = "RANGE (created_at)"`,
///   `inherits(Other)`, `row_security`, `force_row_security` (for the owner too); for SQLite `strict`, `without_rowid`, `autoincrement`; `crate = "path"`.
///   `view = "…"` in place of `table`: the rows of a view, which are read only; `part_of = Other`: some columns of
///   another model's table. Neither declares a table.
///   With the feature `orm` of `limbeck` the struct also gets a constant for each column and the function `new`, which
///   `constructor = name` calls by another name; `schema_only` keeps both away, for models with field types that no
///   database value is read into.
/// - `#[index(on = (customer_id, order_date.desc(), sql("lower(email)")))]`, with `.asc()`, `.nulls_first()`,
///   `.nulls_last()`, `.opclass("…")`, `.collate("…")` on its parts, and the options `name`, `unique`,
///   `using = "gin"`, `include = (a, b)`, `where = "…"`, `with(…)`, `nulls_not_distinct`, `tablespace`, `comment`.
/// - `#[unique(on = (a, b))]`: `name`, `include`, `nulls_not_distinct`, `deferrable`, `comment`.
/// - `#[exclude(on = (room.with("="), during.with("&&")))]` (PostgreSQL): no two rows for which all operators hold. The
///   parts are those of an index; options: `name`, `using = "…"` (`gist` if missing), `where = "…"`, `include`, `with(…)`,
///   `tablespace`, `deferrable`, `comment`.
/// - `#[check(sql = "…")]`: `name`, `no_inherit`, `not_valid`, `comment`.
/// - `#[primary_key(on = (b, a))]`, or without `on` beside `#[key]`: `name`, `include`, `deferrable`, `comment`.
/// - `#[foreign_key(on = (a, b), references = Other)]`, or `Other(x, y)`: the options of `#[references]` but `column`
///   and `index`.
///
/// - `#[trigger(name = "touch", on = "BEFORE UPDATE OF state", execute = "touch()")]` (PostgreSQL): `when = "…"`,
///   `for_each_statement`, `referencing = "OLD TABLE AS old_rows"`, `constraint`, `deferrable = "DEFERRABLE INITIALLY
///   DEFERRED"`, `disabled`, `comment`; with `body = "UPDATE …"` in place of `execute` a trigger of SQLite.
/// - `#[policy(name = "own rows", for = "SELECT", to = "app", using = "owner = current_user", check = "…")]`
///   (PostgreSQL): `restrictive`, `comment`.
/// - `#[grant(select, insert, to = "app")]` (PostgreSQL): `columns = (a, b)`, `with_grant_option`; `to = "PUBLIC"` is for
///   everyone, `all` stands for all privileges.
/// - `#[audit]`: a table `…_audit` that records every change of a row, and the triggers that fill it.
///
/// Fields are named as in Rust, wherever a field is named. Constraints and indexes without a name get theirs from
/// the naming convention.
///
/// # SQL for several dialects
/// Wherever SQL is written, dialects may differ: `option = "text"` is for all of them,
/// `option("text", sqlite = "text", postgresql = "text")` replaces it for some. In an index key it is
/// `sql("text", sqlite = "text")`.
#[proc_macro_derive(
    Model,
    attributes(
        model,
        primary_key,
        unique,
        check,
        foreign_key,
        index,
        exclude,
        trigger,
        policy,
        grant,
        audit,
        key,
        references,
        column,
        version,
        flatten
    )
)]
pub fn derive_model(input: TokenStream) -> TokenStream {
    model::derive(&parse_macro_input!(input as DeriveInput)).into()
}

/// Makes an enum without fields an enum type of the database, and a column type.
///
/// The type's name is the enum's in snake case, a value is the variant's name in snake case.
///
/// - `#[enum_type(…)]` on the enum: `name = "…"`, `schema = "…"`, `comment = "…"` or `comment = doc`,
///   `rename_all = "…"` (`snake_case`, `kebab-case`, `lowercase`, `UPPERCASE`, `verbatim`), `crate = "path"`.
/// - `#[value("…")]` on a variant: its value. `#[value(renamed_from = "…")]`, `#[value("…", renamed_from = "…")]`:
///   what it was called before.
///
/// Besides `ColumnType` and `ArrayElement`, the enum gets `VALUES`, `as_str()` and `TryFrom<&str>`.
#[proc_macro_derive(Enum, attributes(enum_type, value))]
pub fn derive_enum(input: TokenStream) -> TokenStream {
    enum_type::derive(&parse_macro_input!(input as DeriveInput)).into()
}

/// Makes a struct around one value a domain of the database, and a column type.
///
/// The domain's name is the struct's in snake case, its base type is that of the value.
///
/// - `#[domain(…)]`: `name = "…"`, `schema = "…"`, `check = "VALUE ~ '@'"`, `len = 320` of a text, `precision`, `scale`
///   as in `#[column]`, `type = "citext"` for another base type, `server_default = "…"`, `not_null`, `collation = "…"`,
///   `comment = "…"` or `comment = doc`, `renamed_from = "…"`, `crate = "path"`.
/// - `#[check(sql = "…", name = "…")]`: one of several conditions, with `not_valid`, `comment`.
///
/// On SQLite a column has the base type and the conditions as checks, with the column in place of `VALUE`.
#[proc_macro_derive(Domain, attributes(domain, check))]
pub fn derive_domain(input: TokenStream) -> TokenStream {
    domain::derive(&parse_macro_input!(input as DeriveInput)).into()
}

/// Makes a struct a shape in which a model is loaded: each field is a column or a relation of the model, by its name.
///
/// `#[load(Customer)]` on the struct says which model. A column is read as its own type; a relation to many as a `Vec` of
/// models or of structs that derive `Load` for it; a relation to one as such a struct, or an `Option` of it. Rows without
/// the other end of a relation to one are left out, unless the field is an `Option`.
///
/// On a field, `#[load(…)]` takes `from = name` for another column or relation than the field is named after, and for
/// relations to many `filter = Order::total.gt(100)`, `order_by = Order::placed_at.desc()`, `limit = 3` (for each
/// parent), `depth = 5` (of a struct that holds itself). `crate = "path"` behind the model names another path to the
/// library.
#[proc_macro_derive(Load, attributes(load))]
pub fn derive_load(input: TokenStream) -> TokenStream {
    load::derive(&parse_macro_input!(input as DeriveInput)).into()
}

/// Makes a struct a group of columns that several models have in common, each with `#[flatten]` on a field of its type.
///
/// Its fields take `#[column(…)]` as those of a model do. `Audit::created_at.on::<Customer>()` is the column of a model.
#[proc_macro_derive(Columns, attributes(model, column))]
pub fn derive_columns(input: TokenStream) -> TokenStream {
    columns::derive(&parse_macro_input!(input as DeriveInput)).into()
}

/// Makes a struct of the tuple of its fields, so that a query of columns in that order gives structs:
/// `select::<Customer>().columns_as::<Summary, _>((Customer::first_name, func::count_all()))`.
#[proc_macro_derive(FromRow)]
pub fn derive_from_row(input: TokenStream) -> TokenStream {
    from_row::derive(&parse_macro_input!(input as DeriveInput)).into()
}

/// Makes an enum of the kinds of rows that a table has: inheritance. `select_any::<Payment>()` reads them.
///
/// - `#[polymorphic(base = Payments, on = kind)]`: the model that all kinds have in common, and its field that says which
///   kind a row is. `crate = "path"`.
/// - A variant holds one model, a part of the common table (`#[model(part_of = Payments)]`), or the common model and the one
///   of the kind's own table, whose primary key refers to the common one.
/// - `#[value("…")]` on a variant: what the field says; the variant's name in snake case if missing.
#[proc_macro_derive(Polymorphic, attributes(polymorphic, value))]
pub fn derive_polymorphic(input: TokenStream) -> TokenStream {
    polymorphic::derive(&parse_macro_input!(input as DeriveInput)).into()
}

/// Declares how models hang together. Use `limbeck::relations!`, which says where the library is.
#[proc_macro]
pub fn relations(input: TokenStream) -> TokenStream {
    relations::expand(input.into()).into()
}

/// The SQL files of a directory, and of those below it, for `MetaData::entities`: `sql_dir!("schema")`. The directory is
/// relative to the crate's `Cargo.toml`; files named `….postgresql.sql` or `….sqlite.sql` are for that dialect alone.
///
/// A change of a file leads to a rebuild; so that a new file does too, let a `build.rs` print
/// `cargo::rerun-if-changed=schema`.
#[proc_macro]
pub fn sql_dir(input: TokenStream) -> TokenStream {
    migrations::expand_with_directory(input.into()).into()
}

/// Embeds all `*.sql` files of a directory, and of those below it, as `&'static [(&'static str, &'static str)]`: the
/// path below the directory and the text, sorted by path. The directory is relative to the crate's `Cargo.toml`.
///
/// A change of a file leads to a rebuild; so that a new file does too, let a `build.rs` print
/// `cargo::rerun-if-changed=migrations`.
#[proc_macro]
pub fn embed_migrations(input: TokenStream) -> TokenStream {
    migrations::expand(input.into()).into()
}
