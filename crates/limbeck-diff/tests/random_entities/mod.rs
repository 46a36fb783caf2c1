//! Random functions, views, triggers, policies and privileges over a random schema.
//!
//! The texts are such that a rename of what they name leads from the one to the other, as PostgreSQL would print them.

#![allow(clippy::expect_used, clippy::indexing_slicing, reason = "a generator stops at a mistake of its own")]

use limbeck_dialect::quote_name;
use limbeck_schema::{
    Dialect, Enabled, Entity, EntityId, EntityKind, Grant, GrantState, MetaData, ObjectReference,
    QualifiedName, SqlType, Table,
};
use proptest::collection::vec;
use proptest::prelude::*;

const FUNCTIONS: usize = 3;
const VIEWS: usize = 5;
const TRIGGERS: usize = 2;
const POLICIES: usize = 2;

/// What a schema would like to have besides its tables.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    functions: Vec<Option<FunctionDraft>>,
    views: Vec<Option<ViewDraft>>,
    /// The order in which views may be built on each other.
    ranks: Vec<usize>,
    triggers: Vec<Option<OnTable>>,
    policies: Vec<Option<OnTable>>,
    grants: Vec<(usize, usize, bool)>,
}

#[derive(Clone, Debug)]
struct FunctionDraft {
    result: usize,
    body: usize,
    takes_type: bool,
    mentions: usize,
    comment: bool,
}

#[derive(Clone, Debug)]
struct ViewDraft {
    columns: usize,
    query: usize,
    table: usize,
    column: usize,
    view: Option<usize>,
    function: Option<usize>,
    comment: bool,
}

#[derive(Clone, Debug)]
struct OnTable {
    table: usize,
    column: usize,
    function: usize,
    variant: usize,
}

pub(crate) fn draft() -> impl Strategy<Value = Draft> {
    let function = (0..2_usize, 0..3_usize, any::<bool>(), 0..FUNCTIONS + 2, any::<bool>()).prop_map(
        |(result, body, takes_type, mentions, comment)| FunctionDraft {
            result,
            body,
            takes_type,
            mentions,
            comment,
        },
    );
    let view = (
        (1..4_usize, 0..3_usize, 0..5_usize, 0..5_usize),
        prop::option::weighted(0.6, 0..VIEWS),
        prop::option::weighted(0.4, 0..FUNCTIONS),
        any::<bool>(),
    )
        .prop_map(|((columns, query, table, column), view, function, comment)| ViewDraft {
            columns,
            query,
            table,
            column,
            view,
            function,
            comment,
        });
    let on_table = || {
        (0..5_usize, 0..5_usize, 0..FUNCTIONS, 0..3_usize)
            .prop_map(|(table, column, function, variant)| OnTable { table, column, function, variant })
    };
    (
        vec(prop::option::weighted(0.7, function), FUNCTIONS),
        vec(prop::option::weighted(0.75, view), VIEWS),
        Just((0..VIEWS).collect::<Vec<_>>()).prop_shuffle(),
        vec(prop::option::weighted(0.6, on_table()), TRIGGERS),
        vec(prop::option::weighted(0.6, on_table()), POLICIES),
        vec((0..20_usize, 0..3_usize, any::<bool>()), 0..6),
    )
        .prop_map(|(functions, views, ranks, triggers, policies, grants)| Draft {
            functions,
            views,
            ranks,
            triggers,
            policies,
            grants,
        })
}

/// The schema with what is possible of the draft.
pub(crate) fn with_entities(mut metadata: MetaData, draft: &Draft) -> MetaData {
    for (number, function) in draft.functions.iter().enumerate() {
        let built = function.as_ref().map(|function| build_function(number, function, &metadata));
        metadata.entities.extend(built);
    }
    mention_functions(&mut metadata.entities);
    for number in &draft.ranks {
        let built = draft.views[*number].as_ref().and_then(|view| build_view(*number, view, &metadata));
        metadata.entities.extend(built);
    }
    for (number, trigger) in draft.triggers.iter().enumerate() {
        let built = trigger.as_ref().and_then(|trigger| build_trigger(number, trigger, &metadata));
        metadata.entities.extend(built);
    }
    for (number, policy) in draft.policies.iter().enumerate() {
        let built = policy.as_ref().and_then(|policy| build_policy(number, policy, &metadata));
        metadata.entities.extend(built);
    }
    for (object, privilege, option) in &draft.grants {
        add_grant(&mut metadata, *object, *privilege, *option);
    }
    metadata.grants.sort();
    metadata.grants.dedup_by(|a, b| (&a.on, &a.privilege) == (&b.on, &b.privilege));
    metadata
}

