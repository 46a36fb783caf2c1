//! What is told on stderr while a command works.

use std::io::{IsTerminal as _, Write as _};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use limbeck_migrate::Event;
use limbeck_migrate::fleet::{FleetEvent, TenantEnd};
use limbeck_migrate::graph::Step;
use limbeck_schema::Dialect;

/// Writes events to stderr: for a person where it is a terminal, as log lines where it is not.
///
/// Log lines are Alembic's with the name changed (`INFO  [limbeck.runtime.migration] Running upgrade a -> b, doc`), so that
/// whatever reads its logs can read these. What Alembic does not say has the logger `limbeck`.
pub(crate) struct Reporter {
    style: Style,
    progress: Option<ProgressBar>,
    steps: usize,
    finished: usize,
    /// The step that runs, as it is to be shown if it never finishes.
    unfinished: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Style {
    /// Nothing, as a program reads stderr.
    Silent,
    /// Warnings only.
    Quiet,
    /// One `INFO  [limbeck] …` for each event.
    Log,
    /// For the eye, with progress.
    Terminal,
}

impl Reporter {
    /// A reporter for this process' stderr.
    pub(crate) fn new(quiet: bool, json: bool) -> Self {
        let style = match (json, quiet) {
            (true, _) => Style::Silent,
            (false, true) => Style::Quiet,
            (false, false) if std::io::stderr().is_terminal() => Style::Terminal,
            (false, false) => Style::Log,
        };
        Self { style, progress: None, steps: 0, finished: 0, unfinished: None }
    }

    /// Whether a person reads along and can answer.
    pub(crate) fn has_a_reader(&self) -> bool {
        self.style == Style::Terminal && std::io::stdin().is_terminal()
    }

    /// A line about what is being done.
    pub(crate) fn info(&self, line: &str) {
        self.log(LIMBECK, line);
    }

    /// A line that Alembic logs too, by its logger.
    fn log(&self, logger: &str, line: &str) {
        match self.style {
            Style::Silent | Style::Quiet => {}
            Style::Log => self.write(&format!("INFO  [{logger}] {line}")),
            Style::Terminal => self.write(&format!("  {line}")),
        }
    }

    /// What Alembic logs before it works with a database, or with none. A person knows it.
    pub(crate) fn context(&self, dialect: Dialect, offline: bool) {
        if self.style != Style::Log {
            return;
        }
        self.log(
            MIGRATION,
            match dialect {
                Dialect::Postgresql => "Context impl PostgresqlImpl.",
                Dialect::Sqlite => "Context impl SQLiteImpl.",
            },
        );
        if offline {
            self.log(MIGRATION, "Generating static SQL");
        }
        // Alembic says "non-transactional" of SQLite, whose DDL it does not trust Python's driver with.
        self.log(MIGRATION, "Will assume transactional DDL.");
    }

    /// A step of a script that is printed in place of a run.
    pub(crate) fn scripted(&self, step: &Step) {
        self.log(MIGRATION, &step.log_line());
    }

    /// A line about something that deserves attention. Shown even when quiet.
    pub(crate) fn warning(&self, line: &str) {
        match self.style {
            Style::Silent => {}
            Style::Log => self.write(&format!("WARN  [limbeck] {line}")),
            Style::Quiet | Style::Terminal => {
                let bold_yellow = anstyle::AnsiColor::Yellow.on_default().bold();
                self.write(&format!("{bold_yellow}warning{bold_yellow:#}: {line}"));
            }
        }
    }

    /// What to do next, for a person: logs have no use for it.
    pub(crate) fn hint(&self, line: &str) {
        if self.style == Style::Terminal {
            let bold_cyan = anstyle::AnsiColor::Cyan.on_default().bold();
            self.write(&format!("{bold_cyan}next{bold_cyan:#}: {line}"));
        }
    }

    /// Tells about an event.
    pub(crate) fn event(&mut self, event: Event) {
        match event {
            Event::Planned { steps } => self.steps = steps,
            Event::Running(step) => self.running(&step),
            Event::Finished { step, elapsed } => self.finished(&step, elapsed),
            Event::Detected(line) => self.log(comparison_logger(&line), &line),
            Event::RunningScripts { scripts } => self.running_in_scratch(scripts, "script"),
            Event::RunningSqlFiles { files } => self.running_in_scratch(files, "SQL file"),
            Event::ReadingModel(command) => self.reading_model(&command),
            Event::WaitingForLock { .. } | Event::Retrying { .. } | Event::ScriptChanged(_) => {
                if let Some(text) = warning_text(&event) {
                    self.warning(&text);
                }
            }
            Event::Resuming { revision, done } => {
                let statements = if done == 1 { "statement" } else { "statements" };
                self.info(&format!("Resuming revision {revision} after {done} {statements}"));
            }
        }
    }

    /// Tells about an event of a fleet: on a terminal a bar of its tenants, elsewhere a line for each that was worked on.
    pub(crate) fn fleet_event(&mut self, event: FleetEvent) {
        match event {
            FleetEvent::Started { tenants } => {
                if self.style == Style::Terminal {
                    self.progress = Some(tenants_bar(tenants));
                }
            }
            FleetEvent::Finished { tenant, end } => {
                if let Some(bar) = &self.progress {
                    bar.inc(1);
                    bar.set_message(tenant.clone());
                }
                match end {
                    TenantEnd::Applied { steps } if self.style == Style::Log => {
                        let count = if steps == 1 { "1 step".to_owned() } else { format!("{steps} steps") };
                        self.info(&format!("Tenant {tenant}: {count}"));
                    }
                    TenantEnd::Applied { .. } | TenantEnd::AlreadyThere => {}
                    TenantEnd::Failed { message } => {
                        self.warning(&format!("tenant {tenant} failed: {message}"))
                    }
                }
            }
            FleetEvent::Tenant { tenant, event } => {
                if let Some(text) = warning_text(&event) {
                    self.warning(&format!("tenant {tenant}: {text}"));
                }
            }
        }
    }

