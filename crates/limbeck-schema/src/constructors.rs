//! Functions, views, triggers and their kin, declared in Rust beside the models.
//!
//! Names are those of alembic_utils. Whatever they take is SQL: a name that SQL wants in quotes is given in quotes.

use crate::{Declared, Dialect, QualifiedName, SqlSource};

/// The statements that a constructor comes to.
pub(crate) fn postgresql(constructor: &str, name: &str, statements: Vec<String>) -> Declared {
    source(Dialect::Postgresql, constructor, name, statements)
}

/// The same for SQLite.
pub(crate) fn sqlite(constructor: &str, name: &str, statements: Vec<String>) -> Declared {
    source(Dialect::Sqlite, constructor, name, statements)
}

fn source(dialect: Dialect, constructor: &str, name: &str, statements: Vec<String>) -> Declared {
    let text = statements.iter().map(|statement| format!("{statement};\n")).collect::<String>();
    SqlSource::new(format!("{constructor} {name}"), text).for_dialect(dialect).into()
}

/// A name in quotes, whether it needs them or not: key words are a dialect's.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

pub(crate) fn quoted_name(name: &QualifiedName) -> String {
    let schema = name.schema.iter().map(|schema| quoted(schema) + ".").collect::<String>();
    schema + &quoted(&name.name)
}

/// A string constant.
fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// `COMMENT ON` and `ALTER … OWNER TO`, as far as they are asked for.
#[derive(Clone, Debug, Default)]
struct Besides {
    comment: Option<String>,
    owner: Option<String>,
    depends_on: Vec<String>,
}

impl Besides {
    /// The comment before the statement that says what it depends on.
    fn dependencies(&self) -> String {
        self.depends_on.iter().map(|object| format!("-- depends_on: {object}\n")).collect()
    }

    fn statements(&self, target: &str) -> Vec<String> {
        let comment = self.comment.iter().map(|text| format!("COMMENT ON {target} IS {}", literal(text)));
        comment.chain(self.owner.iter().map(|role| format!("ALTER {target} OWNER TO {role}"))).collect()
    }
}

macro_rules! besides {
    () => {
        /// The same with a comment.
        #[must_use]
        pub fn comment(mut self, text: impl Into<String>) -> Self {
            self.besides.comment = Some(text.into());
            self
        }

        /// The same with an owner.
        #[must_use]
        pub fn owner(mut self, role: impl Into<String>) -> Self {
            self.besides.owner = Some(role.into());
            self
        }

        /// The same, made after an object, and dropped before it, that it is not seen to mention.
        #[must_use]
        pub fn depends_on(mut self, object: impl Into<String>) -> Self {
            self.besides.depends_on.push(object.into());
            self
        }
    };
}

/// A routine's name and the types of its arguments do not need its defaults: `ALTER FUNCTION` and `COMMENT ON FUNCTION`
/// refuse them.
fn without_defaults(signature: &str) -> String {
    let Some((name, arguments)) = signature.split_once('(') else { return signature.to_owned() };
    let arguments = arguments.trim_end().strip_suffix(')').unwrap_or(arguments);
    let (mut parts, mut depth, mut quote) = (vec![String::new()], 0_i32, None);
    for c in arguments.chars() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '\'' | '"') => quote = Some(c),
            (None, '(' | '[') => depth += 1,
            (None, ')' | ']') => depth -= 1,
            _ => {}
        }
        match (c, depth, quote) {
            (',', 0, None) => parts.push(String::new()),
            _ => parts.iter_mut().last().into_iter().for_each(|part| part.push(c)),
        }
    }
    let bare = |part: &String| {
        let lower = part.to_ascii_lowercase();
        let end = [lower.find(" default "), part.find('=')].into_iter().flatten().min();
        part.get(..end.unwrap_or(part.len())).unwrap_or(part).trim().trim_end_matches(':').to_owned()
    };
    format!("{name}({})", parts.iter().map(bare).collect::<Vec<_>>().join(", "))
}

