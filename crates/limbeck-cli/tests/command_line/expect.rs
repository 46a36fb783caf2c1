//! Texts on file.

use std::path::Path;

/// Compares a text with a file of `tests/snapshots`; `UPDATE_EXPECT=1` writes the file instead.
pub(crate) fn expect_file(name: &str, actual: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots").join(name);
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, actual).unwrap();
        return;
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    if let Some(line) = first_difference(&expected, actual) {
        panic!(
            "{} differs from line {line} on; if that is right, run with UPDATE_EXPECT=1. It should now be:\n{actual}",
            path.display()
        );
    }
}

fn first_difference(expected: &str, actual: &str) -> Option<usize> {
    let (mut expected, mut actual) = (expected.split('\n'), actual.split('\n'));
    let mut line = 1;
    loop {
        match (expected.next(), actual.next()) {
            (None, None) => return None,
            (expected, actual) if expected != actual => return Some(line),
            _ => line += 1,
        }
    }
}
