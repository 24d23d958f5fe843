# GitLab -> the entities of each project's catalog-info.yaml. Input: one project, with the documents
# of that file in `.descriptors`.

def encoded: split("/") | map(@uri) | join("/");

# Address of the repository's root on its default branch: to read (`blob`, `tree`) or to `edit`.
def root($view): "\(.web_url)/-/\($view)/\(.default_branch | encoded)/";

# The folder of the file, as a list of names.
def folder: $values.path | split("/")[:-1];

def about($kind):
  { "gitlab.com/project-slug": (if $kind == "Component" then .path_with_namespace else null end),
    "backstage.io/managed-by-location": "url:\(root("blob"))\($values.path)",
    "backstage.io/source-location": ("url:" + root("tree") + (folder | map(. + "/") | join(""))),
    "backstage.io/edit-url": (root("edit") + $values.path)
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

# The entity of the file, with annotations of the project. Annotations in the file take precedence.
def described($project):
  try (
    if type != "object" then error("\(type) instead of an entity") else . end
    | located($project | root("blob"))
    | .kind as $kind
    | .metadata.annotations = ($project | about($kind) | compact) + (.metadata.annotations // {})
  ) catch error("`\($values.path)` of `\($project.path_with_namespace)`: \(.)");

# Projects of different subgroups may have the same name, so the name of the component contains the
# subgroups. The first group is left out, because all projects have it.
def component:
  { apiVersion: "backstage.io/v1alpha1",
    kind: "Component",
    metadata: {
      name: (.path_with_namespace | sub("^[^/]*/"; "") | entity_name),
      title: .name,
      description: .description,
      annotations: {
        "gitlab.com/project-slug": .path_with_namespace,
        "backstage.io/source-location": (if .default_branch then "url:\(root("tree"))" else null end)
      },
      tags: ([.topics // [] | .[] | slug] | unique)
    },
    spec: { type: $values.component_type, lifecycle: "unknown", owner: $values.owner }
  }
  | compact;

. as $project
| [.descriptors // [] | .[] | select(. != null)] as $descriptors
| if $descriptors != [] then $descriptors[] | described($project)
  elif $values.without_descriptor == "component" then component
  else empty
  end
