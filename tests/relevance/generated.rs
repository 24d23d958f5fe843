//! A generated company of some 5,000 entities and pages, the same every time, for judged questions.
//!
//! Each subject of its business has a system, a team, two versions of an API, data stores, two pages of
//! documentation, two libraries, and components in six countries. People and a few things that are there
//! once only come on top. Judgements stand in `generated.yaml`; nothing here knows what will be asked.

use callboard::search::Document;

/// Slug, English words, plural in paths, French words, domain.
const SUBJECTS: [[&str; 5]; 42] = [
    ["checkout", "checkout", "checkouts", "tunnel d'achat", "sales"],
    ["order", "orders", "orders", "commandes", "sales"],
    ["basket", "baskets", "baskets", "paniers", "sales"],
    ["payment", "payments", "payments", "paiements", "finance"],
    ["refund", "refunds", "refunds", "remboursements", "finance"],
    ["invoice", "invoices", "invoices", "factures", "finance"],
    ["ledger", "ledger entries", "entries", "écritures comptables", "finance"],
    ["tax", "taxes", "taxes", "taxes", "finance"],
    ["loan", "consumer loans", "loans", "prêts", "finance"],
    ["insurance", "insurance policies", "policies", "assurances", "finance"],
    ["fraud", "fraud alerts", "fraud-alerts", "fraudes", "finance"],
    ["shipping", "shipments", "shipments", "expéditions", "logistics"],
    ["parcel", "parcels", "parcels", "colis", "logistics"],
    ["carrier", "carriers", "carriers", "transporteurs", "logistics"],
    ["stock", "stock levels", "stocks", "stocks", "logistics"],
    ["warehouse", "warehouses", "warehouses", "entrepôts", "logistics"],
    ["supplier", "suppliers", "suppliers", "fournisseurs", "logistics"],
    ["purchase", "purchases", "purchases", "achats", "logistics"],
    ["forecast", "demand forecasts", "forecasts", "prévisions", "logistics"],
    ["price", "prices", "prices", "prix", "offer"],
    ["promotion", "promotions", "promotions", "promotions", "offer"],
    ["voucher", "vouchers", "vouchers", "bons d'achat", "offer"],
    ["gift-card", "gift cards", "gift-cards", "cartes cadeaux", "offer"],
    ["product", "product sheets", "products", "fiches produit", "offer"],
    ["media", "pictures and videos", "media", "photos et vidéos", "offer"],
    ["category", "categories", "categories", "rayons", "offer"],
    ["search", "searches", "queries", "recherches", "offer"],
    ["recommendation", "recommendations", "recommendations", "recommandations", "offer"],
    ["customer", "customers", "customers", "clients", "relations"],
    ["address", "postal addresses", "addresses", "adresses postales", "relations"],
    ["consent", "consents", "consents", "consentements", "relations"],
    ["loyalty", "loyalty points", "members", "points de fidélité", "relations"],
    ["review", "reviews", "reviews", "avis", "relations"],
    ["newsletter", "newsletters", "newsletters", "lettres d'information", "relations"],
    ["campaign", "campaigns", "campaigns", "campagnes", "relations"],
    ["claim", "claims", "claims", "réclamations", "relations"],
    ["store", "stores", "stores", "magasins", "retail"],
    ["till", "tills", "tills", "caisses", "retail"],
    ["appointment", "appointments", "appointments", "rendez-vous", "retail"],
    ["employee", "employees", "employees", "salariés", "people"],
    ["payroll", "payslips", "payslips", "bulletins de paie", "people"],
    ["contract", "work contracts", "contracts", "contrats de travail", "people"],
];
/// Part of a system, its type, and what it does in English and in French, before the subject.
const PARTS: [[&str; 4]; 12] = [
    ["api", "service", "Read and change", "Lire et modifier :"],
    ["web", "website", "Screens for", "Écrans pour :"],
    ["worker", "service", "Handles events about", "Traite les événements sur :"],
    ["batch", "batch", "Recalculates every night:", "Recalcule chaque nuit :"],
    [
        "gateway",
        "service",
        "Single entrance for partners to",
        "Entrée unique des partenaires vers :",
    ],
    ["bff", "service", "Backend of the mobile apps for", "Backend des applications mobiles pour :"],
    ["sync", "connector", "Synchronises with SAP:", "Synchronise avec SAP :"],
    ["export", "batch", "Exports to the data lake:", "Exporte vers le lac de données :"],
    ["import", "batch", "Imports files of", "Importe les fichiers :"],
    ["admin", "website", "Back office of", "Administration :"],
    ["scoring", "service", "Scores by machine learning:", "Note par apprentissage :"],
    ["archiver", "batch", "Deletes after ten years:", "Efface après dix ans :"],
];
const COUNTRIES: [&str; 8] = ["", "-be", "-ch", "-de", "-es", "-it", "-pl", "-pt"];
const FIRST_NAMES: [&str; 26] = [
    "Adèle",
    "Benoît",
    "Céline",
    "Dmitri",
    "Élodie",
    "François",
    "Gaëlle",
    "Håkon",
    "Inès",
    "Jérôme",
    "Karim",
    "Loïc",
    "Maëva",
    "Noémie",
    "Océane",
    "Priya",
    "Quentin",
    "Raphaël",
    "Søren",
    "Théo",
    "Ursula",
    "Véronique",
    "Wei",
    "Xavier",
    "Yasmine",
    "Zoé",
];
const LAST_NAMES: [&str; 26] = [
    "Aubert",
    "Benali",
    "Charpentier",
    "Delacroix",
    "Étienne",
    "Fernández",
    "Guérin",
    "Haddad",
    "Ivanova",
    "Jørgensen",
    "Kowalczyk",
    "Lefèvre",
    "Müller",
    "N'Diaye",
    "O'Connor",
    "Perrot",
    "Quesnel",
    "Rossi",
    "Saint-Amand",
    "Traoré",
    "Urbain",
    "Vasseur",
    "Weber",
    "Ximénez",
    "Yilmaz",
    "Zhang",
];
/// What is there once only: kind, name, title, description, type, owner's slug, keywords.
const ONCE: [[&str; 7]; 26] = [
    [
        "Component",
        "FeatureToggleService",
        "",
        "Switches features on for some users first.",
        "service",
        "platform",
        "APP-90001",
    ],
    [
        "Component",
        "k8s-node-autoscaler",
        "",
        "Adds and removes nodes of the Kubernetes clusters by load.",
        "service",
        "platform",
        "APP-90002",
    ],
    [
        "Component",
        "sap-s4hana",
        "SAP S/4HANA",
        "Progiciel de gestion du groupe : comptabilité, achats, paie.",
        "packaged-software",
        "platform",
        "APP-90003",
    ],
    [
        "Component",
        "OAuth2Proxy",
        "",
        "Puts the company's sign-on before internal websites.",
        "service",
        "security",
        "APP-90004",
    ],
    [
        "Component",
        "rate-limiter",
        "",
        "Token buckets shared through Redis.",
        "library",
        "platform",
        "APP-90005",
    ],
    [
        "Component",
        "github-mirror",
        "GitHub mirror",
        "Copies the public repositories that builds depend on.",
        "batch",
        "platform",
        "APP-90006",
    ],
    [
        "Component",
        "pdf-renderer",
        "",
        "Turns HTML into PDF/A-3, with signatures.",
        "service",
        "platform",
        "APP-90007",
    ],
    [
        "Component",
        "mail-relay",
        "",
        "Sends every e-mail of the company, transactional ones first.",
        "service",
        "platform",
        "APP-90008",
    ],
    [
        "Component",
        "sms-envoi",
        "Envoi de SMS",
        "Envoie les SMS par deux opérateurs, avec bascule.",
        "service",
        "platform",
        "APP-90009",
    ],
    [
        "Component",
        "coffre-secrets",
        "Coffre-fort des secrets",
        "Mots de passe et clés des applications, renouvelés tous les trente jours.",
        "service",
        "security",
        "APP-90010",
    ],
    [
        "Component",
        "journal-audit",
        "Journal d'audit",
        "Qui a fait quoi et quand ; gardé cinq ans, infalsifiable.",
        "service",
        "security",
        "APP-90011",
    ],
    [
        "Component",
        "traduction-contenus",
        "Traduction des contenus",
        "Traduit les pages éditoriales en six langues, avec relecture.",
        "service",
        "platform",
        "APP-90012",
    ],
    [
        "Component",
        "currency-converter",
        "",
        "Exchange rates of the European Central Bank, refreshed at 16:00 CET.",
        "service",
        "platform",
        "APP-90013",
    ],
    [
        "Component",
        "holiday-calendar",
        "",
        "Public holidays and store opening hours of all countries.",
        "library",
        "platform",
        "APP-90014",
    ],
    [
        "Component",
        "geo-decoupage",
        "",
        "Code postal vers commune, canton et zone de livraison.",
        "service",
        "platform",
        "APP-90015",
    ],
    [
        "Component",
        "vpn-access",
        "VPN access",
        "Remote access for contractors, two factors required.",
        "packaged-software",
        "security",
        "APP-90016",
    ],
    [
        "Component",
        "incident-bot",
        "",
        "Opens a channel for an incident and calls who is on duty.",
        "service",
        "platform",
        "APP-90017",
    ],
    [
        "Component",
        "load-test-kit",
        "",
        "Scenarios of Black Friday, played with k6.",
        "library",
        "platform",
        "APP-90018",
    ],
    [
        "Component",
        "design-tokens",
        "",
        "Colours, spaces and fonts of the design system Lumen.",
        "library",
        "platform",
        "APP-90019",
    ],
    [
        "Component",
        "barcode-reader",
        "",
        "Reads EAN-13 and QR codes with the camera.",
        "library",
        "platform",
        "APP-90020",
    ],
    [
        "Template",
        "java-service",
        "Java service",
        "A Spring Boot service with pipeline, tests and deployment.",
        "service",
        "platform",
        "new service",
    ],
    [
        "Template",
        "site-statique",
        "Site statique",
        "Un site documentaire, publié à chaque changement.",
        "website",
        "platform",
        "nouveau site",
    ],
    [
        "Resource",
        "aks-prod-weu",
        "",
        "Production cluster, West Europe.",
        "kubernetes-cluster",
        "platform",
        "",
    ],
    [
        "Resource",
        "aks-test-weu",
        "",
        "Test cluster, West Europe.",
        "kubernetes-cluster",
        "platform",
        "",
    ],
    [
        "Group",
        "platform",
        "Platform team",
        "Clusters, pipelines and observability for everybody.",
        "team",
        "",
        "platform@acme.example",
    ],
    [
        "Group",
        "security",
        "Équipe Sécurité",
        "Identités, secrets et audits.",
        "team",
        "",
        "securite@acme.example",
    ],
];

