//! Checks and forms of text that people give: names, handles, topics.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::error::{Error, Result};

/// The most bytes that a character of a name comes in, decomposed and with marks.
const BYTES_PER_CHARACTER: usize = 16;

/// A name of one line: trimmed, normalised (NFC), from 1 to `max` characters, without control characters.
///
/// # Errors
/// `BAD_USER_INPUT` for `field`.
pub fn name(field: &'static str, text: &str, max: usize) -> Result<String> {
    bounded(field, text, max)?;
    let name: String = text.trim().nfc().collect();
    if !is_visible(&name) {
        return Err(Error::invalid(field, "It must not be empty."));
    }
    line(field, name, max)
}

/// Whether there is anything to see in a text.
pub fn is_visible(text: &str) -> bool {
    text.chars().any(|c| !c.is_whitespace() && !is_unseen(c) && !is_joiner(c))
}

/// What shows nothing, or turns the direction of what follows: with it two names would look the same, or one
/// like nothing at all. (The format characters of Unicode, except joiners, and the letters that are blank.)
fn is_unseen(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}'
        | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e007f}')
}

/// Joins or parts the letters beside it, as some scripts and many emoji need.
fn is_joiner(c: char) -> bool {
    matches!(c, '\u{200c}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}')
}

/// Letters and digits of any script, with the marks that belong to them.
fn is_of_word(c: char) -> bool {
    c.is_alphanumeric() || is_combining_mark(c)
}

/// A text of one line that may be empty.
///
/// # Errors
/// `BAD_USER_INPUT` for `field`.
pub fn line(field: &'static str, text: String, max: usize) -> Result<String> {
    at_most(field, &text, max)?;
    if text.chars().any(|c| c.is_control() || is_unseen(c)) {
        return Err(Error::invalid(field, "It must be one line without control or invisible characters."));
    }
    Ok(text)
}

/// Before anything is done with a text: no text of `max` characters has more bytes, however it is composed.
///
/// # Errors
/// `BAD_USER_INPUT` for `field`.
fn bounded(field: &'static str, text: &str, max: usize) -> Result<()> {
    if text.len() > max * BYTES_PER_CHARACTER {
        return Err(Error::invalid(field, format!("It has more than {max} characters.")));
    }
    Ok(())
}

/// At most `max` characters (Unicode scalar values).
///
/// # Errors
/// `BAD_USER_INPUT` for `field`.
pub fn at_most(field: &'static str, text: &str, max: usize) -> Result<()> {
    // A character has at most four bytes, so most texts need no counting.
    if text.len() > max && text.chars().count() > max {
        return Err(Error::invalid(field, format!("It has more than {max} characters.")));
    }
    Ok(())
}

/// A handle in its one form: letters and digits of any script with their marks, in lower case, and `.`, `-` and
/// `_` between them. `docs/handles.md` says why, `member/handles.json` has the cases that the client shares.
///
/// # Errors
/// `BAD_USER_INPUT` for `field`.
pub fn handle(field: &'static str, text: &str, max: usize) -> Result<String> {
    bounded(field, text, max)?;
    let handle = normal_handle(text);
    let fits = handle.chars().all(|c| is_of_handle(c) || matches!(c, '.' | '-' | '_'))
        && handle.starts_with(char::is_alphanumeric)
        && handle.ends_with(is_of_word);
    if !fits {
        return Err(Error::invalid(field, "A handle has letters and digits, and '.', '-' and '_' between them."));
    }
    if matches!(handle.as_str(), "channel" | "here" | "everyone" | "all") {
        return Err(Error::invalid(field, "This handle is taken by the mention of a whole channel."));
    }
    at_most(field, &handle, max)?;
    Ok(handle)
}

/// The form in which handles are kept and compared, of anything that is written as one.
pub fn normal_handle(text: &str) -> String {
    text.trim().trim_start_matches('@').nfkc().flat_map(char::to_lowercase).nfkc().collect()
}

/// What can be seen of letters and digits, and the marks that belong to them.
fn is_of_handle(c: char) -> bool {
    is_of_word(c) && !is_unseen(c) && !is_joiner(c) && !matches!(c, '\u{e0100}'..='\u{e01ef}')
}

