//! What projection makes of schemas, and that types and names come back from their text.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use limbeck_dialect::{parse_type, project, type_name};
use limbeck_schema::{
    CheckConstraint, Column, Deferrable, Dialect, EnumType, Expression, ForeignKey, Identity, Index,
    IndexElement, MatchType, MetaData, NullsOrder, ReferentialAction, Sequence, SequenceOptions, SortOrder,
    SqlType, Table, UniqueConstraint,
};
use proptest::prelude::*;

const PG: Dialect = Dialect::Postgresql;
const LITE: Dialect = Dialect::Sqlite;

fn of(table: Table) -> MetaData {
    MetaData::new().table(table)
}

fn projected(dialect: Dialect, table: Table) -> Table {
    project(dialect, of(table)).unwrap().tables.remove(0)
}

fn codes(dialect: Dialect, metadata: &MetaData) -> Vec<&'static str> {
    project(dialect, metadata.clone()).err().unwrap_or_default().iter().map(|error| error.code()).collect()
}

fn sole_key(column: Column) -> Table {
    let name = column.name.clone();
    Table::new("t").with_column(column).with_primary_key([name])
}

fn column_type(dialect: Dialect, sql_type: SqlType) -> SqlType {
    projected(dialect, Table::new("t").with_column(Column::new("c", sql_type))).columns.remove(0).sql_type
}

#[test]
fn variants_are_resolved() {
    let column = Column::new("c", SqlType::Array(Box::new(SqlType::Text)).with_variant(LITE, SqlType::Json))
        .server_default(Expression::new("now()").variant(LITE, "'[]'"))
        .backfill(Expression::new("true"));
    let table = Table::new("t").with_column(column);
    let lite = projected(LITE, table.clone()).columns.remove(0);
    assert_eq!((lite.sql_type, lite.server_default), (SqlType::Json, Some(Expression::new("'[]'"))));
    assert_eq!(lite.backfill, Some(Expression::new("1")));
    let pg = projected(PG, table).columns.remove(0);
    assert_eq!(pg.server_default, Some(Expression::new("now()")));
    assert_eq!(pg.sql_type, SqlType::Array(Box::new(SqlType::Text)));
}

#[test]
fn postgresql_types_are_what_format_type_prints() {
    let time = |precision| SqlType::DateTime { precision, timezone: true };
    assert_eq!(column_type(PG, time(Some(6))), time(None));
    assert_eq!(column_type(PG, time(Some(3))), time(Some(3)));
    let short = SqlType::Numeric { precision: Some(10), scale: None };
    assert_eq!(column_type(PG, short), SqlType::numeric(10, 0));
    let text = || Box::new(SqlType::Text);
    assert_eq!(column_type(PG, SqlType::Array(Box::new(SqlType::Array(text())))), SqlType::Array(text()));
    assert_eq!(column_type(PG, SqlType::postgresql("VARCHAR( 5 )")), SqlType::string(5));
    assert_eq!(
        column_type(PG, SqlType::postgresql("Bit Varying (5)")),
        SqlType::postgresql("bit varying(5)")
    );
}