/// All documents of the company.
pub(crate) fn documents() -> Vec<Document> {
    let mut documents: Vec<Document> = ONCE.iter().map(once).collect();
    for (at, subject) in SUBJECTS.iter().enumerate() {
        documents.push(system(at, subject));
        documents.push(team(at, subject));
        documents.extend(stores(at, subject));
        documents.extend([1, 2].map(|version| api(at, subject, version)));
        documents.extend(pages(at, subject));
        documents.extend(["client", "model"].map(|part| library(at, subject, part)));
        for (part_at, part) in PARTS.iter().enumerate() {
            let number =
                |country: usize| 1 + (at * PARTS.len() + part_at) * COUNTRIES.len() + country;
            let components = COUNTRIES.iter().enumerate();
            let one = |(country, code): (usize, &&str)| {
                component(at, subject, part, code, number(country))
            };
            documents.extend(components.map(one));
        }
    }
    for (first_at, first) in FIRST_NAMES.iter().enumerate() {
        for (last_at, last) in LAST_NAMES.iter().enumerate() {
            // Not everybody with a first name has every last name.
            if (first_at * 3 + last_at * 5) % 4 != 0 {
                documents.push(person(first, last, first_at * LAST_NAMES.len() + last_at));
            }
        }
    }
    documents
}