macro_rules! routine {
    ($(#[$doc:meta])* $name:ident, $word:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug)]
        pub struct $name {
            signature: String,
            definition: String,
            besides: Besides,
        }

        impl $name {
            /// By name with arguments, and what follows them in the `CREATE` statement.
            pub fn new(signature: impl Into<String>, definition: impl Into<String>) -> Self {
                Self { signature: signature.into(), definition: definition.into(), besides: Besides::default() }
            }

            besides!();
        }

        impl From<$name> for Declared {
            fn from(routine: $name) -> Self {
                let $name { signature, definition, besides } = routine;
                let definition = definition.trim().trim_end_matches(';');
                let before = besides.dependencies();
                let create = format!(concat!("{}CREATE ", $word, " {}\n{}"), before, signature, definition);
                let target = format!(concat!($word, " {}"), without_defaults(&signature));
                let statements = std::iter::once(create).chain(besides.statements(&target)).collect();
                postgresql(stringify!($name), &signature, statements)
            }
        }
    };
}

routine!(
    /// A function.
    ///
    /// ```
    /// use limbeck_schema::{MetaData, PgFunction};
    /// let schema = MetaData::new().entity(PgFunction::new(
    ///     "with_vat(price numeric, rate numeric DEFAULT 0.19)",
    ///     "RETURNS numeric LANGUAGE sql IMMUTABLE RETURN price * (1 + rate)",
    /// ).comment("What the customer pays"));
    /// assert!(schema.sql[0].text.contains("COMMENT ON FUNCTION with_vat(price numeric, rate numeric) IS"));
    /// ```
    PgFunction, "FUNCTION"
);
routine!(
    /// A procedure.
    PgProcedure, "PROCEDURE"
);
routine!(
    /// An aggregate function: `PgAggregate::new("total(numeric)", "(SFUNC = numeric_add, STYPE = numeric)")`.
    PgAggregate, "AGGREGATE"
);

/// A view.
#[derive(Clone, Debug)]
pub struct PgView {
    name: String,
    columns: Vec<String>,
    query: String,
    options: Vec<String>,
    check_option: Option<&'static str>,
    besides: Besides,
}

impl PgView {
    /// By name and query.
    pub fn new(name: impl Into<String>, query: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            columns: Vec::new(),
            query: query.into(),
            options: Vec::new(),
            check_option: None,
            besides: Besides::default(),
        }
    }

    /// The same with names for its columns.
    #[must_use]
    pub fn columns<C: Into<String>>(mut self, columns: impl IntoIterator<Item = C>) -> Self {
        self.columns = columns.into_iter().map(Into::into).collect();
        self
    }

    /// The same with the rights, and the row-level security, of whoever queries it (PostgreSQL 15 and later).
    #[must_use]
    pub fn security_invoker(mut self) -> Self {
        self.options.push("security_invoker = true".to_owned());
        self
    }

    /// The same as a security barrier: functions of a query see no row before the view's condition has let it pass.
    #[must_use]
    pub fn security_barrier(mut self) -> Self {
        self.options.push("security_barrier = true".to_owned());
        self
    }

    /// The same, refusing rows that it would not show: `WITH LOCAL CHECK OPTION`.
    #[must_use]
    pub fn local_check_option(mut self) -> Self {
        self.check_option = Some("LOCAL");
        self
    }

    /// The same, refusing rows that it or a view below would not show: `WITH CASCADED CHECK OPTION`.
    #[must_use]
    pub fn cascaded_check_option(mut self) -> Self {
        self.check_option = Some("CASCADED");
        self
    }

    besides!();
}

impl From<PgView> for Declared {
    fn from(view: PgView) -> Self {
        let PgView { name, columns, query, options, check_option, besides } = view;
        let list = |open: &str, items: &[String]| match items {
            [] => String::new(),
            items => format!(" {open}{})", items.join(", ")),
        };
        let mut create = format!(
            "{}CREATE VIEW {name}{}{} AS\n{}",
            besides.dependencies(),
            list("(", &columns),
            list("WITH (", &options),
            query.trim().trim_end_matches(';')
        );
        if let Some(check) = check_option {
            create.push_str(&format!("\nWITH {check} CHECK OPTION"));
        }
        let statements = std::iter::once(create).chain(besides.statements(&format!("VIEW {name}"))).collect();
        postgresql("PgView", &name, statements)
    }
}

/// A materialized view.
#[derive(Clone, Debug)]
pub struct PgMaterializedView {
    name: String,
    query: String,
    without_data: bool,
    indexes: Vec<String>,
    besides: Besides,
}

impl PgMaterializedView {
    /// By name and query.
    pub fn new(name: impl Into<String>, query: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            query: query.into(),
            without_data: false,
            indexes: Vec::new(),
            besides: Besides::default(),
        }
    }

    /// The same, empty until it is refreshed.
    #[must_use]
    pub fn without_data(mut self) -> Self {
        self.without_data = true;
        self
    }

    /// The same with an index on these columns.
    #[must_use]
    pub fn index(self, name: &str, columns: &str) -> Self {
        self.with_index("INDEX", name, columns)
    }

    /// The same with a unique index on these columns, which `REFRESH … CONCURRENTLY` needs.
    #[must_use]
    pub fn unique_index(self, name: &str, columns: &str) -> Self {
        self.with_index("UNIQUE INDEX", name, columns)
    }

    fn with_index(mut self, what: &str, name: &str, columns: &str) -> Self {
        self.indexes.push(format!("CREATE {what} {name} ON {} ({columns})", self.name));
        self
    }

    besides!();
}