fn id(kind: EntityKind, name: String) -> EntityId {
    EntityId { kind, name: QualifiedName::new(name), arguments: None, on: None }
}

fn sql(name: &QualifiedName) -> String {
    quote_name(Dialect::Postgresql, name)
}

fn build_function(number: usize, draft: &FunctionDraft, metadata: &MetaData) -> Entity {
    let taken = draft.takes_type.then(|| metadata.enums.first()).flatten();
    let arguments = taken.map_or_else(String::new, |taken| sql(&taken.name));
    let id =
        EntityId { arguments: Some(arguments.clone()), ..id(EntityKind::Function, format!("f{number}")) };
    let result = ["integer", "text"][draft.result];
    let text = format!("CREATE FUNCTION f{number}({arguments}) RETURNS {result} AS $${}$$", draft.body);
    let mut entity = Entity::new(id, text);
    entity.shape = vec![format!("RETURNS {result}"), format!("ARGUMENTS {arguments}")];
    entity.depends_on.extend(taken.map(|taken| ObjectReference::Type(taken.name.clone())));
    entity.comment = draft.comment.then(|| "a function".to_owned());
    match metadata.tables.get(draft.mentions) {
        Some(table) => entity.mentions.push(ObjectReference::Table(table.name.clone())),
        // Filled in once all functions are there.
        None => entity.mentions.push(ObjectReference::Schema(format!("f{}", draft.mentions % FUNCTIONS))),
    }
    entity
}

/// Functions that call each other, in circles too.
fn mention_functions(entities: &mut [Entity]) {
    let ids: Vec<_> = entities.iter().map(|entity| entity.id.clone()).collect();
    for reference in entities.iter_mut().flat_map(|entity| &mut entity.mentions) {
        if let ObjectReference::Schema(name) = reference
            && let Some(id) = ids.iter().find(|id| id.name.name == *name)
        {
            *reference = ObjectReference::Entity(id.clone());
        }
    }
    for entity in entities {
        entity.mentions.retain(|reference| !matches!(reference, ObjectReference::Schema(_)));
    }
}

fn column_of(table: &Table, number: usize) -> Option<&str> {
    let count = table.columns.len();
    table.columns.get(number % count.max(1)).map(|column| column.name.as_str())
}

fn table_of(metadata: &MetaData, number: usize) -> Option<&Table> {
    metadata.tables.get(number % metadata.tables.len().max(1))
}

fn function_of(metadata: &MetaData, number: usize) -> Option<EntityId> {
    let functions = metadata.entities.iter().filter(|entity| entity.id.kind == EntityKind::Function);
    functions.map(|entity| entity.id.clone()).nth(number)
}

