//! Errors as the compiler shows them.

use proc_macro2::TokenStream;

/// A `compile_error!` for every error, at its place, in our words: darling calls every option a field, and a struct
/// has fields of its own.
pub(crate) fn compile_errors(error: darling::Error) -> TokenStream {
    let errors = syn::Error::from(error).into_iter();
    errors
        .map(|error| syn::Error::new(error.span(), reworded(&error.to_string())).to_compile_error())
        .collect()
}

fn reworded(message: &str) -> String {
    if let Some(rest) = message.strip_prefix("Unknown field: ") {
        let rest =
            rest.replace(". Did you mean ", ", did you mean ").replace(". Available values: ", ", there is ");
        format!("there is no option {rest}")
    } else if let Some(name) = message.strip_prefix("Duplicate field ") {
        format!("the option {name} is written twice")
    } else if let Some(name) = message.strip_prefix("Missing field ") {
        format!("the option {name} is missing")
    } else {
        message.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use darling::Error;

    use super::*;

    #[test]
    fn options_are_called_options() {
        let unknown = Error::unknown_field_with_alts("tabel", &["table", "schema"]).to_string();
        assert_eq!(reworded(&unknown), "there is no option `tabel`, did you mean `table`?");
        assert_eq!(reworded(&Error::duplicate_field("on").to_string()), "the option `on` is written twice");
        assert_eq!(reworded(&Error::missing_field("on").to_string()), "the option `on` is missing");
        assert_eq!(reworded("something else"), "something else");
    }
}
