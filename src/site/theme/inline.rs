//! Inlining of components of the site templates.
//!
//! A large part of Tera's time goes into calls of components, most of them as small as an icon or a link. A
//! component that only has values, conditions and loops is inlined: its body replaces the call, with its
//! parameters replaced by the arguments.

use std::collections::HashMap;

/// How deep calls of components may be nested.
const DEEPEST: usize = 8;

/// The components that can be inlined, by name.
pub(crate) struct Components<'t>(HashMap<&'t str, Component<'t>>);

struct Component<'t> {
    parameters: Vec<&'t str>,
    /// The variables of its loops.
    items: Vec<&'t str>,
    body: &'t str,
}

/// A call of a component.
struct Call<'t> {
    component: &'t str,
    /// Parameters and values: a path of names, a number, or a text in quotes.
    values: Vec<(&'t str, String)>,
}

/// A part of a template.
enum Piece<'t> {
    Text(&'t str),
    /// A tag with its braces.
    Tag(&'t str),
}

impl<'t> Components<'t> {
    /// Finds the components of templates that can be inlined.
    pub(crate) fn of(templates: impl IntoIterator<Item = &'t str>) -> Self {
        let all = templates.into_iter().flat_map(|text| text.split("{% component ").skip(1));
        Self(all.filter_map(Component::parse).collect())
    }

    /// Inlines the calls in a template. A template with raw text is returned unchanged.
    pub(crate) fn expand(&self, template: &str) -> String {
        if template.contains("{% raw") {
            return template.to_owned();
        }
        let mut out = String::with_capacity(template.len() * 2);
        self.write(template, 0, &mut out);
        out
    }

    fn write(&self, template: &str, depth: usize, out: &mut String) {
        for piece in pieces(template) {
            match piece {
                Piece::Text(text) => out.push_str(text),
                Piece::Tag(tag) => match self.body(tag).filter(|_| depth < DEEPEST) {
                    Some(body) => self.write(&body, depth + 1, out),
                    None => out.push_str(tag),
                },
            }
        }
    }

    /// The text that replaces a call.
    fn body(&self, tag: &str) -> Option<String> {
        let call = Call::parse(tag)?;
        let component = self.0.get(call.component)?;
        let is_given = |name: &&str| call.values.iter().any(|(given, _)| given == name);
        // A loop variable of the component would shadow an argument with the same name.
        let is_hidden = |(_, value): &(&str, String)| {
            component.items.iter().any(|item| value.split('.').next() == Some(item))
        };
        if component.parameters.len() != call.values.len()
            || !component.parameters.iter().all(is_given)
            || call.values.iter().any(is_hidden)
        {
            return None;
        }
        let mut body = String::new();
        for piece in pieces(component.body) {
            match piece {
                Piece::Text(text) => body.push_str(text),
                Piece::Tag(tag) => body.push_str(&call.fill(tag)?),
            }
        }
        Some(body)
    }
}

impl<'t> Component<'t> {
    /// Reads the text after `{% component `. `None` when the component cannot be inlined.
    fn parse(text: &'t str) -> Option<(&'t str, Self)> {
        let (head, rest) = text.split_once(") -%}")?;
        let (name, parameters) = head.split_once('(')?;
        let (body, _) = rest.split_once("{%- endcomponent %}")?;
        let body = body.trim();
        let name_of = |declared: &'t str| declared.split(':').next().unwrap_or_default().trim();
        let (implicit, parameters): (Vec<_>, Vec<_>) = parameters
            .split(',')
            .map(name_of)
            .filter(|name| !name.is_empty())
            .partition(|name| name.starts_with('@'));
        // A tag at an end that trims whitespace would trim the text around the call.
        let trims = ["{%-", "{{-"].iter().any(|start| body.starts_with(start))
            || ["-%}", "-}}"].iter().any(|end| body.ends_with(end));
        let is_known = |word: &str| !implicit.iter().any(|name| &name[1..] == word);
        let mut items = Vec::new();
        let mut is_plain = |piece: Piece<'t>| {
            let Piece::Tag(tag) = piece else { return true };
            let mut names = words(tag);
            let is_supported = match (tag.starts_with("{%"), names.next()) {
                (true, Some("for")) => {
                    items.extend(names.next());
                    names.next() == Some("in")
                }
                (true, Some(word)) => ["if", "elif", "else", "endif", "endfor"].contains(&word),
                _ => tag.starts_with("{{ "),
            };
            is_supported && !tag.contains(['\'', '`']) && words(tag).all(is_known)
        };
        if trims || !pieces(body).all(&mut is_plain) || items.iter().any(|i| parameters.contains(i))
        {
            return None;
        }
        Some((name, Self { parameters, items, body }))
    }
}

