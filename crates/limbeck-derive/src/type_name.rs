//! The texts that `#[column(type = "…")]` takes, as `SqlType` values.

use proc_macro2::TokenStream;
use quote::quote;

/// The `SqlType` of a type's SQL name: a generic one for the names that standard SQL, PostgreSQL and SQLite give to
/// the generic types, else a type that the given dialect alone knows.
///
/// # Errors
/// What is wrong with the text.
pub(crate) fn sql_type(text: &str, dialect: Dialect) -> Result<TokenStream, String> {
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some(element) = words.strip_suffix("[]") {
        let element = sql_type(element, dialect)?;
        return Ok(quote!(__limbeck::SqlType::Array(::std::boxed::Box::new(#element))));
    }
    let lower = words.to_lowercase();
    let (name, arguments) = split_arguments(&lower);
    match generic(&name, &arguments, text)? {
        Some(variant) => Ok(quote!(__limbeck::SqlType::#variant)),
        None => Ok(match dialect {
            Dialect::Postgresql => quote!(__limbeck::SqlType::postgresql(#words)),
            Dialect::Sqlite => quote!(__limbeck::SqlType::sqlite(#words)),
        }),
    }
}

/// Whose type names are not generic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    Postgresql,
    Sqlite,
}

impl Dialect {
    /// The dialect with that name among the variants of `limbeck::Dialect`.
    pub(crate) fn of(variant: &proc_macro2::Ident) -> Self {
        if variant == "Sqlite" { Self::Sqlite } else { Self::Postgresql }
    }
}

/// `timestamp(3) with time zone` gives `timestamp with time zone` and `["3"]`.
fn split_arguments(text: &str) -> (String, Vec<String>) {
    let Some((before, rest)) = text.split_once('(') else { return (text.to_owned(), Vec::new()) };
    let (inside, after) = rest.split_once(')').unwrap_or((rest, ""));
    let name = format!("{} {}", before.trim(), after.trim()).trim().to_owned();
    (name, inside.split(',').map(|argument| argument.trim().to_owned()).collect())
}

fn generic(name: &str, arguments: &[String], text: &str) -> Result<Option<TokenStream>, String> {
    let number = |position: usize| match arguments.get(position) {
        None => Ok(None),
        Some(argument) => match argument.parse::<i32>() {
            Ok(number) => Ok(Some(number)),
            Err(_) => Err(format!("`{argument}` in the type `{text}` is no number")),
        },
    };
    let unsigned = |position: usize| match number(position)? {
        Some(negative @ ..0) => Err(format!("`{negative}` in the type `{text}` is negative")),
        other => Ok(other.map(i32::cast_unsigned)),
    };
    let at_most = |count: usize| match arguments.len() {
        given if given > count => Err(format!("the type `{text}` takes at most {count} numbers")),
        _ => Ok(()),
    };
    let plain = |variant: TokenStream| at_most(0).map(|()| Some(variant));
    let precision = |variant: TokenStream, timezone: bool| {
        at_most(1)?;
        let precision = option(unsigned(0)?);
        Ok(Some(quote!(#variant { precision: #precision, timezone: #timezone })))
    };
    match name {
        "smallint" | "int2" => plain(quote!(SmallInteger)),
        "integer" | "int" | "int4" => plain(quote!(Integer)),
        "bigint" | "int8" => plain(quote!(BigInteger)),
        "smallserial" | "serial" | "bigserial" => Err(format!(
            "`{name}` is a default in disguise: give the field its integer type and `#[column(identity)]`"
        )),
        "numeric" | "decimal" => {
            at_most(2)?;
            let (precision, scale) = (option(unsigned(0)?), option(number(1)?));
            Ok(Some(quote!(Numeric { precision: #precision, scale: #scale })))
        }
        "real" | "float4" => plain(quote!(Real)),
        "double precision" | "double" | "float8" => plain(quote!(Double)),
        "boolean" | "bool" => plain(quote!(Boolean)),
        "varchar" | "character varying" => {
            at_most(1)?;
            let length = option(unsigned(0)?);
            Ok(Some(quote!(String { length: #length })))
        }
        // PostgreSQL docs, "Character Types": character without a length is character(1).
        "char" | "character" => {
            at_most(1)?;
            let length = unsigned(0)?.unwrap_or(1);
            Ok(Some(quote!(Char { length: #length })))
        }
        "text" => plain(quote!(Text)),
        "date" => plain(quote!(Date)),
        "time" | "time without time zone" => precision(quote!(Time), false),
        "timetz" | "time with time zone" => precision(quote!(Time), true),
        "timestamp" | "timestamp without time zone" | "datetime" => precision(quote!(DateTime), false),
        "timestamptz" | "timestamp with time zone" => precision(quote!(DateTime), true),
        "interval" if arguments.is_empty() => Ok(Some(quote!(Interval))),
        "bytea" | "blob" => plain(quote!(LargeBinary)),
        "uuid" => plain(quote!(Uuid)),
        "json" => plain(quote!(Json)),
        "jsonb" => plain(quote!(Jsonb)),
        _ => Ok(None),
    }
}

fn option(value: Option<impl quote::ToTokens>) -> TokenStream {
    match value {
        Some(value) => quote!(::std::option::Option::Some(#value)),
        None => quote!(::std::option::Option::None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str) -> String {
        let tokens = sql_type(text, Dialect::Postgresql).unwrap().to_string();
        tokens
            .replace("__limbeck :: SqlType :: ", "")
            .replace(":: std :: option :: Option :: ", "")
            .replace(' ', "")
    }

    #[test]
    fn generic_names_are_generic_types() {
        assert_eq!(written("VARCHAR(20)"), "String{length:Some(20u32)}");
        assert_eq!(written("numeric(10, -2)"), "Numeric{precision:Some(10u32),scale:Some(-2i32)}");
        assert_eq!(written("timestamp(3)  with time zone"), "DateTime{precision:Some(3u32),timezone:true}");
        assert_eq!(written("double precision"), "Double");
        assert_eq!(written("char"), "Char{length:1u32}");
    }

    #[test]
    fn other_names_belong_to_their_dialect() {
        assert_eq!(written("citext"), "postgresql(\"citext\")");
        assert_eq!(written("public.Email"), "postgresql(\"public.Email\")");
        assert!(written("inet[]").starts_with("Array("));
        let sqlite = sql_type("ANY", Dialect::Sqlite).unwrap().to_string();
        assert!(sqlite.contains("sqlite"));
    }

    #[test]
    fn wrong_texts_are_refused() {
        for text in ["varchar(x)", "varchar(-1)", "text(3)", "serial", "numeric(1, 2, 3)"] {
            assert!(sql_type(text, Dialect::Postgresql).is_err(), "{text}");
        }
    }
}
