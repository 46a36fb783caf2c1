//! The comparison, aspect by aspect: what is declared before and after, and the lines that describe the operations in
//! their order. That the operations are complete and legal is the laws' business (`laws.rs`).

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use limbeck_diff::{compare, describe};
use limbeck_schema::{
    CheckConstraint, Column, ColumnReference, Computed, Constraint, Dialect, EnumType, ForeignKey, Identity,
    Index, IndexElement, MetaData, Operation, QualifiedName, Schema, Sequence, SqlType, Table,
    UniqueConstraint,
};

use Dialect::{Postgresql, Sqlite};

fn schema(tables: impl IntoIterator<Item = Table>) -> MetaData {
    MetaData { tables: tables.into_iter().collect(), ..MetaData::new() }.resolve().unwrap()
}

fn table(name: &str) -> Table {
    Table::new(name).with_column(Column::new("id", SqlType::Integer).not_null()).with_primary_key(["id"])
}

fn integer(name: &str) -> Column {
    Column::new(name, SqlType::Integer)
}

fn lines(dialect: Dialect, from: &MetaData, to: &MetaData) -> Vec<String> {
    compare(dialect, from, to).iter().flat_map(|operation| describe(dialect, operation)).collect()
}

/// Asserts the lines of the one table changed into the other.
#[track_caller]
fn changes(dialect: Dialect, from: Table, to: Table, expected: &[&str]) {
    assert_eq!(lines(dialect, &schema([from]), &schema([to])), expected);
}

fn child_of(name: &str, parent: &str) -> Table {
    let mut child = table(name).with_column(integer("parent_id"));
    child.foreign_keys.push(ForeignKey::new(["parent_id"], parent, ["id"]));
    child
}

#[test]
fn columns() {
    let t = || table("t");
    let with = |column: Column| t().with_column(column);
    let text = || Column::new("c", SqlType::string(50));
    changes(Postgresql, t(), with(integer("c")), &["Detected added column 't.c'"]);
    changes(Postgresql, with(integer("c")), t(), &["Detected removed column 't.c'"]);
    changes(Postgresql, with(text()), with(text().not_null()), &["Detected NOT NULL on column 't.c'"]);
    changes(Postgresql, with(text().not_null()), with(text()), &["Detected NULL on column 't.c'"]);
    let longer = Column::new("c", SqlType::string(100));
    let line = "Detected type change from VARCHAR(50) to VARCHAR(100) on 't.c'";
    changes(Postgresql, with(text()), with(longer), &[line]);
    let commented = with(text().comment("new"));
    changes(Postgresql, with(text()), commented, &["Detected column comment 't.c'"]);
    let defaulted = || with(text().server_default("'x'"));
    changes(Postgresql, with(text()), defaulted(), &["Detected added server default on column 't.c'"]);
    changes(Postgresql, defaulted(), with(text()), &["Detected removed server default on column 't.c'"]);
    let identity = |identity| with(integer("c").identity(identity));
    let line = "Detected changed identity on column 't.c'";
    changes(Postgresql, identity(Identity::always()), identity(Identity::by_default()), &[line]);
    let collated = Column { collation: Some("C".to_owned()), ..text() };
    let line = "Detected collation change from default to C on 't.c'";
    changes(Postgresql, with(text()), with(collated), &[line]);
}

#[test]
fn what_is_never_stored_is_never_compared() {
    let former = integer("c").backfill("1").renamed_from("long_gone");
    let from = table("t").with_column(integer("c")).with_column(integer("d"));
    let mut to = table("t").with_column(integer("d")).with_column(former);
    to.renamed_from = Some("older".to_owned());
    changes(Postgresql, from, to, &[]);
}

