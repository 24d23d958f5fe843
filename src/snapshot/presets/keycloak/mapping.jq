# Keycloak -> Group and User. Input: one group with its `.members`, or one user; $request: `groups` or
# `users`. Left behind on purpose: attributes, roles, credentials, sign-ins.

# Groups at different places may have the same name, so a group is called by its whole path.
def group_name: ltrimstr("/") | entity_name;

def user_name:
  if $values.user_names == "username" then . else split("@")[0] end | entity_name;

# People who can sign in; clients have users too.
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
  | .spec.children = [];    # required by Backstage; found from the other side

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
  | .spec = (.spec // {}) + { memberOf: [] };    # required by older versions of Backstage; found from the other side

if $request == "groups" then group else select(is_person) | user end