#[test]
fn postgresql_defaults_are_not_said() {
    let options = |max| SequenceOptions {
        start: Some(1),
        increment: Some(1),
        min_value: Some(1),
        max_value: Some(max),
        cache: Some(1),
        cycle: false,
    };
    let identity = |max| Identity { always: true, options: options(max) };
    let mut column = Column::new("id", SqlType::Integer).identity(identity(2_147_483_647));
    column.nullable = true;
    let table = projected(PG, sole_key(column));
    assert_eq!(table.columns[0], Column::new("id", SqlType::Integer).identity(Identity::always()));
    let table =
        projected(PG, sole_key(Column::new("id", SqlType::BigInteger).identity(identity(2_147_483_647))));
    assert_eq!(table.columns[0].identity.as_ref().unwrap().options.max_value, Some(2_147_483_647));

    let mut down = Sequence::new("s");
    down.data_type = Some(SqlType::BigInteger);
    down.options.increment = Some(-1);
    down.options.start = Some(-1);
    down.options.max_value = Some(-1);
    down.options.min_value = Some(i64::MIN);
    let metadata = project(PG, MetaData::new().sequence(down)).unwrap();
    let mut expected = Sequence::new("s");
    expected.options.increment = Some(-1);
    assert_eq!(metadata.sequences, [expected]);

    let mut index = Index::on(["a", "b"]).named("i");
    index.using = Some("btree".to_owned());
    index.elements[0].nulls = Some(NullsOrder::Last);
    index.elements[1].order = SortOrder::Descending;
    index.elements[1].nulls = Some(NullsOrder::Last);
    let index = projected(PG, Table::new("t").with_index(index)).indexes.remove(0);
    assert_eq!(
        (index.using, index.elements[0].nulls, index.elements[1].nulls),
        (None, None, Some(NullsOrder::Last))
    );

    let mut table = Table::new("t");
    table.options.postgresql.using = Some("heap".to_owned());
    table.options.sqlite.strict = true;
    let mut key = ForeignKey::new(["a", "b"], "o", ["a", "b"]);
    key.on_delete = ReferentialAction::SetNull(vec!["b".into(), "a".into()]);
    key.on_update = ReferentialAction::SetDefault(vec!["a".into()]);
    table.foreign_keys.push(key);
    assert_eq!(codes(PG, &of(table.clone())), ["projection.set-columns"]);
    table.foreign_keys[0].on_update = ReferentialAction::NoAction;
    let table = projected(PG, table);
    assert!(table.options.is_default());
    assert_eq!(table.foreign_keys[0].on_delete, ReferentialAction::SetNull(Vec::new()));
}

#[test]
fn an_index_key_says_what_its_column_does_not() {
    let key = |dialect, collation: Option<&str>, element: IndexElement| {
        let mut column = Column::new("Name", SqlType::Text);
        column.collation = collation.map(str::to_owned);
        let index = Index { elements: vec![element], ..Index::default() }.named("ix");
        let table = Table::new("t").with_column(column).with_index(index);
        projected(dialect, table).indexes[0].elements[0].clone()
    };
    let collated =
        |name: &str| IndexElement { collation: Some(name.to_owned()), ..IndexElement::column("Name") };
    let plain = IndexElement::column("Name");
    for expression in ["\"Name\"", "(\"Name\")"] {
        assert_eq!(key(Dialect::Postgresql, None, IndexElement::expression(expression)), plain);
    }
    assert_eq!(key(Dialect::Sqlite, None, IndexElement::expression("name")), plain);
    assert_eq!(key(Dialect::Postgresql, Some("C"), collated("C")), plain);
    let mut lower = IndexElement::expression("lower(\"Name\")");
    lower.collation = Some("C".to_owned());
    assert_eq!(key(Dialect::Postgresql, Some("C"), lower.clone()).collation, None);
    assert_eq!(key(Dialect::Postgresql, None, lower.clone()), lower);
    assert_eq!(key(Dialect::Sqlite, Some("NOCASE"), collated("nocase")), plain);
    assert_eq!(key(Dialect::Sqlite, None, collated("BINARY")), plain);
    assert_eq!(key(Dialect::Sqlite, Some("NOCASE"), collated("binary")), collated("BINARY"));
}

#[test]
fn a_default_of_null_is_none() {
    let default = |dialect, sql_type, sql: &str| {
        let column = Column::new("a", sql_type).server_default(sql);
        projected(dialect, Table::new("t").with_column(column)).columns[0].server_default.clone()
    };
    for sql in ["NULL", "null::text", "(NULL)::character varying(3)"] {
        assert_eq!(default(Dialect::Postgresql, SqlType::Text, sql), None, "{sql}");
    }
    assert_eq!(default(Dialect::Sqlite, SqlType::Text, "(NULL)"), None);
    for sql in ["NULL::int IS NULL", "'NULL'", "NULL::int + 1", "nullif(1, 2)"] {
        assert!(default(Dialect::Postgresql, SqlType::Text, sql).is_some(), "{sql}");
    }
    // It hides the domain's own default.
    assert!(default(Dialect::Postgresql, SqlType::postgresql("email"), "NULL").is_some());
}

