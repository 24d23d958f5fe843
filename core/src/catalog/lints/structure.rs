//! Reports oddities of the structure: systems without parts, APIs without a provider, cycles.

use std::collections::VecDeque;

use super::{EntityIssue, NAME};
use crate::catalog::{
    Catalog, entity::Entity, issue::Issue, outside::is_from_extract, spec::spec_refs,
};

/// Most entities of a cycle that a message names.
const SHOWN: usize = 5;

/// Reports systems and domains without parts, and APIs without a provider.
pub(super) fn lint(catalog: &Catalog) -> Vec<EntityIssue<'_>> {
    let without = |kind: &'static str, relation: &'static str| {
        catalog.of_kind(kind).filter(move |entity| entity.related(relation).next().is_none())
    };
    let mut found = Vec::new();
    for entity in without("System", "hasPart").chain(without("Domain", "hasPart")) {
        let message = format!("`{}` has no parts", entity.reference);
        found.push((entity, Issue::note("empty-system", NAME, message)));
    }
    // In a catalog without any providers, every API would be reported.
    let is_provided = |api: &Entity| api.related("apiProvidedBy").next().is_some();
    if catalog.of_kind("API").any(is_provided) {
        for entity in without("API", "apiProvidedBy") {
            let message = format!("nobody provides `{}`", entity.reference);
            found.push((entity, Issue::note("unprovided-api", NAME, message)));
        }
    }
    found
}

/// Reports cycles: one for each strongly connected component of the hierarchy and of the dependencies.
pub(super) fn cycles(catalog: &Catalog) -> Vec<EntityIssue<'_>> {
    let hierarchy = |ring: &str| {
        Issue::warning("cycle", NAME, format!("the hierarchy is a ring: {ring}"))
            .hint("remove one of the parents")
    };
    let dependency = |ring: &str| {
        Issue::note("dependency-cycle", NAME, format!("the dependencies are a ring: {ring}"))
    };
    let mut found = rings(catalog, "childOf", hierarchy);
    found.extend(rings(catalog, "partOf", hierarchy));
    found.extend(rings(catalog, "dependsOn", dependency));
    found
}

fn rings<'c>(
    catalog: &'c Catalog,
    relation: &'static str,
    issue: impl Fn(&str) -> Issue,
) -> Vec<EntityIssue<'c>> {
    let entities = catalog.entities();
    let edges: Vec<Vec<usize>> = entities
        .iter()
        .map(|entity| entity.related(relation).filter_map(|to| catalog.position(to)).collect())
        .collect();
    let components = components(&edges);
    // Only an entity with an edge into its own component is in a cycle.
    let leads_back = |at: usize| edges[at].iter().any(|&to| components[to] == components[at]);
    let mut seen = vec![false; entities.len()];
    let mut found = Vec::new();
    let mut starts: Vec<_> = (0..entities.len()).filter(|&at| leads_back(at)).collect();
    // Entities of an extract are not reported.
    starts.sort_by_key(|&at| is_from_extract(&entities[at]));
    for start in starts {
        if std::mem::replace(&mut seen[components[start]], true) {
            continue;
        }
        let Some(ring) = ring(start, &edges, &components) else { continue };
        let names: Vec<_> = ring.iter().map(|&at| entities[at].reference.as_str()).collect();
        let issue = issue(&written(&names));
        let pointer = pointer(&entities[start], &entities[ring[1 % ring.len()]]);
        found.push((&entities[start], Issue { pointer, ..issue }));
    }
    found
}

/// JSON pointer of the reference from one entity to another.
fn pointer(entity: &Entity, target: &Entity) -> String {
    let refs = spec_refs(&entity.document);
    let made = refs.into_iter().find(|made| made.target == target.reference);
    made.map_or_else(|| NAME.to_owned(), |made| made.pointer())
}

/// Writes a cycle as `a` → `b` → `a`.
fn written(names: &[&str]) -> String {
    let shown = names.iter().take(SHOWN).map(|name| format!("`{name}`"));
    let more = names.len().saturating_sub(SHOWN);
    let more = (more > 0).then(|| format!("{more} more"));
    let back = format!("`{}`", names[0]);
    shown.chain(more).chain([back]).collect::<Vec<_>>().join(" → ")
}

/// The shortest cycle through a node.
fn ring(start: usize, edges: &[Vec<usize>], components: &[usize]) -> Option<Vec<usize>> {
    let mut from = vec![usize::MAX; edges.len()];
    let mut queue = VecDeque::from([start]);
    while let Some(node) = queue.pop_front() {
        for &next in edges[node].iter().filter(|&&next| components[next] == components[start]) {
            if next == start {
                let back = |&at: &usize| (at != start).then(|| from[at]);
                let mut ring: Vec<_> = std::iter::successors(Some(node), back).collect();
                ring.reverse();
                return Some(ring);
            }
            if from[next] == usize::MAX {
                from[next] = node;
                queue.push_back(next);
            }
        }
    }
    None
}

/// The strongly connected component of each node (Kosaraju's algorithm), identified by one of its nodes.
fn components(edges: &[Vec<usize>]) -> Vec<usize> {
    let mut back = vec![Vec::new(); edges.len()];
    for (from, targets) in edges.iter().enumerate() {
        targets.iter().for_each(|&to| back[to].push(from));
    }
    let mut seen = vec![false; edges.len()];
    let mut order = Vec::with_capacity(edges.len());
    for start in 0..edges.len() {
        let mut stack = vec![(start, 0)];
        while let Some((node, child)) = stack.pop() {
            if child == 0 && std::mem::replace(&mut seen[node], true) {
                continue;
            }
            match edges[node].get(child) {
                Some(&next) => stack.extend([(node, child + 1), (next, 0)]),
                None => order.push(node),
            }
        }
    }
    let mut components = vec![usize::MAX; edges.len()];
    for root in order.into_iter().rev() {
        let mut stack = vec![root];
        while let Some(node) = stack.pop() {
            if components[node] == usize::MAX {
                components[node] = root;
                stack.extend(&back[node]);
            }
        }
    }
    components
}
