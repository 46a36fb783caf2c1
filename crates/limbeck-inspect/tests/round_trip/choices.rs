//! Random choices that can be repeated, and repeated with a few of them made anew.

/// Random numbers by name. What depends on a name alone stays what it is when other choices come or go, so a second
/// schema can be drawn as the first one with some choices made anew.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Choices {
    own: u64,
    /// The same place in the choices of an earlier schema, and how many in a hundred are made anew.
    earlier: Option<(u64, u64)>,
}

impl Choices {
    pub(crate) fn new(seed: u64) -> Self {
        Self { own: mixed(seed), earlier: None }
    }

    /// The choices with some made anew.
    pub(crate) fn changed(self, seed: u64, percent: u64) -> Self {
        Self { own: mixed(seed), earlier: Some((self.own, percent)) }
    }

    /// The choices about a part.
    pub(crate) fn of(&self, part: &str) -> Self {
        Self {
            own: named(self.own, part),
            earlier: self.earlier.map(|(at, percent)| (named(at, part), percent)),
        }
    }

    /// A number below the limit.
    pub(crate) fn below(&self, name: &str, limit: usize) -> usize {
        let own = named(self.own, name);
        let number = match self.earlier {
            Some((earlier, percent)) if mixed(own ^ 1) % 100 >= percent => named(earlier, name),
            _ => own,
        };
        usize::try_from(mixed(number) % limit.max(1) as u64).unwrap_or_default()
    }

    /// True this many times in a hundred.
    pub(crate) fn chance(&self, name: &str, percent: usize) -> bool {
        self.below(name, 100) < percent
    }

    /// One of several.
    pub(crate) fn pick<'a, T>(&self, name: &str, from: &'a [T]) -> &'a T {
        &from[self.below(name, from.len())]
    }
}

fn named(at: u64, name: &str) -> u64 {
    name.bytes().fold(mixed(at), |state, byte| mixed(state ^ u64::from(byte)))
}

/// SplitMix64: every bit of the result depends on every bit of the argument.
fn mixed(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
