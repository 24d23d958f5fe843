# Organisation API -> Group and User. Input: one record; $request: `entites` or `personnes`.
#
# Staff numbers, contracts, sites, cost centres, phone numbers and badges are left out on purpose.

def tidy: if . == null then null else gsub("\\s+"; " ") | sub("^ "; "") | sub(" $"; "") end;

# Names of SAP have any mix of capitals, and names of teams begin with the word "Équipe".
def group_name: sub("^(Équipe|ÉQUIPE|équipe|Equipe|EQUIPE) "; "") | entity_name;
def group_ref: "group:default/" + group_name;

def group:
  select(.etat == "OUVERTE")
  | (.cheminHierarchique | split(" > ")) as $path
  | { apiVersion: "backstage.io/v1alpha1",
      kind: "Group",
      metadata: {
        name: ($path[-1] | group_name),
        description: (.mission | tidy),
        annotations: { "galerie-mercure.example/code-entite": .identifiant }
      },
      spec: {
        type: { GROUPE: "root", UNITE: "unit", EQUIPE: "team" }[.niveau | ascii_upcase],
        profile: { displayName: (.libelle | tidy), email: .adresseGenerique },
        parent: (if .entiteParente then $path[-2] | group_ref else null end)
      }
    }
  | compact
  | .spec.children = [];    # required by Backstage; child groups name their parent

# Only active people, and only assignments that have not ended.
def user:
  select(.statut == "ACTIF")
  | [.affectations[] | select(.dateFin == null)] as $present
  | { apiVersion: "backstage.io/v1alpha1",
      kind: "User",
      metadata: {
        name: ((.courriel // "\(.prenom).\(.nomUsuel)") | split("@")[0] | gsub("[.]"; "-") | entity_name),
        description: ([$present[].role] | join(", ")),
        annotations: { "callboard.dev/technical-id": .identifiantTechnique }
      },
      spec: {
        profile: { displayName: "\(.prenom) \(.nomUsuel)", email: .courriel },
        memberOf: [$present[].libelleEntite | group_ref]
      }
    }
  | compact;

if $request == "entites" then group else user end
