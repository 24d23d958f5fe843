//! The layout of a directed graph in columns: an entity stands left of what it uses.
//!
//! The layout is deterministic. Cycles are broken in the order of the nodes; the longest path gives the column;
//! an edge that crosses columns has a stop in each; barycentres sort the columns, and rows are moved towards
//! their neighbours (Sugiyama, Tagawa, Toda 1981). It is meant for drawings of some tens of nodes.

use std::collections::{BTreeMap, BTreeSet};

/// The columns that a node may be in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    /// Left of all that is inside.
    Left,
    Inside,
    /// Right of all that is inside.
    Right,
}

/// The coordinates of a graph.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Layout {
    /// Column and centre of each node.
    pub(super) nodes: Vec<(usize, usize)>,
    /// For each edge the points that it passes, with its ends, from left to right, and whether it was reversed to
    /// break a cycle.
    pub(super) edges: Vec<(Vec<(usize, usize)>, bool)>,
    pub(super) columns: usize,
    pub(super) height: usize,
}

/// The height of a node, and of an edge that crosses a column.
const ROW: f64 = 38.0;
const LANE: f64 = 14.0;
/// How often columns are sorted, and rows moved.
const SWEEPS: usize = 12;

/// The graph, with a stop for each edge in each column that it crosses.
struct Stops {
    /// Column of each stop; the nodes come first.
    column: Vec<usize>,
    nodes: usize,
    /// Neighbours in the column before and after.
    before: Vec<Vec<usize>>,
    after: Vec<Vec<usize>>,
    /// Stops by column, in their order.
    order: Vec<Vec<usize>>,
}

/// Lays out `sides.len()` nodes. Edges lead from who uses to what is used; those from a node to itself
/// have no points. Long edges with the same end and the same of `lanes` go the last of their way
/// together.
pub(super) fn lay_out(sides: &[Side], edges: &[(usize, usize)], lanes: &[usize]) -> Layout {
    let turned = turned(sides.len(), edges);
    let forward: Vec<(usize, usize)> = edges
        .iter()
        .zip(&turned)
        .map(|(&(from, to), &turned)| if turned { (to, from) } else { (from, to) })
        .collect();
    let column = columns(sides, &forward);
    let (mut stops, paths) = Stops::new(column, sides.len(), &forward, lanes);
    stops.sort();
    let (y, height) = stops.rows();
    let point = |stop: usize| (stops.column[stop], y[stop]);
    Layout {
        nodes: (0..sides.len()).map(point).collect(),
        edges: paths
            .into_iter()
            .zip(turned)
            .map(|(path, turned)| (path.into_iter().map(point).collect(), turned))
            .collect(),
        columns: stops.order.len(),
        height,
    }
}

/// Which edges are reversed so that there are no cycles: those that lead back to a node that is being visited.
fn turned(nodes: usize, edges: &[(usize, usize)]) -> Vec<bool> {
    #[derive(Clone, Copy, PartialEq)]
    enum Visit {
        New,
        Open,
        Done,
    }
    let mut out: Vec<Vec<usize>> = vec![Vec::new(); nodes];
    for (number, &(from, to)) in edges.iter().enumerate() {
        if from != to {
            out[from].push(number);
        }
    }
    let mut state = vec![Visit::New; nodes];
    let mut turned = vec![false; edges.len()];
    for start in 0..nodes {
        if state[start] != Visit::New {
            continue;
        }
        state[start] = Visit::Open;
        let mut path = vec![(start, 0)];
        while let Some((node, next)) = path.last_mut() {
            let Some(&edge) = out[*node].get(*next) else {
                state[*node] = Visit::Done;
                path.pop();
                continue;
            };
            *next += 1;
            let to = edges[edge].1;
            match state[to] {
                Visit::New => {
                    state[to] = Visit::Open;
                    path.push((to, 0));
                }
                Visit::Open => turned[edge] = true,
                Visit::Done => {}
            }
        }
    }
    turned
}