fn is_french(at: usize) -> bool {
    at % 2 == 1
}

/// A document with what all have.
fn named(kind: &str, name: &str) -> Document {
    Document {
        url: format!("catalog/default/{}/{name}.html", kind.to_lowercase()),
        kind: kind.into(),
        namespace: "default".into(),
        name: name.into(),
        ..Document::default()
    }
}

fn once(what: &[&str; 7]) -> Document {
    let [kind, name, title, description, kind_type, owner, keywords] = *what;
    Document {
        title: title.into(),
        description: description.into(),
        kind_type: kind_type.into(),
        owner: match owner {
            "platform" => "Platform team".into(),
            "security" => "Équipe Sécurité".into(),
            _ => String::new(),
        },
        keywords: vec![keywords.into(), kind_type.into()],
        lifecycle: if kind == "Component" { "production".into() } else { String::new() },
        ..named(kind, name)
    }
}

/// The document with owner and system of its subject, and the words that a site adds for these.
fn of_subject(at: usize, subject: &[&str; 5], mut document: Document) -> Document {
    let [slug, ..] = subject;
    document.owner = team(at, subject).title;
    document.owner_ref = format!("group:default/team-{slug}");
    document.system = system(at, subject).title;
    document.system_ref = format!("system:default/{slug}");
    let words = [document.kind_type.clone(), document.system.clone()];
    document.keywords.extend(words.into_iter().filter(|word| !word.is_empty()));
    document
}

