//! What a run would do, before it does it.

use std::collections::BTreeMap;

use limbeck_dialect::{TableLock, quote_literal, table_locks};
use limbeck_engine::Connection;
use limbeck_schema::Dialect;

use crate::audit::{ChangedScript, changed_scripts_of};
use crate::database::Database;
use crate::error::MigrateError;
use crate::graph::Step;
use crate::runner::{PlannedStep, current_of, plan_steps};
use crate::script::{RecordedHazard, ScriptDirectory};

/// A run that has not happened.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Where the database is.
    pub current: Vec<String>,
    /// The steps, in the order they would run.
    pub steps: Vec<PlanStep>,
    /// How many rows the tables have that the statements lock, by the name they are written with: PostgreSQL's
    /// estimate of its last ANALYZE. Tables that do not exist yet, or were never analysed, are left out.
    pub rows: BTreeMap<String, u64>,
    /// Scripts that were changed after they had been applied.
    pub changed_scripts: Vec<ChangedScript>,
}

/// A step of it.
#[derive(Clone, Debug)]
pub struct PlanStep {
    /// The step.
    pub step: Step,
    /// Its script.
    pub file: String,
    /// What the script says of itself that it may hurt.
    pub hazards: Vec<RecordedHazard>,
    /// Its statements in order.
    pub statements: Vec<PlanStatement>,
}

impl PlanStep {
    /// Whether all of it is committed at once, or rolled back.
    pub fn is_atomic(&self) -> bool {
        let first = self.statements.first().and_then(|statement| statement.transaction);
        self.statements
            .iter()
            .all(|statement| statement.transaction.is_some() && statement.transaction == first)
    }
}

/// A statement of it.
#[derive(Clone, Debug)]
pub struct PlanStatement {
    /// The SQL, variables filled in.
    pub sql: String,
    /// Its line in the script, from 1.
    pub line: usize,
    /// The number of the transaction of its step that it is in, from 1; `None` where it runs by itself, because it
    /// cannot be in one.
    pub transaction: Option<usize>,
    /// PostgreSQL: the locks it takes on tables.
    pub locks: Vec<TableLock>,
}

/// Which way a planned run goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlanDirection {
    /// As `upgrade` would.
    Upgrade,
    /// As `downgrade` would.
    Downgrade,
}

/// What `upgrade` or `downgrade` to this target would run. Changes nothing, and takes no lock.
///
/// # Errors
/// When the database cannot be reached, the target does not exist, or a script cannot be read.
pub async fn plan(
    database: &Database,
    scripts: &ScriptDirectory,
    target: &str,
    direction: PlanDirection,
) -> Result<Plan, MigrateError> {
    let graph = scripts.graph()?;
    let mut connection = Connection::open_for_reading(&database.url).await?;
    let current = current_of(&connection, database).await?;
    let steps = match direction {
        PlanDirection::Upgrade => graph.upgrade_path(&current, target)?,
        PlanDirection::Downgrade => graph.downgrade_path(&current, target)?,
    };
    let planned = plan_steps(scripts, steps, database.dialect(), &database.variables)?;
    let steps: Vec<PlanStep> = planned.into_iter().map(|step| plan_step(step, database.dialect())).collect();
    let rows = row_estimates(&connection, &steps).await?;
    let changed_scripts = changed_scripts_of(&mut connection, database, scripts, &graph).await?;
    Ok(Plan { current, steps, rows, changed_scripts })
}

fn plan_step(planned: PlannedStep, dialect: Dialect) -> PlanStep {
    let mut transactions = 0;
    let mut statements = Vec::new();
    for segment in planned.segments {
        let transaction = segment.transactional.then(|| {
            transactions += 1;
            transactions
        });
        for statement in segment.statements {
            let locks = match dialect {
                Dialect::Postgresql => table_locks(&statement.sql.text),
                Dialect::Sqlite => Vec::new(),
            };
            statements.push(PlanStatement {
                sql: statement.sql.text,
                line: statement.line,
                transaction,
                locks,
            });
        }
    }
    PlanStep { step: planned.step, file: planned.file, hazards: planned.hazards, statements }
}

/// `pg_class.reltuples` of the locked tables, for a partitioned one that of its partitions.
async fn row_estimates(
    connection: &Connection,
    steps: &[PlanStep],
) -> Result<BTreeMap<String, u64>, MigrateError> {
    let locks = steps.iter().flat_map(|step| &step.statements).flat_map(|statement| &statement.locks);
    let mut tables: Vec<&str> = locks.map(|lock| lock.table.as_str()).collect();
    tables.sort_unstable();
    tables.dedup();
    if tables.is_empty() {
        return Ok(BTreeMap::new());
    }
    let names: Vec<String> =
        tables.iter().map(|table| format!("({})", quote_literal(Dialect::Postgresql, table))).collect();
    let query = format!(
        "SELECT t.name, (SELECT sum(greatest(leaf.reltuples, 0))::bigint FROM pg_partition_tree(c.oid) tree JOIN pg_class leaf ON leaf.oid = tree.relid WHERE tree.isleaf) FROM (VALUES {}) t (name) JOIN pg_class c ON c.oid = to_regclass(t.name) WHERE c.relkind = 'p' UNION ALL SELECT t.name, c.reltuples::bigint FROM (VALUES {}) t (name) JOIN pg_class c ON c.oid = to_regclass(t.name) WHERE c.relkind IN ('r', 'm') AND c.reltuples >= 0",
        names.join(", "),
        names.join(", ")
    );
    let rows = connection.query(&query).await?;
    let estimate = |row: &Vec<Option<String>>| match row.as_slice() {
        [Some(name), Some(rows)] => Some((name.clone(), rows.parse().ok()?)),
        _ => None,
    };
    Ok(rows.iter().filter_map(estimate).collect())
}
