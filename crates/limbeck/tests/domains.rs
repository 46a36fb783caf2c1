//! Domains and exclusion constraints as models declare them, and what each database makes of them.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "models for these tests alone, which fail by panicking"
)]

use limbeck::prelude::*;
use limbeck::{
    CheckConstraint, CompositeType, Deferrable, ExcludeConstraint, ExcludeElement, Expression, IndexElement,
    QualifiedName,
};
use limbeck_dialect::project;

/// How to write to somebody.
#[derive(Domain)]
#[domain(len = 320, check("VALUE ~ '@'", sqlite = "VALUE LIKE '%@%'"), comment = doc)]
#[check(name = "ck_email_short", sql = "length(VALUE) < 100", not_valid, comment = "not too long")]
pub struct Email(pub String);

#[derive(Enum)]
pub enum Mood {
    Sad,
    Ok,
}

#[derive(Domain)]
#[domain(name = "felt", schema = "shop", not_null, server_default = "'ok'", renamed_from = "mooded")]
pub struct Felt(pub Mood);

#[derive(Domain)]
#[domain(type = "citext", collation = "C")]
pub struct WorkEmail(pub Email);

#[derive(Model)]
#[model(table = "people")]
#[exclude(on = (name.with("="), born.desc().opclass("int4_ops").with("&&"), sql("lower(name)").with("=")))]
#[exclude(
    name = "ex_people",
    using = "spgist",
    on = (born.with("&&")),
    where = "name <> ''",
    include = (name),
    with(fillfactor = 70),
    tablespace = "fast",
    deferrable = initially_deferred,
    comment = "one at a time"
)]
pub struct Person {
    #[key]
    pub id: i32,
    pub name: String,
    #[column(name = "birth")]
    pub born: i32,
    pub email: Option<Email>,
    pub emails: Vec<Email>,
    pub felt: Felt,
    pub work: WorkEmail,
}

fn schema() -> MetaData {
    MetaData::new().models(models![Person]).resolve().unwrap()
}

#[test]
fn a_domain_is_declared_with_the_column_that_has_it() {
    let schema = schema();
    let email = limbeck::Domain {
        comment: Some("How to write to somebody.".into()),
        checks: vec![
            CheckConstraint {
                expression: Expression::new("VALUE ~ '@'").variant(Dialect::Sqlite, "VALUE LIKE '%@%'"),
                ..CheckConstraint::new("").named("ck_email_value")
            },
            CheckConstraint {
                not_valid: true,
                comment: Some("not too long".into()),
                ..CheckConstraint::new("length(VALUE) < 100").named("ck_email_short")
            },
        ],
        ..limbeck::Domain::new("email", SqlType::string(320))
    };
    let felt = limbeck::Domain::new(QualifiedName::in_schema("shop", "felt"), SqlType::Enum("mood".into()))
        .not_null()
        .server_default("'ok'")
        .renamed_from("mooded");
    let work = limbeck::Domain {
        collation: Some("C".into()),
        ..limbeck::Domain::new("work_email", SqlType::postgresql("citext"))
    };
    assert_eq!(schema.domains, [email, felt, work]);
    assert_eq!(schema.enums.len(), 1);
    let types: Vec<_> =
        schema.tables[0].columns.iter().skip(3).map(|c| (c.sql_type.clone(), c.nullable)).collect();
    let email = || SqlType::Domain("email".into());
    assert_eq!(types[0], (email(), true));
    assert_eq!(types[1], (SqlType::Array(Box::new(email())), false));
}