/// The column of each node: one more than the furthest of those that use it.
fn columns(sides: &[Side], edges: &[(usize, usize)]) -> Vec<usize> {
    let inside = |&&(from, to): &&(usize, usize)| {
        from != to && sides[from] == Side::Inside && sides[to] == Side::Inside
    };
    let mut column = vec![0; sides.len()];
    // Without cycles, as many rounds as the longest path has edges are enough.
    for _ in 0..sides.len() {
        let mut moved = false;
        for &(from, to) in edges.iter().filter(inside) {
            if column[to] <= column[from] {
                column[to] = column[from] + 1;
                moved = true;
            }
        }
        if !moved {
            break;
        }
    }
    // A node that no node inside uses is moved to the column before the first that it uses.
    for node in 0..sides.len() {
        let is_used = edges.iter().filter(inside).any(|&(_, to)| to == node);
        let nearest =
            edges.iter().filter(inside).filter(|e| e.0 == node).map(|e| column[e.1]).min();
        if let (false, Some(nearest)) = (is_used, nearest) {
            column[node] = nearest - 1;
        }
    }
    let first = usize::from(sides.contains(&Side::Left));
    let inside = |node: &usize| sides[*node] == Side::Inside;
    let width = (0..sides.len()).filter(inside).map(|node| column[node] + 1).max().unwrap_or(0);
    (0..sides.len())
        .map(|node| match sides[node] {
            Side::Left => 0,
            Side::Inside => column[node] + first,
            Side::Right => width + first,
        })
        .collect()
}

impl Stops {
    /// Adds stops to long edges. Returns the stops of each edge, too.
    fn new(
        mut column: Vec<usize>,
        nodes: usize,
        edges: &[(usize, usize)],
        lanes: &[usize],
    ) -> (Self, Vec<Vec<usize>>) {
        let mut shared: BTreeMap<(usize, usize, usize), usize> = BTreeMap::new();
        let mut paths = Vec::new();
        for (&(from, to), &lane) in edges.iter().zip(lanes) {
            let mut path = Vec::new();
            if from != to {
                path.push(from);
                for between in column[from] + 1..column[to] {
                    let stop = *shared.entry((to, lane, between)).or_insert(column.len());
                    if stop == column.len() {
                        column.push(between);
                    }
                    path.push(stop);
                }
                path.push(to);
            }
            paths.push(path);
        }
        let mut order = vec![Vec::new(); column.iter().max().map_or(0, |last| last + 1)];
        for (stop, &column) in column.iter().enumerate() {
            order[column].push(stop);
        }
        let (mut before, mut after) =
            (vec![Vec::new(); column.len()], vec![Vec::new(); column.len()]);
        let pairs: BTreeSet<_> =
            paths.iter().flat_map(|path| path.windows(2)).map(|pair| (pair[0], pair[1])).collect();
        for (from, to) in pairs {
            after[from].push(to);
            before[to].push(from);
        }
        (Self { column, nodes, before, after, order }, paths)
    }

    /// Sorts the columns so that few edges cross: each by its neighbours on one side, then on the other.
    fn sort(&mut self) {
        let mut best = (self.crossings(), self.order.clone());
        for sweep in 0..SWEEPS {
            let width = self.order.len();
            for step in 1..width {
                let (at, beside) = if sweep % 2 == 0 {
                    (step, step - 1)
                } else {
                    (width - 1 - step, width - step)
                };
                let place = self.positions(beside);
                let neighbours = if sweep % 2 == 0 { &self.before } else { &self.after };
                let centre = |position: usize, stop: usize| {
                    let all = &neighbours[stop];
                    match all.len() {
                        0 => position as f64,
                        n => all.iter().map(|s| place[*s] as f64).sum::<f64>() / n as f64,
                    }
                };
                let mut column: Vec<(f64, usize)> = self.order[at]
                    .iter()
                    .enumerate()
                    .map(|(position, &stop)| (centre(position, stop), stop))
                    .collect();
                column.sort_by(|a, b| a.0.total_cmp(&b.0));
                self.order[at] = column.into_iter().map(|(_, stop)| stop).collect();
            }
            let crossings = self.crossings();
            if crossings < best.0 {
                best = (crossings, self.order.clone());
            }
        }
        self.order = best.1;
    }

