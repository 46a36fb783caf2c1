//! Who may do what: GRANT, REVOKE, ALTER DEFAULT PRIVILEGES and OWNER TO.

use limbeck_schema::{DefaultPrivilege, EntityId, EntityKind, Grant, GrantState, ObjectReference};

use super::{entity, identifier, qualified};
use crate::Statement;

/// The statements that lead from the privileges on an object to others.
pub(super) fn alter_grants(on: &ObjectReference, from: &[Grant], to: &[Grant]) -> Vec<Statement> {
    let changes = changes(from.iter().map(privilege), to.iter().map(privilege));
    let (object, columns) = grant_target(on);
    let statement = |change: Change<'_>| {
        let Change { verb, privileges, grantee } = change;
        let listed: Vec<_> = privileges.iter().map(|name| format!("{name}{columns}")).collect();
        Statement::new(verb.sentence(&format!("{} ON {object}", listed.join(", ")), grantee))
    };
    changes.into_iter().map(statement).collect()
}

/// The statements that lead from the default privileges of a role, schema and kind of objects to others.
pub(super) fn alter_default_privileges(from: &[DefaultPrivilege], to: &[DefaultPrivilege]) -> Vec<Statement> {
    let Some(any) = to.first().or(from.first()) else { return Vec::new() };
    let mut head = format!("ALTER DEFAULT PRIVILEGES FOR ROLE {}", identifier(&any.role));
    if let Some(schema) = &any.schema {
        head += &format!(" IN SCHEMA {}", identifier(schema));
    }
    let changes = changes(from.iter().map(default_privilege), to.iter().map(default_privilege));
    let statement = |change: Change<'_>| {
        let Change { verb, privileges, grantee } = change;
        let sentence = verb.sentence(&format!("{} ON {}", privileges.join(", "), any.objects), grantee);
        Statement::new(format!("{head} {sentence}"))
    };
    changes.into_iter().map(statement).collect()
}

/// ALTER … OWNER TO, for what is no entity. An owner that nobody named is the role that runs the statement.
pub(super) fn set_owner(of: &ObjectReference, to: Option<&str>) -> Option<Statement> {
    let object = match of {
        ObjectReference::Schema(name) => format!("SCHEMA {}", identifier(name)),
        ObjectReference::Table(name) => format!("TABLE {}", qualified(name)),
        ObjectReference::Type(name) => format!("TYPE {}", qualified(name)),
        ObjectReference::Sequence(name) => format!("SEQUENCE {}", qualified(name)),
        ObjectReference::Entity(id) => entity::target_of(id, ""),
        ObjectReference::Column(..) | ObjectReference::Constraint(..) => return None,
    };
    let owner = to.map_or_else(|| "CURRENT_USER".to_owned(), identifier);
    Some(Statement::new(format!("ALTER {object} OWNER TO {owner}")))
}

/// One privilege as both kinds hold it: who, what, and what holds.
type Privilege<'a> = (Option<&'a str>, &'a str, GrantState);

fn privilege(grant: &Grant) -> Privilege<'_> {
    (grant.grantee.as_deref(), &grant.privilege, grant.state)
}

fn default_privilege(privilege: &DefaultPrivilege) -> Privilege<'_> {
    (privilege.grantee.as_deref(), &privilege.privilege, privilege.state)
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Verb {
    Revoke,
    RevokeGrantOption,
    Grant,
    GrantWithOption,
}

impl Verb {
    fn sentence(self, what: &str, grantee: Option<&str>) -> String {
        let grantee = grantee.map_or_else(|| "PUBLIC".to_owned(), identifier);
        match self {
            Verb::Revoke => format!("REVOKE {what} FROM {grantee}"),
            Verb::RevokeGrantOption => format!("REVOKE GRANT OPTION FOR {what} FROM {grantee}"),
            Verb::Grant => format!("GRANT {what} TO {grantee}"),
            Verb::GrantWithOption => format!("GRANT {what} TO {grantee} WITH GRANT OPTION"),
        }
    }
}