#[test]
fn an_exclusion_constraint_says_what_is_compared() {
    let element = |element, operator: &str| ExcludeElement { element, operator: operator.into() };
    let born = IndexElement {
        opclass: Some("int4_ops".into()),
        order: limbeck::SortOrder::Descending,
        ..IndexElement::column("birth")
    };
    let first = ExcludeConstraint {
        name: Some("ex_people_name_birth_lower_name".into()),
        elements: vec![
            element(IndexElement::column("name"), "="),
            element(born, "&&"),
            element(IndexElement::expression("lower(name)"), "="),
        ],
        ..ExcludeConstraint::new([("", ""); 0])
    };
    let second = ExcludeConstraint {
        name: Some("ex_people".into()),
        using: "spgist".into(),
        include: vec!["name".into()],
        predicate: Some("name <> ''".into()),
        with: [("fillfactor".to_owned(), "70".to_owned())].into(),
        tablespace: Some("fast".into()),
        deferrable: Some(Deferrable::InitiallyDeferred),
        comment: Some("one at a time".into()),
        ..ExcludeConstraint::new([("birth", "&&")])
    };
    assert_eq!(schema().tables[0].excludes, [first, second]);
}

#[derive(Model)]
#[model(table = "letters")]
pub struct Letter {
    #[key]
    pub id: i32,
    pub recipient: Option<Email>,
    pub felt: Felt,
}

#[test]
fn sqlite_has_the_base_type_and_checks_instead() {
    let schema = MetaData::new().models(models![Letter]).resolve().unwrap();
    let projected = project(Dialect::Sqlite, schema.clone()).unwrap();
    let table = &projected.tables[0];
    let checks: Vec<_> =
        table.checks.iter().map(|c| (c.name.as_deref().unwrap(), c.expression.sql.as_str())).collect();
    assert_eq!(
        checks,
        [
            ("ck_letters_recipient_email_value", "recipient LIKE '%@%'"),
            ("ck_letters_recipient_email_short", "length(recipient) < 100"),
            ("ck_letters_felt", "felt IN ('sad', 'ok')"),
        ]
    );
    let recipient = table.column("recipient").unwrap();
    assert_eq!((&recipient.sql_type, recipient.nullable), (&SqlType::string(320), true));
    let felt = table.column("felt").unwrap();
    assert_eq!((felt.nullable, felt.server_default.as_ref().unwrap().sql.as_str()), (false, "'ok'"));
    assert!(projected.domains.is_empty());
}

#[test]
fn sqlite_says_what_it_cannot_hold() {
    let mut schema = schema();
    schema.tables[0].columns.push(limbeck::Column::new("home", SqlType::postgresql("address")));
    let schema = schema.composite_type(CompositeType::new("address").attribute("street", SqlType::Text));
    let errors: Vec<_> =
        project(Dialect::Sqlite, schema.clone()).unwrap_err().iter().map(ToString::to_string).collect();
    assert_eq!(
        errors,
        [
            "column `emails` of table `people`: SQLite has no array types, give the type a variant for this dialect (`with_variant`), JSON for example",
            "column `work` of table `people`: the type `citext` is known to postgresql only, give the type a variant for this dialect (`with_variant`), JSON for example",
            "column `home` of table `people`: SQLite has no composite types, and the type is `address`, give the type a variant for this dialect (`with_variant`), JSON for example",
            "table `people`: SQLite has no exclusion constraint such as `ex_people_name_birth_lower_name`, guard it with a trigger or in the application, and leave SQLite out of this model's dialects",
            "table `people`: SQLite has no exclusion constraint such as `ex_people`, guard it with a trigger or in the application, and leave SQLite out of this model's dialects",
        ]
    );
}

#[test]
fn types_that_contradict_themselves_are_refused() {
    let errors = |metadata: MetaData| -> Vec<String> {
        metadata.resolve().unwrap_err().iter().map(ToString::to_string).collect()
    };
    let circular =
        MetaData::new().domain(limbeck::Domain::new("a", SqlType::Composite("b".into()))).composite_type(
            CompositeType::new("b").attribute("x", SqlType::Array(Box::new(SqlType::Domain("a".into())))),
        );
    assert_eq!(errors(circular), ["type `a`: is built on itself"]);
    let missing = MetaData::new().domain(limbeck::Domain::new("a", SqlType::Domain("b".into())));
    assert_eq!(errors(missing), ["type `a`: is built on `b`, which is not part of the schema"]);
    let twice = MetaData::new()
        .enum_type(limbeck::EnumType::new("a", ["x"]))
        .domain(limbeck::Domain::new("a", SqlType::Text));
    assert_eq!(errors(twice), ["type `a` is declared twice"]);
}
