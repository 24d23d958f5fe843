# Azure DevOps -> Resource (team projects), and Component and others (repositories).
#
# $request is `projects` or `repositories`; a repository has its catalog-info.yaml in `.descriptors`
# and its pipelines in `.pipelines`.

def address: "\($values.server)/\($values.organisation)/" + (map(@uri) | join("/"));

# The value of the annotation `dev.azure.com/project-repo`, by which entities of earlier sources are found, too.
def slug_of_repository: "\(.project.name)/\(.name)";

def web: [.project.name, "_git", .name] | address;

# Pipelines that are switched off are left out: their last results are old.
def active_pipelines: [.pipelines // [] | .[] | select(.queueStatus != "disabled")];

def results:
  [active_pipelines[] | select(.latestCompletedBuild.result) | "\(.name): \(.latestCompletedBuild.result)"]
  | join(", ");

def about_repository:
  .project.name as $project
  | { annotations: {
        "dev.azure.com/project-repo": slug_of_repository,
        "dev.azure.com/project": (if active_pipelines == [] then null else $project end),
        "dev.azure.com/build-definition": ([active_pipelines[].name] | join(",")),
        "backstage.io/source-location": (if .defaultBranch then "url:\(web)" else null end),
        "callboard.dev/last-build": (if $values.with_results == "yes" then results else null end)
      },
      links: [
        { url: web, title: "Repository", type: "repository" },
        ( active_pipelines[]
          | { url: "\([$project, "_build"] | address)?definitionId=\(.id)", title: "Pipeline \(.name)", type: "pipeline" } )
      ]
    };

def about_project:
  { title: .name,
    description: .description,
    annotations: { "dev.azure.com/project": .name },
    links: [{ url: ([.name] | address), title: "Azure DevOps", type: "repository" }]
  };

def entity($kind; $name): { apiVersion: "backstage.io/v1alpha1", kind: $kind, metadata: { name: $name } };

# The identity of an entity of an earlier source, to which fields are added.
def known($kind; $annotation; $value):
  entity_ref($kind; $annotation; $value)
  | select(.)
  | split(":")[1] | split("/") as [$namespace, $name]
  | entity($kind; $name) | .metadata.namespace = $namespace;

def project:
  if $values.role == "enrich" then
    known("Resource"; "dev.azure.com/project"; .name) as $known
    | $known * { metadata: about_project }
  else
    entity("Resource"; .name | entity_name)
    * { metadata: about_project, spec: { type: "team-project", owner: $values.owner } }
  end;

# A placeholder for another file (`$text`, `$json`, `$yaml`) becomes the address of the file, which is not read.
# Paths are relative to the root, where the descriptor is.
def located($web):
  walk(
    if type == "object" and (keys | . == ["$text"] or . == ["$json"] or . == ["$yaml"])
      and (.[] | type == "string")
    then
      .[]
      | if test("^[a-z]+:") then .
        else $web + "?path=" + ("/" + sub("^([.]?/)+"; "") | @uri)
        end
    else . end);

# The entity of the catalog-info.yaml, with annotations and links of the repository. Annotations in the file take
# precedence, and links in the file come first.
def described($repository; $about):
  try (
    if type != "object" then error("\(type) instead of an entity") else . end
    | located($repository | web)
    | if .kind == "Component" then
        (.metadata.links // []) as $links
        | .metadata.links = $links + ($about.links | map(select(.url as $url | all($links[]; .url != $url))))
        | .metadata.annotations = $about.annotations + (.metadata.annotations // {})
      else . end
  ) catch error("`catalog-info.yaml` of `\($repository | slug_of_repository)`: \(.)");

def component_name:
  if $values.component_name == "repository" then .name else "\(.project.name)-\(.name)" end | entity_name;

def repository:
  . as $repository
  | (about_repository | compact) as $about
  | [.descriptors // [] | .[] | select(. != null)] as $descriptors
  | if $values.role == "enrich" then
      known("Component"; "dev.azure.com/project-repo"; slug_of_repository) as $known
      | $known * { metadata: $about }
    elif $descriptors != [] then
      $descriptors[] | described($repository; $about)
    elif $values.components == "repositories" then
      entity("Component"; component_name)
      * { metadata: $about,
          spec: {
            type: $values.component_type,
            lifecycle: $values.lifecycle,
            owner: $values.owner,
            dependsOn: ["resource:default/" + (.project.name | entity_name)]
          }
        }
    else empty
    end;

if $request == "projects" then project | compact
elif .isDisabled then empty
else repository
end
