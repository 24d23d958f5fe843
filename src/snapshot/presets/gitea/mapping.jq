# Gitea -> the entities of each repository's catalog-info.yaml. Input: one repository, with the
# documents of that file in `.descriptors`.

def encoded: split("/") | map(@uri) | join("/");

# Address of the repository's root on its default branch: to read (`src`) or to edit (`_edit`).
def root($view): "\(.html_url)/\($view)/\(.default_branch | encoded)/";

# The folder of the file, as a list of names.
def folder: $values.path | split("/")[:-1];

def about($kind):
  { "gitea.com/project-slug": (if $kind == "Component" then .full_name else null end),
    "backstage.io/managed-by-location": "url:\(root("src/branch"))\($values.path)",
    "backstage.io/source-location": ("url:" + root("src/branch") + (folder | map(. + "/") | join(""))),
    "backstage.io/edit-url": (root("_edit") + $values.path)
  };

# Address of a file: relative to the folder of the descriptor, or to the root when the path begins with `/`.
def address($root):
  if test("^[a-z]+:") then .
  else
    reduce split("/")[] as $part
      (if startswith("/") then [] else folder end;
       if $part == ".." then .[:-1] elif $part == "" or $part == "." then . else . + [$part] end)
    | $root + (map(@uri) | join("/"))
  end;

# A placeholder for another file (`$text`, `$json`, `$yaml`) becomes the address of the file, which is not read.
def located($root):
  walk(
    if type == "object" and (keys | . == ["$text"] or . == ["$json"] or . == ["$yaml"])
      and (.[] | type == "string")
    then .[] | address($root)
    else . end);

# The entity of the file, with annotations of the repository. Annotations in the file take precedence.
def described($repository):
  try (
    if type != "object" then error("\(type) instead of an entity") else . end
    | located($repository | root("src/branch"))
    | .kind as $kind
    | .metadata.annotations = ($repository | about($kind) | compact) + (.metadata.annotations // {})
  ) catch error("`\($values.path)` of `\($repository.full_name)`: \(.)");

def component:
  { apiVersion: "backstage.io/v1alpha1",
    kind: "Component",
    metadata: {
      name: (.name | entity_name),
      description: .description,
      annotations: {
        "gitea.com/project-slug": .full_name,
        "backstage.io/source-location": "url:\(root("src/branch"))"
      },
      tags: ([.topics // [] | .[] | slug] | unique),
      links: [.website | select(. and test("^https?://")) | { url: ., title: "Website", type: "website" }]
    },
    spec: { type: $values.component_type, lifecycle: "unknown", owner: $values.owner }
  }
  | compact;

. as $repository
| [.descriptors // [] | .[] | select(. != null)] as $descriptors
| if $descriptors != [] then $descriptors[] | described($repository)
  elif $values.without_descriptor == "component" then component
  else empty
  end
