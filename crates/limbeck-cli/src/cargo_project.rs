//! What `init` needs to know of the Cargo project it runs in.

use std::path::Path;

use toml::{Table, Value};

/// A package's `Cargo.toml` and sources, as far as they matter for a binary that prints the model.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct CargoProject {
    /// The name the library has, or will have, in Rust code.
    pub(crate) library: String,
    /// What is left for the user to add, each with the exact text.
    pub(crate) missing: Vec<String>,
}

/// The Cargo project of a directory: `None` when there is no package, or its manifest cannot be read, which Cargo says
/// better than we could.
pub(crate) fn read(directory: &Path) -> Option<CargoProject> {
    let manifest: Table = std::fs::read_to_string(directory.join("Cargo.toml")).ok()?.parse().ok()?;
    let library_source = std::fs::read_to_string(directory.join(library_path(&manifest))).ok();
    let has_main = directory.join("src/main.rs").is_file();
    project(&manifest, library_source.as_deref(), has_main)
}

fn library_path(manifest: &Table) -> &str {
    text(manifest, &["lib", "path"]).unwrap_or("src/lib.rs")
}

/// What a manifest and the library's source come to.
fn project(manifest: &Table, library_source: Option<&str>, has_main: bool) -> Option<CargoProject> {
    let package = text(manifest, &["package", "name"])?;
    let has_library = manifest.contains_key("lib") || library_source.is_some();
    let library = text(manifest, &["lib", "name"]).unwrap_or(package).replace('-', "_");

    let mut missing = Vec::new();
    if !depends_on_limbeck(manifest) {
        missing.push("the dependency on limbeck: run `cargo add limbeck`".to_owned());
    }
    let declared = library_source.is_some_and(|source| source.contains("fn schema("));
    if !declared {
        let path = library_path(manifest);
        let what = if has_library { "the model" } else { "a library with the model" };
        missing.push(format!(
            "{what}: add to {path}\n\n    use limbeck::prelude::*;\n\n    pub fn schema() -> MetaData {{\n        MetaData::new().models(models![/* your models */])\n    }}\n"
        ));
    }
    if has_main && text(manifest, &["package", "default-run"]).is_none() {
        missing.push(format!(
            "which binary `cargo run` means, now that there are two: add `default-run = \"{package}\"` to `[package]` in Cargo.toml"
        ));
    }
    Some(CargoProject { library, missing })
}

/// Whether limbeck is a dependency, be it under another name.
fn depends_on_limbeck(manifest: &Table) -> bool {
    let Some(Value::Table(dependencies)) = manifest.get("dependencies") else { return false };
    dependencies.iter().any(|(name, dependency)| match dependency {
        Value::Table(dependency) => {
            dependency.get("package").and_then(Value::as_str).unwrap_or(name.as_str()) == "limbeck"
        }
        _ => name == "limbeck",
    })
}

fn text<'a>(table: &'a Table, path: &[&str]) -> Option<&'a str> {
    let (last, tables) = path.split_last()?;
    let mut table = table;
    for name in tables {
        table = table.get(*name)?.as_table()?;
    }
    table.get(*last)?.as_str()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(manifest: &str, library_source: Option<&str>, has_main: bool) -> Option<CargoProject> {
        project(&manifest.parse().unwrap(), library_source, has_main)
    }

    #[test]
    fn a_project_that_has_everything() {
        let manifest = "[package]\nname = \"web-shop\"\n[dependencies]\nlimbeck = \"0.1\"\n";
        assert_eq!(
            read(manifest, Some("pub fn schema() -> MetaData {"), false),
            Some(CargoProject { library: "web_shop".to_owned(), missing: Vec::new() })
        );
    }

    #[test]
    fn a_library_may_have_a_name_of_its_own() {
        let manifest = "[package]\nname = \"web-shop\"\n[lib]\nname = \"shop\"\npath = \"shop.rs\"\n";
        assert_eq!(read(manifest, None, false).unwrap().library, "shop");
        assert_eq!(library_path(&manifest.parse().unwrap()), "shop.rs");
    }

    #[test]
    fn everything_that_is_missing_is_said() {
        let missing = read("[package]\nname = \"web-shop\"\n", None, true).unwrap().missing;
        assert_eq!(missing.len(), 3, "{missing:?}");
        assert!(missing[0].contains("cargo add limbeck"));
        assert!(missing[1].starts_with("a library with the model: add to src/lib.rs"));
        assert!(missing[2].contains("default-run = \"web-shop\""));
    }

    #[test]
    fn limbeck_may_be_renamed_and_another_crate_may_not_take_its_name() {
        let renamed =
            "[package]\nname = \"a\"\n[dependencies]\ndb = { package = \"limbeck\", version = \"0.1\" }\n";
        assert!(depends_on_limbeck(&renamed.parse().unwrap()));
        let other =
            "[package]\nname = \"a\"\n[dependencies]\nlimbeck = { package = \"other\", version = \"0.1\" }\n";
        assert!(!depends_on_limbeck(&other.parse().unwrap()));
        let inherited = "[package]\nname = \"a\"\n[dependencies]\nlimbeck.workspace = true\n";
        assert!(depends_on_limbeck(&inherited.parse().unwrap()));
    }

    #[test]
    fn a_workspace_without_a_package_is_no_project() {
        assert_eq!(read("[workspace]\nmembers = [\"a\"]\n", None, false), None);
    }
}
