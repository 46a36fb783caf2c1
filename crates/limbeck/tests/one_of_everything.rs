//! Every attribute once, beside the table as it is built by hand.

#![allow(missing_docs, dead_code, reason = "the models are read by the derive alone")]

use std::collections::BTreeMap;
use std::net::IpAddr;

use limbeck::prelude::*;
use limbeck::{
    CheckConstraint, Column, Computed, Deferrable, EnumType, Expression, ForeignKey, Identity, Index,
    IndexElement, IndexTarget, MatchType, NullsOrder, PostgresqlTableOptions, PrimaryKey, QualifiedName,
    ReferentialAction, SequenceOptions, SortOrder, SqliteTableOptions, Table, TableOptions, UniqueConstraint,
};
use rust_decimal::Decimal;

/// How it feels.
#[derive(Enum, Debug, PartialEq)]
#[enum_type(name = "mood", schema = "shop", rename_all = "kebab-case", comment = doc)]
enum Mood {
    VeryGood,
    #[value("so-so", renamed_from = "meh")]
    Fair,
    r#Bad,
}

#[derive(Model)]
#[primary_key(on = (region, number))]
struct Place {
    region: i32,
    number: i32,
    #[column(name = "post_code", unique)]
    code: String,
}

#[derive(Model)]
struct Base {
    #[key]
    id: i64,
}

/// Everything
/// at once.
///
/// And more.
#[derive(Model)]
#[model(
    table = "everything",
    schema = "shop",
    comment = doc,
    renamed_from = "all_things",
    unlogged,
    tablespace = "fast",
    using = "heap",
    with(fillfactor = 70, toast.autovacuum_enabled = false),
    partition_by = "RANGE (created_at)",
    inherits(Base),
    strict,
    autoincrement,
    schema_only
)]
#[primary_key(name = "everything_key", include = (r#type), deferrable = initially_deferred, comment = "the key")]
#[unique(on = (first, second))]
#[unique(
    name = "one_each",
    on = second,
    include = (first),
    nulls_not_distinct,
    deferrable,
    comment = "only one"
)]
#[check(
    name = "positive",
    sql("price > 0", sqlite = "price + 0 > 0", postgresql = "price > 0.0"),
    no_inherit,
    not_valid,
    comment = "worth something"
)]
#[check(sql = "first <> second")]
#[foreign_key(on = (region, number), references = Place)]
#[foreign_key(
    name = "to_code",
    on = (second),
    references = Place(code),
    on_delete = set_null(second),
    on_update = set_default,
    match = full,
    deferrable = initially_immediate,
    not_valid,
    comment = "the other way"
)]
#[index(on = first)]
#[index(
    name = "the_index",
    on = (
        first,
        r#type.desc(),
        second.desc().nulls_last().collate("C"),
        price.nulls_first(),
        sql("lower(second)", sqlite = "lower(second, 1)").opclass("text_pattern_ops").desc().nulls_first(),
    ),
    unique,
    using = "gin",
    include = (region, number),
    where("first IS NOT NULL", sqlite = "first NOTNULL"),
    with(fastupdate = off, gin_pending_list_limit = 64),
    nulls_not_distinct,
    tablespace = "fast",
    comment = "an index"
)]
struct Everything {
    /// The number.
    #[key(identity(always, start = -1000, increment = -10, min_value = -9_000, max_value = -1, cache = 20, cycle))]
    #[column(comment = doc)]
    id: i64,
    #[column(name = "kind", comment = "what it is", check = "kind <> ''")]
    r#type: String,
    #[column(len = 320, unique, renamed_from = "one", collation = "de_DE")]
    first: String,
    #[column(type("citext", sqlite = "text"), index)]
    second: Option<String>,
    #[column(precision = 10, scale = 2, backfill("0.5", sqlite = "0"))]
    price: Decimal,
    #[column(identity)]
    counter: i32,
    #[column(precision = 3, server_default("now()", sqlite = "CURRENT_TIMESTAMP"))]
    created_at: chrono::DateTime<chrono::Utc>,
    #[column(generated = "lower(first)")]
    lower_first: String,
    #[column(generated("upper(first)", sqlite = "upper(first, 1)", virtual))]
    upper_first: Option<String>,
    #[column(type = "inet")]
    address: Option<IpAddr>,
    #[column(type(sqlite = "text"), len = 10)]
    short: String,
    #[column(unique, index)]
    mood: Mood,
    moods: Vec<Mood>,
    region: i32,
    number: i32,
    #[references(
        Self,
        name = "parent_key",
        on_delete = set_null,
        on_update = restrict,
        match = full,
        deferrable = initially_deferred,
        index,
        not_valid,
        comment = "upwards"
    )]
    parent: Option<i64>,
    #[references(Place, column = code, on_delete = no_action)]
    code: String,
}

