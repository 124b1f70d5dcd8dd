//! The grammar of messages: CommonMark with tables, without HTML, images and reference definitions, and with links
//! only to `http`, `https` and `mailto`.
//!
//! The client draws with `markdown-it`, for which these are switches. `pulldown-cmark` has no such switches, so what
//! would be HTML, an image, a definition or a refused link is made plain in the text before it is parsed, and a
//! mention is put in as one character that no syntax knows. Both sides are held to one table of cases
//! (`tests/mentions.json`) and to generated texts (`frontend/e2e/mentions.e2e.ts`).

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

/// Stands for a mention. A noncharacter: where it stands in the text itself it means nothing.
const MENTION: char = '\u{FDD0}';
/// Stands for a character that is to mean nothing, and between two that are to mean nothing together.
const PLAIN: char = '\u{FDD1}';
/// The client draws nothing that is nested deeper.
const DEPTH: usize = 100;
/// No mention is longer.
const TOKEN_MAX: usize = 64;
/// Schemes of addresses that links lead to.
const SCHEMES: [&str; 3] = ["http://", "https://", "mailto:"];

/// The tokens of mentions, such as `@mem_…` and `!channel`, that are drawn as mentions, in their order.
pub fn mentions(text: &str, is_mention: impl Fn(&str) -> bool) -> Vec<&str> {
    let prepared = prepare(text, is_mention);
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
    let (mut depth, mut in_code, mut found) = (0_usize, false, Vec::new());
    for (event, range) in Parser::new_ext(&prepared.text, options).into_offset_iter() {
        match event {
            Event::Start(Tag::CodeBlock(_)) => in_code = true,
            Event::End(TagEnd::CodeBlock) => in_code = false,
            Event::Start(Tag::BlockQuote(_) | Tag::List(_) | Tag::Item) => depth += 1,
            Event::End(TagEnd::BlockQuote(_) | TagEnd::List(_) | TagEnd::Item) => depth -= 1,
            Event::Text(_) if !in_code && depth < DEPTH => {
                let from = prepared.mentions.partition_point(|(at, _)| *at < range.start);
                let inside = prepared.mentions[from..].iter().take_while(|(at, _)| *at < range.end);
                found.extend(inside.map(|(_, token)| *token));
            }
            _ => {}
        }
    }
    found
}

struct Prepared<'a> {
    text: String,
    /// Where a mention stands in it, and which.
    mentions: Vec<(usize, &'a str)>,
}

fn prepare<'a>(text: &'a str, is_mention: impl Fn(&str) -> bool) -> Prepared<'a> {
    let mut prepared = Prepared { text: String::with_capacity(text.len()), mentions: Vec::new() };
    let mut rest = text;
    // Whether what comes is behind an odd number of backslashes.
    let mut escaped = false;
    while let Some(c) = rest.chars().next() {
        let mut length = c.len_utf8();
        match c {
            '<' if !escaped && let Some(token) = token(rest).filter(|token| is_mention(token)) => {
                prepared.mentions.push((prepared.text.len(), token));
                prepared.text.push(MENTION);
                length = token.len() + 2;
            }
            '<' if !escaped && let Some(address) = address(rest) => {
                prepared.text.push_str(address);
                length = address.len();
            }
            '<' | MENTION | PLAIN => prepared.text.push(PLAIN),
            '(' if prepared.text.ends_with(']') => match destination(&rest[1..]) {
                None => prepared.text.extend([PLAIN, '(']),
                Some(whole) => {
                    length = 1 + whole;
                    prepared.text.push_str(&rest[..length]);
                }
            },
            ':' if prepared.text.ends_with(']') => prepared.text.extend([PLAIN, ':']),
            '[' if prepared.text.ends_with('!') => prepared.text.extend([PLAIN, '[']),
            c => prepared.text.push(c),
        }
        escaped = c == '\\' && !escaped;
        rest = &rest[length..];
    }
    prepared
}

/// What stands in angle brackets, if it may be a mention.
fn token(text: &str) -> Option<&str> {
    let end = text.bytes().take(TOKEN_MAX).position(|byte| byte == b'>')?;
    text.get(1..end)
}

/// An address in angle brackets that is drawn as a link.
fn address(text: &str) -> Option<&str> {
    let end = text[1..].find(|c: char| matches!(c, '<' | '>') || c <= ' ')? + 1;
    let inner = text[1..end].to_ascii_lowercase();
    let is_link = SCHEMES.iter().any(|scheme| inner.starts_with(scheme));
    let is_mail = || {
        let name = |c: char| c.is_ascii_alphanumeric() || ".!#$%&'*+/=?^_`{|}~-".contains(c);
        inner.split_once('@').is_some_and(|(to, at)| {
            !to.is_empty() && to.chars().all(name) && !at.is_empty() && at.split('.').all(is_label)
        })
    };
    (text[end..].starts_with('>') && (is_link || is_mail())).then(|| &text[..=end])
}

/// A part of the name of a host.
fn is_label(label: &str) -> bool {
    let inside = |c: char| c.is_ascii_alphanumeric() || c == '-';
    (1..=63).contains(&label.len()) && label.chars().all(inside) && !label.starts_with('-') && !label.ends_with('-')
}

/// Whether the destination of a link, which follows, is empty or one that links may have; with how much of it is
/// one piece: all of one in angle brackets.
fn destination(text: &str) -> Option<usize> {
    let start = text.trim_start_matches([' ', '\t', '\n', '\r']);
    let leads = |text: &str| {
        let text = text.trim_start();
        SCHEMES.iter().any(|scheme| text.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme)))
    };
    let Some(inner) = start.strip_prefix('<') else {
        return (start.starts_with(')') || leads(start)).then_some(0);
    };
    let mut escaped = false;
    let end = inner.find(|c: char| {
        let ends = !escaped && matches!(c, '<' | '>' | '\n');
        escaped = c == '\\' && !escaped;
        ends
    })?;
    (inner[end..].starts_with('>') && leads(inner)).then(|| text.len() - inner.len() + end + 1)
}
