//! Asking about renames that the model does not declare.

use limbeck_diff::{RenameCandidate, Renamed, declare_rename, rename_candidates};
use limbeck_schema::{Dialect, MetaData};

use crate::error::MigrateError;

/// Answers the question which of the former names something had.
pub type AskRename<'a> = &'a mut (dyn FnMut(&RenameCandidate) -> RenameAnswer + Send);

/// An answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RenameAnswer {
    /// The one at this place of [`RenameCandidate::former`].
    Former(usize),
    /// None of them: it is new.
    New,
    /// No answer: nothing is to be written.
    Stop,
}

/// Whom to ask, and what was answered: the same question is not asked again for the next database.
pub(crate) struct RenameQuestions<'a> {
    ask: Option<AskRename<'a>>,
    answers: Vec<(Renamed, Option<String>)>,
}

impl<'a> RenameQuestions<'a> {
    /// There is somebody to ask, or not.
    pub(crate) fn new(ask: Option<AskRename<'a>>) -> Self {
        Self { ask, answers: Vec::new() }
    }

    /// Nobody is asked.
    pub(crate) fn unasked() -> Self {
        Self::new(None)
    }

    /// Whether somebody has answered about it.
    pub(crate) fn is_settled(&self, object: &Renamed) -> bool {
        self.answers.iter().any(|(known, _)| known == object)
    }

    /// Writes what was answered, and what is answered now, into the declared schema. A table's answer comes before the
    /// questions about its columns, and what was taken for one thing is not offered for the next.
    pub(crate) fn settle(
        &mut self,
        dialect: Dialect,
        live: &MetaData,
        declared: &mut MetaData,
    ) -> Result<(), MigrateError> {
        for (object, former) in &self.answers {
            if let Some(former) = former {
                declare_rename(declared, object, former);
            }
        }
        let Some(ask) = &mut self.ask else { return Ok(()) };
        loop {
            let candidates = rename_candidates(dialect, live, declared);
            let answered = |candidate: &&RenameCandidate| {
                self.answers.iter().any(|(known, _)| *known == candidate.object)
            };
            let Some(candidate) = candidates.iter().find(|candidate| !answered(candidate)) else {
                return Ok(());
            };
            let former = match ask(candidate) {
                RenameAnswer::Former(choice) => candidate.former.get(choice).cloned(),
                RenameAnswer::New => None,
                RenameAnswer::Stop => return Err(MigrateError::Stopped),
            };
            if let Some(former) = &former {
                declare_rename(declared, &candidate.object, former);
            }
            self.answers.push((candidate.object.clone(), former));
        }
    }
}
