# Backstage -> the same entities. Input: one entity as the catalog API of Backstage returns it.
#
# Fields that the server added are removed: the identity and the state in its database, relations (which
# Callboard computes), and annotations about how that server manages the entity. The annotation
# `source-location` is kept, because the address of the source code does not depend on the server.

del(
  .relations, .status,
  .metadata.uid, .metadata.etag, .metadata.generation,
  .metadata.annotations["backstage.io/managed-by-location",
                        "backstage.io/managed-by-origin-location",
                        "backstage.io/view-url",
                        "backstage.io/edit-url",
                        "backstage.io/orphan"])
| if .metadata.namespace == "default" then del(.metadata.namespace) else . end
# A location on the disk of that server cannot be opened from elsewhere.
| if .metadata.annotations["backstage.io/source-location"] // "" | startswith("url:") then .
  else del(.metadata.annotations["backstage.io/source-location"]) end
| if .metadata.annotations == {} then del(.metadata.annotations) else . end
# A picture as a data URL is removed: git would keep every version of it.
| if .spec.profile.picture? // "" | startswith("data:") then del(.spec.profile.picture) else . end
