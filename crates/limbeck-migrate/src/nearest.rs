//! The known name a mistyped one probably meant.

/// The candidate most like `name`, if one is like it enough to be worth naming.
///
/// Like it is what few keystrokes make of it (a transposition is one), or what begins with it. Two unrelated
/// revision identifiers are never so near.
pub(crate) fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let mut best: Option<(f64, &str)> = None;
    for candidate in candidates {
        let likeness = strsim::normalized_damerau_levenshtein(name, candidate);
        let begins = name.chars().count() >= 3 && candidate.starts_with(name);
        if (likeness > 0.6 || begins) && best.is_none_or(|(highest, _)| likeness > highest) {
            best = Some((likeness, candidate));
        }
    }
    best.map(|(_, candidate)| candidate.to_owned())
}

/// ``, did you mean `x`?`` or nothing, to end a message with.
pub(crate) fn did_you_mean(nearest: Option<&str>) -> String {
    nearest.map(|name| format!("; did you mean `{name}`?")).unwrap_or_default()
}
