//! A lock on a SQLite database that outlives transactions.
//!
//! A run holds SQLite's write lock, except while a statement runs that cannot be in a transaction, such as VACUUM. Another
//! process that comes then would take it for one that has died and go on in its place. So the run holds a file beside the
//! database for as long, locked in the operating system, which lets go of it when the process dies.
//!
//! The file is made, looked at and removed within a write transaction of the database: of those there is one at a time, so
//! that nobody sees a file that is about to go. (An error may leave it to the end of the run, when nothing of it is
//! running any more.) The database file itself cannot be locked so: closing a second handle on it would take away SQLite's
//! own locks ("How To Corrupt An SQLite Database File", section 2.2).

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::Write as _;
use std::path::PathBuf;

use limbeck_engine::SqliteConnection;

/// The file, locked by this process until the value is dropped.
pub(super) struct StatementLock {
    _file: File,
    path: PathBuf,
}

impl Drop for StatementLock {
    fn drop(&mut self) {
        // What cannot be removed is unlocked all the same, and found to be nobody's.
        let _ = fs::remove_file(&self.path);
    }
}

/// Takes the lock; `None` where there is nothing to lock: a database in memory, or a file system without locks.
pub(super) fn take(connection: &SqliteConnection) -> Option<StatementLock> {
    let path = path(connection)?;
    let mut file = OpenOptions::new().create(true).truncate(false).write(true).open(&path).ok()?;
    file.try_lock().ok()?;
    let _ = file.set_len(0).and_then(|()| write!(file, "{}", std::process::id()));
    Some(StatementLock { _file: file, path })
}

/// Who holds the lock: another process, or another run of this one. A file that a dead one left behind is removed.
pub(super) fn holder(connection: &SqliteConnection) -> Option<String> {
    let path = path(connection)?;
    let file = File::open(&path).ok()?;
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => {
            let process = fs::read_to_string(&path).unwrap_or_default();
            Some(format!("process {}", process.trim()))
        }
        Err(TryLockError::Error(_)) => None,
        Ok(()) => {
            let _ = fs::remove_file(&path);
            None
        }
    }
}

fn path(connection: &SqliteConnection) -> Option<PathBuf> {
    // As SQLite names its own files: beside the file that a link leads to.
    let database = fs::canonicalize(connection.path()?).ok()?;
    let mut name = database.file_name()?.to_owned();
    name.push("-limbeck-lock");
    Some(database.with_file_name(name))
}