#[test]
fn generated_columns_are_made_anew_with_what_stands_on_them() {
    let generated = |expression: &str| {
        let computed = Computed { expression: expression.into(), persisted: true };
        table("t")
            .with_column(integer("a"))
            .with_column(Column::new("c", SqlType::BigInteger).computed(computed))
            .with_index(Index::on(["c"]))
    };
    let anew = [
        "Detected removed index 'ix_t_c' on 't'",
        "Detected removed column 't.c'",
        "Detected added column 't.c'",
        "Detected added index 'ix_t_c' on '('c',)'",
    ];
    changes(Postgresql, generated("a + 1"), generated("a + 2"), &anew);
    let line = "Detected changed generation expression on column 't.c'";
    changes(Sqlite, generated("a + 1"), generated("a + 2"), &[line]);
    // The type of a column that a generated column uses cannot change under it.
    let mut wider = generated("a + 1");
    wider.columns[1].sql_type = SqlType::BigInteger;
    let around = [
        "Detected removed index 'ix_t_c' on 't'",
        "Detected removed column 't.c'",
        "Detected type change from INTEGER to BIGINT on 't.a'",
        "Detected added column 't.c'",
        "Detected added index 'ix_t_c' on '('c',)'",
    ];
    changes(Postgresql, generated("a + 1"), wider, &around);
}

#[test]
fn an_identity_comes_to_a_column_that_is_ready_for_it() {
    let before = table("t").with_column(Column::new("c", SqlType::Text).server_default("'1'"));
    let after = table("t").with_column(integer("c").identity(Identity::always()));
    changes(
        Postgresql,
        before.clone(),
        after.clone(),
        &[
            "Detected NOT NULL on column 't.c'",
            "Detected type change from TEXT to INTEGER on 't.c'",
            "Detected removed server default on column 't.c'",
            "Detected added identity on column 't.c'",
        ],
    );
    assert_eq!(compare(Postgresql, &schema([before.clone()]), &schema([after.clone()])).len(), 2);
    assert_eq!(compare(Postgresql, &schema([after]), &schema([before])).len(), 2);
}

#[test]
fn primary_keys() {
    let keyed = |columns: &[&str], name: Option<&str>| {
        let mut t = Table::new("t").with_column(integer("a").not_null()).with_column(integer("b").not_null());
        t = t.with_primary_key(columns.iter().copied());
        t.primary_key.as_mut().unwrap().name = name.map(str::to_owned);
        t
    };
    let moved =
        ["Detected removed primary key 'pk_t' on 't'", "Detected added primary key 'pk_t' on '('a', 'b')'"];
    changes(Postgresql, keyed(&["a"], None), keyed(&["a", "b"], None), &moved);
    let line = "Detected renamed constraint 'old' to 'pk_t' on table 't'";
    changes(Postgresql, keyed(&["a"], Some("old")), keyed(&["a"], None), &[line]);
    changes(Sqlite, keyed(&["a"], Some("old")), keyed(&["a"], None), &[line]);
}

#[test]
fn an_unnamed_constraint_is_the_one_of_its_content() {
    let to = schema([table("t")
        .with_column(integer("c"))
        .with_constraint(Constraint::Unique(UniqueConstraint::new(["c"])))
        .with_constraint(Constraint::Check(CheckConstraint::new("c > 0")))]);
    let mut from = to.clone();
    from.tables[0].primary_key.as_mut().unwrap().name = None;
    from.tables[0].uniques[0].name = None;
    from.tables[0].checks[0].name = None;
    assert_eq!(compare(Sqlite, &from, &to), []);
    from.tables[0].checks[0].expression = "c > 1".into();
    let lines = lines(Sqlite, &from, &to);
    assert_eq!(
        lines,
        [
            "Detected removed check constraint None on table 't'",
            "Detected added check constraint 'ck_t_c_0' on table 't'",
        ]
    );
}

