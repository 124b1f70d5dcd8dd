//! Validation and normalization of user-provided texts: names, handles and topics.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::ground::error::{Error, Result};

/// Maximum size of a character in a name, in bytes: decomposed and with combining marks.
const BYTES_PER_CHARACTER: usize = 16;

/// A single-line name: trimmed, normalized (NFC), 1 to `max` characters, without control characters.
///
/// # Errors
/// `BAD_USER_INPUT` for `field`.
pub fn name(field: &'static str, text: &str, max: usize) -> Result<String> {
    require_max_bytes(field, text, max)?;
    let name: String = text.trim().nfc().collect();
    if !is_visible(&name) {
        return Err(Error::invalid(field, "Must not be empty."));
    }
    line(field, name, max)
}

/// Whether a text contains visible characters.
pub fn is_visible(text: &str) -> bool {
    text.chars().any(|c| !c.is_whitespace() && !is_invisible(c) && !is_joiner(c))
}

/// Characters that are invisible or change the direction of text: with them, two names could look the same or empty.
/// Format characters of Unicode except joiners, and blank letters.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}'
        | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e007f}')
}

/// Characters that join or separate adjacent letters, required by some scripts and many emoji.
fn is_joiner(c: char) -> bool {
    matches!(c, '\u{200c}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}')
}

/// Letters and digits of any script with their combining marks.
fn is_word_character(c: char) -> bool {
    c.is_alphanumeric() || is_combining_mark(c)
}

/// A single-line text that can be empty.
///
/// # Errors
/// `BAD_USER_INPUT` for `field`.
pub fn line(field: &'static str, text: String, max: usize) -> Result<String> {
    require_max_chars(field, &text, max)?;
    if text.chars().any(|c| c.is_control() || is_invisible(c)) {
        return Err(Error::invalid(field, "Must be a single line without control or invisible characters."));
    }
    Ok(text)
}

/// Rejects a text before it is processed: a text of `max` characters never exceeds this size, however it is composed.
///
/// # Errors
/// `BAD_USER_INPUT` for `field`.
fn require_max_bytes(field: &'static str, text: &str, max: usize) -> Result<()> {
    if text.len() > max * BYTES_PER_CHARACTER {
        return Err(Error::invalid(field, format!("Too long: maximum {max} characters.")));
    }
    Ok(())
}

/// Rejects texts of more than `max` characters (Unicode scalar values).
///
/// # Errors
/// `BAD_USER_INPUT` for `field`.
pub fn require_max_chars(field: &'static str, text: &str, max: usize) -> Result<()> {
    // A character has at most four bytes, so most texts are accepted without counting.
    if text.len() > max && text.chars().count() > max {
        return Err(Error::invalid(field, format!("Too long: maximum {max} characters.")));
    }
    Ok(())
}

/// A normalized handle: letters and digits of any script with their combining marks, in lower case, with `.`, `-` and
/// `_` between them. See `docs/handles.md`; the test cases in `model/member/handles.json` are shared with the client.
///
/// # Errors
/// `BAD_USER_INPUT` for `field`.
pub fn handle(field: &'static str, text: &str, max: usize) -> Result<String> {
    require_max_bytes(field, text, max)?;
    let handle = normalize_handle(text);
    let is_valid = handle.chars().all(|c| is_handle_character(c) || matches!(c, '.' | '-' | '_'))
        && handle.starts_with(char::is_alphanumeric)
        && handle.ends_with(is_word_character);
    if !is_valid {
        let message = "Invalid handle: use letters and digits, with '.', '-' and '_' between them.";
        return Err(Error::invalid(field, message));
    }
    if matches!(handle.as_str(), "channel" | "here" | "everyone" | "all") {
        return Err(Error::invalid(field, "The handle is reserved for mentions of a channel. Choose another one."));
    }
    require_max_chars(field, &handle, max)?;
    Ok(handle)
}

