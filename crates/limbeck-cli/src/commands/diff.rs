//! `limbeck diff`

use std::path::PathBuf;

use limbeck_engine::DatabaseUrl;
use limbeck_migrate::{Comparison, Database, DiffSettings, Event, Model, SchemaSource, read_sql_files};
use limbeck_schema::Dialect;
use serde_json::json;

use crate::comparison_arguments::DiffArguments;
use crate::failure::Failure;
use crate::outcome::Outcome;
use crate::session::{Project, Session};

pub(crate) async fn run(session: &mut Session<'_>, arguments: &DiffArguments) -> Result<Outcome, Failure> {
    let mut sides = Sides { project: None };
    let from = sides.read(session, &arguments.from)?;
    let to = sides.read(session, &arguments.to)?;
    let settings = sides.settings(session, arguments, &[&from, &to])?;
    let reporter = &mut session.reporter;
    let report = &mut |event| match event {
        // They are the result, and come on stdout.
        Event::Detected(_) => {}
        event => reporter.event(event),
    };
    let comparison = limbeck_migrate::diff(&from, &to, &settings, report).await?;
    session.reporter.end();
    Ok(outcome(session, arguments, &comparison))
}

fn outcome(session: &Session<'_>, arguments: &DiffArguments, comparison: &Comparison) -> Outcome {
    let mut outcome = if session.options.json {
        super::check::json_outcome(
            comparison,
            &[("from", json!(arguments.from)), ("to", json!(arguments.to))],
        )
    } else if arguments.sql {
        Outcome::text(limbeck_migrate::statements_text(comparison.dialect, &comparison.upgrade))
    } else {
        Outcome::text(super::check::detected_text(comparison, "Differences"))
    };
    if !comparison.is_empty() {
        outcome.failure = Some(Failure::SchemasDiffer { count: comparison.detected.len() });
    } else if !session.options.json {
        session.reporter.info("The two agree");
    }
    outcome
}

/// Reads the sides; the configuration only where one of them needs it.
struct Sides {
    project: Option<Project>,
}

impl Sides {
    fn project(&mut self, session: &Session<'_>) -> Result<&Project, Failure> {
        match self.project {
            Some(ref project) => Ok(project),
            None => Ok(self.project.insert(session.project()?)),
        }
    }

    fn read(&mut self, session: &mut Session<'_>, text: &str) -> Result<SchemaSource, Failure> {
        match text {
            "model" => {
                let project = self.project(session)?;
                Ok(SchemaSource::Model(session.model(project)?))
            }
            "scripts" => {
                let (scripts, _) = session.scripts(self.project(session)?)?;
                Ok(SchemaSource::Scripts(scripts))
            }
            text => match text.strip_prefix("env:") {
                Some(name) => {
                    let project = self.project(session)?;
                    Ok(SchemaSource::Database(Box::new(session.environment_database(project, Some(name))?)))
                }
                None => self.url_or_path(session, text),
            },
        }
    }

    fn url_or_path(&mut self, session: &Session<'_>, text: &str) -> Result<SchemaSource, Failure> {
        let path = PathBuf::from(text);
        let has_scheme =
            text.split_once(':').is_some_and(|(scheme, _)| !scheme.contains(['/', '\\', '.', '*']));
        if has_scheme && !path.exists() {
            let url = DatabaseUrl::parse(text)?;
            // A project's settings hold for its databases wherever they are; without one there are none.
            let database = match self.project(session) {
                Ok(project) => Database::of_config(&project.config, url),
                Err(_) => Database::new(url),
            };
            return Ok(SchemaSource::Database(Box::new(database)));
        }
        if path.extension().is_some_and(|extension| extension == "json") {
            return Ok(SchemaSource::Model(Model::from_json_file(&path)?));
        }
        if !path.exists() && !text.contains(['*', '?', '[']) {
            return Err(Failure::UnknownSide { text: text.to_owned() });
        }
        Ok(SchemaSource::Model(Model::of_sql(read_sql_files(&[path])?)))
    }

    fn settings(
        &mut self,
        session: &Session<'_>,
        arguments: &DiffArguments,
        sides: &[&SchemaSource],
    ) -> Result<DiffSettings, Failure> {
        let asked: Option<Dialect> = arguments.dialect.map(Dialect::from);
        let is_database = |side: &&&SchemaSource| matches!(side, SchemaSource::Database(_));
        // The environment is asked where it is named, or nothing else tells the dialect or the server.
        let named = !session.options.environment.is_empty() || session.options.url.is_some();
        let needed = sides.iter().find(is_database).is_none() && asked != Some(Dialect::Sqlite);
        let host = match (named || needed, self.project(session)) {
            (true, Ok(project)) => match session.environment_database(project, None) {
                Ok(database) => Some(database),
                Err(error) if named || asked.is_none() => return Err(error),
                Err(_) => None,
            },
            (true, Err(error)) if named || asked.is_none() => return Err(error),
            _ => None,
        };
        let config = self.project.as_ref().map(|project| &project.config);
        let said = host.as_ref().map(|host| host.safe).or_else(|| config.map(|config| config.safe(None)));
        Ok(DiffSettings {
            dialect: asked.or(host.as_ref().map(Database::dialect)).unwrap_or(Dialect::Postgresql),
            filters: config.map(|config| config.filters.clone()).unwrap_or_default(),
            managed: config.map(|config| config.entities.managed.clone()).unwrap_or_default(),
            safe: arguments.shapes.choice().or(said).unwrap_or(false),
            host: host.map(Box::new),
        })
    }
}