#[test]
fn constraints_and_indexes() {
    let plain = || table("t").with_column(integer("a")).with_column(integer("b"));
    let unique = |columns: &[&str], name: Option<&str>| {
        let name = name.map(str::to_owned);
        let unique = UniqueConstraint { name, ..UniqueConstraint::new(columns.iter().copied()) };
        plain().with_constraint(Constraint::Unique(unique))
    };
    let line = "Detected added unique constraint 'uq_t_a' on '('a',)'";
    changes(Postgresql, plain(), unique(&["a"], None), &[line]);
    changes(
        Postgresql,
        unique(&["a"], None),
        plain(),
        &["Detected removed unique constraint 'uq_t_a' on 't'"],
    );
    let line = "Detected renamed constraint 'u' to 'v' on table 't'";
    changes(Postgresql, unique(&["a"], Some("u")), unique(&["a"], Some("v")), &[line]);
    let order = [
        "Detected removed unique constraint 'u' on 't'",
        "Detected added unique constraint 'u' on '('b', 'a')'",
    ];
    changes(Postgresql, unique(&["a", "b"], Some("u")), unique(&["b", "a"], Some("u")), &order);

    let check = |sql: &str| plain().with_constraint(Constraint::Check(CheckConstraint::new(sql).named("c")));
    changes(Postgresql, plain(), check("a > 0"), &["Detected added check constraint 'c' on table 't'"]);
    let changed = [
        "Detected removed check constraint 'c' on table 't'",
        "Detected added check constraint 'c' on table 't'",
    ];
    changes(Postgresql, check("a > 0"), check("a > 1"), &changed);

    let index = |index: Index| plain().with_index(index);
    let line = "Detected added index 'ix_t_a_b' on '('a', 'b')'";
    changes(Postgresql, plain(), index(Index::on(["a", "b"])), &[line]);
    let renamed = (index(Index::on(["a"]).named("i")), index(Index::on(["a"]).named("j")));
    changes(Postgresql, renamed.0.clone(), renamed.1.clone(), &["Detected renamed index 'i' to 'j'"]);
    let again = ["Detected removed index 'i' on 't'", "Detected added index 'j' on '('a',)'"];
    changes(Sqlite, renamed.0, renamed.1, &again);
    let lower = Index { elements: vec![IndexElement::expression("lower(a)")], ..Index::default() }.named("l");
    changes(Postgresql, plain(), index(lower), &["Detected added index 'l' on '('lower(a)',)'"]);
}

#[test]
fn names_that_are_swapped_are_dropped_and_made_anew() {
    let indexed = |name: &str, index: &str| table(name).with_index(Index::on(["id"]).named(index));
    let from = schema([indexed("t", "i"), indexed("u", "j")]);
    let to = schema([indexed("t", "j"), indexed("u", "i")]);
    assert_eq!(
        lines(Postgresql, &from, &to),
        [
            "Detected removed index 'i' on 't'",
            "Detected removed index 'j' on 'u'",
            "Detected added index 'j' on '('id',)'",
            "Detected added index 'i' on '('id',)'",
        ]
    );
}

#[test]
fn comments_and_options() {
    let mut to = table("t").with_index(Index { comment: Some("i".into()), ..Index::on(["id"]) });
    to.comment = Some("t".to_owned());
    to.primary_key.as_mut().unwrap().comment = Some("p".to_owned());
    to.options.postgresql.with.insert("fillfactor".to_owned(), "70".to_owned());
    changes(
        Postgresql,
        table("t").with_index(Index::on(["id"])),
        to,
        &[
            "Detected change of options of table 't'",
            "Detected comment of table 't'",
            "Detected comment of constraint 'pk_t' on table 't'",
            "Detected comment of index 'ix_t_id'",
        ],
    );
}

#[test]
fn renamed_columns_take_their_users_along() {
    let users = |column: Column| {
        let name = column.name.clone();
        let mut t = table("t").with_column(column);
        t.uniques.push(UniqueConstraint { name: Some("u".into()), ..UniqueConstraint::new([name.clone()]) });
        t.checks.push(CheckConstraint::new(format!("{name} <> 'old'").as_str()).named("c"));
        let predicate = Some(format!("lower({name}) IS NOT NULL").as_str().into());
        t.indexes.push(Index { predicate, ..Index::on([name.clone()]).named("i") });
        let mut child = table("s").with_column(Column::new("t_old", SqlType::Text));
        let name = Some("f".to_owned());
        child
            .foreign_keys
            .push(ForeignKey { name, ..ForeignKey::new(["t_old"], "t", [t.columns[1].name.clone()]) });
        schema([t, child])
    };
    let from = users(Column::new("old", SqlType::Text));
    let to = users(Column::new("new", SqlType::Text).renamed_from("old"));
    assert_eq!(lines(Postgresql, &from, &to), ["Detected renamed column 't.old' to 't.new'"]);
    // Once renamed, the former name means nothing.
    assert_eq!(compare(Postgresql, &to, &to), []);
}

