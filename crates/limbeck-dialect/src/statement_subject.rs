//! What a statement is about, read from its head: which object it makes, changes or drops.
//!
//! The grammar is that of PostgreSQL's and SQLite's reference pages, as far as the object's identity. What comes behind it
//! is not read.

use limbeck_schema::{Dialect, EntityId, EntityKind, ObjectReference, QualifiedName};

use crate::cursor::Cursor;
use crate::routine_arguments::{aggregate_arguments, argument_types};

/// What a statement is about.
///
/// A relation that a statement calls TABLE may be a view, in ALTER and GRANT above all; what is CREATEd is what it is
/// called. ALTER, COMMENT and DROP of an index give it as a table of its name, since the two share their names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StatementSubject {
    /// It makes this object.
    Creates(ObjectReference),
    /// It makes an index.
    CreatesIndex {
        /// The index's name, if it has one.
        name: Option<QualifiedName>,
        /// The table or materialized view.
        on: QualifiedName,
    },
    /// It changes these objects, or says something of them: ALTER, COMMENT ON, GRANT, REVOKE, REFRESH.
    Alters(Vec<ObjectReference>),
    /// It changes what roles get on objects yet to be made.
    AltersDefaultPrivileges,
    /// It drops these objects.
    Drops(Vec<ObjectReference>),
    /// Anything else: rows, settings, transactions, roles.
    Other,
}

/// What a statement is about.
///
/// The identity of a routine holds the types of its arguments without names, modes and defaults, aliases such as `int`
/// under the server's names; names of other types stay as they are written.
///
/// ```
/// use limbeck_dialect::{StatementSubject, statement_subject};
/// use limbeck_schema::Dialect;
/// let sql = "CREATE FUNCTION shop.price(item int, day text DEFAULT 'a,b') RETURNS int LANGUAGE sql AS 'SELECT 1'";
/// let StatementSubject::Creates(object) = statement_subject(Dialect::Postgresql, sql) else { panic!() };
/// assert_eq!(object.to_string(), "function shop.price(integer, text)");
/// ```
pub fn statement_subject(dialect: Dialect, sql: &str) -> StatementSubject {
    let mut reader = Reader { dialect, sql, cursor: Cursor::new(dialect, sql), in_grant: false };
    let subject = if reader.cursor.accept("create") {
        reader.created()
    } else if reader.cursor.accept("alter default privileges") {
        Some(StatementSubject::AltersDefaultPrivileges)
    } else if reader.cursor.accept("alter") {
        reader.existing().map(|object| StatementSubject::Alters(vec![object]))
    } else if reader.cursor.accept("drop") {
        Some(StatementSubject::Drops(reader.list_of_existing()))
    } else if reader.cursor.accept("comment on") {
        reader.commented().map(|object| StatementSubject::Alters(vec![object]))
    } else if reader.cursor.accept("grant") || reader.cursor.accept("revoke") {
        reader.in_grant = true;
        reader.cursor.skip_past("on").then(|| StatementSubject::Alters(reader.list_of_existing()))
    } else if reader.cursor.accept("refresh") {
        reader.existing().map(|object| StatementSubject::Alters(vec![object]))
    } else {
        None
    };
    subject.unwrap_or(StatementSubject::Other)
}

struct Reader<'a> {
    dialect: Dialect,
    sql: &'a str,
    cursor: Cursor<'a>,
    /// Whether objects are named as GRANT and REVOKE name them.
    in_grant: bool,
}

