# Backstage -> the same entities. Input: one entity as its catalog serves it.
#
# What the server added is taken away again: identity and state of its database, relations (which we
# find ourselves), and the annotations that say how that server manages the entity. One is kept,
# `source-location`: where the source code is stays true wherever the entity is shown.

del(
  .relations, .status,
  .metadata.uid, .metadata.etag, .metadata.generation,
  .metadata.annotations["backstage.io/managed-by-location",
                        "backstage.io/managed-by-origin-location",
                        "backstage.io/view-url",
                        "backstage.io/edit-url",
                        "backstage.io/orphan"])
| if .metadata.namespace == "default" then del(.metadata.namespace) else . end
# A location that only that server's disk has leads nowhere.
| if .metadata.annotations["backstage.io/source-location"] // "" | startswith("url:") then .
  else del(.metadata.annotations["backstage.io/source-location"]) end
| if .metadata.annotations == {} then del(.metadata.annotations) else . end
# A picture inside the entity, instead of its address, would be kept in git for ever.
| if .spec.profile.picture? // "" | startswith("data:") then del(.spec.profile.picture) else . end
