//! Many rows into one table at once.

use limbeck_schema::Value;

use crate::{Connection, EngineError};

/// Where rows go: a table and the columns that each row has values for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopyIn {
    /// The table's schema, where it is not to be found by the search path.
    pub schema: Option<String>,
    /// The table.
    pub table: String,
    /// The columns, in the order of the values.
    pub columns: Vec<String>,
}

impl Connection {
    /// Brings rows into a table and returns how many; all of them or, after an error, none.
    ///
    /// On PostgreSQL it is `COPY`, in the binary format where the values' types have one. On SQLite it is a prepared
    /// INSERT in a loop, which is as fast there.
    ///
    /// # Errors
    /// The first row that the database refuses, or a row with more or fewer values than there are columns.
    pub async fn copy_in(
        &mut self,
        copy: &CopyIn,
        rows: &mut (dyn Iterator<Item = Vec<Value>> + Send),
    ) -> Result<u64, EngineError> {
        let started = self.watch().start();
        let outcome = match self {
            Connection::Postgresql(connection) => connection.copy_in(copy, rows).await,
            Connection::Sqlite(connection) => {
                let _writer = connection.writer_for(true).await?;
                connection.copy_in(copy, rows)
            }
        };
        let sql = format!("COPY {} FROM STDIN", copy.table);
        self.watch().statement(started, &sql, 0, outcome.as_ref().copied());
        outcome
    }
}