    /// The positions of the stops of a column; those of other stops are 0.
    fn positions(&self, column: usize) -> Vec<usize> {
        let mut place = vec![0; self.column.len()];
        for (at, &stop) in self.order[column].iter().enumerate() {
            place[stop] = at;
        }
        place
    }

    fn crossings(&self) -> usize {
        let mut crossings = 0;
        for column in 1..self.order.len() {
            let (left, right) = (self.positions(column - 1), self.positions(column));
            let edges: Vec<_> = self.order[column]
                .iter()
                .flat_map(|&to| self.before[to].iter().map(move |&from| (from, to)))
                .map(|(from, to)| (left[from], right[to]))
                .collect();
            for (at, a) in edges.iter().enumerate() {
                let crosses =
                    |b: &&(usize, usize)| (a.0 < b.0 && a.1 > b.1) || (a.0 > b.0 && a.1 < b.1);
                crossings += edges[at + 1..].iter().filter(crosses).count();
            }
        }
        crossings
    }

    /// The centre of every stop, and the height of all.
    fn rows(&self) -> (Vec<usize>, usize) {
        let room = |stop: usize| if stop < self.nodes { ROW } else { LANE };
        let mut y = vec![0.0; self.column.len()];
        for column in &self.order {
            let mut top = -column.iter().map(|&stop| room(stop)).sum::<f64>() / 2.0;
            for &stop in column {
                y[stop] = top + room(stop) / 2.0;
                top += room(stop);
            }
        }
        for sweep in 0..SWEEPS {
            let width = self.order.len();
            for step in 0..width {
                let at = if sweep % 2 == 0 { step } else { width - 1 - step };
                self.straighten(at, &mut y, room);
            }
        }
        // Where all columns are empty, everything below moves up.
        let mut down: Vec<usize> = (0..y.len()).collect();
        down.sort_by(|a, b| (y[*a] - room(*a) / 2.0).total_cmp(&(y[*b] - room(*b) / 2.0)));
        let (mut end, mut up) = (f64::NEG_INFINITY, 0.0);
        for stop in down {
            y[stop] -= up;
            let gap = y[stop] - room(stop) / 2.0 - end;
            if gap > 0.0 && end.is_finite() {
                y[stop] -= gap;
                up += gap;
            }
            end = end.max(y[stop] + room(stop) / 2.0);
        }
        let top = (0..y.len()).map(|s| y[s] - room(s) / 2.0).fold(f64::INFINITY, f64::min);
        let bottom = (0..y.len()).map(|s| y[s] + room(s) / 2.0).fold(0.0, f64::max);
        let whole = |y: f64| (y - top).round().max(0.0) as usize;
        (y.iter().map(|&y| whole(y)).collect(), if y.is_empty() { 0 } else { whole(bottom) })
    }

