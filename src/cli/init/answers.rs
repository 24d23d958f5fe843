//! The answers of `callboard init`.

use super::home::Home;
use crate::cli::args::SourceNewArgs;

/// The company of the sample.
pub(in crate::cli) const SAMPLE_COMPANY: &str = "Galerie Mercure";

/// What a portal is made from.
#[derive(Debug)]
pub(in crate::cli) struct Answers {
    /// Name of the company.
    pub(in crate::cli) company: String,
    /// The repository on a forge; without one there are no CI definitions.
    pub(in crate::cli) home: Option<Home>,
    /// Address of the repository, as it was given.
    pub(in crate::cli) repository: Option<String>,
    /// The default branch.
    pub(in crate::cli) branch: String,
    /// Languages of the site, at least one.
    pub(in crate::cli) languages: Vec<String>,
    /// The provider that visitors sign in with.
    pub(in crate::cli) provider: Option<Provider>,
    /// Label of the runners, or name of the agent pool.
    pub(in crate::cli) runner: Option<String>,
    /// The first source.
    pub(in crate::cli) source: Option<SourceNewArgs>,
    /// The first person of the catalog.
    pub(in crate::cli) person: Person,
    /// Whether it is the sample company's portal.
    pub(in crate::cli) is_sample: bool,
}

impl Answers {
    /// The sample company's portal, without a forge.
    pub(in crate::cli) fn sample() -> Self {
        Self {
            company: SAMPLE_COMPANY.to_owned(),
            home: None,
            repository: None,
            branch: "main".to_owned(),
            languages: Vec::new(),
            provider: None,
            runner: None,
            source: None,
            person: Person::default(),
            is_sample: true,
        }
    }
}

/// An identity provider (`OpenID` Connect).
#[derive(Debug, Clone)]
pub(in crate::cli) struct Provider {
    /// Its issuer.
    pub(in crate::cli) issuer: String,
    /// Id of the portal's client.
    pub(in crate::cli) client: String,
}

/// A person of the catalog.
#[derive(Debug, Clone, Default)]
pub(in crate::cli) struct Person {
    /// Name of the entity.
    pub(in crate::cli) name: String,
    /// What people call them.
    pub(in crate::cli) display: String,
    /// E-mail address.
    pub(in crate::cli) email: Option<String>,
}