#[test]
fn sqlite_numbers_a_sole_integer_key_by_itself() {
    let id = |sql_type| Column::new("id", sql_type).identity(Identity::always());
    let table = projected(LITE, sole_key(id(SqlType::BigInteger)));
    assert_eq!(table.columns[0], Column::new("id", SqlType::Integer).not_null());
    let plain = projected(LITE, sole_key(Column::new("id", SqlType::BigInteger)));
    assert_eq!(plain.columns[0], Column::new("id", SqlType::BigInteger).not_null());

    let other = Table::new("t").with_column(id(SqlType::Integer));
    assert_eq!(codes(LITE, &of(other)), ["projection.identity"]);
    let mut without = sole_key(id(SqlType::Integer));
    without.options.sqlite.without_rowid = true;
    without.options.sqlite.autoincrement = true;
    assert_eq!(codes(LITE, &of(without)), ["projection.identity", "projection.autoincrement"]);
}

#[test]
fn sqlite_checks_what_an_enum_holds() {
    let mood = EnumType::new("mood", ["sad", "it's ok"]);
    let table = Table::new("t")
        .with_column(Column::new("Order", SqlType::Enum("mood".into())))
        .with_column(Column::new("order", SqlType::Enum("mood".into())));
    let metadata = project(LITE, of(table).enum_type(mood)).unwrap();
    assert_eq!(metadata.enums, []);
    let table = &metadata.tables[0];
    assert_eq!(table.columns[0].sql_type, SqlType::string(7));
    let check = |name: &str| CheckConstraint::new("\"X\" IN ('sad', 'it''s ok')".replace('X', name).as_str());
    assert_eq!(table.checks, [check("Order").named("ck_t_Order"), check("order").named("ck_t_order")]);
    let unknown = of(Table::new("t").with_column(Column::new("c", SqlType::Enum("nowhere".into()))));
    assert_eq!(codes(LITE, &unknown), ["projection.unknown-enum"]);
}

#[test]
fn sqlite_leaves_out_what_only_postgresql_has() {
    let mut table = Table::new("t")
        .with_column(Column::new("c", SqlType::instant()).comment("When").server_default("NOW()"));
    table.comment = Some("A table".to_owned());
    table.columns[0].collation = Some("de_DE".to_owned());
    table.options.postgresql.unlogged = true;
    let mut key = ForeignKey::new(["c"], "t", ["c"]);
    key.match_type = MatchType::Full;
    key.not_valid = true;
    key.deferrable = Some(Deferrable::InitiallyDeferred);
    key.on_delete = ReferentialAction::SetNull(vec!["c".to_owned()]);
    table.foreign_keys.push(key);
    let mut unique = UniqueConstraint::new(["c"]);
    unique.deferrable = Some(Deferrable::InitiallyDeferred);
    unique.include = vec!["c".to_owned()];
    table.uniques.push(unique);
    let mut index = Index { elements: vec![IndexElement::expression("lower(c)")], ..Index::default() };
    index.using = Some("gin".to_owned());
    index.elements[0].opclass = Some("gin_trgm_ops".to_owned());
    index.elements[0].nulls = Some(NullsOrder::First);
    index.elements[0].collation = Some("nocase".to_owned());
    table.indexes.push(index);
    let metadata = project(LITE, of(table).sequence(Sequence::new("s"))).unwrap();
    assert_eq!(metadata.sequences, []);
    let table = &metadata.tables[0];
    let expected = Column::new("c", SqlType::DateTime { precision: None, timezone: false })
        .server_default("CURRENT_TIMESTAMP");
    assert_eq!(table.columns, [expected]);
    assert!(table.comment.is_none() && table.options.is_default());
    let mut key = ForeignKey::new(["c"], "t", ["c"]).on_delete(ReferentialAction::SetNull(Vec::new()));
    key.deferrable = Some(Deferrable::InitiallyDeferred);
    assert_eq!(table.foreign_keys, [key]);
    assert_eq!(table.uniques, [UniqueConstraint::new(["c"])]);
    let mut element = IndexElement::expression("lower(c)");
    element.collation = Some("NOCASE".to_owned());
    assert_eq!(table.indexes, [Index { elements: vec![element], ..Index::default() }]);
}

