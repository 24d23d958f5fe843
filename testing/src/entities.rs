//! The entities that most tests need, as YAML text.

/// A component of a team: a service in production.
///
/// `spec` has more fields in YAML's flow style, such as `system: shop, dependsOn: [resource:db]`, or none.
pub fn component(name: &str, owner: &str, spec: &str) -> String {
    let separator = if spec.is_empty() { "" } else { ", " };
    format!(
        "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {{name: {name}}}\n\
         spec: {{type: service, lifecycle: production, owner: {owner}{separator}{spec}}}\n"
    )
}

/// A team without members.
///
/// `metadata` has more fields in YAML's flow style, such as `title: The shop`, or none.
pub fn group(name: &str, metadata: &str) -> String {
    let separator = if metadata.is_empty() { "" } else { ", " };
    format!(
        "apiVersion: backstage.io/v1alpha1\nkind: Group\nmetadata: {{name: {name}{separator}{metadata}}}\n\
         spec: {{type: team, children: []}}\n"
    )
}
