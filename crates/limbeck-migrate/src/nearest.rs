//! The known name a mistyped one probably meant.

/// The candidate most like `name`, if one is like it enough to be worth naming.
///
/// The threshold is the one argument parsers use (Jaro similarity above 0.7): low enough for a transposition or a
/// missing letter, high enough that an unrelated name is not offered.
pub(crate) fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let mut best: Option<(f64, &str)> = None;
    for candidate in candidates {
        let likeness = strsim::jaro(name, candidate);
        if likeness > 0.7 && best.is_none_or(|(highest, _)| likeness > highest) {
            best = Some((likeness, candidate));
        }
    }
    best.map(|(_, candidate)| candidate.to_owned())
}

/// ``, did you mean `x`?`` or nothing, to end a message with.
pub(crate) fn did_you_mean(nearest: Option<&str>) -> String {
    nearest.map(|name| format!("; did you mean `{name}`?")).unwrap_or_default()
}
