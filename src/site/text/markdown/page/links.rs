//! Links and images of a page, as a [`LinkResolver`](super::LinkResolver) resolves them.

use std::fmt::Write;

use super::{Address, BASE, Image, Writer};
use crate::site::text::escape::escaped;

impl Writer<'_> {
    pub(super) fn link(&mut self, address: &str, title: &str) {
        let Some(address) = self.link_resolver.link(address) else {
            self.out.push_str("<span class=\"gone\">");
            return self.links.push("</span>");
        };
        self.out.push_str("<a href=\"");
        self.address(&address);
        self.out.push('"');
        self.title(title);
        self.out.push('>');
        self.links.push("</a>");
    }

    fn address(&mut self, address: &Address) {
        match address {
            Address::Here(address) => self.out.push_str(&escaped(address)),
            Address::Shared(address) => {
                self.gap(BASE);
                self.out.push_str(&escaped(address));
            }
        }
    }

    fn title(&mut self, title: &str) {
        if !title.is_empty() {
            let _ = write!(self.out, " title=\"{}\"", escaped(title));
        }
    }

    /// Images of the documentation are shown; others become links, because the content security policy refuses them.
    pub(super) fn end_image(&mut self) {
        let Some(Image { address, title, words }) = self.image.take() else { return };
        if let Some((path, size)) = self.link_resolver.image(&address) {
            self.out.push_str("<img src=\"");
            self.address(&Address::Shared(path));
            let _ = write!(self.out, "\" alt=\"{}\"", escaped(words.trim()));
            if let Some((width, height)) = size {
                let _ = write!(self.out, " width=\"{width}\" height=\"{height}\"");
            }
            self.title(&title);
            return self.out.push_str(" loading=\"lazy\">");
        }
        let words = if words.trim().is_empty() { address.clone() } else { words };
        if self.links.is_empty() {
            self.link(&address, &title);
            self.out.push_str(&escaped(&words));
            return self.out.push_str(self.links.pop().unwrap_or_default());
        }
        self.out.push_str(&escaped(&words));
    }
}