impl<'t> Call<'t> {
    /// Reads `{{ <name key="text" key={path} /> }}`. `None` for other tags and other arguments.
    fn parse(tag: &'t str) -> Option<Self> {
        let call = tag.strip_prefix("{{ <")?.strip_suffix("/> }}")?;
        let (component, mut rest) = call.split_once(' ')?;
        let mut values = Vec::new();
        while !rest.trim().is_empty() {
            let (key, value) = rest.trim_start().split_once('=')?;
            let end = match value.as_bytes().first()? {
                b'"' => value[1..].find('"')? + 2,
                b'{' => value.find('}')? + 1,
                _ => return None,
            };
            let (value, after) = value.split_at(end);
            let path = value.strip_prefix('{').and_then(|value| value.strip_suffix('}'));
            let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.');
            if !is_word(key) || path.is_some_and(|path| !path.chars().all(is_name)) {
                return None;
            }
            values.push((key, path.unwrap_or(value).to_owned()));
            rest = after;
        }
        Some(Self { component, values })
    }

    /// Replaces the parameters in a tag of the component's body by the arguments of the call.
    fn fill(&self, tag: &str) -> Option<String> {
        if let Some(call) = tag.strip_prefix("{{ <").is_some().then(|| Call::parse(tag)) {
            let call = call?;
            let mut filled = format!("{{{{ <{}", call.component);
            for (key, value) in call.values {
                let value = if value.starts_with('"') { value } else { self.replace(&value)? };
                let value = if value.starts_with('"') { value } else { format!("{{{value}}}") };
                filled.push_str(&format!(" {key}={value}"));
            }
            return Some(filled + " /> }}");
        }
        let filled = self.replace(tag)?;
        let text = filled.strip_prefix("{{ \"").and_then(|rest| rest.strip_suffix("\" }}"));
        let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        Some(match text.filter(|text| text.chars().all(is_plain)) {
            Some(text) => text.to_owned(),
            None => filled,
        })
    }

    /// Replaces the parameters in an expression. `None` where a field of a text would be read.
    fn replace(&self, expression: &str) -> Option<String> {
        let mut out = String::new();
        for (at, part) in expression.split('"').enumerate() {
            if at > 0 {
                out.push('"');
            }
            if at % 2 == 1 {
                out.push_str(part);
                continue;
            }
            let mut last = 0;
            for (start, end) in spans(part) {
                let (before, word) = (&part[..start], &part[start..end]);
                let Some((_, value)) = self.values.iter().find(|(key, _)| *key == word) else {
                    continue;
                };
                if before.ends_with('.') || before.trim_end().ends_with('|') {
                    continue;
                }
                if value.starts_with('"') && part[end..].starts_with('.') {
                    return None;
                }
                out.push_str(&part[last..start]);
                out.push_str(value);
                last = end;
            }
            out.push_str(&part[last..]);
        }
        Some(out)
    }
}

/// Splits a template at its tags.
fn pieces(template: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = template;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let start = rest.find("{{").into_iter().chain(rest.find("{%")).min().unwrap_or(rest.len());
        let length = if start > 0 {
            start
        } else {
            let close = if rest.starts_with("{{") { "}}" } else { "%}" };
            rest.find(close).map_or(rest.len(), |end| end + close.len())
        };
        let (piece, after) = rest.split_at(length);
        rest = after;
        Some(if start > 0 { Piece::Text(piece) } else { Piece::Tag(piece) })
    })
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(is_word_byte)
}

