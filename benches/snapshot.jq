# The mapping of the bench: about what an inventory's takes, one component and its API of each record.
def tidy: if . == null then null else gsub("\\s+"; " ") | sub("^ "; "") | sub(" $"; "") end;

select(.statut != "DECOMMISSIONNEE")
| (.nomTechnique | entity_name) as $name
| { EN_PRODUCTION: "production", PILOTE: "experimental" }[.statut] as $lifecycle
| "group:default/equipe-\(.codeEntite)" as $owner
| { apiVersion: "backstage.io/v1alpha1",
    kind: "Component",
    metadata: {
      name: $name,
      title: .libelle,
      description: (.description | tidy),
      annotations: { "example.com/code": .code, "dev.azure.com/project-repo": "\(.depot.projet)/\(.depot.nom)" },
      tags: ([.technologies[].libelle | entity_name] | unique),
      links: [.liens[] | select(.url) | { url, title: .libelle }]
    },
    spec: { type: "service", lifecycle: $lifecycle, owner: $owner, providesApis: ["api:default/" + $name + "-api"] } },
  { apiVersion: "backstage.io/v1alpha1",
    kind: "API",
    metadata: { name: ($name + "-api") },
    spec: { type: "openapi", lifecycle: $lifecycle, owner: $owner, definition: .contrat } }
| compact