impl From<PgMaterializedView> for Declared {
    fn from(view: PgMaterializedView) -> Self {
        let PgMaterializedView { name, query, without_data, indexes, besides } = view;
        let data = if without_data { "\nWITH NO DATA" } else { "" };
        let query = query.trim().trim_end_matches(';');
        let before = besides.dependencies();
        let create = format!("{before}CREATE MATERIALIZED VIEW {name} AS\n{query}{data}");
        let besides = besides.statements(&format!("MATERIALIZED VIEW {name}"));
        let statements = std::iter::once(create).chain(indexes).chain(besides).collect();
        postgresql("PgMaterializedView", &name, statements)
    }
}

/// A trigger.
///
/// ```
/// use limbeck_schema::{Declared, PgTrigger};
/// let touch = PgTrigger::new("touch", "orders", "BEFORE UPDATE", "touch()").when("OLD IS DISTINCT FROM NEW");
/// let Declared::Sql(source) = touch.into() else { unreachable!() };
/// assert_eq!(
///     source.text,
///     "CREATE TRIGGER touch BEFORE UPDATE ON orders FOR EACH ROW WHEN (OLD IS DISTINCT FROM NEW) EXECUTE FUNCTION touch();\n"
/// );
/// ```
#[derive(Clone, Debug)]
pub struct PgTrigger {
    name: String,
    table: String,
    event: String,
    function: String,
    per_statement: bool,
    when: Option<String>,
    referencing: Option<String>,
    constraint: Option<String>,
    enabled: Option<&'static str>,
    comment: Option<String>,
}

impl PgTrigger {
    /// By name, table or view, event (`BEFORE UPDATE OF state`) and the function with its arguments (`touch()`); it fires
    /// for each row.
    pub fn new(
        name: impl Into<String>,
        table: impl Into<String>,
        event: impl Into<String>,
        function: impl Into<String>,
    ) -> Self {
        Self {
            name: name.into(),
            table: table.into(),
            event: event.into(),
            function: function.into(),
            per_statement: false,
            when: None,
            referencing: None,
            constraint: None,
            enabled: None,
            comment: None,
        }
    }

    /// The same, once for each statement.
    #[must_use]
    pub fn for_each_statement(mut self) -> Self {
        self.per_statement = true;
        self
    }

    /// The same under a condition.
    #[must_use]
    pub fn when(mut self, condition: impl Into<String>) -> Self {
        self.when = Some(condition.into());
        self
    }

    /// The same with transition tables: `OLD TABLE AS old_rows NEW TABLE AS new_rows`.
    #[must_use]
    pub fn referencing(mut self, tables: impl Into<String>) -> Self {
        self.referencing = Some(tables.into());
        self
    }

    /// The same as a constraint trigger, with what is said of deferring it: `DEFERRABLE INITIALLY DEFERRED`, or nothing.
    #[must_use]
    pub fn constraint(mut self, deferrable: impl Into<String>) -> Self {
        self.constraint = Some(deferrable.into());
        self
    }

    /// The same, not firing.
    #[must_use]
    pub fn disabled(mut self) -> Self {
        self.enabled = Some("DISABLE TRIGGER");
        self
    }

    /// The same, firing in replicas too.
    #[must_use]
    pub fn always(mut self) -> Self {
        self.enabled = Some("ENABLE ALWAYS TRIGGER");
        self
    }

    /// The same with a comment.
    #[must_use]
    pub fn comment(mut self, text: impl Into<String>) -> Self {
        self.comment = Some(text.into());
        self
    }
}

impl From<PgTrigger> for Declared {
    fn from(trigger: PgTrigger) -> Self {
        let PgTrigger { name, table, event, function, enabled, comment, .. } = &trigger;
        let kind = if trigger.constraint.is_some() { "CONSTRAINT TRIGGER" } else { "TRIGGER" };
        let mut create = format!("CREATE {kind} {name} {event} ON {table}");
        for part in trigger.constraint.iter().filter(|part| !part.is_empty()) {
            create.push_str(&format!(" {part}"));
        }
        if let Some(tables) = &trigger.referencing {
            create.push_str(&format!(" REFERENCING {tables}"));
        }
        create.push_str(if trigger.per_statement { " FOR EACH STATEMENT" } else { " FOR EACH ROW" });
        if let Some(condition) = &trigger.when {
            create.push_str(&format!(" WHEN ({condition})"));
        }
        create.push_str(&format!(" EXECUTE FUNCTION {function}"));
        let mut statements = vec![create];
        statements.extend(enabled.map(|words| format!("ALTER TABLE {table} {words} {name}")));
        statements.extend(
            comment.iter().map(|text| format!("COMMENT ON TRIGGER {name} ON {table} IS {}", literal(text))),
        );
        postgresql("PgTrigger", name, statements)
    }
}

