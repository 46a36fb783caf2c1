//! Entities between two schemas: what is told to happen, in the order in which it happens.

#![expect(clippy::panic, reason = "a test stops at the first surprise")]

use limbeck_diff::{HazardKind, apply, compare, describe, hazards};
use limbeck_schema::{
    CheckConstraint, Column, CompositeType, Dialect, Enabled, Entity, EntityId, EntityKind, EnumType, Grant,
    GrantState, Index, MetaData, ObjectReference, Operation, PartitionOf, RowSecurity, SqlType, Table,
    reverse_all,
};

use Dialect::Postgresql;
use EntityKind::{Function, MaterializedView, Policy, Trigger, View};

fn id(kind: EntityKind, name: &str) -> EntityId {
    EntityId { kind, name: name.into(), arguments: (kind == Function).then(String::new), on: None }
}

fn entity(kind: EntityKind, name: &str, text: &str, depends_on: Vec<ObjectReference>) -> Entity {
    Entity { depends_on, ..Entity::new(id(kind, name), format!("CREATE {name} AS {text}")) }
}

fn on(table: &str, kind: EntityKind, name: &str, depends_on: Vec<ObjectReference>) -> Entity {
    let id = EntityId { on: Some(table.into()), ..id(kind, name) };
    Entity { depends_on, ..Entity::new(id, format!("CREATE {name} ON {table}")) }
}

fn column(table: &str, name: &str) -> ObjectReference {
    ObjectReference::Column(table.into(), name.to_owned())
}

fn of(kind: EntityKind, name: &str) -> ObjectReference {
    ObjectReference::Entity(id(kind, name))
}

fn table(columns: &[(&str, SqlType)]) -> Table {
    columns.iter().fold(Table::new("t"), |table, (name, sql_type)| {
        table.with_column(Column::new(*name, sql_type.clone()))
    })
}

fn schema(table: Table, entities: Vec<Entity>) -> MetaData {
    MetaData { entities, ..MetaData::new().table(table) }
}

/// The lines of the operations, after a look at whether these lead there and back.
#[track_caller]
fn lines(from: &MetaData, to: &MetaData) -> Vec<String> {
    let operations = compare(Postgresql, from, to);
    run(from, &operations);
    let mut reached = from.clone();
    for operation in operations.iter().chain(&reverse_all(&operations)) {
        if let Err(error) = apply(Postgresql, &mut reached, operation) {
            panic!("{operation:?}: {error}");
        }
    }
    told(&operations)
}

fn told(operations: &[Operation]) -> Vec<String> {
    let lines = operations.iter().flat_map(|operation| describe(Postgresql, operation));
    lines.map(|line| line.replace("Detected ", "")).collect()
}

#[track_caller]
fn run(from: &MetaData, operations: &[Operation]) {
    let mut reached = from.clone();
    for operation in operations {
        if let Err(error) = apply(Postgresql, &mut reached, operation) {
            panic!("{operation:?}: {error}");
        }
    }
}

#[test]
fn everything_new_comes_in_the_order_it_builds_on() {
    let mut t = table(&[("a", SqlType::Integer)]);
    t = t.with_column(Column::new("b", SqlType::Integer).server_default("price()"));
    let to = schema(
        t,
        vec![
            on("t", Policy, "own", vec![column("t", "a"), of(View, "v")]),
            on("t", Trigger, "touch", vec![column("t", "a"), of(Function, "touched")]),
            entity(View, "v", "t", vec![column("t", "b")]),
            entity(Function, "price", "1", vec![]),
            Entity { mentions: vec![of(View, "v")], ..entity(Function, "touched", "v", vec![]) },
        ],
    );
    assert_eq!(
        lines(&MetaData::new(), &to),
        [
            "added function 'price()'",
            "added table 't'",
            "added view 'v'",
            "added function 'touched()'",
            "added trigger 'touch' on 't'",
            "added policy 'own' on 't'",
        ]
    );
    assert_eq!(
        lines(&to, &MetaData::new()),
        [
            "removed policy 'own' on 't'",
            "removed trigger 'touch' on 't'",
            "removed function 'touched()'",
            "removed view 'v'",
            "removed table 't'",
            "removed function 'price()'",
        ]
    );
}

