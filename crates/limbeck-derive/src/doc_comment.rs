//! Doc comments as database comments.

use syn::{Attribute, Expr, ExprLit, Lit, Meta};

/// The doc comment among attributes: lines of a paragraph joined by a space, paragraphs by an empty line, as rustdoc
/// reads them. `None` when there is none.
pub(crate) fn doc_comment(attributes: &[Attribute]) -> Option<String> {
    let text: Vec<String> = attributes.iter().filter_map(doc_text).collect();
    let text = text.join("\n");
    let mut paragraphs: Vec<Vec<&str>> = vec![Vec::new()];
    for line in text.lines().map(str::trim) {
        match (line, paragraphs.last_mut()) {
            ("", Some(current)) if current.is_empty() => {}
            ("", _) => paragraphs.push(Vec::new()),
            (words, Some(current)) => current.push(words),
            (words, None) => paragraphs.push(vec![words]),
        }
    }
    let paragraphs: Vec<String> =
        paragraphs.iter().filter(|lines| !lines.is_empty()).map(|lines| lines.join(" ")).collect();
    (!paragraphs.is_empty()).then(|| paragraphs.join("\n\n"))
}

fn doc_text(attribute: &Attribute) -> Option<String> {
    match &attribute.meta {
        Meta::NameValue(pair) if pair.path.is_ident("doc") => match &pair.value {
            Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value()),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use syn::parse_quote;

    use super::*;

    #[test]
    fn paragraphs_are_kept_and_lines_are_joined() {
        let item: syn::ItemStruct = parse_quote! {
            /// People
            /// who buy.
            ///
            ///
            ///   And come back.
            #[allow(dead_code)]
            struct Customer;
        };
        assert_eq!(doc_comment(&item.attrs).as_deref(), Some("People who buy.\n\nAnd come back."));
    }

    #[test]
    fn no_words_are_no_comment() {
        let item: syn::ItemStruct = parse_quote! {
            ///
            struct Customer;
        };
        assert_eq!(doc_comment(&item.attrs), None);
    }
}