#[test]
fn sqlite_refuses_all_it_cannot_hold_at_once() {
    let mut table = Table::new(limbeck_schema::QualifiedName::in_schema("shop", "t"))
        .with_column(Column::new("tags", SqlType::Array(Box::new(SqlType::Text))))
        .with_column(Column::new("ip", SqlType::postgresql("inet")))
        .with_column(Column::new("n", SqlType::Integer).server_default("nextval('s')"));
    table.options.sqlite.without_rowid = true;
    table.uniques.push(UniqueConstraint { nulls_not_distinct: true, ..UniqueConstraint::new(["n"]) });
    let mut key = ForeignKey::new(["n", "ip"], "o", ["a", "b"]);
    key.on_delete = ReferentialAction::SetNull(vec!["n".to_owned()]);
    table.foreign_keys.push(key);
    let metadata = of(table);
    assert_eq!(
        codes(LITE, &metadata),
        [
            "projection.schema",
            "projection.without-rowid",
            "projection.array",
            "projection.native-type",
            "projection.sequence",
            "projection.nulls-not-distinct",
            "projection.set-columns",
        ]
    );
    let errors = project(LITE, metadata.clone()).unwrap_err();
    assert_eq!(
        errors[2].to_string(),
        "column `tags` of table `shop.t`: SQLite has no array types, \
         give the type a variant for this dialect (`with_variant`), JSON for example"
    );
    assert!(errors.iter().all(|error| error.to_string().ends_with(error.advice())));
    assert_eq!(
        codes(PG, &of(Table::new("t").with_column(Column::new("c", SqlType::sqlite("ANY"))))),
        ["projection.native-type"]
    );
}

#[test]
fn strict_tables_know_few_types() {
    let strict = |sql_type| {
        let mut table = Table::new("t").with_column(Column::new("c", sql_type));
        table.options.sqlite.strict = true;
        of(table)
    };
    for (given, expected) in [
        (SqlType::Boolean, SqlType::Integer),
        (SqlType::Double, SqlType::Real),
        (SqlType::Uuid, SqlType::Text),
        (SqlType::Jsonb, SqlType::Text),
        (SqlType::sqlite("any"), SqlType::sqlite("ANY")),
    ] {
        assert_eq!(project(LITE, strict(given)).unwrap().tables[0].columns[0].sql_type, expected);
    }
    assert_eq!(codes(LITE, &strict(SqlType::numeric(10, 2))), ["projection.strict-type"]);
}

#[test]
fn written_types_are_understood() {
    let instant = |precision| SqlType::DateTime { precision, timezone: true };
    for (text, expected) in [
        ("timestamp(3) with time zone", instant(Some(3))),
        ("timestamptz", instant(None)),
        ("time(2) without time zone", SqlType::Time { precision: Some(2), timezone: false }),
        ("numeric(10,0)", SqlType::numeric(10, 0)),
        ("NUMERIC(5,-2)", SqlType::numeric(5, -2)),
        ("character", SqlType::Char { length: 1 }),
        ("integer[][]", SqlType::Array(Box::new(SqlType::Integer))),
        ("character varying(3)[]", SqlType::Array(Box::new(SqlType::string(3)))),
        ("float(24)", SqlType::Real),
        ("bpchar", SqlType::postgresql("bpchar")),
        ("\"char\"", SqlType::postgresql("\"char\"")),
        ("geometry(Point, 4326)", SqlType::postgresql("geometry(Point,4326)")),
        ("interval(3)", SqlType::postgresql("interval(3)")),
        ("\"My Type\"[]", SqlType::Array(Box::new(SqlType::postgresql("\"My Type\"")))),
    ] {
        assert_eq!(parse_type(PG, text), expected, "{text}");
    }
    for (text, expected) in [
        ("integer", SqlType::Integer),
        ("INT", SqlType::sqlite("INT")),
        ("decimal(10,5)", SqlType::numeric(10, 5)),
        ("TIMESTAMP", SqlType::DateTime { precision: None, timezone: false }),
        ("", SqlType::sqlite("")),
        ("VARCHAR (20)", SqlType::string(20)),
    ] {
        assert_eq!(parse_type(LITE, text), expected, "{text}");
    }
}