#[test]
fn a_type_change_takes_the_views_above_off_and_no_others() {
    let entities = || {
        vec![
            Entity { comment: Some("kept".to_owned()), ..entity(View, "low", "t.a", vec![column("t", "a")]) },
            entity(MaterializedView, "high", "low", vec![of(View, "low")]),
            entity(View, "aside", "t.b", vec![column("t", "b")]),
            on("t", Policy, "own", vec![column("t", "a")]),
            on("t", Trigger, "touch", vec![]),
        ]
    };
    let grant = Grant {
        on: of(View, "low"),
        grantee: Some("clerk".to_owned()),
        privilege: "SELECT".to_owned(),
        state: GrantState::Granted,
    };
    let mut from = schema(table(&[("a", SqlType::Integer), ("b", SqlType::Text)]), entities());
    let mut to = schema(table(&[("a", SqlType::BigInteger), ("b", SqlType::Text)]), entities());
    from.grants = vec![grant.clone()];
    to.grants = vec![grant];
    assert_eq!(
        lines(&from, &to),
        [
            "removed SELECT of 'clerk' on view 'low'",
            "removed policy 'own' on 't'",
            "removed materialized view 'high'",
            "removed view 'low'",
            "type change from INTEGER to BIGINT on 't.a'",
            "added view 'low'",
            "added materialized view 'high'",
            "added policy 'own' on 't'",
            "added SELECT of 'clerk' on view 'low'",
        ]
    );
    let kinds: Vec<_> =
        hazards(Postgresql, &compare(Postgresql, &from, &to)).into_iter().map(|h| h.kind).collect();
    assert_eq!(kinds, [HazardKind::LongLock, HazardKind::TableRewrite]);
}

#[test]
fn a_function_of_another_result_takes_its_views_off() {
    let function = |result: &str| Entity {
        shape: vec![format!("RETURNS {result}")],
        ..entity(Function, "price", result, vec![])
    };
    let view = || entity(View, "v", "price()", vec![of(Function, "price")]);
    let t = || table(&[("a", SqlType::Integer)]);
    let from = schema(t(), vec![function("integer"), view()]);
    let to = schema(t(), vec![function("bigint"), view()]);
    assert_eq!(
        lines(&from, &to),
        ["removed view 'v'", "removed function 'price()'", "added function 'price()'", "added view 'v'",]
    );
    // Another body is nobody's business.
    let mut body = function("integer");
    body.definition += " + 0";
    assert_eq!(lines(&from, &schema(t(), vec![body, view()])), ["changed function 'price()'"]);
}

#[test]
fn a_function_of_another_result_takes_what_calls_it_off_its_tables() {
    let function = |result: &str| Entity {
        shape: vec![format!("RETURNS {result}")],
        ..entity(Function, "price", result, vec![])
    };
    let t = || {
        let mut t = Table::new("t").with_column(Column::new("a", SqlType::Integer).server_default("price()"));
        t.checks.push(CheckConstraint::new("a > price()").named("ck_a"));
        t.with_index(Index { predicate: Some("a > price()".into()), ..Index::on(["a"]).named("ix_a") })
            .with_index(Index::on(["a"]).named("ix_b"))
    };
    let from = schema(t(), vec![function("integer")]);
    let to = schema(t(), vec![function("bigint")]);
    assert_eq!(
        lines(&from, &to),
        [
            "removed server default on column 't.a'",
            "removed check constraint 'ck_a' on table 't'",
            "removed index 'ix_a' on 't'",
            "removed function 'price()'",
            "added function 'price()'",
            "added server default on column 't.a'",
            "added check constraint 'ck_a' on table 't'",
            "added index 'ix_a' on '('a',)'",
        ]
    );
}

#[test]
fn a_view_that_leaves_a_column_changes_before_the_column_goes() {
    let view = |name: &str| entity(View, "v", name, vec![column("t", name)]);
    let from = schema(table(&[("a", SqlType::Integer)]), vec![view("a")]);
    let to = schema(table(&[("b", SqlType::Integer)]), vec![view("b")]);
    assert_eq!(lines(&from, &to), ["added column 't.b'", "changed view 'v'", "removed column 't.a'"]);
}

#[test]
fn a_view_gains_a_column_in_place_where_nothing_stands_on_it() {
    let view = |shape: &[&str]| Entity {
        shape: shape.iter().map(|&line| line.to_owned()).collect(),
        ..entity(View, "v", &shape.join(", "), vec![])
    };
    let t = || table(&[("a", SqlType::Integer)]);
    let above = || entity(View, "above", "v", vec![of(View, "v")]);
    let (one, two) = (view(&["a integer"]), view(&["a integer", "b text"]));
    let alone = lines(&schema(t(), vec![one.clone()]), &schema(t(), vec![two.clone()]));
    assert_eq!(alone, ["changed view 'v'"]);
    let used = lines(&schema(t(), vec![one, above()]), &schema(t(), vec![two, above()]));
    let all = ["removed view 'above'", "removed view 'v'", "added view 'v'", "added view 'above'"];
    assert_eq!(used, all);
}

