//! Carrying a plan out.

use limbeck_engine::{Connection, Row, Statement};
use limbeck_schema::Value;

use super::queue::Queue;
use crate::OrmError;
use crate::flush::{Answer, Changes, Chunk, Step, StepRow, UnresolvableCycle, plan, statements};
use crate::row_key::RowKey;

/// Runs the changes. Statements go out together as far as they do not wait for keys that an earlier one brings.
pub(super) async fn run(
    connection: &mut Connection,
    queue: &mut Queue,
    changes: Changes,
) -> Result<(), OrmError> {
    let dialect = connection.dialect();
    let steps = plan(changes, dialect)
        .map_err(|UnresolvableCycle { tables }| OrmError::UnresolvableCycle { tables })?;
    let mut batch = Batch::default();
    for step in &steps {
        let ready = statements(step, dialect, &|input| queue.resolve(input));
        let chunks = match ready {
            Some(chunks) => chunks,
            None => {
                std::mem::take(&mut batch).run(connection, queue).await?;
                statements(step, dialect, &|input| queue.resolve(input)).ok_or(OrmError::UnknownSlot)?
            }
        };
        batch.add(step, chunks);
    }
    batch.run(connection, queue).await
}

/// Statements that are sent together.
#[derive(Default)]
struct Batch<'a> {
    statements: Vec<Statement>,
    expected: Vec<Expected<'a>>,
}

/// What a statement shall bring.
struct Expected<'a> {
    step: &'a Step,
    rows: &'a [StepRow],
    answer: Answer,
}

impl<'a> Batch<'a> {
    fn add(&mut self, step: &'a Step, chunks: Vec<Chunk>) {
        let mut rest = step.rows.as_slice();
        for Chunk { sql, params, rows, answer } in chunks {
            let (own, others) = rest.split_at(rows.min(rest.len()));
            rest = others;
            self.statements.push(Statement::new(sql, params));
            self.expected.push(Expected { step, rows: own, answer });
        }
    }

    async fn run(self, connection: &mut Connection, queue: &mut Queue) -> Result<(), OrmError> {
        let Self { statements, expected } = self;
        let mut answers: Vec<Vec<Vec<Value>>> = expected.iter().map(|_| Vec::new()).collect();
        let counts = match statements.as_slice() {
            [] => return Ok(()),
            [statement] => {
                vec![connection.fetch(statement, &mut |row| receive(&mut answers, 0, &row)).await?]
            }
            several => {
                let mut each = |index: usize, row: Row<'_>| receive(&mut answers, index, &row);
                connection.pipeline(several, &mut each).await.map_err(|error| error.error)?
            }
        };
        for ((expected, count), answer) in expected.into_iter().zip(counts).zip(answers) {
            expected.take(count, answer, queue)?;
        }
        Ok(())
    }
}

fn receive(
    answers: &mut [Vec<Vec<Value>>],
    index: usize,
    row: &Row<'_>,
) -> Result<(), limbeck_engine::EngineError> {
    let values = (0..row.len()).map(|column| row.get(column)).collect::<Result<Vec<Value>, _>>()?;
    if let Some(rows) = answers.get_mut(index) {
        rows.push(values);
    }
    Ok(())
}

impl Expected<'_> {
    fn take(self, count: u64, mut answer: Vec<Vec<Value>>, queue: &mut Queue) -> Result<(), OrmError> {
        let sent = u64::try_from(self.rows.len()).unwrap_or(u64::MAX);
        match &self.answer {
            Answer::Nothing => self.inserted(&[], &[], queue),
            Answer::Count | Answer::Keys if count < sent => return Err(self.missing(&answer, queue)),
            Answer::Count | Answer::Keys => {}
            Answer::Values { columns, sorted_by } => {
                if answer.len() != self.rows.len() {
                    // A trigger or a rule put the rows aside.
                    return Err(self.missing(&[], queue));
                }
                if let Some((place, descending)) = sorted_by {
                    answer.sort_by_key(|row| {
                        let number = number(row.get(*place));
                        if *descending { -number } else { number }
                    });
                }
                self.inserted(columns, &answer, queue);
            }
        }
        Ok(())
    }

    fn inserted(&self, columns: &[usize], answer: &[Vec<Value>], queue: &mut Queue) {
        let mut answers = answer.iter();
        for row in self.rows {
            let values = answers.next();
            let Some(number) = row.row else { continue };
            let made = columns.iter().copied().zip(values.into_iter().flatten().cloned());
            queue.inserted(number, made);
        }
    }

    /// The first row that was not there, or not as it was read.
    fn missing(&self, found: &[Vec<Value>], queue: &Queue) -> OrmError {
        let found: Vec<_> = found.iter().map(RowKey::new).collect();
        let values = |row: &StepRow| -> Vec<Value> {
            // After an update of the key, the row is found under its new one.
            let key = self.step.key.iter().zip(&row.key).map(|(column, input)| {
                let place = self.step.columns.iter().position(|changed| changed == column);
                place.and_then(|place| row.inputs.get(place)).unwrap_or(input)
            });
            key.filter_map(|input| queue.resolve(input)).collect()
        };
        let missing = self.rows.iter().find(|row| !found.contains(&RowKey::new(&values(row))));
        let missing = missing.or(self.rows.first());
        let table = self.step.model.table.to_string();
        let inputs = missing.into_iter().flat_map(|row| &row.key);
        let key = show(&inputs.filter_map(|input| queue.resolve(input)).collect::<Vec<_>>());
        if missing.is_some_and(|row| row.version.is_some()) {
            OrmError::StaleVersion { table, key }
        } else {
            OrmError::RowMissing { table, key }
        }
    }
}

fn number(value: Option<&Value>) -> i128 {
    match value {
        Some(Value::SmallInteger(number)) => (*number).into(),
        Some(Value::Integer(number)) => (*number).into(),
        Some(Value::BigInteger(number)) => (*number).into(),
        _ => 0,
    }
}

/// A key for a message.
pub(super) fn show(key: &[Value]) -> String {
    let values = key.iter().map(|value| match value {
        Value::SmallInteger(number) => number.to_string(),
        Value::Integer(number) => number.to_string(),
        Value::BigInteger(number) => number.to_string(),
        Value::Text(text) => text.clone(),
        #[cfg(feature = "uuid")]
        Value::Uuid(uuid) => uuid.to_string(),
        other => format!("{other:?}"),
    });
    values.collect::<Vec<_>>().join(", ")
}