fn system(at: usize, [slug, english, _, french, domain]: &[&str; 5]) -> Document {
    let (title, description) = match is_french(at) {
        true => (capital(french), format!("Tout ce qui touche : {french}.")),
        false => (capital(english), format!("Everything about {english}.")),
    };
    Document {
        title,
        description,
        keywords: vec![format!("APP-{:05}", 4000 + 7 * at), (*domain).into()],
        ..named("System", slug)
    }
}

fn team(at: usize, [slug, english, _, french, domain]: &[&str; 5]) -> Document {
    let (title, description) = match is_french(at) {
        true => (format!("Équipe {}", capital(french)), format!("Répond de : {french}.")),
        false => (format!("{} team", capital(english)), format!("Answers for {english}.")),
    };
    Document {
        title,
        description,
        kind_type: "team".into(),
        keywords: vec![
            format!("ENT-{:04}", 300 + at),
            (*domain).into(),
            format!("{slug}@acme.example"),
        ],
        ..named("Group", &format!("team-{slug}"))
    }
}

fn stores(at: usize, subject: &[&str; 5]) -> [Document; 3] {
    let [slug, ..] = subject;
    let store = |name: String, kind_type: &str, description: &str, tag: &str| {
        let document = Document {
            kind_type: kind_type.into(),
            description: description.into(),
            tags: vec![tag.into()],
            ..named("Resource", &name)
        };
        of_subject(at, subject, document)
    };
    [
        store(format!("{slug}-pg"), "database", "PostgreSQL 16", "postgresql"),
        store(format!("{slug}-cache"), "database", "Redis 7", "redis"),
        store(format!("{slug}.changed.v1"), "kafka-topic", "", "kafka"),
    ]
}

fn api(at: usize, subject: &[&str; 5], version: usize) -> Document {
    let [slug, english, plural, french, _] = subject;
    let pascal: String = slug.split('-').map(capital).collect();
    let one = if is_french(at) { french } else { english };
    let mut keywords = vec![
        format!("GET /{plural} List {english}"),
        format!("POST /{plural} Create"),
        format!("GET /{plural}/{{id}} Read"),
        format!("DELETE /{plural}/{{id}} Remove"),
    ];
    if version == 2 {
        keywords.push(format!("PATCH /{plural}/{{id}} Change in part"));
        keywords.push(format!("GET /{plural}/{{id}}/history What changed"));
    }
    let document = Document {
        title: format!("{pascal}API v{version}"),
        description: match is_french(at) {
            true => format!("Contrat REST : {one}."),
            false => format!("REST contract: {one}."),
        },
        kind_type: "openapi".into(),
        lifecycle: if version == 1 { "deprecated".into() } else { "production".into() },
        keywords,
        ..named("API", &format!("{slug}-v{version}"))
    };
    of_subject(at, subject, document)
}