fn is_word_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// The ranges of the words of a text.
fn spans(text: &str) -> impl Iterator<Item = (usize, usize)> + '_ {
    let bytes = text.as_bytes();
    let starts = (0..bytes.len())
        .filter(|at| is_word_byte(bytes[*at]) && (*at == 0 || !is_word_byte(bytes[*at - 1])));
    starts.map(|start| {
        let length = bytes[start..].iter().position(|byte| !is_word_byte(*byte));
        (start, length.map_or(bytes.len(), |length| start + length))
    })
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    spans(text).map(|(start, end)| &text[start..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    const PIECES: &str = r##"
{% component icon(name: string, @page) -%}
<use href="#{{ name }}"/>
{%- endcomponent %}
{% component kind_icon(kind: string) -%}
<i class="k-{{ kind }} {% if kind in ["api", "kind"] %}{{ kind }}{% else %}other{% endif %}"></i>
{%- endcomponent %}
{% component named(card: map, @page) -%}
<a href="{{ card.url }}">{{ <kind_icon kind={card.kind} /> }}{{ card.title | upper }}</a>
{%- endcomponent %}
{% component at_root(name: string, @page) -%}<a href="{{ page.root }}{{ name }}">{%- endcomponent %}
{% component rows(cards: array) -%}{% for card in cards %}{{ <named card={card} /> }}{% endfor %}{%- endcomponent %}
{% component trims(name: string) -%}{%- if name %}x{% endif %}{%- endcomponent %}
{% component lines(name: string) -%}
<b>
{%- if name - 1 %}
{{ name }}{% endif %}
{%- endcomponent %}
{% component pairs(map: map) -%}{% for key, value in map %}{{ key }}{% endfor %}{%- endcomponent %}
{% component twice(card: array) -%}{% for card in card %}{{ card }}{% endfor %}{%- endcomponent %}
"##;

    fn expanded(template: &str) -> String {
        Components::of([PIECES]).expand(template)
    }

    #[test]
    fn a_simple_component_is_inlined() {
        assert_eq!(expanded(r#"a{{ <icon name="star" /> }}b"#), r##"a<use href="#star"/>b"##);
        assert_eq!(
            expanded("{{ <icon name={link.icon} /> }}"),
            r##"<use href="#{{ link.icon }}"/>"##
        );
        assert_eq!(
            expanded("{{ <named card={row.card} /> }}"),
            r#"<a href="{{ row.card.url }}"><i class="k-{{ row.card.kind }} {% if row.card.kind in ["api", "kind"] %}{{ row.card.kind }}{% else %}other{% endif %}"></i>{{ row.card.title | upper }}</a>"#
        );
    }

    #[test]
    fn components_with_loops_and_lines_are_inlined() {
        assert_eq!(
            expanded("{{ <rows cards={all.shown} /> }}"),
            expanded("{% for card in all.shown %}{{ <named card={card} /> }}{% endfor %}")
        );
        assert_eq!(
            expanded("{{ <lines name={x.y} /> }}"),
            "<b>\n{%- if x.y - 1 %}\n{{ x.y }}{% endif %}"
        );
    }

    #[test]
    fn a_literal_argument_is_inlined_into_conditions() {
        assert_eq!(
            expanded(r#"{{ <kind_icon kind="api" /> }}"#),
            r#"<i class="k-api {% if "api" in ["api", "kind"] %}api{% else %}other{% endif %}"></i>"#
        );
    }

    #[test]
    fn components_that_cannot_be_inlined_stay_calls() {
        for call in [
            r#"{{ <at_root name="x" /> }}"#,
            "{{ <rows cards={card.others} /> }}",
            "{{ <rows cards={card} /> }}",
            "{{ <pairs map={all} /> }}",
            "{{ <twice card={all} /> }}",
            r#"{{ <trims name="x" /> }}"#,
            "{{ <icon name={\"st-\" ~ value} /> }}",
            "{{ <icon name /> }}",
            "{{ <icon /> }}",
            r#"{{ <icon name="a" size="b" /> }}"#,
            r#"{{ <named card="text" /> }}"#,
            "{{- <icon name={x} /> }}",
            "{{ <unknown name={x} /> }}",
            r#"{% raw %}{{ <icon name="star" /> }}{% endraw %}"#,
        ] {
            assert_eq!(expanded(call), call);
        }
    }

    #[test]
    fn inlining_of_components_that_call_each_other_ends() {
        let one = "{% component a(x: map) -%}{{ <b x={x.y} /> }}{%- endcomponent %}";
        let other = "{% component b(x: map) -%}{{ <a x={x.y} /> }}{%- endcomponent %}";
        let expanded = Components::of([one, other]).expand("{{ <a x={z} /> }}");
        assert_eq!(expanded, format!("{{{{ <a x={{z{}}} /> }}}}", ".y".repeat(DEEPEST)));
    }
}