fn build_view(number: usize, draft: &ViewDraft, metadata: &MetaData) -> Option<Entity> {
    let table = table_of(metadata, draft.table)?;
    let column = column_of(table, draft.column)?;
    let kind = if number == 0 { EntityKind::MaterializedView } else { EntityKind::View };
    let reference = ObjectReference::Column(table.name.clone(), column.to_owned());
    let mut depends_on = vec![ObjectReference::Table(table.name.clone()), reference];
    let mut text = format!(
        "CREATE VIEW v{number} AS SELECT {}.{column} FROM {}",
        sql(&QualifiedName::new(&table.name.name)),
        sql(&table.name)
    );
    let found = draft.view.and_then(|view| {
        let name = format!("v{view}");
        metadata.entities.iter().find(|entity| entity.id.name.name == name)
    });
    if let Some(other) = found {
        text += &format!(", v{}", draft.view?);
        depends_on.push(ObjectReference::Entity(other.id.clone()));
    }
    if let Some(function) = draft.function.and_then(|number| function_of(metadata, number)) {
        text += &format!(", {}()", function.name.name);
        depends_on.push(ObjectReference::Entity(function));
    }
    text += &format!(" WHERE {} = {}", draft.query, draft.columns);
    let mut entity = Entity::new(id(kind, format!("v{number}")), text);
    let columns = ["a integer", "b integer", "c integer"];
    entity.shape = columns[..draft.columns].iter().map(|&column| column.to_owned()).collect();
    entity.depends_on = depends_on;
    entity.comment = draft.comment.then(|| "a view".to_owned());
    entity.column_comments = if draft.comment { vec![("a".to_owned(), "first".to_owned())] } else { vec![] };
    Some(entity)
}

fn build_trigger(number: usize, draft: &OnTable, metadata: &MetaData) -> Option<Entity> {
    let table = table_of(metadata, draft.table)?;
    let column = column_of(table, draft.column)?;
    let function = function_of(metadata, draft.function)?;
    let id = EntityId { on: Some(table.name.clone()), ..id(EntityKind::Trigger, format!("g{number}")) };
    let called = &function.name.name;
    let text = format!(
        "CREATE TRIGGER g{number} UPDATE OF {column} ON {} WHEN {} CALL {called}()",
        sql(&table.name),
        draft.variant / 2
    );
    let mut entity = Entity::new(id, text);
    entity.enabled = if draft.variant == 1 { Enabled::Disabled } else { Enabled::Origin };
    entity.depends_on = vec![
        ObjectReference::Column(table.name.clone(), column.to_owned()),
        ObjectReference::Entity(function),
    ];
    Some(entity)
}

fn build_policy(number: usize, draft: &OnTable, metadata: &MetaData) -> Option<Entity> {
    let table = table_of(metadata, draft.table)?;
    let column = column_of(table, draft.column)?;
    let id = EntityId { on: Some(table.name.clone()), ..id(EntityKind::Policy, format!("p{number}")) };
    let mut text = format!("CREATE POLICY p{number} ON {} USING ({column}", sql(&table.name));
    let mut depends_on = vec![ObjectReference::Column(table.name.clone(), column.to_owned())];
    let is_enum = |table: &Table| table.columns.iter().any(|c| matches!(c.sql_type, SqlType::Enum(_)));
    if draft.variant == 1
        && is_enum(table)
        && let Some(view) = metadata.entities.iter().find(|entity| entity.id.kind == EntityKind::View)
    {
        text += &format!(" {}", view.id.name.name);
        depends_on.push(ObjectReference::Entity(view.id.clone()));
    }
    let mut entity = Entity::new(id, format!("{text} {})", draft.variant));
    entity.depends_on = depends_on;
    Some(entity)
}

fn add_grant(metadata: &mut MetaData, object: usize, privilege: usize, option: bool) {
    let tables = metadata.tables.iter().map(|table| ObjectReference::Table(table.name.clone()));
    let columns = metadata.tables.iter().filter_map(|table| {
        Some(ObjectReference::Column(table.name.clone(), table.columns.first()?.name.clone()))
    });
    let grantable = |kind| !matches!(kind, EntityKind::Trigger | EntityKind::Policy);
    let entities = metadata.entities.iter().filter(|entity| grantable(entity.id.kind));
    let entities = entities.map(|entity| ObjectReference::Entity(entity.id.clone()));
    let types = metadata.enums.iter().map(|enum_type| ObjectReference::Type(enum_type.name.clone()));
    let objects: Vec<_> = tables.chain(columns).chain(entities).chain(types).collect();
    if objects.is_empty() {
        return;
    }
    metadata.grants.push(Grant {
        on: objects[object % objects.len()].clone(),
        grantee: Some("someone".to_owned()),
        privilege: ["SELECT", "UPDATE", "USAGE"][privilege].to_owned(),
        state: if option { GrantState::WithGrantOption } else { GrantState::Granted },
    });
}
