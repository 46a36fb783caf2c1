//! `COPY … FROM STDIN`, the fastest way for rows into a table (PostgreSQL docs, "COPY").

use std::iter::Peekable;
use std::pin::pin;

use futures_util::SinkExt as _;
use limbeck_schema::Value;
use tokio_postgres::CopyInSink;
use tokio_postgres::types::Type;
use tokio_postgres::types::private::BytesMut;

use super::PostgresqlConnection;
use super::decode::base;
use super::encode::{has_binary_format, prefixed, text};
use super::execute::prepare;
use crate::encode::EncodeError;
use crate::transaction::quoted;
use crate::{CopyIn, EngineError};

/// How much is gathered before it is sent.
const CHUNK: usize = 1 << 16;

/// Signature, flags, and the length of the header's extension (PostgreSQL docs, "COPY", "Binary Format").
const HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";

/// In place of a row's number of fields.
const TRAILER: [u8; 2] = (-1_i16).to_be_bytes();

type Rows<'a> = Peekable<&'a mut (dyn Iterator<Item = Vec<Value>> + Send)>;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Format {
    Binary,
    /// For types whose binary format is not known here.
    Text,
}

impl PostgresqlConnection {
    pub(crate) async fn copy_in(
        &mut self,
        copy: &CopyIn,
        rows: &mut (dyn Iterator<Item = Vec<Value>> + Send),
    ) -> Result<u64, EngineError> {
        let schema = copy.schema.as_ref().map(|schema| quoted(schema) + ".").unwrap_or_default();
        let table = schema + &quoted(&copy.table);
        let columns: Vec<String> = copy.columns.iter().map(|column| quoted(column)).collect();
        let columns = columns.join(", ");
        let mut rows = rows.peekable();
        let Some(first) = rows.peek() else { return Ok(0) };

        if let Some(begin) = self.standing.begin.take() {
            self.client.batch_execute(&begin).await.map_err(|error| self.explain(error))?;
        }
        self.standing.unsettled = true;
        let shape = format!("SELECT {columns} FROM {table}");
        let shape = prepare(&self.client, &mut self.prepared, &shape).await;
        let outcome = match shape {
            Err(error) => Err(self.explain(error)),
            Ok(shape) => {
                let types: Vec<&Type> = shape.columns().iter().map(|column| base(column.type_())).collect();
                let known = first.iter().zip(&types).all(|(value, ty)| has_binary_format(value, ty));
                let format = if known { Format::Binary } else { Format::Text };
                let option = if known { " (FORMAT binary)" } else { "" };
                let sql = format!("COPY {table} ({columns}) FROM STDIN{option}");
                match self.client.copy_in(&sql).await {
                    Err(error) => Err(self.explain(error)),
                    Ok(sink) => self.send_rows(sink, format, &types, rows).await,
                }
            }
        };
        self.standing.unsettled = false;
        self.standing.aborted |= self.standing.open && outcome.is_err();
        outcome
    }

    async fn send_rows(
        &self,
        sink: CopyInSink<BytesMut>,
        format: Format,
        types: &[&Type],
        rows: Rows<'_>,
    ) -> Result<u64, EngineError> {
        let mut sink = pin!(sink);
        let mut out = BytesMut::new();
        if format == Format::Binary {
            out.extend_from_slice(HEADER);
        }
        for row in rows {
            // A sink that is dropped before its end tells the server to refuse the whole.
            write_row(&row, types, format, &mut out)?;
            if out.len() >= CHUNK && sink.feed(out.split()).await.is_err() {
                // The server has refused a row, and `finish` says why.
                break;
            }
        }
        if format == Format::Binary {
            out.extend_from_slice(&TRAILER);
        }
        let _ = sink.feed(out).await;
        sink.finish().await.map_err(|error| self.explain(error))
    }
}

fn write_row(row: &[Value], types: &[&Type], format: Format, out: &mut BytesMut) -> Result<(), EncodeError> {
    if row.len() != types.len() {
        return Err(EncodeError::RowWidth { expected: types.len(), found: row.len() });
    }
    match format {
        Format::Binary => {
            let width = i16::try_from(row.len())
                .map_err(|_| EncodeError::RowWidth { expected: types.len(), found: row.len() })?;
            out.extend_from_slice(&width.to_be_bytes());
            for (value, ty) in row.iter().zip(types) {
                prefixed(value, ty, out)?;
            }
        }
        Format::Text => {
            for (index, (value, ty)) in row.iter().zip(types).enumerate() {
                if index > 0 {
                    out.extend_from_slice(b"\t");
                }
                if matches!(value, Value::Null) {
                    out.extend_from_slice(b"\\N");
                } else {
                    escape(&text(value, ty)?, out);
                }
            }
            out.extend_from_slice(b"\n");
        }
    }
    Ok(())
}

/// PostgreSQL docs, "COPY", "Text Format".
fn escape(text: &str, out: &mut BytesMut) {
    for byte in text.bytes() {
        match byte {
            b'\\' => out.extend_from_slice(b"\\\\"),
            b'\t' => out.extend_from_slice(b"\\t"),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            byte => out.extend_from_slice(&[byte]),
        }
    }
}