/// A row-level-security policy. The table has to switch row-level security on: `#[model(row_security)]`.
#[derive(Clone, Debug)]
pub struct PgPolicy {
    name: String,
    table: String,
    restrictive: bool,
    command: Option<String>,
    roles: Vec<String>,
    using: Option<String>,
    check: Option<String>,
    comment: Option<String>,
}

impl PgPolicy {
    /// By name and table: permissive, for every command and everyone.
    pub fn new(name: impl Into<String>, table: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            table: table.into(),
            restrictive: false,
            command: None,
            roles: Vec::new(),
            using: None,
            check: None,
            comment: None,
        }
    }

    /// The same, narrowing what others permit.
    #[must_use]
    pub fn restrictive(mut self) -> Self {
        self.restrictive = true;
        self
    }

    /// The same for one command: `SELECT`, `INSERT`, `UPDATE`, `DELETE`.
    #[must_use]
    pub fn for_command(mut self, command: impl Into<String>) -> Self {
        self.command = Some(command.into());
        self
    }

    /// The same for these roles.
    #[must_use]
    pub fn to<R: Into<String>>(mut self, roles: impl IntoIterator<Item = R>) -> Self {
        self.roles.extend(roles.into_iter().map(Into::into));
        self
    }

    /// The same with a condition for rows that are seen.
    #[must_use]
    pub fn using(mut self, condition: impl Into<String>) -> Self {
        self.using = Some(condition.into());
        self
    }

    /// The same with a condition for rows that are written.
    #[must_use]
    pub fn with_check(mut self, condition: impl Into<String>) -> Self {
        self.check = Some(condition.into());
        self
    }

    /// The same with a comment.
    #[must_use]
    pub fn comment(mut self, text: impl Into<String>) -> Self {
        self.comment = Some(text.into());
        self
    }
}

impl From<PgPolicy> for Declared {
    fn from(policy: PgPolicy) -> Self {
        let PgPolicy { name, table, restrictive, command, roles, using, check, comment } = &policy;
        let mut create = format!("CREATE POLICY {name} ON {table}");
        if *restrictive {
            create.push_str(" AS RESTRICTIVE");
        }
        if let Some(command) = command {
            create.push_str(&format!(" FOR {command}"));
        }
        if !roles.is_empty() {
            create.push_str(&format!(" TO {}", roles.join(", ")));
        }
        if let Some(condition) = using {
            create.push_str(&format!(" USING ({condition})"));
        }
        if let Some(condition) = check {
            create.push_str(&format!(" WITH CHECK ({condition})"));
        }
        let comment = comment.iter();
        let comment = comment.map(|text| format!("COMMENT ON POLICY {name} ON {table} IS {}", literal(text)));
        postgresql("PgPolicy", name, std::iter::once(create).chain(comment).collect())
    }
}

/// An extension.
#[derive(Clone, Debug)]
pub struct PgExtension {
    name: String,
    schema: Option<String>,
    version: Option<String>,
}

impl PgExtension {
    /// By name, in the default schema and in the version that the server holds for the default one.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), schema: None, version: None }
    }

    /// The same in another schema.
    #[must_use]
    pub fn schema(mut self, schema: impl Into<String>) -> Self {
        self.schema = Some(schema.into());
        self
    }

    /// The same in another version.
    #[must_use]
    pub fn version(mut self, version: impl Into<String>) -> Self {
        self.version = Some(version.into());
        self
    }
}

impl From<PgExtension> for Declared {
    fn from(extension: PgExtension) -> Self {
        let PgExtension { name, schema, version } = extension;
        let mut create = format!("CREATE EXTENSION {name}");
        if let Some(schema) = &schema {
            create.push_str(&format!(" SCHEMA {schema}"));
        }
        if let Some(version) = &version {
            create.push_str(&format!(" VERSION {}", literal(version)));
        }
        postgresql("PgExtension", &name, vec![create])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_default_is_left_out_of_a_signature() {
        for (signature, bare) in [
            ("f()", "f()"),
            ("f(a text DEFAULT 'x,y', b int = 2)", "f(a text, b int)"),
            ("f(a numeric(10, 2) default 1, OUT b int)", "f(a numeric(10, 2), OUT b int)"),
            ("s.f(a int[] DEFAULT ARRAY[1, 2])", "s.f(a int[])"),
        ] {
            assert_eq!(without_defaults(signature), bare);
        }
    }
}
