# La Carto -> Domain, System, Component, API and Resource. Input: one application.
#
# An application with components is a System; an application without components (bought, or run by others)
# is a Component. Domains, team projects and namespaces are in the record of every application that uses
# them: equal entities of several records become one entity.
#
# Only fields that this mapping names are written. Costs, contracts, the privacy register, audits and staff
# numbers are left out on purpose. To adapt the mapping, copy it beside your source as <name>.jq and change the
# names after each `.`; `callboard source test NAME` shows the entities of a record.

def entity($kind): { apiVersion: "backstage.io/v1alpha1", kind: $kind };

def tidy: if . == null then null else gsub("\\s+"; " ") | sub("^ "; "") | sub(" $"; "") end;

def maybe(f): if . then f else null end;

# Technologies as tags: `C#` -> `csharp`, `.NET` -> `dotnet`, `Node.js` -> `nodejs`.
def tag: gsub("#"; "sharp") | sub("^[.]"; "dot") | gsub("[.]"; "") | entity_name;

# Annotations with a code of the company, by which later sources find an entity.
def annotation($name): "\($values.prefix)/\($name)";

# La Carto names owners by code; the groups come from a source that is read before this one. When no group has
# the code, the owner is a dangling reference with the code as its name.
def owner:
  .codeEntite as $code
  | entity_ref("group"; annotation("code-entite"); $code)
    // "group:default/\($code | ascii_downcase)";

def lifecycle:
  ascii_upcase as $status
  | { EN_CONSTRUCTION: "experimental",
      PILOTE: "experimental",
      EN_PRODUCTION: "production",
      OBSOLETE: "deprecated",
      EN_DECOMMISSIONNEMENT: "deprecated"
    }[$status] // ($status | ascii_downcase);

def resource($type; $name): entity("Resource") * { metadata: { name: $name }, spec: { type: $type } };

def domain:
  entity("Domain") * {
    metadata: {
      name: (.libelle | entity_name),
      title: .libelle,
      description: (.definition | tidy)
    },
    spec: { owner: (.entitePilote | owner) }
  };

def team_project:
  resource("team-project"; .nom | entity_name) * {
    metadata: {
      title: .nom,
      description: (.objet | tidy),
      annotations: { "dev.azure.com/project": .nom },
      links: [{ url: "https://dev.azure.com/\(.organisation)/\(.nom)", title: "Azure DevOps", type: "repository" }]
    },
    spec: { owner: (.entite | owner) }
  };

def namespace:
  resource("kubernetes-namespace"; .nom | entity_name) * {
    metadata: {
      description: "Grappes : \(.grappes | join(", "))",
      annotations: { "backstage.io/kubernetes-namespace": .nom }
    },
    spec: { owner: (.entite | owner) }
  };

def store($app):
  resource(if .technologie | test("Blob|Delta") then "object-storage" else "database" end; .nomTechnique | entity_name) * {
    metadata: { description: .technologie, tags: [.technologie | sub(" [0-9].*$"; "") | tag] },
    spec: { owner: $app.owner, system: $app.system }
  };

# A topic depends on the component that writes to it; components that read it depend on the topic.
def topic($app; $publisher):
  resource("kafka-topic"; .sujet | entity_name) * {
    spec: { owner: $app.owner, system: $app.system, dependsOn: ["component:default/" + $publisher] }
  };

def api($app; $lifecycle):
  entity("API") * {
    metadata: { name: (.code | entity_name), title: .libelle, description: (.resume | tidy) },
    spec: {
      type: { REST: "openapi", EVENEMENT: "asyncapi", GRAPHQL: "graphql" }[.type],
      lifecycle: $lifecycle,
      owner: $app.owner,
      system: $app.system,
      definition: .contrat
    }
  };

def component_links:
  [ (select(.urlPublique) | { url: .urlPublique, title: "Application", icon: "web", type: "website" }),
    ( .liens[]
      | select(.url)
      | { TABLEAU_DE_BORD: { title: "Tableau de bord", icon: "dashboard", type: "dashboard" },
          PROCEDURE: { title: "Procédure d'exploitation", icon: "docs", type: "runbook" },
          WIKI: { title: "Wiki", icon: "docs", type: "wiki" }
        }[.type] as $link
      | select($link)
      | { url: .url } + $link ) ];

def component($app):
  (.nomTechnique | entity_name) as $name
  | ((.statutCycleVie // $app.status) | lifecycle) as $lifecycle
  | (if .typeComposant | test("^(BIBLIOTHEQUE|MOBILE|FONCTION)$") then null else $app.namespace end) as $namespace
  | ( entity("Component") * {
        metadata: {
          name: $name,
          description: (.description | tidy),
          annotations: {
            "dev.azure.com/project-repo": (.depotGit | maybe("\(.projet)/\(.depot)")),
            "backstage.io/source-location": (.depotGit | maybe("url:\(.url)")),
            "backstage.io/kubernetes-namespace": $namespace
          },
          tags: ([.technologies[].libelle | tag] | unique),
          links: component_links
        },
        spec: {
          type: ({ IHM: "website", BIBLIOTHEQUE: "library", MOBILE: "mobile-app", FONCTION: "function", CONNECTEUR: "connector" }[.typeComposant]
            // (.typeComposant | ascii_downcase)),
          lifecycle: $lifecycle,
          owner: $app.owner,
          system: $app.system,
          providesApis: [.interfacesExposees[] | select(.contrat) | "api:default/" + (.code | entity_name)],
          consumesApis: [.interfacesConsommees[] | "api:default/" + (.code | entity_name)],
          dependsOn: [
            (.dependances[] | "component:default/" + (.nomTechnique | entity_name)),
            (.stockagesUtilises[] | "resource:default/" + entity_name),
            (.evenementsConsommes[] | "resource:default/" + (.sujet | entity_name)),
            ($namespace | select(.) | "resource:default/" + entity_name)
          ]
        }
      } ),
    (.interfacesExposees[] | select(.contrat) | api($app; $lifecycle)),
    (.evenementsPublies[] | topic($app; $name));

def system($app):
  entity("System") * {
    metadata: {
      name: (.libelleLong | entity_name),
      title: .libelleLong,
      description: (.description | tidy),
      annotations: { (annotation("code-application")): .codeApplication },
      labels: { (annotation("criticite")): (.criticite.niveau | ascii_upcase) },
      tags: [.libelleCourt | select(.) | tag],
      links: [{ url: .documentation.wiki, title: "Wiki", icon: "docs", type: "wiki" }]
    },
    spec: { owner: $app.owner, domain: ("domain:default/" + (.domaineFonctionnel.libelle | entity_name)) }
  };

def packaged($app):
  entity("Component") * {
    metadata: {
      name: (.libelleLong | entity_name),
      title: .libelleLong,
      description: (.description | tidy),
      annotations: { (annotation("code-application")): .codeApplication },
      tags: [.libelleCourt | select(.) | tag]
    },
    spec: { type: "packaged-software", lifecycle: ($app.status | lifecycle), owner: $app.owner }
  };

select(.statutCycleVie | ascii_upcase != "DECOMMISSIONNEE")
| { owner: (.entiteResponsable | owner), status: .statutCycleVie, namespace: .espaceKubernetes.nom } as $app
| (.domaineFonctionnel | domain),
  (if .composants == [] then packaged($app)
   else
     ($app + { system: ("system:default/" + (.libelleLong | entity_name)) }) as $app
     | (.projetDevOps | select(.) | team_project),
       (.espaceKubernetes | select(.) | namespace),
       system($app),
       (.stockages[] | store($app)),
       (.composants[] | component($app))
   end)
| compact
