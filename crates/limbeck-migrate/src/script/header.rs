//! Changing one line of a header, and nothing else of the file.

use super::parse::{HeaderLine, REVISES, REVISION_ID, header_line};

/// The text of a script file with other parents: its `Revises:` line is replaced, or put below `Revision ID:`; every
/// other byte stays as it is, line ends included.
pub fn with_parents(text: &str, parents: &[String]) -> String {
    let value = parents.join(", ");
    let mut edited = String::with_capacity(text.len() + value.len());
    let mut lines = text.split_inclusive('\n');
    let has_line = header_lines(text).any(|(_, field)| field == REVISES);
    let mut done = false;
    for line in lines.by_ref() {
        match field_of(line) {
            Some(Field::Header(REVISES)) if !done => {
                let (before, _) = line.split_once(':').unwrap_or((line, ""));
                edited.push_str(format!("{before}: {value}").trim_end());
                edited.push_str(line_end(line));
                done = true;
            }
            Some(Field::Header(REVISION_ID)) if !has_line && !done => {
                let (before, _) = line.split_once(REVISION_ID).unwrap_or((line, ""));
                let end = if line_end(line).is_empty() { "\n" } else { line_end(line) };
                edited.push_str(line.trim_end_matches(['\r', '\n']));
                edited.push_str(end);
                edited.push_str(&format!("{before}{REVISES}: {value}{end}"));
                done = true;
            }
            Some(Field::Marker) => {
                edited.push_str(line);
                break;
            }
            _ => edited.push_str(line),
        }
    }
    edited.extend(lines);
    edited
}

enum Field {
    Header(&'static str),
    Marker,
}

fn field_of(line: &str) -> Option<Field> {
    let comment = line.trim_start_matches('\u{feff}').strip_prefix("--")?;
    match header_line(comment.trim_end()) {
        HeaderLine::Field(field, _) => Some(Field::Header(field)),
        HeaderLine::Marker(_) => Some(Field::Marker),
        HeaderLine::Text(_) => None,
    }
}

/// The fields of the header with their lines.
fn header_lines(text: &str) -> impl Iterator<Item = (&str, &'static str)> {
    text.split_inclusive('\n')
        .map(|line| (line, field_of(line)))
        .take_while(|(_, field)| !matches!(field, Some(Field::Marker)))
        .filter_map(|(line, field)| match field {
            Some(Field::Header(name)) => Some((line, name)),
            _ => None,
        })
}

fn line_end(line: &str) -> &str {
    let content = line.trim_end_matches(['\r', '\n']).len();
    line.get(content..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::with_parents;

    fn parents(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn one_line_changes() {
        let text = "-- add: x\n--\n-- Revision ID: b\n-- Revises: a\n-- Create Date: 2026-01-01T00:00:00Z\n\n-- migrate:up\n-- Revises: a\nSELECT 1;";
        assert_eq!(
            with_parents(text, &parents(&["c", "d"])),
            text.replacen("Revises: a", "Revises: c, d", 1)
        );
        assert_eq!(with_parents(text, &[]), text.replacen("Revises: a", "Revises:", 1));
    }

    #[test]
    fn line_ends_and_the_byte_order_mark_stay() {
        let text = "\u{feff}-- Revision ID: b\r\n--   Revises:a\r\n\r\n-- migrate:up\r\nSELECT 1;\r\n";
        assert_eq!(with_parents(text, &parents(&["c"])), text.replace("Revises:a", "Revises: c"));
    }

    #[test]
    fn a_line_that_is_missing_is_put_in() {
        let text = "-- Revision ID: b\r\n\r\n-- migrate:up\r\n";
        assert_eq!(
            with_parents(text, &parents(&["c"])),
            "-- Revision ID: b\r\n-- Revises: c\r\n\r\n-- migrate:up\r\n"
        );
    }
}
