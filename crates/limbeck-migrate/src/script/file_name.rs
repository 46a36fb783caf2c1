//! New identifiers, and the file names made of them.

use super::NewScript;

/// Alembic's `truncate_slug_length`, in characters.
const SLUG_LENGTH: usize = 40;

/// A new revision identifier: the last 12 hexadecimal digits of a random (version 4) UUID, as in Alembic.
pub fn new_revision_id() -> String {
    format!("{:012x}", uuid::Uuid::new_v4().as_u128() & 0xffff_ffff_ffff)
}

/// The words of a message joined by `_`, in lower case. What is longer than 40 characters is cut after a word and ends
/// with `_`, as in Alembic.
pub fn slug(message: &str) -> String {
    let words: Vec<&str> = message
        .split(|character: char| !(character.is_alphanumeric() || character == '_'))
        .filter(|word| !word.is_empty())
        .collect();
    let slug = words.join("_").to_lowercase();
    if slug.chars().count() <= SLUG_LENGTH {
        return slug;
    }
    let cut: String = slug.chars().take(SLUG_LENGTH).collect();
    let whole_words = cut.rsplit_once('_').map_or(cut.as_str(), |(whole_words, _)| whole_words);
    format!("{whole_words}_")
}

/// `<revision>_<slug>.sql`, or `<revision>.sql` for a message without a word.
pub fn file_name(script: &NewScript) -> String {
    let slug = slug(&script.message);
    let separator = if slug.is_empty() { "" } else { "_" };
    format!("{}{separator}{slug}.sql", script.revision)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_is_twelve_hexadecimal_digits_and_new() {
        let id = new_revision_id();
        assert_eq!(id.len(), 12);
        assert!(id.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte)), "{id}");
        assert_ne!(id, new_revision_id());
    }

    #[test]
    fn a_slug_is_the_words_of_the_message() {
        assert_eq!(slug("Add phone, e-mail to Customers!"), "add_phone_e_mail_to_customers");
        assert_eq!(slug("Prénom ändern"), "prénom_ändern");
        assert_eq!(slug("..."), "");
    }

    #[test]
    fn a_long_slug_is_cut_after_a_word() {
        assert_eq!(
            slug("this is a really long message that goes on and on"),
            "this_is_a_really_long_message_that_goes_"
        );
        assert_eq!(slug(&"x".repeat(60)), format!("{}_", "x".repeat(40)));
    }
}