struct Change<'a> {
    verb: Verb,
    privileges: Vec<&'a str>,
    grantee: Option<&'a str>,
}

/// One statement for each verb and role, those that take away first.
fn changes<'a>(
    from: impl Iterator<Item = Privilege<'a>>,
    to: impl Iterator<Item = Privilege<'a>>,
) -> Vec<Change<'a>> {
    let (from, to): (Vec<_>, Vec<_>) = (from.collect(), to.collect());
    let state = |list: &[Privilege<'_>], (grantee, privilege, _): &Privilege<'_>| {
        list.iter().find(|(g, p, _)| g == grantee && p == privilege).map(|(_, _, state)| *state)
    };
    let gone = from.iter().filter(|known| state(&to, known).is_none()).map(|known| (known, None));
    let wanted = to.iter().map(|wanted| (wanted, Some(wanted.2)));
    let mut changes: Vec<Change<'a>> = Vec::new();
    for (privilege, after) in gone.chain(wanted) {
        let Some(verb) = verb(state(&from, privilege), after) else { continue };
        match changes.iter_mut().find(|change| change.verb == verb && change.grantee == privilege.0) {
            Some(change) => change.privileges.push(privilege.1),
            None => changes.push(Change { verb, privileges: vec![privilege.1], grantee: privilege.0 }),
        }
    }
    changes.sort_by_key(|change| change.verb);
    changes
}

/// What leads from one state of a privilege to another. Nothing said of it means what the database gives by itself:
/// that is nothing, but where it could be revoked it is the privilege.
fn verb(from: Option<GrantState>, to: Option<GrantState>) -> Option<Verb> {
    use GrantState::{Granted, Revoked, WithGrantOption};
    match (from, to) {
        (from, to) if from == to => None,
        (_, Some(Revoked)) => Some(Verb::Revoke),
        (Some(Revoked), None) | (None | Some(Revoked), Some(Granted)) => Some(Verb::Grant),
        (_, Some(WithGrantOption)) => Some(Verb::GrantWithOption),
        (Some(WithGrantOption), Some(Granted)) => Some(Verb::RevokeGrantOption),
        (Some(Granted | WithGrantOption), None) => Some(Verb::Revoke),
        _ => None,
    }
}

/// The object as GRANT names it, and the list of columns behind each privilege.
fn grant_target(on: &ObjectReference) -> (String, String) {
    let plain = |object: String| (object, String::new());
    match on {
        ObjectReference::Schema(name) => plain(format!("SCHEMA {}", identifier(name))),
        ObjectReference::Table(name) | ObjectReference::Constraint(name, _) => {
            plain(format!("TABLE {}", qualified(name)))
        }
        ObjectReference::Column(table, column) => {
            (format!("TABLE {}", qualified(table)), format!(" ({})", identifier(column)))
        }
        ObjectReference::Type(name) => plain(format!("TYPE {}", qualified(name))),
        ObjectReference::Sequence(name) => plain(format!("SEQUENCE {}", qualified(name))),
        ObjectReference::Entity(id) => plain(entity_target(id)),
    }
}

/// Views and foreign tables are granted on as tables, aggregates as functions (PostgreSQL docs, "GRANT").
fn entity_target(id: &EntityId) -> String {
    match id.kind {
        EntityKind::View | EntityKind::MaterializedView | EntityKind::ForeignTable => {
            format!("TABLE {}", qualified(&id.name))
        }
        EntityKind::Aggregate => {
            let arguments = id.arguments.as_deref().unwrap_or_default();
            format!("FUNCTION {}({arguments})", qualified(&id.name))
        }
        EntityKind::ForeignServer => format!("FOREIGN SERVER {}", identifier(&id.name.name)),
        _ => entity::target_of(id, ""),
    }
}
