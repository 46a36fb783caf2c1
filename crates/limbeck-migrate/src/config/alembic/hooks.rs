//! `[post_write_hooks]` of `alembic.ini`, and `[[tool.alembic.post_write_hooks]]` of `pyproject.toml`.
//!
//! Alembic starts a tool in its own Python (`script/write_hooks.py`). Here `exec` is the program that it names,
//! `console_scripts` the program that pip installs under the entry point's name, and `module` is run by `python3 -m`. What
//! `env.py` registers is Python, and says so when its turn comes.

use super::{ConfigError, Options};
use crate::hook::{FILE, Hook, HookCommand};

/// What stands for the script in a hook's options.
const SCRIPT_TOKEN: &str = "REVISION_SCRIPT_FILENAME";

/// The section of the ini file.
const SECTION: &str = "post_write_hooks";

pub(super) fn hooks(options: &Options<'_>) -> Result<Vec<Hook>, ConfigError> {
    if let Some(ini) = &options.ini
        && let Some(names) = ini.get(SECTION, "hooks", &options.here)?
    {
        let names = names.split([',', ' ', '\n']).map(str::trim).filter(|name| !name.is_empty());
        return names
            .map(|name| {
                hook(options, name, &|key| {
                    ini.get(SECTION, &format!("{}.{key}", name.to_lowercase()), &options.here)
                })
            })
            .collect();
    }
    let tables = options.toml.as_ref().and_then(|table| table.get(SECTION)).and_then(toml::Value::as_array);
    let tables = tables.into_iter().flatten().filter_map(toml::Value::as_table);
    tables
        .map(|table| {
            let text =
                |key: &str| table.get(key).and_then(toml::Value::as_str).map(|text| options.formatted(text));
            hook(options, &text("name").unwrap_or_default(), &|key| Ok(text(key)))
        })
        .collect()
}

type Setting<'a> = &'a dyn Fn(&str) -> Result<Option<String>, ConfigError>;

fn hook(options: &Options<'_>, name: &str, setting: Setting<'_>) -> Result<Hook, ConfigError> {
    let required = |key: &str| -> Result<String, ConfigError> {
        setting(key)?
            .filter(|value| !value.is_empty())
            .ok_or_else(|| options.invalid(&format!("the post-write hook `{name}` has no `{key}`")))
    };
    let program = match required("type")?.as_str() {
        "exec" => vec![required("executable")?],
        "console_scripts" => vec![required("entrypoint")?],
        "module" => vec!["python3".to_owned(), "-m".to_owned(), required("module")?],
        kind => {
            let reason = format!(
                "its type `{kind}` is a Python function of `env.py`, which is not run; name a program with `type = exec`"
            );
            return Ok(Hook {
                name: name.to_owned(),
                command: HookCommand::Refused(reason),
                directory: None,
            });
        }
    };
    let text = setting("options")?.unwrap_or_default();
    let words = shlex::split(&text).ok_or_else(|| {
        options.invalid(&format!(
            "the `options` of the post-write hook `{name}` have a quote that is not closed"
        ))
    })?;
    let mut words: Vec<String> = words.into_iter().map(|word| word.replace(SCRIPT_TOKEN, FILE)).collect();
    if !words.iter().any(|word| word.contains(FILE)) {
        words.insert(0, FILE.to_owned());
    }
    Ok(Hook {
        name: name.to_owned(),
        command: HookCommand::Program([program, words].concat()),
        directory: setting("cwd")?.map(Into::into),
    })
}