fn by_hand() -> Table {
    let string = SqlType::String { length: None };
    let text = |sql: &str| Some(sql.to_owned());
    Table {
        name: QualifiedName::in_schema("shop", "everything"),
        columns: vec![
            Column::new("id", SqlType::BigInteger)
                .identity(Identity {
                    always: true,
                    options: SequenceOptions {
                        start: Some(-1000),
                        increment: Some(-10),
                        min_value: Some(-9000),
                        max_value: Some(-1),
                        cache: Some(20),
                        cycle: true,
                    },
                })
                .comment("The number."),
            Column::new("kind", string.clone()).not_null().comment("what it is"),
            Column {
                collation: text("de_DE"),
                ..Column::new("first", SqlType::string(320)).not_null().renamed_from("one")
            },
            Column::new("second", SqlType::postgresql("citext").with_variant(Dialect::Sqlite, SqlType::Text)),
            Column::new("price", SqlType::numeric(10, 2))
                .not_null()
                .backfill(Expression::new("0.5").variant(Dialect::Sqlite, "0")),
            Column::new("counter", SqlType::Integer).identity(Identity::by_default()),
            Column::new("created_at", SqlType::DateTime { precision: Some(3), timezone: true })
                .not_null()
                .server_default(Expression::new("now()").variant(Dialect::Sqlite, "CURRENT_TIMESTAMP")),
            Column::new("lower_first", string.clone())
                .not_null()
                .computed(Computed { expression: "lower(first)".into(), persisted: true }),
            Column::new("upper_first", string.clone()).computed(Computed {
                expression: Expression::new("upper(first)").variant(Dialect::Sqlite, "upper(first, 1)"),
                persisted: false,
            }),
            Column::new("address", SqlType::postgresql("inet")),
            Column::new("short", SqlType::string(10).with_variant(Dialect::Sqlite, SqlType::Text)).not_null(),
            Column::new("mood", SqlType::Enum(QualifiedName::in_schema("shop", "mood"))).not_null(),
            Column::new(
                "moods",
                SqlType::Array(Box::new(SqlType::Enum(QualifiedName::in_schema("shop", "mood")))),
            )
            .not_null(),
            Column::new("region", SqlType::Integer).not_null(),
            Column::new("number", SqlType::Integer).not_null(),
            Column::new("parent", SqlType::BigInteger),
            Column::new("code", string).not_null(),
        ],
        primary_key: Some(PrimaryKey {
            name: text("everything_key"),
            columns: vec!["id".into()],
            include: vec!["kind".into()],
            deferrable: Some(Deferrable::InitiallyDeferred),
            comment: text("the key"),
        }),
        foreign_keys: vec![
            ForeignKey {
                name: text("parent_key"),
                on_delete: ReferentialAction::SetNull(Vec::new()),
                on_update: ReferentialAction::Restrict,
                match_type: MatchType::Full,
                deferrable: Some(Deferrable::InitiallyDeferred),
                not_valid: true,
                comment: text("upwards"),
                ..ForeignKey::new(["parent"], QualifiedName::in_schema("shop", "everything"), ["id"])
            },
            ForeignKey::new(["code"], "place", ["post_code"]),
            ForeignKey::new(["region", "number"], "place", ["region", "number"]),
            ForeignKey {
                name: text("to_code"),
                on_delete: ReferentialAction::SetNull(vec!["second".into()]),
                on_update: ReferentialAction::SetDefault(Vec::new()),
                match_type: MatchType::Full,
                deferrable: Some(Deferrable::InitiallyImmediate),
                not_valid: true,
                comment: text("the other way"),
                ..ForeignKey::new(["second"], "place", ["post_code"])
            },
        ],
        uniques: vec![
            UniqueConstraint::new(["first"]),
            UniqueConstraint::new(["first", "second"]),
            UniqueConstraint {
                name: text("one_each"),
                columns: vec!["second".into()],
                include: vec!["first".into()],
                nulls_not_distinct: true,
                deferrable: Some(Deferrable::InitiallyImmediate),
                comment: text("only one"),
            },
        ],
        excludes: Vec::new(),
        checks: vec![
            CheckConstraint::new("kind <> ''"),
            CheckConstraint {
                name: text("positive"),
                expression: Expression::new("price > 0")
                    .variant(Dialect::Sqlite, "price + 0 > 0")
                    .variant(Dialect::Postgresql, "price > 0.0"),
                no_inherit: true,
                not_valid: true,
                comment: text("worth something"),
            },
            CheckConstraint::new("first <> second"),
        ],
        indexes: vec![
            Index::on(["second"]),
            Index::on(["mood"]).unique(),
            Index::on(["parent"]),
            Index::on(["first"]),
            Index {
                name: text("the_index"),
                elements: vec![
                    IndexElement::column("first"),
                    IndexElement { order: SortOrder::Descending, ..IndexElement::column("kind") },
                    IndexElement {
                        target: IndexTarget::Column("second".into()),
                        collation: text("C"),
                        opclass: None,
                        order: SortOrder::Descending,
                        nulls: Some(NullsOrder::Last),
                    },
                    IndexElement { nulls: Some(NullsOrder::First), ..IndexElement::column("price") },
                    IndexElement {
                        target: IndexTarget::Expression(
                            Expression::new("lower(second)").variant(Dialect::Sqlite, "lower(second, 1)"),
                        ),
                        collation: None,
                        opclass: text("text_pattern_ops"),
                        order: SortOrder::Descending,
                        // NULLS FIRST is what DESC means anyway.
                        nulls: None,
                    },
                ],
                unique: true,
                using: text("gin"),
                include: vec!["region".into(), "number".into()],
                predicate: Some(
                    Expression::new("first IS NOT NULL").variant(Dialect::Sqlite, "first NOTNULL"),
                ),
                with: BTreeMap::from([
                    ("fastupdate".into(), "off".into()),
                    ("gin_pending_list_limit".into(), "64".into()),
                ]),
                nulls_not_distinct: true,
                tablespace: text("fast"),
                comment: text("an index"),
            },
        ],
        comment: text("Everything at once.\n\nAnd more."),
        options: TableOptions {
            postgresql: PostgresqlTableOptions {
                unlogged: true,
                with: BTreeMap::from([
                    ("fillfactor".into(), "70".into()),
                    ("toast.autovacuum_enabled".into(), "false".into()),
                ]),
                using: text("heap"),
                tablespace: text("fast"),
                partition_by: text("RANGE (created_at)"),
                inherits: vec![QualifiedName::new("base")],
                partition_of: None,
                row_security: limbeck_schema::RowSecurity::Disabled,
            },
            sqlite: SqliteTableOptions { strict: true, without_rowid: false, autoincrement: true },
        },
        renamed_from: text("all_things"),
    }
}

