# Kubernetes -> Resource (namespaces, and workloads when asked for), or annotations of Components.
#
# One record is one namespace with its workloads. Fields that change while a cluster runs (replicas, images,
# restarts, times) are left out.

def entity($kind; $name): { apiVersion: "backstage.io/v1alpha1", kind: $kind, metadata: { name: $name } };

def cluster_tag: "cluster:" + ($values.cluster | slug);

def namespace_name: .metadata.name | entity_name;

# A label has the name of a group; an annotation may have an entity reference, which contains a colon.
def owner:
  .metadata.labels[$values.owner_label] // .metadata.annotations[$values.owner_label]
  | if . == null then $values.owner
    elif test(":") then .
    else "group:default/" + entity_name
    end;

def workloads:
  ( (.deployments // [])[] | .type = "deployment" ),
  ( (.statefulsets // [])[] | .type = "statefulset" ),
  ( (.daemonsets // [])[] | .type = "daemonset" ),
  ( (.cronjobs // [])[] | .type = "cronjob" );

# The label that names the component of a workload; empty when the workload has no such label.
def component_label: .metadata.labels[$values.label] // "" | select(. != "");

# The component of a label: that of an earlier source with this annotation, else the component of this name.
def component_ref:
  entity_ref("Component"; "backstage.io/kubernetes-id"; .)
  // "component:default/" + (ascii_downcase | entity_name);

def components_in: [workloads | component_label | component_ref] | unique;

def namespace:
  entity("Resource"; namespace_name)
  * { metadata: {
        description: .metadata.annotations["kubernetes.io/description"],
        annotations: { "backstage.io/kubernetes-namespace": .metadata.name },
        tags: [cluster_tag]
      },
      spec: { type: "kubernetes-namespace", owner: owner, dependencyOf: components_in }
    };

def workload($namespace):
  [component_label] as $label
  | "\($namespace | namespace_name)-\(.type)-\(.metadata.name)" as $name
  | entity("Resource"; $name | entity_name)
  * { metadata: {
        title: .metadata.name,
        annotations: { "backstage.io/kubernetes-namespace": $namespace.metadata.name },
        tags: [cluster_tag]
      },
      spec: {
        type: "kubernetes-\(.type)",
        owner: ($namespace | owner),
        dependsOn: ["resource:default/" + ($namespace | namespace_name)],
        dependencyOf: [$label[] | component_ref]
      }
    };

# The entity is the same for every namespace of a component, so that the records do not contradict each other.
def annotated:
  (component_ref | split(":")[1] | split("/")) as [$namespace, $name]
  | entity("Component"; $name)
  * { metadata: {
        namespace: $namespace,
        annotations: (
          if $values.label == "backstage.io/kubernetes-id"
          then { "backstage.io/kubernetes-id": . }
          else { "backstage.io/kubernetes-label-selector": "\($values.label)=\(.)" }
          end)
      }
    };

if $values.role == "enrich" then
  [workloads | component_label] | unique | .[] | annotated
else
  . as $namespace
  | namespace, (if $values.workloads == "resources" then workloads | workload($namespace) else empty end)
end
| compact