impl Reader<'_> {
    /// What stands behind CREATE.
    fn created(&mut self) -> Option<StatementSubject> {
        self.cursor.accept("or replace");
        for word in ["global", "local", "temp", "temporary", "unlogged", "trusted", "procedural"] {
            self.cursor.accept(word);
        }
        if self.cursor.accept("unique index") || self.cursor.accept("index") {
            return self.created_index();
        }
        let object = if self.cursor.accept("schema") {
            self.if_not_exists();
            self.cursor.accept("authorization");
            ObjectReference::Schema(self.cursor.identifier()?)
        } else if self.cursor.accept("table") {
            self.if_not_exists();
            ObjectReference::Table(self.cursor.name()?)
        } else if self.cursor.accept("sequence") {
            self.if_not_exists();
            ObjectReference::Sequence(self.cursor.name()?)
        } else if self.cursor.accept("domain") {
            ObjectReference::Type(self.cursor.name()?)
        } else if self.cursor.accept("type") {
            let name = self.cursor.name()?;
            if self.cursor.accept("as range") {
                ObjectReference::Entity(plain(EntityKind::RangeType, name))
            } else {
                ObjectReference::Type(name)
            }
        } else {
            self.cursor.accept("constraint");
            self.cursor.accept("recursive");
            let kind = self.entity_kind()?;
            self.if_not_exists();
            self.cursor.accept("concurrently");
            ObjectReference::Entity(self.entity(kind)?)
        };
        Some(StatementSubject::Creates(object))
    }

    fn created_index(&mut self) -> Option<StatementSubject> {
        self.cursor.accept("concurrently");
        self.if_not_exists();
        let name = if self.cursor.accept("on") {
            None
        } else {
            let name = self.cursor.name()?;
            self.cursor.accept("on").then_some(Some(name))?
        };
        self.cursor.accept("only");
        Some(StatementSubject::CreatesIndex { name, on: self.cursor.name()? })
    }

    fn if_not_exists(&mut self) {
        self.cursor.accept("if not exists");
    }

    /// The kind of entity that the words name.
    fn entity_kind(&mut self) -> Option<EntityKind> {
        let found = ENTITY_WORDS.iter().find(|(words, _)| self.cursor.accept(words));
        found.map(|(_, kind)| *kind)
    }

    /// An entity behind the words of its kind.
    fn entity(&mut self, kind: EntityKind) -> Option<EntityId> {
        match kind {
            EntityKind::Function | EntityKind::Procedure => {
                let name = self.cursor.name()?;
                let arguments = self.cursor.group(self.sql).map(|list| argument_types(self.dialect, list));
                Some(EntityId { arguments, ..plain(kind, name) })
            }
            EntityKind::Aggregate => {
                let name = self.cursor.name()?;
                let arguments = self.cursor.group(self.sql);
                let arguments = arguments.map(|list| aggregate_arguments(self.dialect, list));
                Some(EntityId { arguments, ..plain(kind, name) })
            }
            EntityKind::Operator => self.operator(),
            EntityKind::Cast => {
                let types = self.cursor.group(self.sql)?;
                Some(plain(kind, QualifiedName::new(cast_name(self.dialect, types))))
            }
            EntityKind::Trigger | EntityKind::Policy => {
                let name = self.cursor.name()?;
                let on = self.cursor.skip_past("on").then(|| self.cursor.name()).flatten();
                Some(EntityId { on, ..plain(kind, name) })
            }
            // CREATE RULE … AS ON event TO table, and ALTER RULE … ON table.
            EntityKind::Rule => {
                let name = self.cursor.name()?;
                let created = self.cursor.accept("as on") && self.cursor.skip_past("to");
                let on = (created || self.cursor.accept("on")).then(|| self.cursor.name()).flatten();
                Some(EntityId { on, ..plain(kind, name) })
            }
            _ => Some(plain(kind, self.cursor.name()?)),
        }
    }

    fn operator(&mut self) -> Option<EntityId> {
        let mut schema = None;
        if self.cursor.peek().is_some_and(|token| token.name().is_some()) {
            schema = self.cursor.identifier();
            self.cursor.accept_symbol(".");
        }
        let mut name = String::new();
        while let Some(token) = self.cursor.peek().filter(|token| !token.is_symbol("(")) {
            if token.name().is_some() {
                break;
            }
            name += token.text;
            self.cursor.advance();
        }
        let definition = self.cursor.group(self.sql)?;
        let side = |word: &str| {
            let parts = crate::cursor::split_list(self.dialect, definition);
            let found = parts.iter().find_map(|part| {
                let (key, value) = part.split_once('=')?;
                key.trim().eq_ignore_ascii_case(word).then(|| value.trim().to_owned())
            });
            found.map_or_else(|| "NONE".to_owned(), |value| argument_types(self.dialect, &value))
        };
        // ALTER and DROP list the operands, CREATE names them.
        let arguments = if definition.contains('=') {
            format!("{}, {}", side("leftarg"), side("rightarg"))
        } else {
            argument_types(self.dialect, definition)
        };
        Some(EntityId {
            arguments: Some(arguments),
            ..plain(EntityKind::Operator, QualifiedName { schema, name })
        })
    }

    /// What stands behind ALTER, or in a GRANT.
    fn existing(&mut self) -> Option<ObjectReference> {
        if self.cursor.accept("schema") {
            self.if_exists();
            return Some(ObjectReference::Schema(self.cursor.identifier()?));
        }
        if self.cursor.accept("sequence") {
            self.if_exists();
            return Some(ObjectReference::Sequence(self.cursor.name()?));
        }
        if self.cursor.accept("type") || self.cursor.accept("domain") {
            self.if_exists();
            return Some(ObjectReference::Type(self.cursor.name()?));
        }
        if self.cursor.accept("index") {
            self.cursor.accept("concurrently");
            self.if_exists();
            return Some(ObjectReference::Table(self.cursor.name()?));
        }
        if self.cursor.accept("all") || self.cursor.accept("database") {
            return None;
        }
        if self.cursor.accept("foreign server") {
            return Some(ObjectReference::Entity(plain(EntityKind::ForeignServer, self.cursor.name()?)));
        }
        self.cursor.accept("constraint");
        match self.entity_kind() {
            Some(kind) => {
                self.cursor.accept("concurrently");
                self.if_exists();
                Some(ObjectReference::Entity(self.entity(kind)?))
            }
            // GRANT alone may leave the word out.
            None => {
                if !self.cursor.accept("table") && !self.in_grant {
                    return None;
                }
                self.if_exists();
                self.cursor.accept("only");
                Some(ObjectReference::Table(self.cursor.name()?))
            }
        }
    }

    fn if_exists(&mut self) {
        self.cursor.accept("if exists");
    }

    /// One or several objects of a kind: what follows a comma is of the kind of the first.
    fn list_of_existing(&mut self) -> Vec<ObjectReference> {
        let mut objects: Vec<_> = self.existing().into_iter().collect();
        while let Some(first) = objects.first()
            && self.cursor.accept_symbol(",")
        {
            let next = match first {
                ObjectReference::Schema(_) => self.cursor.identifier().map(ObjectReference::Schema),
                ObjectReference::Sequence(_) => self.cursor.name().map(ObjectReference::Sequence),
                ObjectReference::Type(_) => self.cursor.name().map(ObjectReference::Type),
                ObjectReference::Entity(id) => {
                    let kind = id.kind;
                    self.entity(kind).map(ObjectReference::Entity)
                }
                _ => self.cursor.name().map(ObjectReference::Table),
            };
            let Some(next) = next else { break };
            objects.push(next);
        }
        objects
    }

    /// What stands behind COMMENT ON.
    fn commented(&mut self) -> Option<ObjectReference> {
        if self.cursor.accept("column") {
            let mut parts = self.cursor.dotted();
            let column = parts.pop()?;
            let name = parts.pop()?;
            return Some(ObjectReference::Column(QualifiedName { schema: parts.pop(), name }, column));
        }
        if self.cursor.accept("constraint") {
            let name = self.cursor.identifier()?;
            if self.cursor.accept("on domain") {
                return Some(ObjectReference::Type(self.cursor.name()?));
            }
            self.cursor.accept("on");
            return Some(ObjectReference::Constraint(self.cursor.name()?, name));
        }
        self.existing()
    }
}

