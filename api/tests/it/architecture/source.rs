//! The production code of a source file: without comments, and without what `#[cfg(test)]` applies to.

/// What a part of a source is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Code,
    /// A text or character, in which no delimiter counts.
    Literal,
    Comment,
}

/// The first part of a source, and its length.
fn first_part(source: &str) -> (Part, usize) {
    let until = |end: &str, from: usize| source[from..].find(end).map_or(source.len(), |at| from + at + end.len());
    let character = source.chars().next().map_or(0, char::len_utf8);
    if source.starts_with("//") {
        return (Part::Comment, source.find('\n').unwrap_or(source.len()));
    }
    if source.starts_with("/*") {
        return (Part::Comment, block_comment(source));
    }
    if source.starts_with('"') {
        return (Part::Literal, quoted(source, '"'));
    }
    if let Some(rest) = source.strip_prefix('\'') {
        let mut after = rest.chars();
        let is_character = after.next() == Some('\\') || after.next() == Some('\'');
        return if is_character { (Part::Literal, quoted(source, '\'')) } else { (Part::Code, 1) };
    }
    let word = source.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(source.len());
    let hashes = source[word..].chars().take_while(|c| *c == '#').count();
    if ["r", "br", "cr"].contains(&&source[..word]) && source[word + hashes..].starts_with('"') {
        return (Part::Literal, until(&format!("\"{}", "#".repeat(hashes)), word + hashes + 1));
    }
    (Part::Code, word.max(character))
}

/// The length of a literal in quotes, with its escapes.
fn quoted(source: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in source.char_indices().skip(1) {
        if c == quote && !escaped {
            return at + 1;
        }
        escaped = c == '\\' && !escaped;
    }
    source.len()
}

/// The length of a block comment, which may contain others.
fn block_comment(source: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    loop {
        match &source[at..] {
            "" => return source.len(),
            rest if rest.starts_with("/*") => (depth, at) = (depth + 1, at + 2),
            rest if rest.starts_with("*/") => (depth, at) = (depth - 1, at + 2),
            rest => at += rest.chars().next().map_or(1, char::len_utf8),
        }
        if depth == 0 {
            return at;
        }
    }
}

/// A source without comments, and without the items under `#[cfg(test)]`.
pub fn production_code(source: &str) -> String {
    const TEST: &str = "#[cfg(test)]";
    let mut code = String::new();
    // The open delimiters of the item that is left out.
    let mut skipped: Option<usize> = None;
    let mut rest = source;
    while !rest.is_empty() {
        let (part, length) = first_part(rest);
        let text;
        (text, rest) = rest.split_at(length);
        match (part, skipped) {
            (Part::Comment, _) | (Part::Literal, Some(_)) => {}
            (Part::Literal, None) => code.push_str(text),
            (Part::Code, None) => {
                code.push_str(text);
                if code.ends_with(TEST) {
                    code.truncate(code.len() - TEST.len());
                    skipped = Some(0);
                }
            }
            (Part::Code, Some(depth)) => {
                skipped = match text {
                    "{" | "(" | "[" => Some(depth + 1),
                    "}" if depth == 1 => None,
                    ";" if depth == 0 => None,
                    "}" | ")" | "]" => Some(depth.saturating_sub(1)),
                    _ => Some(depth),
                };
            }
        }
    }
    code
}

#[test]
fn leaves_out_comments_and_test_items() {
    for (source, code) in [
        ("a // b\nc", "a \nc"),
        ("a /* b /* c */ d */ e", "a  e"),
        (r#"a("https://b"); c // d"#, r#"a("https://b"); c "#),
        (r##"a(r#""// b"#); c"##, r##"a(r#""// b"#); c"##),
        (r#"a('"', "\"//", '\'', '\\'); c // d"#, r#"a('"', "\"//", '\'', '\\'); c "#),
        ("fn a<'b>(c: &'b str) {} // d", "fn a<'b>(c: &'b str) {} "),
        ("a; #[cfg(test)] mod tests { fn b() { '}'; \"}\"; } } c", "a;  c"),
        ("a; #[cfg(test)] mod tests; b", "a;  b"),
        ("a; #[cfg(test)] #[expect(b)] fn c(d: [u8; 4]) -> Vec<u8> { e } f", "a;  f"),
        ("a; #[cfg(test)] use b::{c, d}; e", "a; ; e"),
        ("a; #[cfg(not(test))] fn b() {}", "a; #[cfg(not(test))] fn b() {}"),
    ] {
        assert_eq!(production_code(source), code, "{source}");
    }
}
