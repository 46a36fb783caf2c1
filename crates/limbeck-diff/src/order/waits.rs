//! Which operation waits for which, and the order that follows.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

/// Why an operation waits for another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Edge {
    /// The database refuses it otherwise.
    Firm,
    /// It mentions what the other one makes; it can do without.
    Mention,
}

/// Operations, by position, and what they wait for.
pub(super) struct Waits {
    later: Vec<Vec<(usize, Edge)>>,
    waiting_for: Vec<usize>,
    in_circles: BTreeSet<usize>,
}

/// What [`Waits::sorted`] finds.
pub(super) struct Sorted {
    /// All positions.
    pub(super) positions: Vec<usize>,
    /// Those that wait for each other in a circle that no order can serve.
    pub(super) in_circles: BTreeSet<usize>,
}

impl Waits {
    pub(super) fn new(operations: usize) -> Self {
        Self {
            later: vec![Vec::new(); operations],
            waiting_for: vec![0; operations],
            in_circles: BTreeSet::new(),
        }
    }

    pub(super) fn precede(&mut self, first: usize, second: usize, edge: Edge) {
        if first != second
            && let (Some(list), Some(count)) = (self.later.get_mut(first), self.waiting_for.get_mut(second))
        {
            list.push((second, edge));
            *count += 1;
        }
    }

    /// All positions, each behind those that it waits for; the lowest first where there is a choice.
    pub(super) fn sorted(mut self) -> Sorted {
        let count = self.later.len();
        let mut sorted = Vec::with_capacity(count);
        let waiting = self.waiting_for.iter().enumerate();
        let mut ready: BinaryHeap<_> = waiting.filter(|(_, n)| **n == 0).map(|(i, _)| Reverse(i)).collect();
        let mut done = vec![false; count];
        while sorted.len() < count {
            let next = match ready.pop() {
                Some(Reverse(next)) => next,
                None => match self.cut_cycle(&done) {
                    Some(free) => free,
                    None => continue,
                },
            };
            if done.get(next) != Some(&false) {
                continue;
            }
            if let Some(flag) = done.get_mut(next) {
                *flag = true;
            }
            sorted.push(next);
            for (after, _) in self.later.get_mut(next).map(std::mem::take).unwrap_or_default() {
                if self.waits_less(after) {
                    ready.push(Reverse(after));
                }
            }
        }
        Sorted { positions: sorted, in_circles: self.in_circles }
    }

    /// Whether that was the last one it waited for.
    fn waits_less(&mut self, operation: usize) -> bool {
        let Some(count) = self.waiting_for.get_mut(operation) else { return false };
        *count = count.saturating_sub(1);
        *count == 0
    }

    /// Nothing can go on: takes a mention out of a cycle, and gives the operation that is free by that, if it is; or, if
    /// there is no mention in the cycle, its first operation.
    fn cut_cycle(&mut self, done: &[bool]) -> Option<usize> {
        let cycle = self.cycle(done);
        let mentions = cycle.iter().filter(|(_, _, edge)| *edge == Edge::Mention);
        if let Some((first, second, _)) = mentions.min_by_key(|(_, second, _)| *second)
            && let Some(list) = self.later.get_mut(*first)
            && let Some(place) = list.iter().position(|known| *known == (*second, Edge::Mention))
        {
            list.remove(place);
            return self.waits_less(*second).then_some(*second);
        }
        self.in_circles.extend(cycle.iter().map(|(_, second, _)| *second));
        let first = cycle.iter().map(|(_, second, _)| *second).min();
        first.or_else(|| done.iter().position(|done| !done))
    }

    /// Operations that wait for each other in a circle: which comes first, which second, and why. Where there is a choice,
    /// what is firm: a cycle of that alone must be found before mentions are given up in vain.
    fn cycle(&self, done: &[bool]) -> Vec<(usize, usize, Edge)> {
        let open = |at: &usize| done.get(*at) == Some(&false);
        let mut earlier: BTreeMap<usize, Vec<(usize, Edge)>> = BTreeMap::new();
        for (first, list) in self.later.iter().enumerate().filter(|(first, _)| open(first)) {
            for (second, edge) in list.iter().filter(|(second, _)| open(second)) {
                earlier.entry(*second).or_default().push((first, *edge));
            }
        }
        // Everything open waits for something open, so going back must come to an operation for the second time.
        let mut path: Vec<(usize, usize, Edge)> = Vec::new();
        let mut at = done.iter().position(|done| !done).unwrap_or_default();
        loop {
            if let Some(start) = path.iter().position(|(_, second, _)| *second == at) {
                return path.split_off(start);
            }
            let list = earlier.get(&at).map(Vec::as_slice).unwrap_or_default();
            let firm = list.iter().find(|(_, edge)| *edge == Edge::Firm);
            let Some(&(before, edge)) = firm.or(list.first()) else { return Vec::new() };
            path.push((before, at, edge));
            at = before;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted(count: usize, edges: &[(usize, usize, Edge)]) -> Vec<usize> {
        let mut waits = Waits::new(count);
        for (first, second, edge) in edges {
            waits.precede(*first, *second, *edge);
        }
        waits.sorted().positions
    }

    #[test]
    fn what_is_waited_for_comes_first_and_the_lowest_otherwise() {
        assert_eq!(sorted(4, &[(3, 0, Edge::Firm), (2, 1, Edge::Mention)]), [2, 1, 3, 0]);
    }

    #[test]
    fn a_mention_gives_way_and_nothing_else_does() {
        let edges = [
            (1, 0, Edge::Mention),
            (0, 1, Edge::Firm),
            // Not part of the cycle: it still comes last.
            (1, 2, Edge::Mention),
        ];
        assert_eq!(sorted(3, &edges), [0, 1, 2]);
        // Two that mention each other.
        assert_eq!(sorted(2, &[(1, 0, Edge::Mention), (0, 1, Edge::Mention)]), [0, 1]);
    }

    #[test]
    fn a_firm_cycle_is_cut_at_its_first_operation() {
        let edges = [(1, 0, Edge::Firm), (0, 1, Edge::Firm), (1, 2, Edge::Firm)];
        assert_eq!(sorted(3, &edges), [0, 1, 2]);
    }
}
