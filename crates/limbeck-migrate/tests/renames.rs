//! Renames that the model does not declare: asked about where somebody answers, never guessed where nobody does.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use limbeck_diff::RenameCandidate;
use limbeck_migrate::{
    Database, MigrateError, NewRevision, RenameAnswer, RevisionRequest, ScriptDirectory, autogenerate,
    upgrade,
};
use limbeck_schema::{Column, MetaData, SqlType, Table};

fn model(table: &str, column: &str) -> MetaData {
    MetaData::new().table(
        Table::new(table)
            .with_column(Column::new("id", SqlType::Integer).not_null())
            .with_column(Column::new(column, SqlType::Text))
            .with_column(Column::new("born", SqlType::Date))
            .with_primary_key(["id"]),
    )
}

/// Generates the script from `people.surname` to `persons.last_name`, each question answered in turn.
async fn generated(answers: &[RenameAnswer]) -> (Vec<String>, Result<Option<NewRevision>, MigrateError>) {
    let directory = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", directory.path().join("app.db").display());
    let databases = [Database::new(url.parse().unwrap())];
    let scripts = || ScriptDirectory::load(&[directory.path()], false).unwrap();
    let request = RevisionRequest { message: Some("step".to_owned()), ..RevisionRequest::default() };
    let before = model("people", "surname").into();
    autogenerate(&scripts(), &databases, &before, &request, None, &mut |_| {}).await.unwrap();
    upgrade(&databases[0], &scripts(), "head", &mut |_| {}).await.unwrap();

    let mut asked = Vec::new();
    let mut answers = answers.iter().copied();
    let mut ask = |candidate: &RenameCandidate| {
        asked.push(format!("{} was {}?", candidate.object, candidate.former.join(" or ")));
        answers.next().unwrap_or(RenameAnswer::Stop)
    };
    let after = model("persons", "last_name").into();
    let new = autogenerate(&scripts(), &databases, &after, &request, Some(&mut ask), &mut |_| {}).await;
    if new.is_err() {
        assert_eq!(scripts().scripts().len(), 1, "nothing was written");
    }
    (asked, new)
}

#[tokio::test]
async fn a_tables_answer_comes_before_the_questions_about_its_columns() {
    let (asked, new) = generated(&[RenameAnswer::Former(0), RenameAnswer::Former(0)]).await;
    assert_eq!(asked, ["table `persons` was people?", "column `persons.last_name` was surname?"]);
    let text = new.unwrap().unwrap().text;
    assert!(
        text.contains("RENAME TO persons;\n") && text.contains("RENAME COLUMN surname TO last_name;\n"),
        "{text}"
    );
}

#[tokio::test]
async fn what_is_new_is_not_hinted_at_again() {
    let (asked, new) = generated(&[RenameAnswer::New]).await;
    assert_eq!(asked.len(), 1);
    let text = new.unwrap().unwrap().text;
    assert!(text.contains("DROP TABLE people;") && !text.contains("-- hint:"), "{text}");
}

#[tokio::test]
async fn no_answer_writes_nothing() {
    let (_, new) = generated(&[RenameAnswer::Former(0)]).await;
    assert!(matches!(new, Err(MigrateError::Stopped)));
}
