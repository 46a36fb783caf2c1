//! How the process ends.

/// The exit codes, as documented in `limbeck --help`. They are part of the interface: scripts branch on them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ExitCode {
    /// Done.
    Success = 0,
    /// Model, scripts and database do not agree.
    Different = 1,
    /// The command line could not be understood.
    Usage = 2,
    /// Configuration, model, scripts or graph are not as they should be.
    Project = 3,
    /// The database cannot be reached, or refuses.
    Database = 4,
    /// A migration failed.
    Migration = 5,
    /// Another process is migrating the database.
    Locked = 6,
}

impl ExitCode {
    /// What the operating system is told.
    pub(crate) fn number(self) -> u8 {
        self as u8
    }
}

/// The paragraph of `--help` that documents them.
pub(crate) const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  no agreement: `check` or `diff` found differences, or the database is not at the heads
  2  the command line is wrong
  3  the project is wrong: configuration, model, scripts, or their graph
  4  the database cannot be reached, or refuses
  5  a migration failed
  6  another process is migrating the database";