fn plain(kind: EntityKind, name: QualifiedName) -> EntityId {
    EntityId { kind, name, arguments: None, on: None }
}

/// A cast has no name: it is known by its types, `integer AS text`.
fn cast_name(dialect: Dialect, types: &str) -> String {
    let mut cursor = Cursor::new(dialect, types);
    if !cursor.skip_past("as") {
        return types.trim().to_owned();
    }
    let end = cursor.end_of_last().saturating_sub(2);
    let (from, to) = (types.get(..end).unwrap_or_default(), types.get(end + 2..).unwrap_or_default());
    format!("{} AS {}", argument_types(dialect, from), argument_types(dialect, to))
}

/// The words that open an entity; longer ones stand before those that they begin with.
const ENTITY_WORDS: [(&str, EntityKind); 21] = [
    ("extension", EntityKind::Extension),
    ("collation", EntityKind::Collation),
    ("foreign data wrapper", EntityKind::ForeignDataWrapper),
    ("foreign table", EntityKind::ForeignTable),
    ("server", EntityKind::ForeignServer),
    ("function", EntityKind::Function),
    ("procedure", EntityKind::Procedure),
    ("routine", EntityKind::Function),
    ("aggregate", EntityKind::Aggregate),
    ("operator", EntityKind::Operator),
    ("cast", EntityKind::Cast),
    ("text search dictionary", EntityKind::TextSearchDictionary),
    ("text search configuration", EntityKind::TextSearchConfiguration),
    ("materialized view", EntityKind::MaterializedView),
    ("view", EntityKind::View),
    ("event trigger", EntityKind::EventTrigger),
    ("rule", EntityKind::Rule),
    ("trigger", EntityKind::Trigger),
    ("policy", EntityKind::Policy),
    ("statistics", EntityKind::Statistics),
    ("publication", EntityKind::Publication),
];
