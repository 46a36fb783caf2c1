//! Hazards: each is named where it is, and not where it is not.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use limbeck_diff::{HazardKind, compare, hazards};
use limbeck_schema::{
    CheckConstraint, Column, Constraint, Dialect, EnumType, ForeignKey, Identity, Index, MetaData, Operation,
    SqlType, Table, TableRebuild, UniqueConstraint,
};

use Dialect::{Postgresql, Sqlite};
use HazardKind::*;

fn schema(table: Table) -> MetaData {
    MetaData::new().table(table).resolve().unwrap()
}

fn table() -> Table {
    Table::new("t").with_column(Column::new("id", SqlType::Integer).not_null()).with_primary_key(["id"])
}

/// The kinds of the hazards of one table changed into the other.
#[track_caller]
fn kinds(dialect: Dialect, from: Table, to: Table, expected: &[HazardKind]) {
    let found = hazards(dialect, &compare(dialect, &schema(from), &schema(to)));
    assert_eq!(found.iter().map(|h| h.kind).collect::<Vec<_>>(), expected, "{found:#?}");
}

#[track_caller]
fn type_change(from: SqlType, to: SqlType, expected: &[HazardKind]) {
    let of = |sql_type| table().with_column(Column::new("c", sql_type));
    kinds(Postgresql, of(from), of(to), expected);
}

#[test]
fn types_that_grow_are_harmless() {
    type_change(SqlType::string(50), SqlType::string(100), &[]);
    type_change(SqlType::string(50), SqlType::Text, &[]);
    type_change(SqlType::string(50), SqlType::String { length: None }, &[]);
    type_change(SqlType::Text, SqlType::String { length: None }, &[]);
    type_change(SqlType::numeric(10, 2), SqlType::numeric(12, 2), &[]);
    type_change(SqlType::numeric(10, 2), SqlType::Numeric { precision: None, scale: None }, &[]);
}

#[test]
fn types_that_are_stored_otherwise_are_rewritten() {
    type_change(SqlType::Integer, SqlType::BigInteger, &[TableRewrite]);
    type_change(SqlType::Integer, SqlType::Text, &[TableRewrite]);
    type_change(SqlType::numeric(10, 2), SqlType::numeric(12, 4), &[TableRewrite]);
    type_change(SqlType::Integer, SqlType::numeric(12, 2), &[TableRewrite]);
}

#[test]
fn types_that_shrink_may_fail() {
    type_change(SqlType::string(100), SqlType::string(50), &[MayFail, TableRewrite]);
    type_change(SqlType::Text, SqlType::string(50), &[MayFail, TableRewrite]);
    type_change(SqlType::BigInteger, SqlType::Integer, &[MayFail, TableRewrite]);
    type_change(SqlType::numeric(10, 2), SqlType::numeric(10, 4), &[MayFail, TableRewrite]);
    type_change(SqlType::Text, SqlType::Uuid, &[MayFail, TableRewrite]);
}

#[test]
fn columns_and_their_values() {
    let with = |column: Column| table().with_column(column);
    let plain = || Column::new("c", SqlType::Integer);
    kinds(Postgresql, with(plain()), table(), &[DataLoss]);
    kinds(Postgresql, table(), with(plain()), &[]);
    kinds(Postgresql, table(), with(plain().not_null()), &[MayFail]);
    kinds(Postgresql, table(), with(plain().not_null().backfill("0")), &[]);
    kinds(Postgresql, table(), with(plain().not_null().server_default("0")), &[]);
    kinds(Postgresql, table(), with(plain().server_default("random()")), &[TableRewrite]);
    kinds(Postgresql, table(), with(plain().identity(Identity::always())), &[TableRewrite]);
    kinds(Postgresql, with(plain()), with(plain().not_null()), &[MayFail, LongLock]);
    kinds(Postgresql, with(plain()), with(plain().not_null().backfill("0")), &[LongLock]);
    kinds(Sqlite, with(plain()), with(plain().not_null()), &[MayFail]);
    kinds(Postgresql, with(plain().not_null()), with(plain()), &[]);
    let renamed = Column::new("d", SqlType::Integer).renamed_from("c");
    kinds(Postgresql, with(plain()), with(renamed), &[BreaksClients]);
}