#[test]
fn a_key_is_taken_off_while_a_column_it_carries_is_converted() {
    let parent = |sql_type| {
        let mut parent = table("p").with_column(Column::new("carried", sql_type));
        parent.primary_key.as_mut().unwrap().include.push("carried".to_owned());
        parent
    };
    let with = |sql_type| schema([parent(sql_type), child_of("c", "p")]);
    assert_eq!(
        lines(Postgresql, &with(SqlType::Integer), &with(SqlType::BigInteger)),
        [
            "Detected removed foreign key (parent_id)(id) on table c",
            "Detected removed primary key 'pk_p' on 'p'",
            "Detected type change from INTEGER to BIGINT on 'p.carried'",
            "Detected added primary key 'pk_p' on '('id',)'",
            "Detected added foreign key (parent_id)(id) on table c",
        ]
    );
}

#[test]
fn names_in_another_case_are_the_same_on_sqlite() {
    let before = Table::new("Users").with_column(integer("ID"));
    let after = Table::new("users").with_column(integer("id"));
    let lines =
        ["Detected renamed table 'Users' to 'users'", "Detected renamed column 'users.ID' to 'users.id'"];
    changes(Sqlite, before.clone(), after.clone(), &lines);
    let lines = ["Detected added table 'users'", "Detected removed table 'Users'"];
    changes(Postgresql, before, after, &lines);
}

#[test]
fn a_sequence_whose_owner_is_replaced_is_free_between() {
    // The new owner takes a name from the old one, so that it cannot come before the old one goes.
    let owned = |owner: &str, key: &str| {
        let mut table = Table::new(owner).with_column(integer("n"));
        table.uniques.push(UniqueConstraint { name: Some("n1".to_owned()), ..UniqueConstraint::new([key]) });
        let mut sequence = Sequence::new("s");
        sequence.owned_by = Some(ColumnReference { table: owner.into(), column: "n".to_owned() });
        MetaData { sequences: vec![sequence], ..schema([table]) }
    };
    let operations = compare(Postgresql, &owned("a", "n"), &owned("b", "n"));
    let kinds = operations.iter().map(|operation| match operation {
        Operation::AlterSequence { to, .. } if to.owned_by.is_none() => "release",
        Operation::AlterSequence { .. } => "own",
        Operation::CreateTable(_) => "create",
        Operation::DropTable(_) => "drop",
        _ => "other",
    });
    assert_eq!(kinds.collect::<Vec<_>>(), ["release", "drop", "create", "own"]);
}

#[test]
fn a_generated_column_becomes_an_identity_over_a_plain_one() {
    let computed = Computed { expression: "true".into(), persisted: true };
    let before = Table::new("t").with_column(Column::new("c", SqlType::Boolean).computed(computed));
    let after =
        Table::new("t").with_column(Column::new("c", SqlType::BigInteger).identity(Identity::always()));
    assert_eq!(compare(Postgresql, &schema([before]), &schema([after])).len(), 3);
}

#[test]
fn renamed_tables() {
    let renamed = Table { renamed_from: Some("a".into()), ..table("b") };
    assert_eq!(
        lines(
            Postgresql,
            &schema([table("a"), child_of("c", "a")]),
            &schema([renamed.clone(), child_of("c", "b")])
        ),
        [
            "Detected renamed table 'a' to 'b'",
            "Detected renamed constraint 'pk_a' to 'pk_b' on table 'b'",
            "Detected renamed constraint 'fk_c_parent_id_a' to 'fk_c_parent_id_b' on table 'c'",
        ]
    );
    // A table of the former name that stays is not the one that was renamed.
    let both = schema([table("a"), renamed]);
    assert_eq!(lines(Postgresql, &schema([table("a")]), &both), ["Detected added table 'b'"]);
}