#[test]
fn values_are_added_to_an_enum_type_under_a_view() {
    let schema = |values: &[&str]| {
        let enum_type = EnumType::new("mood", values.iter().copied());
        let t = table(&[("m", SqlType::Enum("mood".into()))]);
        schema(t, vec![entity(View, "v", "t.m", vec![column("t", "m")])]).enum_type(enum_type)
    };
    let (from, to) = (schema(&["ok"]), schema(&["ok", "good"]));
    assert_eq!(lines(&from, &to), ["added value 'good' of enum type 'mood'"]);
    // The way back makes the type anew, and takes the view along.
    let operations = compare(Postgresql, &from, &to);
    let [Operation::AlterEnum(change)] = operations.as_slice() else { panic!("{operations:?}") };
    assert_eq!(change.dependents.entities.len(), 1);
}

#[test]
fn functions_that_mention_each_other_come_in_the_order_of_their_names() {
    let function = |name: &str, other: &str| Entity {
        mentions: vec![of(Function, other)],
        ..entity(Function, name, other, vec![])
    };
    let to = MetaData { entities: vec![function("even", "odd"), function("odd", "even")], ..MetaData::new() };
    assert_eq!(lines(&MetaData::new(), &to), ["added function 'even()'", "added function 'odd()'"]);
}

#[test]
fn renames_reach_what_is_built_on_them() {
    let view = |text: &str, table: &str, name: &str| {
        let mut view =
            entity(View, "v", text, vec![ObjectReference::Table(table.into()), column(table, name)]);
        view.shape = vec!["a integer".to_owned()];
        view
    };
    let from = schema(
        table(&[("a", SqlType::Integer)]),
        vec![view("SELECT t.a FROM t", "t", "a"), on("t", Trigger, "touch", vec![])],
    );
    let renamed = |text: &str| {
        let mut to = table(&[]);
        to.name = "u".into();
        to.renamed_from = Some("t".to_owned());
        let to = to.with_column(Column::new("b", SqlType::Integer).renamed_from("a"));
        schema(to, vec![view(text, "u", "b"), on("u", Trigger, "touch", vec![])])
    };
    let renames = ["renamed table 't' to 'u'", "renamed column 'u.a' to 'u.b'"];
    let of = |text: &str| told(&compare(Postgresql, &from, &renamed(text)));
    // As PostgreSQL prints it, which keeps the names of the view's columns.
    assert_eq!(of("SELECT u.b AS a FROM u"), renames);
    let changed = of("SELECT u.b + 1 AS a FROM u");
    assert_eq!(changed, [renames.as_slice(), &["changed view 'v'"]].concat());
}

#[test]
fn an_entity_is_renamed() {
    let t = || table(&[("a", SqlType::Integer)]);
    let view = |name: &str| entity(View, name, "t.a", vec![column("t", "a")]);
    let above = |name: &str| entity(View, "above", name, vec![of(View, name)]);
    let mut new = view("w");
    new.renamed_from = Some("v".to_owned());
    let (from, to) = (schema(t(), vec![view("v"), above("v")]), schema(t(), vec![new, above("w")]));
    assert_eq!(lines(&from, &to), ["renamed view 'v' to 'w'"]);
}

#[test]
fn state_changes_in_place() {
    let t = || table(&[("a", SqlType::Integer)]);
    let trigger = |enabled| Entity { enabled, ..on("t", Trigger, "touch", vec![]) };
    let from = schema(t(), vec![trigger(Enabled::Origin)]);
    let to = schema(t(), vec![trigger(Enabled::Disabled)]);
    assert_eq!(lines(&from, &to), ["trigger 'touch' on 't' to be disabled"]);
    let found = hazards(Postgresql, &compare(Postgresql, &from, &to));
    assert_eq!(
        found.iter().map(|h| h.message.as_str()).collect::<Vec<_>>(),
        ["trigger `touch` of `t` no longer fires"]
    );
}

#[test]
fn owners_are_compared_where_they_are_declared() {
    let t = || table(&[("a", SqlType::Integer)]);
    let view = |owner: Option<&str>| Entity {
        owner: owner.map(str::to_owned),
        ..entity(View, "v", "t.a", vec![column("t", "a")])
    };
    let owned = schema(t(), vec![view(Some("boss"))]);
    assert!(lines(&owned, &schema(t(), vec![view(None)])).is_empty());
    assert_eq!(lines(&owned, &schema(t(), vec![view(Some("clerk"))])), ["owner of view 'v'"]);
    // Made anew, it belongs to whom it belonged.
    let to = schema(table(&[("a", SqlType::BigInteger)]), vec![view(None)]);
    let operations = compare(Postgresql, &owned, &to);
    let created = operations.iter().find_map(|operation| match operation {
        Operation::CreateEntity(entity) => entity.owner.as_deref(),
        _ => None,
    });
    assert_eq!(created, Some("boss"));
}