/// A handle made from a name, to be made unique by a number.
pub fn handle_from(name: &str, max: usize) -> String {
    let mut handle = String::new();
    for c in normal_handle(name).chars() {
        if is_of_handle(c) && (c.is_alphanumeric() || handle.ends_with(is_of_word)) {
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

/// The name of a public or private channel: as a name, in lower case, with hyphens for spaces.
///
/// # Errors
/// `BAD_USER_INPUT` for `field`.
pub fn channel_name(field: &'static str, text: &str, max: usize) -> Result<String> {
    bounded(field, text, max)?;
    let text = text.trim().trim_start_matches('#');
    let lower: String = text.nfkc().flat_map(char::to_lowercase).collect();
    let hyphened: String = lower.split_whitespace().collect::<Vec<_>>().join("-");
    name(field, &hyphened, max)
}

/// Bytes of a text as JSON has it, without the quotes around it.
pub fn json_bytes(text: &str) -> usize {
    let escaped = |byte: u8| match byte {
        b'"' | b'\\' | b'\n' | b'\r' | b'\t' | 0x08 | 0x0c => 2,
        0..0x20 => 6,
        _ => 1,
    };
    text.bytes().map(escaped).sum()
}

/// What makes two handles, or two names of channels, the same: compatible forms as one (NFKC), without case (`ß` is
/// `ss`, `ς` is `σ`), and without a dot above an `i`. What is shown stays as it was given.
pub fn key(text: &str) -> String {
    let mut key = String::new();
    // Full case folding but for a few letters: up and down again, and down before, for the capital `ẞ`.
    let lower = text.nfkc().flat_map(char::to_lowercase);
    for c in lower.flat_map(char::to_uppercase).flat_map(char::to_lowercase).nfkc() {
        // With a dot above it and without it an `i` looks the same.
        if c != '\u{307}' || !key.ends_with('i') {
            key.push(c);
        }
    }
    key
}

/// What two texts have in common that are easily taken for each other, such as `ann` in Latin and in Cyrillic letters,
/// `bern` and `bem`, or `paul1` and `paull`: the skeleton of Unicode TR39, of the key, and without case (for TR39 a `0`
/// looks like a capital `O`).
pub fn look(text: &str) -> String {
    unicode_security::skeleton(&key(text)).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The cases that the client reads, too.
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
    fn handles_are_made_and_checked_alike() {
        let cases: Cases = serde_json::from_str(include_str!("member/handles.json")).unwrap();
        for (given, wanted) in &cases.given {
            assert_eq!(handle("handle", given, 32).ok().as_ref(), wanted.as_ref(), "{given:?}");
        }
        for (name, wanted) in &cases.made {
            assert_eq!(handle_from(name, 32), *wanted, "{name:?}");
        }
        let made = cases.made.iter().map(|(_, handle)| handle);
        for one in made.chain(cases.read.iter().flat_map(|case| &case.members)) {
            assert_eq!(handle("handle", one, 32).unwrap(), *one);
        }
    }

    #[test]
    fn names_that_read_or_look_the_same_have_one_key() {
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
            assert_eq!(look(one), look(other));
        }
        // Plain letters and digits.
        for (one, other) in [("bern", "bem"), ("paul1", "paull"), ("PAUL1", "pauIl"), ("b0b", "bob"), ("O0o", "000")] {
            assert_eq!(look(one), look(other), "{one} {other}");
        }
        for (one, other) in [("ann", "anna"), ("vv", "w"), ("cl", "d"), ("i", "l"), ("ann-b", "ann_b"), ("a2", "az")] {
            assert_ne!(look(one), look(other), "{one} {other}");
        }
        assert_ne!(look("anna"), look("анна"));
        assert_eq!(channel_name("name", "\u{130}stanbul Straße", 80).unwrap(), "i\u{307}stanbul-straße");
    }

    #[test]
    fn what_is_far_too_long_is_not_looked_at() {
        let long = "e\u{301}".repeat(100_000);
        for refused in [name("name", &long, 80), handle("handle", &long, 32), channel_name("name", &long, 80)] {
            assert!(refused.is_err());
        }
        assert!(name("name", &"e\u{301}".repeat(80), 80).is_ok());
    }

    #[test]
    fn what_cannot_be_seen_is_no_name() {
        for unseen in ["\u{200b}\u{2060}", "general\u{200b}", "\u{202e}gnp.exe", "\u{3164}", "\u{200d}", "\u{feff}a"] {
            assert!(name("name", unseen, 80).is_err(), "{unseen:?}");
        }
        for seen in ["می\u{200c}خواهم", "👩\u{200d}👩\u{200d}👧", "❤\u{fe0f}", "क\u{94d}\u{200d}ष"] {
            assert!(name("name", seen, 80).is_ok(), "{seen:?}");
        }
        assert!(!is_visible(" \u{200b}\n") && is_visible("\u{200b}a"));
    }

    #[test]
    fn lengths_count_characters_and_not_bytes() {
        assert!(at_most("text", &"ж".repeat(16_000), 16_000).is_ok());
        assert!(at_most("text", &"ж".repeat(16_001), 16_000).is_err());
        assert!(name("name", "a\0b", 80).is_err());
        assert_eq!(channel_name("name", " #Lunch  Club", 80).unwrap(), "lunch-club");
    }

    #[test]
    fn the_bytes_of_a_text_are_those_of_json() {
        let all: String = (0..0x300).filter_map(char::from_u32).chain(['\u{2028}', '\u{1f600}', '/']).collect();
        for text in ["", "plain", "\"\\\n\u{1}", &all] {
            assert_eq!(json_bytes(text) + 2, serde_json::to_string(text).unwrap().len(), "{text:?}");
        }
    }
}