#[test]
fn tables_follow_their_references() {
    let all = schema([child_of("c", "b"), child_of("b", "a"), table("a")]);
    let created = ["Detected added table 'a'", "Detected added table 'b'", "Detected added table 'c'"];
    assert_eq!(lines(Postgresql, &MetaData::new(), &all), created);
    let dropped = ["Detected removed table 'c'", "Detected removed table 'b'", "Detected removed table 'a'"];
    assert_eq!(lines(Postgresql, &all, &MetaData::new()), dropped);
}

#[test]
fn only_the_reference_that_closes_a_cycle_comes_later() {
    let mut a = child_of("a", "b");
    a.foreign_keys.push(ForeignKey::new(["parent_id"], "a", ["id"]));
    let cycle = schema([a, child_of("b", "a")]);
    let created = compare(Postgresql, &MetaData::new(), &cycle);
    let inline = |operation: &Operation| match operation {
        Operation::CreateTable(table) => table.foreign_keys.len(),
        _ => 0,
    };
    assert_eq!(created.iter().map(inline).collect::<Vec<_>>(), [0, 2, 0]);
    assert_eq!(
        lines(Postgresql, &MetaData::new(), &cycle),
        [
            "Detected added table 'b'",
            "Detected added table 'a'",
            "Detected added foreign key (parent_id)(id) on table b",
        ]
    );
    assert_eq!(
        lines(Postgresql, &cycle, &MetaData::new()),
        [
            "Detected removed foreign key (parent_id)(id) on table b",
            "Detected removed table 'a'",
            "Detected removed table 'b'",
        ]
    );
    let on_sqlite = compare(Sqlite, &MetaData::new(), &cycle);
    assert_eq!(on_sqlite.iter().map(inline).sum::<usize>(), 3);
    assert_eq!(on_sqlite.len(), 2);
}

#[test]
fn a_reference_is_renewed_around_its_key_and_its_types() {
    let typed = |sql_type: SqlType| {
        let mut child = table("c").with_column(Column::new("parent_id", sql_type.clone()));
        child
            .foreign_keys
            .push(ForeignKey { name: Some("f".into()), ..ForeignKey::new(["parent_id"], "p", ["id"]) });
        let mut parent = table("p");
        parent.columns[0].sql_type = sql_type;
        schema([child, parent])
    };
    let (narrow, wide, other) = (typed(SqlType::Integer), typed(SqlType::BigInteger), typed(SqlType::Uuid));
    assert_eq!(
        lines(Postgresql, &narrow, &wide),
        [
            "Detected type change from INTEGER to BIGINT on 'c.parent_id'",
            "Detected type change from INTEGER to BIGINT on 'p.id'",
        ]
    );
    assert_eq!(
        lines(Postgresql, &narrow, &other),
        [
            "Detected removed foreign key (parent_id)(id) on table c",
            "Detected type change from INTEGER to UUID on 'c.parent_id'",
            "Detected type change from INTEGER to UUID on 'p.id'",
            "Detected added foreign key (parent_id)(id) on table c",
        ]
    );
    let mut unique = narrow.clone();
    unique.tables[1].primary_key = None;
    unique.tables[1]
        .uniques
        .push(UniqueConstraint { name: Some("u".into()), ..UniqueConstraint::new(["id"]) });
    assert_eq!(
        lines(Postgresql, &narrow, &unique),
        [
            "Detected removed foreign key (parent_id)(id) on table c",
            "Detected removed primary key 'pk_p' on 'p'",
            "Detected added unique constraint 'u' on '('id',)'",
            "Detected added foreign key (parent_id)(id) on table c",
        ]
    );
}

