//! Asking on the terminal whether something new is something renamed.

use dialoguer::Select;
use dialoguer::console::Term;
use limbeck_diff::RenameCandidate;
use limbeck_migrate::RenameAnswer;

/// Asks on stderr, as stdout is for results. Escape stops the command.
pub(crate) fn ask(candidate: &RenameCandidate) -> RenameAnswer {
    let object = &candidate.object;
    let mut items: Vec<String> =
        candidate.former.iter().map(|former| format!("`{former}`, renamed: its data stays")).collect();
    items.push("something new: what goes is dropped with its data".to_owned());
    let choice = Select::new()
        .with_prompt(format!("The model has a new {object}. Is it"))
        .items(&items)
        .default(0)
        .interact_on_opt(&Term::stderr());
    match choice {
        Ok(Some(choice)) if choice < candidate.former.len() => RenameAnswer::Former(choice),
        Ok(Some(_)) => RenameAnswer::New,
        // Nobody answers: nothing may be written that was not said.
        Ok(None) | Err(_) => RenameAnswer::Stop,
    }
}