#[test]
fn constraints_on_rows_that_are_there() {
    let plain = || table().with_column(Column::new("c", SqlType::Integer));
    let unique = || Constraint::Unique(UniqueConstraint::new(["c"]));
    let check = || Constraint::Check(CheckConstraint::new("c > 0"));
    let reference = || Constraint::ForeignKey(ForeignKey::new(["c"], "t", ["id"]));
    kinds(Postgresql, plain(), plain().with_constraint(unique()), &[MayFail, LongLock]);
    kinds(Postgresql, plain(), plain().with_constraint(check()), &[MayFail, LongLock]);
    kinds(Postgresql, plain(), plain().with_constraint(reference()), &[MayFail, LongLock]);
    kinds(Postgresql, plain().with_constraint(check()), plain(), &[IntegrityLoss]);
    let unchecked = CheckConstraint { not_valid: true, ..CheckConstraint::new("c > 0") };
    kinds(Postgresql, plain(), plain().with_constraint(Constraint::Check(unchecked)), &[]);
    kinds(Postgresql, plain(), plain().with_index(Index::on(["c"])), &[LongLock]);
    kinds(Sqlite, plain(), plain().with_index(Index::on(["c"])), &[]);
    kinds(Postgresql, plain(), plain().with_index(Index::on(["c"]).unique()), &[MayFail, LongLock]);
    // A column that comes with its constraint is NULL everywhere, one that goes takes it along.
    kinds(Postgresql, table(), plain().with_constraint(unique()), &[LongLock]);
    kinds(Postgresql, plain().with_constraint(unique()), table(), &[DataLoss]);
    // A constraint that comes back was not given up.
    let stricter = Constraint::Check(CheckConstraint::new("c > 1").named("ck_t_c_0"));
    kinds(
        Postgresql,
        plain().with_constraint(check()),
        plain().with_constraint(stricter),
        &[MayFail, LongLock],
    );
}

#[test]
fn tables() {
    let mut rich = table().with_index(Index::on(["id"]).unique());
    rich.checks.push(CheckConstraint::new("id > 0"));
    let full = schema(rich);
    assert_eq!(hazards(Postgresql, &compare(Postgresql, &MetaData::new(), &full)), []);
    let dropped = hazards(Postgresql, &compare(Postgresql, &full, &MetaData::new()));
    assert_eq!(dropped.iter().map(|h| (h.kind, h.object.as_str())).collect::<Vec<_>>(), [(DataLoss, "t")]);
}

#[test]
fn a_cycle_among_new_tables_is_harmless() {
    let to_each_other = |name: &str, other: &str| {
        let mut one = Table { name: name.into(), ..table() }.with_column(Column::new("o", SqlType::Integer));
        one.foreign_keys.push(ForeignKey::new(["o"], other, ["id"]));
        one
    };
    let cycle =
        MetaData::new().table(to_each_other("a", "b")).table(to_each_other("b", "a")).resolve().unwrap();
    assert_eq!(hazards(Postgresql, &compare(Postgresql, &MetaData::new(), &cycle)), []);
}

#[test]
fn enum_values_that_go() {
    let mood = |values: &[&str]| MetaData::new().enum_type(EnumType::new("mood", values.iter().copied()));
    let found = hazards(Postgresql, &compare(Postgresql, &mood(&["a", "b"]), &mood(&["b", "c"])));
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].message, "dropping value `a` of enum type `mood` fails while a row holds it");
}

#[test]
fn a_rebuild_names_what_it_changes() {
    let from = table().with_column(Column::new("c", SqlType::Integer));
    let rebuild = Operation::RebuildTable(Box::new(TableRebuild { from, to: table(), triggers: Vec::new() }));
    let found = hazards(Sqlite, &[rebuild]);
    assert_eq!(found.iter().map(|h| h.kind).collect::<Vec<_>>(), [TableRewrite, DataLoss]);
}
