//! Text, and markup that browsers would interpret.

pub(crate) const HTML: &str = "text/html";

/// Leading tags that make browsers treat text as HTML.
const TAGS: [&str; 15] = [
    "<!doctype html",
    "<html",
    "<head",
    "<body",
    "<script",
    "<iframe",
    "<frameset",
    "<title",
    "<style",
    "<meta",
    "<link",
    "<base",
    "<object",
    "<embed",
    "<form",
];

/// The media type of a text; `None` if it is not text. The name's extension distinguishes plain text types.
pub(super) fn sniff(head: &[u8], name: &str) -> Option<&'static str> {
    if head.starts_with(b"\xFF\xFE") || head.starts_with(b"\xFE\xFF") {
        return Some(by_extension(name));
    }
    if head.iter().any(|byte| matches!(byte, 0..=8 | 0x0B | 0x0E..=0x1A | 0x1C..=0x1F)) {
        return None;
    }
    let text = String::from_utf8_lossy(head);
    let start = skip_comments(text.trim_start_matches('\u{FEFF}'));
    let begins = |tag: &&str| start.get(..tag.len()).is_some_and(|start| start.eq_ignore_ascii_case(tag));
    if TAGS.iter().any(&begins) {
        return Some(HTML);
    }
    if begins(&"<svg") {
        return Some("image/svg+xml");
    }
    if begins(&"<?xml") {
        return Some(xml(start));
    }
    Some(by_extension(name))
}

fn skip_comments(text: &str) -> &str {
    let mut rest = text.trim_start();
    while let Some(inside) = rest.strip_prefix("<!--") {
        rest = inside.split_once("-->").map_or("", |(_, behind)| behind).trim_start();
    }
    rest
}

fn xml(text: &str) -> &'static str {
    let has = |what: &str| memchr::memmem::find(text.as_bytes(), what.as_bytes()).is_some();
    if has("<svg") {
        "image/svg+xml"
    } else if has("<html") || has("http://www.w3.org/1999/xhtml") {
        "application/xhtml+xml"
    } else {
        "application/xml"
    }
}

fn by_extension(name: &str) -> &'static str {
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending).to_ascii_lowercase();
    match ending.as_str() {
        "md" | "markdown" => "text/markdown",
        "csv" => "text/csv",
        "json" => "application/json",
        "html" | "htm" => HTML,
        "xhtml" | "xht" => "application/xhtml+xml",
        "svg" => "image/svg+xml",
        "xml" => "application/xml",
        _ => "text/plain",
    }
}