    /// Moves the stops of a column towards their neighbours, as far as there is room.
    fn straighten(&self, at: usize, y: &mut [f64], room: impl Fn(usize) -> f64) {
        let column = &self.order[at];
        let wanted: Vec<f64> = column
            .iter()
            .map(|&stop| {
                let all = self.before[stop].iter().chain(&self.after[stop]);
                let (sum, n) = all.fold((0.0, 0.0), |(sum, n), &other| (sum + y[other], n + 1.0));
                if n == 0.0 { y[stop] } else { sum / n }
            })
            .collect();
        let mut got: Vec<f64> = Vec::new();
        for (at, &stop) in column.iter().enumerate() {
            let least = got.last().map_or(f64::NEG_INFINITY, |above| {
                above + f64::midpoint(room(column[at - 1]), room(stop))
            });
            got.push(wanted[at].max(least));
        }
        // Stops that were pushed down move up together.
        let n = column.len().max(1) as f64;
        let shift = wanted.iter().zip(&got).map(|(wanted, got)| wanted - got).sum::<f64>() / n;
        for (&stop, got) in column.iter().zip(got) {
            y[stop] = got + shift;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Layout, Side};

    fn inside(nodes: usize) -> Vec<Side> {
        vec![Side::Inside; nodes]
    }

    fn lay_out(sides: &[Side], edges: &[(usize, usize)]) -> Layout {
        super::lay_out(sides, edges, &vec![0; edges.len()])
    }

    #[test]
    fn a_chain_goes_from_left_to_right_in_one_line() {
        let layout = lay_out(&inside(3), &[(0, 1), (1, 2)]);
        assert_eq!(layout.nodes, [(0, 19), (1, 19), (2, 19)]);
        assert_eq!((layout.columns, layout.height), (3, 38));
    }

    #[test]
    fn a_cycle_is_broken_at_its_last_edge() {
        let layout = lay_out(&inside(3), &[(0, 1), (1, 2), (2, 0), (1, 1)]);
        assert_eq!(layout.nodes.iter().map(|n| n.0).collect::<Vec<_>>(), [0, 1, 2]);
        assert_eq!(
            layout.edges.iter().map(|e| e.1).collect::<Vec<_>>(),
            [false, false, true, false]
        );
        assert_eq!(layout.edges[2].0.len(), 3, "the edge passes the middle column");
        assert!(layout.edges[3].0.is_empty());
    }

    #[test]
    fn avoidable_crossings_of_edges_are_avoided() {
        // Two edges that cross when nodes stay in the order of their numbers.
        let layout = lay_out(&inside(4), &[(0, 3), (1, 2)]);
        let y = |node: usize| layout.nodes[node].1;
        assert_eq!(y(0) < y(1), y(3) < y(2));
    }

    #[test]
    fn outside_nodes_are_in_the_first_and_the_last_column() {
        let layout = lay_out(
            &[Side::Right, Side::Left, Side::Inside, Side::Inside],
            &[(1, 2), (2, 3), (3, 0), (1, 0)],
        );
        assert_eq!(layout.nodes.iter().map(|n| n.0).collect::<Vec<_>>(), [3, 0, 1, 2]);
    }

    #[test]
    fn long_edges_to_the_same_node_share_a_path() {
        let chain = [(0, 1), (1, 2), (2, 3)];
        let edges = [&chain[..], &[(0, 3), (1, 3)]].concat();
        let bends = |lanes: &[usize]| {
            let layout = super::lay_out(&inside(4), &edges, lanes);
            let at = |edge: usize| layout.edges[edge].0.iter().rev().nth(1).copied();
            (at(3), at(4))
        };
        let (one, other) = bends(&[0; 5]);
        assert_eq!(one, other);
        let (one, other) = bends(&[0, 0, 0, 1, 2]);
        assert_ne!(one, other);
    }

    #[test]
    fn a_layout_without_nodes_is_empty() {
        assert_eq!(lay_out(&[], &[]).height, 0);
    }

    proptest! {
        #[test]
        fn nodes_never_touch_and_edges_never_go_back(
            nodes in 1_usize..24,
            pairs in prop::collection::vec((0_usize..24, 0_usize..24), 0..60),
        ) {
            let edges: Vec<_> = pairs.iter().map(|(a, b)| (a % nodes, b % nodes)).collect();
            let layout = lay_out(&inside(nodes), &edges);
            prop_assert_eq!(&layout, &lay_out(&inside(nodes), &edges), "the layout of equal inputs is equal");
            for (at, a) in layout.nodes.iter().enumerate() {
                prop_assert!(a.0 < layout.columns && a.1 < layout.height);
                for b in &layout.nodes[at + 1..] {
                    prop_assert!(a.0 != b.0 || a.1.abs_diff(b.1) >= 37, "{:?} {:?}", a, b);
                }
            }
            for (number, (points, turned)) in layout.edges.iter().enumerate() {
                let (from, to) = edges[number];
                if from == to {
                    prop_assert!(points.is_empty());
                    continue;
                }
                let (from, to) = if *turned { (to, from) } else { (from, to) };
                prop_assert_eq!(points.first(), Some(&layout.nodes[from]));
                prop_assert_eq!(points.last(), Some(&layout.nodes[to]));
                prop_assert!(points.windows(2).all(|pair| pair[1].0 == pair[0].0 + 1));
            }
        }
    }
}
