//! How the `limbeck` command reads a compiled model: the application's own binary prints it.

use std::io::{self, Write as _};

use crate::MetaData;

/// Prints a schema as JSON to standard output, for the `limbeck` command to read.
///
/// It is the whole of the small binary that `limbeck init` writes:
///
/// ```
/// # mod app { pub fn schema() -> limbeck::MetaData { limbeck::MetaData::new() } }
/// fn main() {
///     limbeck::print_schema(app::schema());
/// }
/// ```
///
/// A schema that is not consistent is not printed: every error goes to standard error as `error[code]: message`,
/// and the process ends with status 1. So it does when standard output cannot be written.
#[expect(
    clippy::exit,
    clippy::print_stderr,
    reason = "this is the main function of a binary, kept here so that it stays one line for the user"
)]
pub fn print_schema(metadata: MetaData) {
    let schema = match metadata.resolve() {
        Ok(schema) => schema,
        Err(errors) => {
            for error in errors {
                eprintln!("error[{}]: {error}", error.code());
            }
            std::process::exit(1);
        }
    };
    let mut output = io::stdout().lock();
    if let Err(error) = writeln!(output, "{}", schema.to_json()).and_then(|()| output.flush()) {
        eprintln!("error: cannot write the schema: {error}");
        std::process::exit(1);
    }
}