#[test]
fn hazards_tell_of_access() {
    let on_table = |grantee: Option<&str>, privilege: &str| Grant {
        on: ObjectReference::Table("t".into()),
        grantee: grantee.map(str::to_owned),
        privilege: privilege.to_owned(),
        state: GrantState::Granted,
    };
    let schema = |grants: Vec<Grant>, row_security, policy: bool| {
        let mut t = table(&[("a", SqlType::Integer)]);
        t.options.postgresql.row_security = row_security;
        let policies = if policy { vec![on("t", Policy, "own", vec![])] } else { vec![] };
        MetaData { grants, ..schema(t, policies) }
    };
    let from = schema(vec![on_table(Some("clerk"), "SELECT")], RowSecurity::Enabled, true);
    let to = schema(vec![on_table(None, "INSERT")], RowSecurity::Disabled, false);
    let messages: Vec<_> =
        hazards(Postgresql, &compare(Postgresql, &from, &to)).into_iter().map(|h| h.message).collect();
    assert_eq!(
        messages,
        [
            "policy `own` of table `t` no longer decides who sees which rows",
            "the policies of table `t` no longer hide rows from anyone",
            "`clerk` loses SELECT on table t",
            "everyone gets INSERT on table t",
        ]
    );
    assert!(hazards(Postgresql, &compare(Postgresql, &MetaData::new(), &from)).is_empty());
    assert_eq!(hazards(Postgresql, &compare(Postgresql, &to, &MetaData::new())).len(), 1);
}

#[test]
fn columns_of_partitions_come_from_their_parent() {
    let schema = |columns: &[(&str, SqlType)], partition: Option<&str>, own: &[(&str, SqlType)]| {
        let mut parent = table(columns);
        parent.options.postgresql.partition_by = Some("LIST (a)".to_owned());
        let mut part = table(own);
        part.name = "part".into();
        part.options.postgresql.partition_of =
            partition.map(|bound| PartitionOf { parent: "t".into(), bound: bound.to_owned() });
        MetaData::new().table(parent).table(part)
    };
    let (a, b) = (("a", SqlType::Integer), ("b", SqlType::Text));
    let lines = |from: &MetaData, to: &MetaData| told(&compare(Postgresql, from, to));
    let attached = schema(std::slice::from_ref(&a), Some("DEFAULT"), &[]);
    let wider = schema(&[a.clone(), b.clone()], Some("DEFAULT"), &[]);
    assert_eq!(lines(&attached, &wider), ["added column 't.b'"]);
    // One that was attached lists what it has all the same.
    let listed = schema(&[a.clone(), b.clone()], Some("DEFAULT"), &[a.clone(), b]);
    assert!(lines(&wider, &listed).is_empty());
    let free = schema(std::slice::from_ref(&a), None, std::slice::from_ref(&a));
    assert_eq!(lines(&attached, &free), ["table 'part' to be a partition of 't' no longer"]);
    assert_eq!(lines(&free, &attached), ["table 'part' to be a partition of 't'"]);
    let elsewhere = schema(&[("a", SqlType::Integer)], Some("FOR VALUES IN (1)"), &[]);
    assert_eq!(
        lines(&attached, &elsewhere),
        ["table 'part' to be a partition of 't' no longer", "table 'part' to be a partition of 't'"]
    );
}

#[test]
fn sqlite_drops_and_creates_what_changes() {
    let t = || table(&[("a", SqlType::Integer)]);
    let view = |text: &str| entity(View, "v", text, vec![]);
    let instead = || on("v", Trigger, "instead", vec![]);
    let from = schema(t(), vec![view("1"), entity(View, "other", "v", vec![of(View, "v")]), instead()]);
    let to = schema(t(), vec![view("2"), entity(View, "other", "v", vec![of(View, "v")]), instead()]);
    assert_eq!(
        told(&compare(Dialect::Sqlite, &from, &to)),
        [
            "removed trigger 'instead' on 'v'",
            "removed view 'v'",
            "added view 'v'",
            "added trigger 'instead' on 'v'",
        ]
    );
}

#[test]
fn a_composite_type_takes_functions_along() {
    let schema = |sql_type: SqlType| {
        let money = CompositeType::new("money").attribute("amount", sql_type);
        let function = entity(Function, "total", "money", vec![ObjectReference::Type("money".into())]);
        let t = table(&[("m", SqlType::Composite("money".into()))]);
        schema(t, vec![function]).composite_type(money)
    };
    let operations = compare(Postgresql, &schema(SqlType::Integer), &schema(SqlType::BigInteger));
    let carried: Vec<_> = operations
        .iter()
        .filter_map(|operation| match operation {
            Operation::AlterComposite(change) => Some(change.dependents.entities.len()),
            _ => None,
        })
        .collect();
    assert_eq!(carried, [1]);
}
