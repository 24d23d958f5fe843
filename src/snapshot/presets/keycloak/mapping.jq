# Keycloak -> Group and User. Input: one group with its `.members`, or one user; $request: `groups` or
# `users`. Attributes, roles, credentials and sign-ins are left out on purpose.

# Groups with different parents may have the same name, so the name of the entity is made of the whole path.
def group_name: ltrimstr("/") | entity_name;

def user_name:
  if $values.user_names == "username" then . else split("@")[0] end | entity_name;

# True for people who can sign in. Service accounts of clients are users in Keycloak, too.
def is_person: .enabled != false and (.username | startswith("service-account-") | not);

# A path is the parent's path, a slash and the name, in which newer versions write a slash as `~/`.
def parent:
  .path as $path
  | first(
      "/" + (.name, (.name | gsub("/"; "~/")))
      | . as $end
      | select($path | endswith($end))
      | $path | rtrimstr($end))
    // error("the path `\($path)` of the group does not end with its name `\(.name)`");

def annotations: { "keycloak.org/id": .id, "keycloak.org/realm": $values.realm };

def group:
  (parent | if . == "" then null else "group:default/" + group_name end) as $parent
  | { apiVersion: "backstage.io/v1alpha1",
      kind: "Group",
      metadata: {
        name: (.path | group_name),
        description: (.description // .attributes.description[0]),
        annotations: annotations
      },
      spec: {
        type: $values.group_type,
        profile: { displayName: .name },
        parent: $parent,
        members: [.members // [] | .[] | select(is_person) | "user:default/" + (.username | user_name)]
      }
    }
  | compact
  | .spec.children = [];    # required by Backstage; child groups name their parent

def user:
  { apiVersion: "backstage.io/v1alpha1",
    kind: "User",
    metadata: { name: (.username | user_name), annotations: annotations },
    spec: {
      profile: {
        displayName: ([.firstName, .lastName] | map(select(. != null and . != "")) | join(" ")),
        email: (if $values.with_email == "yes" then .email else null end)
      }
    }
  }
  | compact
  | .spec = (.spec // {}) + { memberOf: [] };    # required by older versions of Backstage; groups name their members

if $request == "groups" then group else select(is_person) | user end