    fn running_in_scratch(&self, count: usize, what: &str) {
        let ending = if count == 1 { "" } else { "s" };
        self.info(&format!("Running {count} {what}{ending} in a scratch database"));
    }

    /// A build may take a while: on a terminal something moves until [`Reporter::end`].
    fn reading_model(&mut self, command: &str) {
        let line = format!("Reading the model: {command}");
        if self.style == Style::Terminal {
            self.progress.get_or_insert_with(progress_bar).set_message(line);
        } else {
            self.info(&line);
        }
    }

    fn running(&mut self, step: &Step) {
        if self.style != Style::Terminal {
            return self.log(MIGRATION, &step.log_line());
        }
        let count = match self.steps {
            0 | 1 => String::new(),
            steps => format!("{}/{steps} ", self.finished + 1),
        };
        let bar = self.progress.get_or_insert_with(progress_bar);
        bar.set_message(format!("{count}{}", step.log_line()));
        self.unfinished = Some(step.log_line());
    }

    fn finished(&mut self, step: &Step, elapsed: Duration) {
        self.finished += 1;
        self.unfinished = None;
        if self.style == Style::Terminal {
            let dimmed = anstyle::Style::new().dimmed();
            self.write(&format!("  {}   {dimmed}{}{dimmed:#}", step.log_line(), duration(elapsed)));
        }
    }

    /// Takes the progress off the terminal, before something else is written there. A step that is not finished failed.
    pub(crate) fn end(&mut self) {
        if let Some(bar) = self.progress.take() {
            bar.finish_and_clear();
        }
        if let Some(line) = self.unfinished.take() {
            let red = anstyle::AnsiColor::Red.on_default();
            self.write(&format!("  {line}   {red}failed{red:#}"));
        }
    }

    fn write(&self, line: &str) {
        match &self.progress {
            Some(bar) => bar.suspend(|| write_line(line)),
            None => write_line(line),
        }
    }
}

/// The logger of what Alembic does not log.
const LIMBECK: &str = "limbeck";

/// The logger of runs.
const MIGRATION: &str = "limbeck.runtime.migration";

/// The logger of a difference, by Alembic's words for it (the modules of its `autogenerate/compare`).
fn comparison_logger(line: &str) -> &'static str {
    let detected = line.strip_prefix("Detected ").unwrap_or(line);
    let begins = |words: &[&str]| words.iter().any(|word| detected.starts_with(word));
    if begins(&["added table", "removed table", "added column", "removed column"]) {
        "limbeck.autogenerate.compare.tables"
    } else if begins(&["type change"]) {
        "limbeck.autogenerate.compare.types"
    } else if begins(&["column comment"]) {
        "limbeck.autogenerate.compare.comments"
    } else if detected.contains("server default on column") {
        "limbeck.autogenerate.compare.server_defaults"
    } else if begins(&["NULL on", "NOT NULL on"])
        || ["index", "unique constraint", "foreign key"].iter().any(|kind| {
            ["added ", "removed ", "changed "]
                .iter()
                .any(|change| detected.strip_prefix(change).is_some_and(|object| object.starts_with(kind)))
        })
    {
        "limbeck.autogenerate.compare.constraints"
    } else {
        LIMBECK
    }
}

/// The words of an event that deserves attention; none for any other.
fn warning_text(event: &Event) -> Option<String> {
    match event {
        Event::WaitingForLock { holder, timeout } => {
            let holder = holder.as_ref().map(|holder| format!(" ({holder})")).unwrap_or_default();
            Some(format!(
                "another process is migrating this database{holder}, waiting up to {} s",
                timeout.as_secs_f64()
            ))
        }
        Event::Retrying { revision, cause, retry, retries, delay } => Some(format!(
            "revision {revision} was rolled back: {cause}; retry {retry} of {retries} in {}",
            duration(*delay)
        )),
        Event::ScriptChanged(changed) => Some(changed.to_string()),
        _ => None,
    }
}

/// What moves while a fleet is worked on.
fn tenants_bar(tenants: usize) -> ProgressBar {
    // As below: a wrong template would only cost the looks.
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} tenants {wide_msg} {elapsed}")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(tenants as u64).with_style(style)
}

/// What moves while a step runs. It first shows after a moment, so that short runs are not a flicker.
fn progress_bar() -> ProgressBar {
    // The template is right; a wrong one would only cost the looks.
    let style = ProgressStyle::with_template("{spinner} {wide_msg} {elapsed}")
        .unwrap_or_else(|_| ProgressStyle::default_spinner());
    let bar = ProgressBar::no_length().with_style(style);
    bar.enable_steady_tick(Duration::from_millis(150));
    bar
}

/// A stderr that is gone is no reason to stop a migration.
fn write_line(line: &str) {
    let _ = writeln!(anstream::stderr().lock(), "{line}");
}

/// A duration as people read it.
pub(crate) fn duration(elapsed: Duration) -> String {
    match elapsed.as_millis() {
        0 => "<1 ms".to_owned(),
        milliseconds @ 1..1000 => format!("{milliseconds} ms"),
        _ => format!("{:.1} s", elapsed.as_secs_f64()),
    }
}
