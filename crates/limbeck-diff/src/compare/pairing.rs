//! Which old object is which new one.

/// The old and new objects of one kind in one table, by position.
pub(super) struct Pairing {
    /// Old and new positions of what is the same object, in new order.
    pub(super) pairs: Vec<(usize, usize)>,
    /// Old objects without a new one.
    pub(super) removed: Vec<usize>,
    /// New objects without an old one.
    pub(super) added: Vec<usize>,
}

/// Pairs objects of one name; then, among the rest, objects of equal content, which are renamed ones or, where one
/// side has no name, the same one.
pub(super) fn pair(
    from: &[Option<&str>],
    to: &[Option<&str>],
    equal_content: &dyn Fn(usize, usize) -> bool,
) -> Pairing {
    let mut partners: Vec<Option<usize>> = to
        .iter()
        .map(|name| name.and_then(|name| from.iter().position(|candidate| *candidate == Some(name))))
        .collect();
    let mut free: Vec<usize> = (0..from.len()).filter(|old| !partners.contains(&Some(*old))).collect();
    for (new, partner) in partners.iter_mut().enumerate().filter(|(_, partner)| partner.is_none()) {
        if let Some(place) = free.iter().position(|old| equal_content(*old, new)) {
            *partner = Some(free.remove(place));
        }
    }
    let indexed = partners.iter().enumerate();
    Pairing {
        pairs: indexed.clone().filter_map(|(new, old)| old.map(|old| (old, new))).collect(),
        removed: free,
        added: indexed.filter(|(_, old)| old.is_none()).map(|(new, _)| new).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Object = (Option<&'static str>, u8);

    fn paired(from: &[Object], to: &[Object]) -> (Vec<(usize, usize)>, Vec<usize>, Vec<usize>) {
        let names = |list: &[Object]| list.iter().map(|(name, _)| *name).collect::<Vec<_>>();
        let pairing = pair(&names(from), &names(to), &|old, new| from[old].1 == to[new].1);
        (pairing.pairs, pairing.removed, pairing.added)
    }

    #[test]
    fn a_name_counts_more_than_content() {
        let from = [(Some("a"), 1), (Some("b"), 2)];
        let to = [(Some("b"), 1), (Some("c"), 1)];
        assert_eq!(paired(&from, &to), (vec![(1, 0), (0, 1)], vec![], vec![]));
    }

    #[test]
    fn unnamed_objects_are_found_by_content_once_each() {
        let from = [(None, 1), (None, 1), (None, 3)];
        let to = [(Some("a"), 1), (Some("b"), 1), (Some("c"), 1)];
        assert_eq!(paired(&from, &to), (vec![(0, 0), (1, 1)], vec![2], vec![2]));
    }
}