/// The form in which handles are stored and compared. Accepts any text.
pub fn normalize_handle(text: &str) -> String {
    text.trim().trim_start_matches('@').nfkc().flat_map(char::to_lowercase).nfkc().collect()
}

/// Visible letters and digits with their combining marks.
fn is_handle_character(c: char) -> bool {
    is_word_character(c) && !is_invisible(c) && !is_joiner(c) && !matches!(c, '\u{e0100}'..='\u{e01ef}')
}

/// A handle derived from a name. Append a number to make it unique.
pub fn derive_handle(name: &str, max: usize) -> String {
    let mut handle = String::new();
    for c in normalize_handle(name).chars() {
        if is_handle_character(c) && (c.is_alphanumeric() || handle.ends_with(is_word_character)) {
            handle.push(c);
        } else if !handle.is_empty() && !handle.ends_with('-') {
            handle.push('-');
        }
    }
    let cut: String = handle.chars().take(max - 5).collect();
    match cut.trim_end_matches('-') {
        "" => "member".to_owned(),
        cut => cut.to_owned(),
    }
}

/// The name of a public or private channel: a name in lower case with hyphens in place of spaces.
///
/// # Errors
/// `BAD_USER_INPUT` for `field`.
pub fn parse_channel_name(field: &'static str, text: &str, max: usize) -> Result<String> {
    require_max_bytes(field, text, max)?;
    let text = text.trim().trim_start_matches('#');
    let lower: String = text.nfkc().flat_map(char::to_lowercase).collect();
    let hyphened: String = lower.split_whitespace().collect::<Vec<_>>().join("-");
    name(field, &hyphened, max)
}

/// Returns the form in which emails are compared and kept unique: trimmed and lower-cased.
pub fn email_key(email: &str) -> String {
    email.trim().to_lowercase()
}

/// Size of a text encoded as JSON in bytes, without the enclosing quotes.
pub fn json_bytes(text: &str) -> usize {
    let escaped = |byte: u8| match byte {
        b'"' | b'\\' | b'\n' | b'\r' | b'\t' | 0x08 | 0x0c => 2,
        0..0x20 => 6,
        _ => 1,
    };
    text.bytes().map(escaped).sum()
}

/// The key under which handles and channel names are unique: compatibility forms unified (NFKC), case folded (`ß` to
/// `ss`, `ς` to `σ`), and without a dot above `i`. The displayed form is unchanged.
pub fn key(text: &str) -> String {
    let mut key = String::new();
    // Full case folding except for a few letters: upper-cased and lower-cased again, and lower-cased before for the
    // capital `ẞ`.
    let lower = text.nfkc().flat_map(char::to_lowercase);
    for c in lower.flat_map(char::to_uppercase).flat_map(char::to_lowercase).nfkc() {
        // `i` looks the same with and without a combining dot above.
        if c != '\u{307}' || !key.ends_with('i') {
            key.push(c);
        }
    }
    key
}

