//! `limbeck list_templates`

use clap::ValueEnum as _;
use serde_json::json;

use crate::arguments::Template;
use crate::outcome::Outcome;
use crate::session::Session;

pub(crate) fn run(session: &Session<'_>) -> Outcome {
    let kinds = Template::value_variants().iter().filter_map(|kind| kind.to_possible_value());
    let templates: Vec<(String, String)> = kinds
        .map(|kind| {
            let help = kind.get_help().map(ToString::to_string).unwrap_or_default();
            (kind.get_name().to_owned(), help)
        })
        .collect();
    if session.options.json {
        let templates: Vec<_> =
            templates.iter().map(|(name, help)| json!({ "name": name, "description": help })).collect();
        return Outcome::json(&json!({ "templates": templates }));
    }
    let mut text = "Available templates:\n\n".to_owned();
    for (name, help) in templates {
        text.push_str(&format!("{name} - {help}\n"));
    }
    text.push_str("\nTemplates are used via the 'init' command, e.g.:\n\n  limbeck init --model cargo\n");
    Outcome::text(text)
}
