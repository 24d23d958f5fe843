//! Images of documentation: which types are allowed, whether the content matches the type, and their
//! size in pixels. SVG is rewritten by [`drawing`].

use std::borrow::Cow;

use crate::base::drawing::{self, ImageError, ImageReason};

/// File name extensions of images.
const TYPES: [&str; 6] = ["png", "jpg", "jpeg", "gif", "webp", "svg"];

/// Most bytes of one image.
pub const LARGEST: u64 = 2_000_000;

fn ending(path: &str) -> String {
    path.rsplit_once('.').map_or(String::new(), |(_, ending)| ending.to_ascii_lowercase())
}

/// Whether a path has an extension of Markdown.
pub fn is_markdown(path: &str) -> bool {
    matches!(ending(path).as_str(), "md" | "markdown")
}

/// Whether a path has an extension of an image that pages show.
pub fn is_image(path: &str) -> bool {
    TYPES.contains(&ending(path).as_str())
}

/// The bytes of an image for pages. SVG is rewritten to its harmless part.
///
/// # Errors
/// When the content does not match the extension, is too large, or is refused by [`drawing::rewrite`].
pub fn shown<'b>(path: &str, bytes: &'b [u8]) -> Result<Cow<'b, [u8]>, ImageError> {
    if bytes.len() as u64 > LARGEST {
        return Err(ImageReason::TooLarge.into());
    }
    let starts = |with: &[u8]| bytes.starts_with(with);
    let is_right = match ending(path).as_str() {
        "png" => starts(b"\x89PNG\r\n\x1a\n"),
        "jpg" | "jpeg" => starts(b"\xff\xd8\xff"),
        "gif" => starts(b"GIF87a") || starts(b"GIF89a"),
        "webp" => starts(b"RIFF") && bytes.get(8..12) == Some(b"WEBP"),
        "svg" => return Ok(drawing::rewrite(bytes)?.into_bytes().into()),
        _ => return Err(ImageReason::UnknownType.into()),
    };
    if is_right { Ok(bytes.into()) } else { Err(ImageReason::OtherType.into()) }
}

/// The width and height of an image in pixels, when its first bytes have them.
pub fn size(bytes: &[u8]) -> Option<(u32, u32)> {
    let big = |at: usize| Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
    let little =
        |at: usize| Some(u32::from(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?)));
    let size = match bytes {
        [0x89, b'P', ..] => (big(16)?, big(20)?),
        [b'G', b'I', b'F', ..] => (little(6)?, little(8)?),
        [0xff, 0xd8, ..] => jpeg_size(bytes)?,
        _ => drawing_size(str::from_utf8(bytes).ok()?)?,
    };
    (size.0 > 0 && size.1 > 0 && size.0 < 100_000 && size.1 < 100_000).then_some(size)
}

/// Reads the size of a JPEG from its frame segment.
fn jpeg_size(bytes: &[u8]) -> Option<(u32, u32)> {
    let two = |at: usize| Some(u16::from_be_bytes(bytes.get(at..at + 2)?.try_into().ok()?));
    let mut at = 2;
    loop {
        let marker = *bytes.get(at + 1)?;
        if *bytes.get(at)? != 0xff {
            return None;
        }
        match marker {
            0xff => at += 1,
            0xc0..=0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf => {
                return Some((two(at + 7)?.into(), two(at + 5)?.into()));
            }
            _ => at += 2 + usize::from(two(at + 2)?),
        }
    }
}

/// The width and height of an SVG, else the size of its view box.
fn drawing_size(text: &str) -> Option<(u32, u32)> {
    let tag = &text[text.find("<svg")?..];
    let tag = &tag[..tag.find('>')?];
    let value = |name: &str| {
        let (_, rest) = tag.split_once(&format!(" {name}="))?;
        let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        rest[1..].split(quote).next()
    };
    let number = |text: &str| {
        let number: f64 = text.trim_end_matches("px").parse().ok()?;
        Some(number.round() as u32)
    };
    if let (Some(width), Some(height)) =
        (value("width").and_then(number), value("height").and_then(number))
    {
        return Some((width, height));
    }
    let parts: Vec<&str> =
        value("viewBox")?.split([' ', ',']).filter(|part| !part.is_empty()).collect();
    Some((number(parts.get(2)?)?, number(parts.get(3)?)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_are_what_they_are_called_and_run_nothing() {
        assert!(is_image("a/B.PNG") && !is_image("a.html") && is_markdown("A.MD"));
        assert!(shown("a.png", b"\x89PNG\r\n\x1a\n").is_ok());
        assert!(shown("a.png", b"<svg>").is_err() && shown("a.html", b"").is_err());
        let drawing = shown("a.svg", b"<svg onload='x'><text>a = one</text><script/></svg>");
        let expected = "<svg xmlns=\"http://www.w3.org/2000/svg\"><text>a = one</text></svg>\n";
        assert_eq!(*drawing.expect("a drawing"), *expected.as_bytes());
        for (bytes, expected) in [
            (&b"<svg width='20px' height=\"10\">"[..], Some((20, 10))),
            (b"<?xml?><svg viewBox=\"0 0 640.4 320\" width=\"100%\">", Some((640, 320))),
            (b"<svg>", None),
            (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x01\0\0\0\0\x02", Some((256, 2))),
            (b"GIF89a\x03\0\x04\0", Some((3, 4))),
            (b"\xff\xd8\xff\xe0\0\x04ab\xff\xc0\0\x11\x08\0\x05\0\x06", Some((6, 5))),
            (b"\xff\xd8\xff\xe0", None),
        ] {
            assert_eq!(size(bytes), expected);
        }
    }
}
