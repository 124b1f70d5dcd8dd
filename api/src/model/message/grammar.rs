//! The grammar of messages: CommonMark with tables, without HTML, images and reference definitions, and with links
//! restricted to `http`, `https` and `mailto`.
//!
//! The client renders with `markdown-it`, which has options for these restrictions. `pulldown-cmark` does not, so HTML,
//! images, definitions and rejected links are neutralized in the text before parsing, and each mention is replaced by
//! a single character without meaning in Markdown. Both implementations are tested against the same cases
//! (`tests/mentions.json`) and generated texts (`frontend/e2e/mentions.e2e.ts`).

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

/// Placeholder for a mention. A noncharacter: occurrences in the input are neutralized.
const MENTION: char = '\u{FDD0}';
/// Placeholder that replaces a character, or separates two, to remove their meaning in Markdown.
const NEUTRAL: char = '\u{FDD1}';
/// Maximum nesting depth that the client renders.
const MAX_DEPTH: usize = 100;
/// Maximum length of a mention token in bytes.
const MAX_TOKEN_BYTES: usize = 64;
/// URL schemes allowed in links.
const SCHEMES: [&str; 3] = ["http://", "https://", "mailto:"];

/// Returns the tokens that are rendered as mentions, such as `@mem_…` and `!channel`, in order.
pub fn mentions(text: &str, is_mention: impl Fn(&str) -> bool) -> Vec<&str> {
    let prepared = prepare(text, is_mention);
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
    let (mut depth, mut in_code, mut tokens) = (0_usize, false, Vec::new());
    for (event, range) in Parser::new_ext(&prepared.text, options).into_offset_iter() {
        match event {
            Event::Start(Tag::CodeBlock(_)) => in_code = true,
            Event::End(TagEnd::CodeBlock) => in_code = false,
            Event::Start(Tag::BlockQuote(_) | Tag::List(_) | Tag::Item) => depth += 1,
            Event::End(TagEnd::BlockQuote(_) | TagEnd::List(_) | TagEnd::Item) => depth -= 1,
            Event::Text(_) if !in_code && depth < MAX_DEPTH => {
                let from = prepared.mentions.partition_point(|(at, _)| *at < range.start);
                let inside = prepared.mentions[from..].iter().take_while(|(at, _)| *at < range.end);
                tokens.extend(inside.map(|(_, token)| *token));
            }
            _ => {}
        }
    }
    tokens
}

struct PreparedText<'a> {
    text: String,
    /// Byte offset of each placeholder, and its token.
    mentions: Vec<(usize, &'a str)>,
}

fn prepare<'a>(text: &'a str, is_mention: impl Fn(&str) -> bool) -> PreparedText<'a> {
    let mut prepared = PreparedText { text: String::with_capacity(text.len()), mentions: Vec::new() };
    let mut rest = text;
    // Whether the next character follows an odd number of backslashes.
    let mut escaped = false;
    while let Some(c) = rest.chars().next() {
        let mut length = c.len_utf8();
        match c {
            '<' if !escaped && let Some(token) = token(rest).filter(|token| is_mention(token)) => {
                prepared.mentions.push((prepared.text.len(), token));
                prepared.text.push(MENTION);
                length = token.len() + 2;
            }
            '<' if !escaped && let Some(autolink) = autolink(rest) => {
                prepared.text.push_str(autolink);
                length = autolink.len();
            }
            '<' | MENTION | NEUTRAL => prepared.text.push(NEUTRAL),
            '(' if prepared.text.ends_with(']') => match destination(&rest[1..]) {
                None => prepared.text.extend([NEUTRAL, '(']),
                Some(whole) => {
                    length = 1 + whole;
                    prepared.text.push_str(&rest[..length]);
                }
            },
            ':' if prepared.text.ends_with(']') => prepared.text.extend([NEUTRAL, ':']),
            '[' if prepared.text.ends_with('!') => prepared.text.extend([NEUTRAL, '[']),
            c => prepared.text.push(c),
        }
        escaped = c == '\\' && !escaped;
        rest = &rest[length..];
    }
    prepared
}

/// Returns the text in angle brackets, if it is short enough for a mention.
fn token(text: &str) -> Option<&str> {
    let end = text.bytes().take(MAX_TOKEN_BYTES).position(|byte| byte == b'>')?;
    text.get(1..end)
}

/// Returns a URL or email in angle brackets, with the brackets, if it is rendered as a link.
fn autolink(text: &str) -> Option<&str> {
    let end = text[1..].find(|c: char| matches!(c, '<' | '>') || c <= ' ')? + 1;
    let inner = text[1..end].to_ascii_lowercase();
    let is_link = SCHEMES.iter().any(|scheme| inner.starts_with(scheme));
    let is_email = || {
        let name = |c: char| c.is_ascii_alphanumeric() || ".!#$%&'*+/=?^_`{|}~-".contains(c);
        inner.split_once('@').is_some_and(|(to, at)| {
            !to.is_empty() && to.chars().all(name) && !at.is_empty() && at.split('.').all(is_label)
        })
    };
    (text[end..].starts_with('>') && (is_link || is_email())).then(|| &text[..=end])
}

/// Returns whether a text is a label of a host name.
fn is_label(label: &str) -> bool {
    let inside = |c: char| c.is_ascii_alphanumeric() || c == '-';
    (1..=63).contains(&label.len()) && label.chars().all(inside) && !label.starts_with('-') && !label.ends_with('-')
}

/// Checks the destination of a link at the start of `text`. Returns `None` unless it is empty or has an allowed scheme;
/// otherwise the number of bytes to copy verbatim, which cover a destination in angle brackets as a whole.
fn destination(text: &str) -> Option<usize> {
    let start = text.trim_start_matches([' ', '\t', '\n', '\r']);
    let has_allowed_scheme = |text: &str| {
        let text = text.trim_start();
        SCHEMES.iter().any(|scheme| text.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme)))
    };
    let Some(inner) = start.strip_prefix('<') else {
        return (start.starts_with(')') || has_allowed_scheme(start)).then_some(0);
    };
    let mut escaped = false;
    let end = inner.find(|c: char| {
        let ends = !escaped && matches!(c, '<' | '>' | '\n');
        escaped = c == '\\' && !escaped;
        ends
    })?;
    (inner[end..].starts_with('>') && has_allowed_scheme(inner)).then(|| text.len() - inner.len() + end + 1)
}
