//! Counts the elements that a browser has to draw: an element that is shown by references counts each
//! time.

use std::collections::HashMap;

use super::ImageReason;

/// Most elements of a drawing after every reference is followed.
const MOST: u64 = 1_000_000;
/// Longest chain of references.
const LONGEST: usize = 100;

/// The elements of a drawing in order, and the references between them.
#[derive(Debug, Default)]
pub(super) struct References {
    /// For each element, the number after its last descendant.
    ends: Vec<usize>,
    /// The first element of each `id`.
    ids: HashMap<String, usize>,
    /// The elements that refer to an `id`, in order.
    uses: Vec<(usize, String)>,
}

impl References {
    /// Adds an element and returns its number.
    pub(super) fn open(&mut self) -> usize {
        self.ends.push(0);
        self.ends.len() - 1
    }

    /// Ends an element.
    pub(super) fn close(&mut self, element: usize) {
        self.ends[element] = self.ends.len();
    }

    /// Sets the `id` of an element.
    pub(super) fn name(&mut self, element: usize, id: &str) {
        self.ids.entry(id.to_owned()).or_insert(element);
    }

    /// Adds a reference from an element to an `id`.
    pub(super) fn refer(&mut self, element: usize, id: &str) {
        self.uses.push((element, id.to_owned()));
    }

    /// Checks the number of elements that a browser has to draw.
    ///
    /// # Errors
    /// When there are too many, or when an element refers to itself.
    pub(super) fn check(&self) -> Result<(), ImageReason> {
        let mut known = HashMap::new();
        self.weight(0, &mut known, 0).map(drop)
    }

    /// The number of elements to draw for an element.
    fn weight(
        &self,
        element: usize,
        known: &mut HashMap<usize, Option<u64>>,
        chain: usize,
    ) -> Result<u64, ImageReason> {
        match known.get(&element) {
            Some(Some(weight)) => return Ok(*weight),
            Some(None) => return Err(ImageReason::Cycle),
            None if chain > LONGEST => return Err(ImageReason::LongChain),
            None => drop(known.insert(element, None)),
        }
        let end = self.ends.get(element).copied().unwrap_or(element + 1);
        let mut weight = (end - element) as u64;
        let first = self.uses.partition_point(|(by, _)| *by < element);
        for (_, id) in self.uses[first..].iter().take_while(|(by, _)| *by < end) {
            if let Some(&target) = self.ids.get(id) {
                weight += self.weight(target, known, chain + 1)?;
            }
            if weight > MOST {
                return Err(ImageReason::TooManyReferences);
            }
        }
        known.insert(element, Some(weight));
        Ok(weight)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_that_show_each_other_are_counted() {
        let drawing = |levels: usize, times: usize| {
            let mut references = References::default();
            let root = references.open();
            for level in 0..levels {
                let group = references.open();
                references.name(group, &format!("g{level}"));
                for _ in 0..times {
                    let element = references.open();
                    references.refer(element, &format!("g{}", level + 1));
                    references.close(element);
                }
                references.close(group);
            }
            references.close(root);
            references
        };
        assert!(drawing(3, 10).check().is_ok());
        assert!(drawing(10, 10).check().is_err());
        assert!(drawing(200, 1).check().is_err());
        let mut itself = References::default();
        let root = itself.open();
        itself.name(root, "a");
        itself.refer(root, "a");
        itself.close(root);
        assert!(itself.check().is_err());
    }
}