fn any_type() -> impl Strategy<Value = SqlType> {
    let precision = || proptest::option::of(0_u32..=9);
    let leaf = prop_oneof![
        Just(SqlType::SmallInteger),
        Just(SqlType::Integer),
        Just(SqlType::BigInteger),
        Just(SqlType::Real),
        Just(SqlType::Double),
        Just(SqlType::Boolean),
        Just(SqlType::Text),
        Just(SqlType::Date),
        Just(SqlType::Interval),
        Just(SqlType::LargeBinary),
        Just(SqlType::Uuid),
        Just(SqlType::Json),
        Just(SqlType::Jsonb),
        proptest::option::of(1_u32..500).prop_map(|length| SqlType::String { length }),
        (1_u32..500).prop_map(|length| SqlType::Char { length }),
        (proptest::option::of(1_u32..100), proptest::option::of(-5_i32..50))
            .prop_map(|(precision, scale)| SqlType::Numeric { precision, scale }),
        (precision(), any::<bool>()).prop_map(|(precision, timezone)| SqlType::Time { precision, timezone }),
        (precision(), any::<bool>())
            .prop_map(|(precision, timezone)| SqlType::DateTime { precision, timezone }),
        "[a-zA-Z\" (),0-9]{0,12}".prop_map(SqlType::postgresql),
        "[a-zA-Z\" (),0-9]{0,12}".prop_map(SqlType::sqlite),
    ];
    leaf.prop_recursive(2, 4, 1, |inner| inner.prop_map(|t| SqlType::Array(Box::new(t))))
}

proptest! {
    #[test]
    fn types_come_back_from_their_names(sql_type in any_type()) {
        for dialect in Dialect::ALL {
            let metadata = of(Table::new("t").with_column(Column::new("c", sql_type.clone())));
            if let Ok(mut projected) = project(dialect, metadata.clone()) {
                let sql_type = projected.tables.remove(0).columns.remove(0).sql_type;
                let name = type_name(dialect, &sql_type).unwrap();
                prop_assert_eq!(parse_type(dialect, &name), sql_type, "{}: {}", dialect, name);
            }
        }
    }

    #[test]
    fn projecting_twice_changes_nothing_more(
        sql_type in any_type(),
        default in "[a-z()' ]{0,10}|now\\(\\)|TRUE",
        key in any::<bool>(),
        strict in any::<bool>(),
        (start, increment, min) in (-3_i64..3, -3_i64..3, -3_i64..3),
    ) {
        let mut column = Column::new("c", sql_type).server_default(default.as_str());
        if key {
            column.server_default = None;
            column.sql_type = SqlType::Integer;
            let options = SequenceOptions {
                start: Some(start),
                increment: Some(increment),
                min_value: Some(min),
                ..SequenceOptions::default()
            };
            column.identity = Some(Identity { always: true, options });
        }
        let mut table = Table::new("t").with_column(column);
        if key {
            table = table.with_primary_key(["c"]);
        }
        table.options.sqlite.strict = strict;
        for dialect in Dialect::ALL {
            if let Ok(once) = project(dialect, of(table.clone())) {
                prop_assert_eq!(project(dialect, once.clone()), Ok(once));
            }
        }
    }
}

#[test]
fn a_type_that_is_missing_is_named() {
    let message = |dialect, sql_type| type_name(dialect, &sql_type).unwrap_err().to_string();
    let array = SqlType::Array(Box::new(SqlType::string(5)));
    assert!(message(LITE, array).starts_with("sqlite has no type `VARCHAR(5)[]`, give the type a variant"));
    assert!(message(LITE, SqlType::Enum("mood".into())).starts_with("sqlite has no type `mood`, project"));
    assert!(message(PG, SqlType::sqlite("ANY")).starts_with("postgresql has no type `ANY`, give"));
}
