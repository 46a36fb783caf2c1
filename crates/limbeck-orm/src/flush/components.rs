//! Strongly connected components of a small graph.

/// The components of a graph whose node `n` depends on the nodes `dependencies[n]`: what a component depends on comes
/// before it, and otherwise the order is that of the nodes. Tarjan's algorithm, which finds them in this order.
pub(super) fn components(dependencies: &[Vec<usize>]) -> Vec<Vec<usize>> {
    let mut search = Search {
        dependencies,
        marks: vec![None; dependencies.len()],
        open: vec![false; dependencies.len()],
        stack: Vec::new(),
        count: 0,
        found: Vec::new(),
    };
    for node in 0..dependencies.len() {
        if search.mark(node).is_none() {
            search.visit(node);
        }
    }
    search.found
}

struct Search<'a> {
    dependencies: &'a [Vec<usize>],
    /// When a node was met.
    marks: Vec<Option<usize>>,
    /// Whether a node is on the stack.
    open: Vec<bool>,
    stack: Vec<usize>,
    count: usize,
    found: Vec<Vec<usize>>,
}

impl Search<'_> {
    fn mark(&self, node: usize) -> Option<usize> {
        self.marks.get(node).copied().flatten()
    }

    /// The earliest node that can be reached from this one and is still open. As deep as the longest chain of tables.
    fn visit(&mut self, node: usize) -> usize {
        let mark = self.count;
        self.count += 1;
        if let Some(place) = self.marks.get_mut(node) {
            *place = Some(mark);
        }
        self.set_open(node, true);
        self.stack.push(node);
        let mut lowest = mark;
        let dependencies = self.dependencies;
        for &next in dependencies.get(node).into_iter().flatten() {
            match self.mark(next) {
                None => lowest = lowest.min(self.visit(next)),
                Some(mark) if self.open.get(next) == Some(&true) => lowest = lowest.min(mark),
                Some(_) => {}
            }
        }
        if lowest == mark {
            let start = self.stack.iter().rposition(|&open| open == node).unwrap_or(0);
            let mut component = self.stack.split_off(start);
            component.iter().for_each(|&node| self.set_open(node, false));
            component.sort_unstable();
            self.found.push(component);
        }
        lowest
    }

    fn set_open(&mut self, node: usize, is_open: bool) {
        if let Some(open) = self.open.get_mut(node) {
            *open = is_open;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::components;

    #[test]
    fn dependencies_come_first() {
        // 0 → 1 ⇄ 2 → 3, and 4 alone.
        let found = components(&[vec![1], vec![2], vec![1, 3], vec![], vec![]]);
        assert_eq!(found, [vec![3], vec![1, 2], vec![0], vec![4]]);
    }
}
