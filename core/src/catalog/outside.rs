//! Checks files of entities that are in no portal, such as the `catalog-info.yaml` of a service, by the rules of
//! the catalog.
//!
//! References are looked up in the files themselves and in the extract of a catalog. An entity of the files
//! replaces the one of the extract, because the files are its newer version.

use std::collections::BTreeMap;

use super::{
    Catalog, EntityRef, Issue,
    entity::{Entity, Fragment},
    envelope::check_envelope,
    extract::{Claim, Claims, Extract},
    finding::{Finding, diagnose},
    lints,
    load::{assemble, keep_one_of_each_kind, reference_of},
};
use crate::base::{
    diagnostics::{self, Diagnostic, Level},
    files::Files,
    leaks::Exceptions,
};

/// The source of entities that are checked, for which the program needs some name.
pub const SOURCE: &str = "files";

/// The result of a check.
#[derive(Debug)]
pub struct OutsideCheck {
    /// How many entities were checked.
    pub entities: usize,
    /// Everything that is wrong, sorted by place.
    pub problems: Vec<Diagnostic>,
}

/// Checks documents of files below `root`; the source of each is [`SOURCE`]. Without an extract, references and
/// whatever else depends on other entities are not looked at.
///
/// `is_elsewhere` says whether a file that defines one of the entities in the catalog is another one than the file
/// of the document.
pub fn check(
    root: &dyn Files,
    documents: Vec<Fragment>,
    extract: Option<Extract>,
    is_elsewhere: &dyn Fn(&EntityRef, &Claim) -> bool,
) -> OutsideCheck {
    let has_extract = extract.is_some();
    let (known, claims) = extract.unwrap_or_default().into_entities();
    let (mut findings, mut groups) = (Vec::new(), BTreeMap::<EntityRef, Vec<Fragment>>::new());
    let number = documents.len();
    for document in documents {
        let issues = check_envelope(&document.document);
        let is_broken = issues.iter().any(|issue| issue.level == Level::Error);
        findings.extend(issues.into_iter().map(|issue| Finding::new(&document, issue)));
        if !is_broken {
            groups.entry(reference_of(&document.document)).or_default().push(document);
        }
    }
    findings.extend(rivals(&groups, &claims, is_elsewhere));
    let mut entities = Vec::new();
    for (reference, fragments) in groups {
        let (entity, found) = assemble(reference, fragments, &[]);
        entities.extend(entity);
        findings.extend(found);
    }
    // Of two entities with one reference, a catalog keeps the first.
    entities.extend(known);
    let catalog = Catalog::new(entities);
    if has_extract {
        findings.extend(lints::dangling_references(&catalog));
    }
    let mut problems = diagnose(root, findings);
    problems.extend(match has_extract {
        true => lints::lint(root, &catalog),
        false => lints::lint_each(root, &catalog),
    });
    problems.extend(lints::lint_leaks(root, &catalog, &Exceptions::default()));
    diagnostics::sort(&mut problems);
    keep_one_of_each_kind(&mut problems);
    OutsideCheck { entities: number, problems }
}

/// Reports entities that another file of the catalog defines.
fn rivals(
    groups: &BTreeMap<EntityRef, Vec<Fragment>>,
    claims: &Claims,
    is_elsewhere: &dyn Fn(&EntityRef, &Claim) -> bool,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (reference, fragments) in groups {
        let Some(fragment) = fragments.first() else { continue };
        let claims = claims.get(reference).into_iter().flatten();
        for Claim { source, repository, file } in claims.filter(|c| is_elsewhere(reference, c)) {
            let message = format!(
                "`{reference}` is in the catalog already: `{file}` of `{repository}` defines it, which the source \
                 `{source}` reads"
            );
            let issue = Issue::warning("defined-elsewhere", "/metadata/name", message)
                .hint("rename one of the two, or remove the other one first");
            findings.push(Finding::new(fragment, issue));
        }
    }
    findings
}

/// Whether an entity is known from an extract only.
pub(super) fn is_from_extract(entity: &Entity) -> bool {
    entity.fragments.iter().all(|fragment| *fragment.source == *super::extract::SOURCE)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{base::yaml, catalog::testing::catalog};

    const KNOWN: &str = "kind: Group\nmetadata: {name: team}\nspec: {type: team, children: [gone]}\n---\n\
        kind: Domain\nmetadata: {name: a}\nspec: {owner: team, subdomainOf: z}\n---\n\
        kind: System\nmetadata: {name: shop-api}\nspec: {owner: team, domain: a}\n";

    fn extract() -> Extract {
        let catalog = catalog(KNOWN);
        let text = serde_json::to_vec(&Extract::of(&catalog, &Claims::new())).expect("JSON");
        Extract::read(&text).expect("an extract")
    }

    /// What is found in these documents, each as `file:code: message`.
    fn found(text: &str, extract: Option<Extract>) -> Vec<String> {
        let documents = yaml::parse_documents(text).into_iter().enumerate();
        let fragment = |(index, document): (usize, Result<serde_json::Value, _>)| {
            let mut document = document.expect("YAML");
            document["apiVersion"] = "backstage.io/v1alpha1".into();
            let (source, file) = (SOURCE.into(), "x.yaml".into());
            Fragment { source, file, index, document: Arc::new(document) }
        };
        let files: BTreeMap<String, String> = [("x.yaml".to_owned(), text.to_owned())].into();
        let checked = check(&files, documents.map(fragment).collect(), extract, &|_, _| false);
        let shown = |d: &Diagnostic| format!("{}:{}: {}", d.place.file, d.code, d.message);
        checked.problems.iter().map(shown).collect()
    }

    #[test]
    fn lints_that_need_the_catalog_report_the_entities_of_the_files_alone() {
        let ring = "kind: Domain\nmetadata: {name: z}\nspec: {owner: team, subdomainOf: a}\n";
        assert_eq!(found(ring, None), Vec::<String>::new());
        assert_eq!(
            found(ring, Some(extract())),
            [
                "x.yaml:cycle: the hierarchy is a ring: `domain:default/z` → `domain:default/a` → `domain:default/z`"
            ]
        );
        // A name that comes before that of the catalog is still the new one.
        let same = "kind: System\nmetadata: {name: Shop.API}\nspec: {owner: team}\n";
        assert_eq!(
            found(same, Some(extract())),
            [
                "x.yaml:same-name: `Shop.API` is written almost as `shop-api`",
                "x.yaml:empty-system: `system:default/shop.api` has no parts",
            ]
        );
    }

    #[test]
    fn an_entity_of_the_files_replaces_that_of_the_catalog() {
        let newer = "kind: Domain\nmetadata: {name: a}\nspec: {owner: nobody}\n---\n\
            kind: Domain\nmetadata: {name: z}\nspec: {owner: team, subdomainOf: a}\n";
        assert_eq!(
            found(newer, Some(extract())),
            [
                "x.yaml:dangling-reference: `group:default/nobody` does not exist",
                "x.yaml:empty-system: `domain:default/z` has no parts",
            ]
        );
    }

    #[test]
    fn an_extract_of_a_newer_program_is_refused() {
        let error = Extract::read(br#"{"version": 2, "people": 7}"#).expect_err("it is newer");
        assert!(error.to_string().contains("has the version 2"), "{error}");
        assert!(Extract::read(br#"{"kinds": []}"#).is_err());
        assert!(Extract::read(b"<html>").is_err());
    }
}
