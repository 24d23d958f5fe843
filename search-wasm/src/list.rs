//! Lists of the documents that fulfil a question: sorted, in pages, with the number of documents for each value of a
//! facet.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tantivy::{DocId, SegmentReader};

use crate::facets::{self, Documents};
use crate::filter::{Facet, Filter};
use crate::searcher::Matches;
use crate::words;
use crate::{Error, Searcher, Summary};

/// The request for a list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct ListQuestion {
    /// A question in the query language.
    pub query: String,
    /// `title`, `relevance`, or a field: `owner`, `system`, `type`, `lifecycle`, `namespace`, `kind`.
    pub sort: String,
    /// Whether the order is descending.
    pub descending: bool,
    /// The number of rows to skip.
    pub offset: usize,
    /// The maximum number of rows.
    pub limit: usize,
    /// Fields whose values are counted.
    pub facets: Vec<String>,
}

/// A list.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Listing {
    /// The number of all documents of the list.
    pub total: usize,
    /// The requested rows.
    pub rows: Vec<Summary>,
    /// The values of each requested field, by descending frequency.
    pub facets: Vec<(String, Vec<FacetValue>)>,
}

impl Listing {
    /// The list as JSON for JavaScript; the type is declared in `client.js`.
    ///
    /// # Errors
    /// None in practice: all values are texts and numbers.
    pub fn to_json(&self) -> Result<Vec<u8>, Error> {
        let rows = self.rows.iter().map(RowJson::new).collect();
        let facets = self.facets.iter().map(|(name, values)| (name.as_str(), values)).collect();
        Ok(serde_json::to_vec(&ListingJson { total: self.total, rows, facets })?)
    }
}

/// [`Listing`] as JSON.
#[derive(Serialize)]
struct ListingJson<'a> {
    total: usize,
    rows: Vec<RowJson<'a>>,
    facets: BTreeMap<&'a str, &'a Vec<FacetValue>>,
}

#[derive(Serialize)]
struct RowJson<'a> {
    #[serde(rename = "ref")]
    reference: String,
    kind: &'a str,
    name: &'a str,
    title: &'a str,
    url: &'a str,
    description: &'a str,
    owner: Option<CardJson<'a>>,
    system: Option<CardJson<'a>>,
    #[serde(rename = "type")]
    kind_type: &'a str,
    lifecycle: &'a str,
    tags: &'a [String],
    namespace: &'a str,
}

#[derive(Serialize)]
struct CardJson<'a> {
    title: &'a str,
    /// None when there is no such entity.
    url: Option<&'a str>,
}

impl<'a> CardJson<'a> {
    fn new(title: &'a str, url: &'a str) -> Option<Self> {
        (!title.is_empty()).then_some(Self { title, url: (!url.is_empty()).then_some(url) })
    }
}

impl<'a> RowJson<'a> {
    fn new(shown: &'a Summary) -> Self {
        let Summary { kind, namespace, name, .. } = shown;
        Self {
            reference: shown.reference(),
            kind,
            name,
            title: &shown.title,
            url: &shown.url,
            description: &shown.description,
            owner: CardJson::new(&shown.owner, &shown.owner_url),
            system: CardJson::new(&shown.system, &shown.system_url),
            kind_type: &shown.kind_type,
            lifecycle: &shown.lifecycle,
            tags: &shown.tags,
            namespace,
        }
    }
}

/// A value of a facet: the value, its title, the number of documents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FacetValue(pub String, pub String, pub usize);

impl Searcher {
    /// Answers a question with a list. The numbers for a field ignore the condition of the question on that field.
    ///
    /// # Errors
    /// When a part of the index cannot be read.
    pub fn list(&self, question: &ListQuestion) -> Result<Listing, Error> {
        let Some(segment) = self.segment() else { return Ok(Listing::default()) };
        let filter = Filter::parse(&question.query);
        let found = self.found(segment, &filter)?;
        let facets = question.facets.iter().filter_map(|name| Some((name, Facet::named(name)?)));
        let facets = facets
            .map(|(name, facet)| Ok((name.clone(), self.counts(segment, &filter, &found, facet)?)));
        let mut listing = Listing {
            total: found.documents.len(),
            facets: facets.collect::<Result<_, Error>>()?,
            rows: Vec::new(),
        };
        if question.limit > 0 {
            let order = sorted(segment, &found, question)?;
            let page = order.into_iter().skip(question.offset).take(question.limit);
            listing.rows = self.rows.shown(&page.collect::<Vec<_>>())?;
        }
        Ok(listing)
    }

    /// The number of documents that fulfil a question, for each value of a facet.
    fn counts(
        &self,
        segment: &SegmentReader,
        filter: &Filter,
        found: &Matches,
        facet: Facet,
    ) -> Result<Vec<FacetValue>, Error> {
        let is_own = |c: &crate::filter::Condition| c.facet == facet && !c.is_not;
        let wider = filter.conditions.iter().any(is_own).then(|| {
            let mut wider = filter.clone();
            wider.conditions.retain(|condition| !is_own(condition));
            self.found(segment, &wider)
        });
        let wider = wider.transpose()?;
        let among = wider.as_ref().map_or(&found.documents, |wider| &wider.documents);
        let mut counted = Vec::new();
        for value in facets::values(segment, facet, |_, _| true)? {
            let count = value.documents.iter().filter(|doc| among.has(**doc)).count();
            if count > 0 {
                counted.push(FacetValue(value.value, value.label, count));
            }
        }
        counted.sort_by(|a, b| b.2.cmp(&a.2).then_with(|| a.1.cmp(&b.1)));
        Ok(counted)
    }
}

/// The documents in the requested order; the index has documents in the order of titles.
fn sorted(
    segment: &SegmentReader,
    found: &Matches,
    question: &ListQuestion,
) -> Result<Vec<DocId>, Error> {
    let mut order: Vec<DocId> = match (Facet::named(&question.sort), question.sort.as_str()) {
        (Some(facet), _) => by_value(segment, facet, &found.documents, question.descending)?,
        (None, "relevance") if !found.ranked.is_empty() => found.ranked.clone(),
        _ => found.documents.iter().collect(),
    };
    if question.descending && Facet::named(&question.sort).is_none() {
        order.reverse();
    }
    Ok(order)
}

/// Documents by the title of their value; documents without a value are last.
fn by_value(
    segment: &SegmentReader,
    facet: Facet,
    documents: &Documents,
    descending: bool,
) -> Result<Vec<DocId>, Error> {
    let mut values = facets::values(segment, facet, |_, _| true)?;
    values.sort_by_cached_key(|value| words::fold(&value.label));
    if descending {
        values.reverse();
    }
    let mut left = documents.clone();
    let mut order = Vec::with_capacity(documents.len());
    let mut placed = Documents::none(segment.max_doc());
    for doc in values.iter().flat_map(|value| &value.documents) {
        if left.has(*doc) && !placed.has(*doc) {
            placed.insert(*doc);
            order.push(*doc);
        }
    }
    left.remove(&placed);
    order.extend(left.iter());
    Ok(order)
}