#[test]
fn the_derived_table_is_the_one_built_by_hand() {
    let (derived, by_hand) = (Everything::table(), by_hand());
    // Part by part first: a difference of the whole is hard to read.
    for (derived, by_hand) in derived.columns.iter().zip(&by_hand.columns) {
        assert_eq!(derived, by_hand);
    }
    assert_eq!(derived.foreign_keys, by_hand.foreign_keys);
    assert_eq!(derived.indexes, by_hand.indexes);
    assert_eq!(derived, by_hand);
}

#[test]
fn what_other_models_see() {
    assert_eq!(Everything::table_name(), QualifiedName::in_schema("shop", "everything"));
    assert_eq!(Everything::PRIMARY_KEY, ["id"]);
    assert_eq!(Everything::COLUMNS[1], ("type", "kind"));
    // Without `table`, a table is called as its struct: in snake case, but not in the plural.
    assert_eq!(Place::TABLE_NAME, "place");
    assert_eq!(Place::PRIMARY_KEY, ["region", "number"]);
}

#[test]
fn enum_types_come_once() {
    let mood = EnumType {
        name: QualifiedName::in_schema("shop", "mood"),
        values: vec!["very-good".into(), "so-so".into(), "bad".into()],
        renamed_values: BTreeMap::from([("so-so".into(), "meh".into())]),
        comment: Some("How it feels.".into()),
    };
    let schema = MetaData::new().models(models![Everything, Place, Base]);
    assert_eq!(schema.enums, [mood]);
    schema.resolve().unwrap();
}