#[test]
fn schemas_and_sequences() {
    let owned = |name: &str| {
        let name = QualifiedName::in_schema("shop", name);
        let default = "nextval('shop.numbers'::regclass)";
        let mut t = Table::new(name.clone());
        t.columns.push(Column::new("id", SqlType::BigInteger).server_default(default));
        let owner = ColumnReference { table: name, column: "id".to_owned() };
        let numbers = QualifiedName::in_schema("shop", "numbers");
        let sequence = Sequence { owned_by: Some(owner), ..Sequence::new(numbers) };
        MetaData::new().table(t).sequence(sequence).resolve().unwrap()
    };
    assert_eq!(
        lines(Postgresql, &MetaData::new(), &owned("orders")),
        [
            "Detected added schema 'shop'",
            "Detected added sequence 'shop.numbers'",
            "Detected added table 'shop.orders'",
            "Detected owner of sequence 'shop.numbers'",
        ]
    );
    assert_eq!(
        lines(Postgresql, &owned("orders"), &MetaData::new()),
        [
            "Detected owner of sequence 'shop.numbers'",
            "Detected removed table 'shop.orders'",
            "Detected removed sequence 'shop.numbers'",
            "Detected removed schema 'shop'",
        ]
    );
    assert_eq!(
        lines(Postgresql, &owned("orders"), &owned("invoices")),
        [
            "Detected added table 'shop.invoices'",
            "Detected owner of sequence 'shop.numbers'",
            "Detected owner of sequence 'shop.numbers'",
            "Detected removed table 'shop.orders'",
        ]
    );
    let commented = |comment: &str| {
        let schema = Schema { name: "shop".to_owned(), comment: Some(comment.to_owned()) };
        MetaData { schemas: vec![schema], ..MetaData::new() }
    };
    assert_eq!(lines(Postgresql, &commented("a"), &commented("b")), ["Detected comment of schema 'shop'"]);
}

#[test]
fn enum_types() {
    let with = |values: &[&str], columns: &[(&str, Option<&str>)]| {
        let mood = EnumType::new("mood", values.iter().copied());
        let mut t = table("t");
        for (name, default) in columns {
            let mut column = Column::new(*name, SqlType::Enum("mood".into()));
            column.server_default = default.map(Into::into);
            t.columns.push(column);
        }
        MetaData::new().table(t).enum_type(mood).resolve().unwrap()
    };
    assert_eq!(
        lines(Postgresql, &with(&["a"], &[]), &with(&["b", "a"], &[])),
        ["Detected added value 'b' of enum type 'mood'"]
    );
    assert_eq!(
        lines(Postgresql, &with(&["a", "b"], &[]), &with(&["b", "a"], &[])),
        ["Detected other order of the values of enum type 'mood'"]
    );
    let mut renamed = with(&["z"], &[]);
    renamed.enums[0].renamed_values.insert("z".to_owned(), "a".to_owned());
    assert_eq!(
        lines(Postgresql, &with(&["a"], &[]), &renamed),
        ["Detected renamed value 'a' to 'z' of enum type 'mood'"]
    );

    // The column that goes does so before, the one that comes does so after; a default steps aside.
    let from = with(&["a", "b"], &[("gone", None), ("stays", Some("'a'::mood"))]);
    let to = with(&["b", "c"], &[("stays", Some("'c'::mood")), ("comes", Some("'c'::mood"))]);
    let operations = compare(Postgresql, &from, &to);
    let described: Vec<_> = operations.iter().flat_map(|o| describe(Postgresql, o)).collect();
    assert_eq!(
        described,
        [
            "Detected removed server default on column 't.stays'",
            "Detected removed column 't.gone'",
            "Detected added value 'c' of enum type 'mood'",
            "Detected removed value 'a' of enum type 'mood'",
            "Detected added column 't.comes'",
            "Detected added server default on column 't.stays'",
        ]
    );
    let carried = operations.iter().find_map(|operation| match operation {
        Operation::AlterEnum(change) => {
            Some(change.dependents.columns.iter().map(|c| c.reference.column.as_str()).collect::<Vec<_>>())
        }
        _ => None,
    });
    assert_eq!(carried.unwrap(), ["stays"]);
}
