//! `limbeck completions`

use clap::CommandFactory as _;

use crate::arguments::{Arguments, CompletionsArguments};
use crate::outcome::Outcome;

pub(crate) fn run(arguments: &CompletionsArguments) -> Outcome {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Arguments::command(), "limbeck", &mut script);
    Outcome::text(String::from_utf8_lossy(&script).into_owned())
}