/// The skeleton under which similar-looking texts are equal, for example `ann` in Latin and Cyrillic letters, `bern`
/// and `bem`, or `paul1` and `paull`: the TR39 skeleton of the [`key`], lower-cased because TR39 maps `0` to a capital
/// `O`.
pub fn skeleton(text: &str) -> String {
    unicode_security::skeleton(&key(text)).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The test cases shared with the client.
    #[derive(serde::Deserialize)]
    struct Cases {
        given: Vec<(String, Option<String>)>,
        made: Vec<(String, String)>,
        read: Vec<Read>,
    }

    #[derive(serde::Deserialize)]
    struct Read {
        members: Vec<String>,
    }

    #[test]
    fn derives_and_validates_handles() {
        let cases: Cases = serde_json::from_str(include_str!("../model/member/handles.json")).unwrap();
        for (input, expected) in &cases.given {
            assert_eq!(handle("handle", input, 32).ok().as_ref(), expected.as_ref(), "{input:?}");
        }
        for (name, expected) in &cases.made {
            assert_eq!(derive_handle(name, 32), *expected, "{name:?}");
        }
        let derived = cases.made.iter().map(|(_, handle)| handle);
        for one in derived.chain(cases.read.iter().flat_map(|case| &case.members)) {
            assert_eq!(handle("handle", one, 32).unwrap(), *one);
        }
    }

    #[test]
    fn maps_equal_and_similar_names_to_one_key() {
        for same in [
            vec!["\u{130}stanbul", "istanbul", "ISTANBUL", "i\u{307}stanbul", "\u{131}stanbul"],
            vec!["Straße", "strasse", "STRASSE", "STRA\u{1e9e}E"],
            vec!["σίγμας", "ΣΊΓΜΑΣ", "σίγμασ"],
            vec!["Café", "cafe\u{301}", "CAFÉ", "ｃａｆé"],
            vec!["ﬁnance", "finance"],
        ] {
            assert!(same.iter().all(|name| key(name) == key(same[0])), "{same:?}");
        }
        for (one, other) in [("resume", "résumé"), ("a.b", "ab"), ("ann", "аnn"), ("i", "j")] {
            assert_ne!(key(one), key(other));
        }
        // Cyrillic and Greek.
        for (one, other) in [("ann", "аnn"), ("olga", "οlga"), ("paypal", "рауpal")] {
            assert_eq!(skeleton(one), skeleton(other));
        }
        // ASCII letters and digits.
        for (one, other) in [("bern", "bem"), ("paul1", "paull"), ("PAUL1", "Paull"), ("b0b", "bob"), ("O0o", "000")] {
            assert_eq!(skeleton(one), skeleton(other), "{one} {other}");
        }
        for (one, other) in [("ann", "anna"), ("vv", "w"), ("cl", "d"), ("i", "l"), ("ann-b", "ann_b"), ("a2", "az")] {
            assert_ne!(skeleton(one), skeleton(other), "{one} {other}");
        }
        assert_ne!(skeleton("anna"), skeleton("анна"));
        assert_eq!(parse_channel_name("name", "\u{130}stanbul Straße", 80).unwrap(), "i\u{307}stanbul-straße");
    }

    #[test]
    fn rejects_far_too_long_texts() {
        let long = "e\u{301}".repeat(100_000);
        for result in [name("name", &long, 80), handle("handle", &long, 32), parse_channel_name("name", &long, 80)] {
            assert!(result.is_err());
        }
        assert!(name("name", &"e\u{301}".repeat(80), 80).is_ok());
    }

    #[test]
    fn rejects_invisible_names() {
        for invisible in ["\u{200b}\u{2060}", "general\u{200b}", "\u{202e}gnp.exe", "\u{3164}", "\u{200d}", "\u{feff}a"]
        {
            assert!(name("name", invisible, 80).is_err(), "{invisible:?}");
        }
        for visible in ["می\u{200c}خواهم", "👩\u{200d}👩\u{200d}👧", "❤\u{fe0f}", "क\u{94d}\u{200d}ष"]
        {
            assert!(name("name", visible, 80).is_ok(), "{visible:?}");
        }
        assert!(!is_visible(" \u{200b}\n") && is_visible("\u{200b}a"));
    }

    #[test]
    fn limits_characters_and_not_bytes() {
        assert!(require_max_chars("text", &"ж".repeat(16_000), 16_000).is_ok());
        assert!(require_max_chars("text", &"ж".repeat(16_001), 16_000).is_err());
        assert!(name("name", "a\0b", 80).is_err());
        assert_eq!(parse_channel_name("name", " #Lunch  Club", 80).unwrap(), "lunch-club");
    }

    #[test]
    fn computes_the_size_of_json_strings() {
        let all: String = (0..0x300).filter_map(char::from_u32).chain(['\u{2028}', '\u{1f600}', '/']).collect();
        for text in ["", "plain", "\"\\\n\u{1}", &all] {
            assert_eq!(json_bytes(text) + 2, serde_json::to_string(text).unwrap().len(), "{text:?}");
        }
    }
}