/// Pages of documentation have no name, as in a real site.
fn pages(at: usize, subject: &[&str; 5]) -> [Document; 2] {
    let [slug, english, _, french, _] = subject;
    let page = |name: &str, title: String, text: String| {
        let document = Document {
            url: format!("docs/default/component/{slug}-api/{name}.html"),
            description: format!("{slug}-api: {text}"),
            keywords: vec![format!("{slug}-api")],
            title,
            text,
            ..named("Doc", "")
        };
        of_subject(at, subject, document)
    };
    match is_french(at) {
        true => [
            page(
                "demarrer",
                format!("Démarrer avec : {french}"),
                "Il faut Java 21 et Docker. Compter dix minutes.".into(),
            ),
            page(
                "astreinte",
                format!("Astreinte : {french}"),
                format!(
                    "Que faire la nuit quand la file déborde : {french}. Rejouer les messages."
                ),
            ),
        ],
        false => [
            page(
                "start",
                format!("Getting started with {english}"),
                "You need Java 21 and Docker. It takes ten minutes.".into(),
            ),
            page(
                "runbook",
                format!("Runbook of {english}"),
                format!(
                    "What to do at night when the queue of {english} is full. Replay the messages."
                ),
            ),
        ],
    }
}

fn library(at: usize, subject: &[&str; 5], part: &str) -> Document {
    let [slug, english, ..] = subject;
    let document = Document {
        description: match part {
            "client" => format!("Java client of the API of {english}, with retries."),
            _ => format!("Shared types of events about {english}."),
        },
        kind_type: "library".into(),
        lifecycle: "production".into(),
        tags: vec!["java".into()],
        ..named("Component", &format!("com.acme.{}.{part}", slug.replace('-', "")))
    };
    of_subject(at, subject, document)
}

fn component(
    at: usize,
    subject: &[&str; 5],
    part: &[&str; 4],
    country: &str,
    number: usize,
) -> Document {
    let [slug, english, _, french, _] = subject;
    let [name, kind_type, does, fait] = part;
    let place = country.trim_start_matches('-').to_uppercase();
    let description = match is_french(at) {
        true => format!("{fait} {french}."),
        false => format!("{does} {english}."),
    };
    let document = Document {
        description: if place.is_empty() {
            description
        } else {
            format!("{description} ({place})")
        },
        kind_type: (*kind_type).into(),
        lifecycle: match number % 5 {
            // What stands for all countries is in use.
            3 if !place.is_empty() => "experimental".into(),
            4 if !place.is_empty() => "deprecated".into(),
            _ => "production".into(),
        },
        tags: vec![["java", "kotlin", "go", "typescript"][at % 4].into()],
        keywords: vec![format!("APP-{:05}", 10_000 + number)],
        ..named("Component", &format!("{slug}-{name}{country}"))
    };
    of_subject(at, subject, document)
}

fn person(first: &str, last: &str, number: usize) -> Document {
    let plain = |text: &str| -> String {
        let letters = text.chars().filter_map(|letter| match letter {
            'È' | 'É' | 'è' | 'é' | 'ë' => Some('e'),
            'å' | 'á' => Some('a'),
            'î' | 'ï' => Some('i'),
            'ç' => Some('c'),
            'ô' | 'ø' => Some('o'),
            'ü' => Some('u'),
            '\'' => None,
            letter => Some(letter.to_ascii_lowercase()),
        });
        letters.collect()
    };
    let name = format!("{}-{}", plain(first), plain(last));
    let subject = &SUBJECTS[number % SUBJECTS.len()];
    Document {
        title: format!("{first} {last}"),
        description: ["Developer", "Développeuse", "Product owner", "Architecte", "Data engineer"]
            [number % 5]
            .into(),
        keywords: vec![
            format!("u{:06}", 100_000 + number * 37),
            format!("{}@acme.example", name.replacen('-', ".", 1)),
            team(number % SUBJECTS.len(), subject).title,
        ],
        ..named("User", &name)
    }
}

/// The word with its first letter in upper case.
pub(crate) fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
