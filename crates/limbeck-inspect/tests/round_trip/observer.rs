//! What a database holds, as others than Limbeck see it.

use std::process::Command;

use limbeck_engine::Connection;
use limbeck_test_server::postgres_binary;

/// A line or more for each object, sorted, with what stands inside a table sorted as well: column order is not compared.
pub(crate) async fn observe(connection: &Connection, url: &str) -> Result<Vec<String>, String> {
    match connection {
        Connection::Postgresql(_) => dump(url),
        Connection::Sqlite(_) => stored_statements(connection).await,
    }
}

/// `pg_dump --schema-only`, statement by statement.
fn dump(url: &str) -> Result<Vec<String>, String> {
    let output = Command::new(postgres_binary("pg_dump"))
        .args(["--schema-only", "--no-owner", "--dbname", url])
        .output()
        .map_err(|error| format!("pg_dump: {error}"))?;
    if !output.status.success() {
        return Err(format!("pg_dump: {}", String::from_utf8_lossy(&output.stderr)));
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let is_noise = |line: &&str| {
        line.is_empty() || line.starts_with("--") || line.starts_with("SET ") || line.starts_with('\\')
    };
    let text: Vec<&str> = text.lines().filter(|line| !is_noise(line)).collect();
    let mut statements: Vec<String> = text.join("\n").split(";\n").map(normalised).collect();
    statements.sort();
    Ok(statements)
}

fn normalised(statement: &str) -> String {
    let lines: Vec<String> =
        statement.lines().map(|line| sorted_parameters(&settled(line.trim_end_matches(',')))).collect();
    let mut lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    // A sequence that a column owns takes its table's persistence when that changes, not when it gets its owner; the
    // persistence of sequences is no part of a model.
    let is_sequence = lines.first().is_some_and(|line| line.starts_with("CREATE UNLOGGED SEQUENCE "));
    let statement = lines.join("\n").replacen("CREATE UNLOGGED SEQUENCE ", "CREATE SEQUENCE ", 1);
    if is_sequence {
        lines = statement.lines().collect();
    }
    // The sequence behind an identity keeps its name when the table or column is renamed, and nothing names it.
    lines.retain(|line| !line.starts_with("    SEQUENCE NAME "));
    if lines.first().is_some_and(|line| line.contains(" TABLE ") && line.starts_with("CREATE ")) {
        lines.sort_unstable();
    }
    lines.join("\n")
}

/// `WITH (…)` with its parameters in alphabetical order: theirs has no meaning.
fn sorted_parameters(line: &str) -> String {
    let Some((head, rest)) = line.split_once("WITH (") else { return line.to_owned() };
    let Some((parameters, tail)) = rest.split_once(')') else { return line.to_owned() };
    let mut parameters: Vec<&str> = parameters.split(", ").collect();
    parameters.sort_unstable();
    format!("{head}WITH ({}){tail}", parameters.join(", "))
}

/// An IN over `varchar` is printed in one way, and in another once that text was read again: the casts inside an array.
fn settled(line: &str) -> String {
    if !line.contains("ARRAY[") {
        return line.to_owned();
    }
    let casts = ["::character varying", "::text[]", "::text"];
    casts.iter().fold(line.to_owned(), |line, cast| line.replace(cast, "")).replace(['(', ')'], "")
}

/// SQLite keeps the statements as they were written, and writes renames into them by itself: the tokens are compared,
/// those of a table's columns and constraints in any order.
async fn stored_statements(connection: &Connection) -> Result<Vec<String>, String> {
    let query =
        "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'";
    let rows = connection.query(query).await.map_err(|error| error.to_string())?;
    let mut statements: Vec<String> =
        rows.into_iter().flatten().flatten().map(|sql| normalised_statement(&sql)).collect();
    statements.sort();
    Ok(statements)
}

fn normalised_statement(sql: &str) -> String {
    let tokens = tokens(sql);
    if tokens.first().is_none_or(|t| t != "CREATE") || tokens.get(1).is_none_or(|t| t != "TABLE") {
        return tokens.join(" ");
    }
    let Some(start) = tokens.iter().position(|token| token == "(") else { return tokens.join(" ") };
    let mut depth = 0;
    let mut items = vec![Vec::new()];
    let mut tail = Vec::new();
    for token in &tokens[start..] {
        match token.as_str() {
            "(" => depth += 1,
            ")" => depth -= 1,
            _ => {}
        }
        match (depth, token.as_str()) {
            (1, "(") if items == [Vec::<&str>::new()] => {}
            (1, ",") => items.push(Vec::new()),
            (0, _) => tail.push(token.as_str()),
            (_, token) => items.last_mut().expect("there is a first one").push(token),
        }
    }
    let mut items: Vec<String> = items.into_iter().map(|item| item.join(" ")).collect();
    items.sort();
    format!("{} (\n  {}\n{}", tokens[..start].join(" "), items.join("\n  "), tail.join(" "))
}

/// Words, strings, quoted names without the quotes, and single characters.
fn tokens(sql: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut characters = sql.chars().peekable();
    while let Some(first) = characters.next() {
        if first.is_whitespace() {
            continue;
        }
        let mut token = String::new();
        if first == '\'' || first == '"' {
            while let Some(next) = characters.next() {
                if next == first && characters.next_if_eq(&first).is_none() {
                    break;
                }
                token.push(next);
            }
            token = if first == '\'' { format!("'{token}'") } else { token };
        } else {
            token.push(first);
            while first.is_alphanumeric() || first == '_' {
                match characters.next_if(|c| c.is_alphanumeric() || *c == '_') {
                    Some(next) => token.push(next),
                    None => break,
                }
            }
        }
        tokens.push(token);
    }
    tokens
}
