//! `embed_migrations!`: a directory of scripts inside the binary.

use std::path::{Path, PathBuf};

use proc_macro2::TokenStream;
use quote::quote;
use syn::LitStr;

/// The scripts of a directory as `&'static [(path, text)]`, or what is wrong with the directory.
pub(crate) fn expand(input: TokenStream) -> TokenStream {
    embedded(input, "embed_migrations!(\"migrations\")", |_| String::new())
}

/// The same with the directory before each path.
pub(crate) fn expand_with_directory(input: TokenStream) -> TokenStream {
    embedded(input, "sql_dir!(\"schema\")", |directory| format!("{}/", directory.trim_end_matches('/')))
}

fn embedded(input: TokenStream, example: &str, prefix: impl Fn(&str) -> String) -> TokenStream {
    let literal: LitStr = match syn::parse2(input) {
        Ok(literal) => literal,
        Err(error) => {
            let message = format!("expected the directory as a string literal: `{example}`");
            return syn::Error::new(error.span(), message).to_compile_error();
        }
    };
    match scripts(&literal.value()) {
        Ok(mut scripts) => {
            let prefix = prefix(&literal.value());
            scripts.iter_mut().for_each(|script| script.name.insert_str(0, &prefix));
            // `include_str!` makes the compiler watch the file.
            let scripts =
                scripts.iter().map(|Script { name, path }| quote!((#name, ::std::include_str!(#path))));
            quote!({
                const SCRIPTS: &[(&str, &str)] = &[#(#scripts),*];
                SCRIPTS
            })
        }
        Err(message) => syn::Error::new(literal.span(), message).to_compile_error(),
    }
}

/// A script of the directory.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Script {
    /// The path below the directory, with `/`.
    name: String,
    /// The absolute path.
    path: String,
}

fn scripts(directory: &str) -> Result<Vec<Script>, String> {
    let root = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from).unwrap_or_default().join(directory);
    if !root.is_dir() {
        return Err(format!("there is no directory `{directory}` beside Cargo.toml"));
    }
    let mut scripts = Vec::new();
    collect(&root, "", &mut scripts)?;
    scripts.sort();
    Ok(scripts)
}

fn collect(directory: &Path, prefix: &str, scripts: &mut Vec<Script>) -> Result<(), String> {
    let unreadable = |error: std::io::Error| format!("cannot read `{}`: {error}", directory.display());
    for entry in std::fs::read_dir(directory).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let path = entry.path();
        let not_text = || format!("the path `{}` is not UTF-8", path.display());
        let name = entry.file_name().into_string().map_err(|_| not_text())?;
        let name = format!("{prefix}{name}");
        // Links to directories are not followed: they may lead back here.
        if entry.file_type().map_err(unreadable)?.is_dir() {
            collect(&path, &format!("{name}/"), scripts)?;
        } else if path.extension().is_some_and(|extension| extension == "sql") && path.is_file() {
            scripts.push(Script { name, path: path.to_str().ok_or_else(not_text)?.to_owned() });
        }
    }
    Ok(())
}