#[test]
fn an_enum_knows_its_values() {
    assert_eq!(Mood::VALUES, ["very-good", "so-so", "bad"]);
    assert_eq!(Mood::Fair.as_str(), "so-so");
    assert_eq!(Mood::try_from("bad"), Ok(Mood::Bad));
    let error = Mood::try_from("meh").unwrap_err();
    assert_eq!(error.to_string(), "`meh` is no value of the enum type `mood`");
}

/// Two tables that refer to each other, and one that refers to itself twice.
mod cycles {
    use limbeck::prelude::*;
    use limbeck::{QualifiedName, RelationKind};

    #[derive(Model)]
    struct Chicken {
        #[key]
        id: i32,
        #[references(Egg)]
        from: i32,
    }

    #[derive(Model)]
    struct Egg {
        #[key]
        id: i32,
        #[references(Chicken)]
        of: Option<i32>,
    }

    #[derive(Model)]
    struct Person {
        #[key]
        id: i32,
        #[references(Person)]
        mother: Option<i32>,
        #[references(Self)]
        father: Option<i32>,
    }

    #[derive(Model)]
    struct Friendship {
        #[key]
        #[references(Person)]
        who: i32,
        #[key]
        #[references(Person)]
        #[column(name = "with_id")]
        with: i32,
    }

    relations! {
        Chicken { egg: one Egg, eggs: many Egg }
        Person {
            born_by: one Person by mother,
            children_of_father: many Person by father, cascade(save_update),
            friends: many Person via Friendship(who -> with),
        }
    }

    #[test]
    fn cycles_are_models_too() {
        MetaData::new().models(models![Chicken, Egg, Person, Friendship]).resolve().unwrap();
        assert_eq!(Chicken::relations().len(), 2);
    }

    #[test]
    fn several_foreign_keys_are_told_apart() {
        let relations = Person::relations();
        let columns = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        assert_eq!(relations[0].kind, RelationKind::One { foreign_key: columns(&["mother"]) });
        assert_eq!(relations[1].kind, RelationKind::Many { foreign_key: columns(&["father"]) });
        assert!(relations[1].cascade.save_update && !relations[1].cascade.merge);
        let friends = RelationKind::ManyThrough {
            association: QualifiedName::new("friendship"),
            foreign_key: columns(&["who"]),
            target_foreign_key: columns(&["with_id"]),
        };
        assert_eq!(relations[2].kind, friends);
    }
}
