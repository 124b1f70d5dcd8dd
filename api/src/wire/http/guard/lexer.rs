//! Counts tokens and nesting of a GraphQL document without parsing it.
//!
//! One pass, no recursion, no allocation. Never counts fewer brackets or tokens than the parser: where they
//! could differ, it counts more or rejects. The parser recurses into lists and objects without a limit, and a
//! stack overflow aborts the process.

use async_graphql::Pos;

use crate::wire::http::refusal::Refusal;

/// The result of a scan.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Scan {
    /// Names, numbers, strings and punctuation.
    pub tokens: u64,
    /// Maximum nesting of brackets of any kind.
    pub depth: u64,
}

/// Scans a document.
///
/// # Errors
/// Rejects unterminated strings and NUL characters, literal or escaped.
pub(super) fn scan(text: &str) -> Result<Scan, Refusal> {
    let bytes = text.as_bytes();
    let (mut scan, mut open, mut at) = (Scan::default(), 0_u64, 0);
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b' ' | b'\t' | b'\n' | b'\r' | b',' => at += 1,
            0 => return Err(nul_error(text, at)),
            b'#' => at = end_of_comment(text, at)?,
            b'"' => {
                scan.tokens += 1;
                at = end_of_string(text, at)?;
            }
            b'(' | b'[' | b'{' => {
                open += 1;
                scan.depth = scan.depth.max(open);
                scan.tokens += 1;
                at += 1;
            }
            b')' | b']' | b'}' => {
                open = open.saturating_sub(1);
                scan.tokens += 1;
                at += 1;
            }
            b'.' => {
                scan.tokens += 1;
                at += if bytes[at..].starts_with(b"...") { 3 } else { 1 };
            }
            // The parser ends a number after a leading zero: `00` is two tokens.
            b'1'..=b'9' => {
                scan.tokens += 1;
                at = end_while(bytes, at, |b| b.is_ascii_digit());
            }
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => {
                let end = end_while(bytes, at, |b| b.is_ascii_alphanumeric() || b == b'_');
                scan.tokens += token_count(&bytes[at..end]);
                at = end;
            }
            _ => {
                scan.tokens += 1;
                at += 1;
            }
        }
    }
    Ok(scan)
}

/// Returns the maximum number of tokens the parser finds in a run of letters: it reads `truenull` as two
/// values.
fn token_count(run: &[u8]) -> u64 {
    let keyword = [&b"true"[..], b"false", b"null"].iter().any(|word| run.starts_with(word));
    if keyword && run.len() > 5 { 1 + run.len() as u64 / 4 } else { 1 }
}

fn end_while(bytes: &[u8], from: usize, is_part: impl Fn(u8) -> bool) -> usize {
    bytes[from..].iter().position(|&byte| !is_part(byte)).map_or(bytes.len(), |length| from + length)
}

fn end_of_comment(text: &str, from: usize) -> Result<usize, Refusal> {
    let end = end_while(text.as_bytes(), from, |b| !matches!(b, b'\n' | b'\r' | 0));
    match text.as_bytes().get(end) {
        Some(0) => Err(nul_error(text, end)),
        _ => Ok(end),
    }
}

/// Returns the end of the string that starts at `from`. Unterminated strings are rejected here, because the
/// parser would retry with a different interpretation of the quotes.
fn end_of_string(text: &str, from: usize) -> Result<usize, Refusal> {
    let bytes = text.as_bytes();
    if bytes[from..].starts_with(br#"""""#) {
        return end_of_block_string(text, from);
    }
    let mut at = from + 1;
    loop {
        match bytes.get(at) {
            Some(b'"') => return Ok(at + 1),
            Some(0) => return Err(nul_error(text, at)),
            Some(b'\\') if bytes[at..].starts_with(br"\u0000") => return Err(nul_error(text, at)),
            Some(b'\\') if !matches!(bytes.get(at + 1), None | Some(b'\n' | b'\r' | 0)) => at += 2,
            None | Some(b'\n' | b'\r' | b'\\') => return Err(unterminated(text, from)),
            Some(_) => at += 1,
        }
    }
}

fn end_of_block_string(text: &str, from: usize) -> Result<usize, Refusal> {
    let bytes = text.as_bytes();
    let mut at = from + 3;
    loop {
        match bytes.get(at) {
            Some(b'"') if bytes[at..].starts_with(br#"""""#) => return Ok(at + 3),
            Some(b'\\') if bytes[at..].starts_with(br#"\""""#) => at += 4,
            Some(0) => return Err(nul_error(text, at)),
            None => return Err(unterminated(text, from)),
            Some(_) => at += 1,
        }
    }
}

fn unterminated(text: &str, from: usize) -> Refusal {
    Refusal::new("GRAPHQL_PARSE_FAILED", "Unterminated string.").with_location(position(text, from))
}

fn nul_error(text: &str, at: usize) -> Refusal {
    Refusal::new("BAD_USER_INPUT", "The character NUL is not allowed.").with_location(position(text, at))
}

/// Returns line and column of a byte, both starting at 1.
fn position(text: &str, at: usize) -> Pos {
    let before = text.get(..at).unwrap_or(text);
    let line = before.rsplit('\n').next().unwrap_or(before);
    Pos { line: before.matches('\n').count() + 1, column: line.chars().count() + 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(text: &str) -> (u64, u64) {
        let scan = scan(text).unwrap();
        (scan.tokens, scan.depth)
    }

    #[test]
    fn counts_tokens_and_depth_outside_of_strings_and_comments() {
        assert_eq!(counts("{ a(b: [1, \"((((\"]) ...F } # [[[["), (13, 3));
        let text = r#"{a(b:"\"[[[" c:"""[[" \""" [[""" d:"")}"#;
        assert_eq!(counts(text), (14, 2));
    }

    #[test]
    fn counts_tokens_that_the_parser_splits() {
        assert_eq!(counts("000").0, 3);
        assert!(counts("truetruetrue").0 >= 3);
        assert!(counts("nullnull").0 >= 2);
        assert_eq!(counts("1-1-1").0, 5);
    }

    #[test]
    fn rejects_unterminated_strings() {
        for text in ["{a(b:\"", "{a(b:\"\n\")}", "{a(b:\"\\", "{a(b:\"\"\"x\" [[[[", "{a(b:\"\\\n\")}"] {
            assert_eq!(scan(text).unwrap_err().code, "GRAPHQL_PARSE_FAILED", "{text}");
        }
    }

    #[test]
    fn rejects_nul_everywhere() {
        for text in ["\0", "#\0", "{a(b:\"\0\")}", "{a(b:\"\\u0000\")}", "{a(b:\"\"\"\0\"\"\")}", "\"\\\0\""] {
            assert!(scan(text).is_err(), "{text:?}");
        }
        // An escaped backslash before `u0000` is not an escaped NUL.
        assert!(scan(r#"{a(b:"\\u0000")}"#).is_ok());
    }

    #[test]
    fn errors_have_a_location() {
        let error = scan("{\n a(b: \"x\n").unwrap_err().into_error();
        assert_eq!(error.locations, [Pos { line: 2, column: 7 }]);
    }
}
