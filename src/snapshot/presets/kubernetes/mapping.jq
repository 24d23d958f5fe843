# Kubernetes -> Resource (namespaces, and workloads when asked for), or annotations of Components.
#
# One record is one namespace with the workloads in it. What changes by itself (replicas, images,
# restarts, times) is left behind.

def entity($kind; $name): { apiVersion: "backstage.io/v1alpha1", kind: $kind, metadata: { name: $name } };

def cluster_tag: "cluster:" + ($values.cluster | slug);

def namespace_name: .metadata.name | entity_name;

# A label holds a bare name of a group, an annotation may hold a whole reference.
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

# What a workload says it belongs to; nothing when it says nothing.
def component_label: .metadata.labels[$values.label] // "" | select(. != "");

# The component: one that an earlier source annotated with it, or the one of that name.
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

# The same for every namespace that a component is in, so that its records agree.
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
