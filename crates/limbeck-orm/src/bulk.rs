//! Loading many rows at once, without their keys coming back: `COPY` on PostgreSQL, a prepared INSERT on SQLite.

use limbeck_engine::CopyIn;
use limbeck_schema::Value;

use crate::new::NewRow;
use crate::{Executor, Input, Mapped, New, OrmError};

/// New rows to be loaded.
#[must_use = "the rows are loaded by `execute`"]
pub struct BulkInsert<I> {
    rows: I,
    progress: Option<Progress>,
}

struct Progress {
    every: u64,
    tell: Box<dyn FnMut(u64) + Send>,
}

/// Loads rows as fast as the database takes them. They come from an iterator, so there may be more than fit into memory.
///
/// Nothing comes back but their number; rows that belong to each other go through a [`Session`](crate::Session).
pub fn bulk_insert<M: Mapped, I: IntoIterator<Item = New<M>>>(rows: I) -> BulkInsert<I::IntoIter> {
    BulkInsert { rows: rows.into_iter(), progress: None }
}

impl<I> BulkInsert<I> {
    /// Tells how many rows have been sent, after each so many of them.
    pub fn progress(mut self, every: u64, tell: impl FnMut(u64) + Send + 'static) -> Self {
        self.progress = Some(Progress { every: every.max(1), tell: Box::new(tell) });
        self
    }
}

impl<M: Mapped, I: Iterator<Item = New<M>> + Send> BulkInsert<I> {
    /// Loads the rows and tells how many there were. Those that give the same columns, one after another, are one `COPY`;
    /// outside of a transaction each is kept on its own.
    ///
    /// # Errors
    /// [`OrmError::Pending`] for a row that refers to a slot, or has rows that belong to it; what the database refuses.
    pub async fn execute(self, executor: &mut impl Executor) -> Result<u64, OrmError> {
        let connection = executor.ready().await?;
        let Self { rows, mut progress } = self;
        let mut rows = rows.map(New::into_row).peekable();
        let (model, mut sent, mut loaded) = (M::definition(), 0, 0);
        while let Some(first) = rows.peek() {
            let given = given(first);
            let names = given.iter().filter_map(|column| model.columns.get(*column));
            let copy = CopyIn {
                schema: model.table.schema.clone(),
                table: model.table.name.clone(),
                columns: names.map(|column| column.name.clone()).collect(),
            };
            let mut refused = false;
            let mut alike = std::iter::from_fn(|| {
                let row = rows.next_if(|row| !refused && self::given(row) == given)?;
                let values = values(row);
                refused = values.is_none();
                sent += u64::from(values.is_some());
                if let Some(Progress { every, tell }) = &mut progress
                    && values.is_some()
                    && sent % *every == 0
                {
                    tell(sent);
                }
                values
            });
            loaded += connection.copy_in(&copy, &mut alike).await?;
            if refused {
                return Err(OrmError::Pending);
            }
        }
        Ok(loaded)
    }
}

fn given(row: &NewRow) -> Vec<usize> {
    row.inputs.iter().enumerate().filter_map(|(column, input)| input.as_ref().map(|_| column)).collect()
}

/// The values that a row gives; `None` when one is not known yet.
fn values(row: NewRow) -> Option<Vec<Value>> {
    if !row.related.is_empty() {
        return None;
    }
    let values = row.inputs.into_iter().flatten().map(|input| match input {
        Input::Value(value) => Some(value),
        Input::Pending { .. } => None,
    });
    values.collect()
}
