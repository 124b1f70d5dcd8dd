//! Checks and forms of text that people give: names, handles, topics.

use unicode_normalization::UnicodeNormalization;

use crate::error::{Error, Result};

/// A name of one line: trimmed, normalised (NFC), from 1 to `max` characters, without control characters.
///
/// # Errors
/// `BAD_USER_INPUT` for `field`.
pub fn name(field: &'static str, text: &str, max: usize) -> Result<String> {
    let name: String = text.trim().nfc().collect();
    if name.is_empty() {
        return Err(Error::invalid(field, "It must not be empty."));
    }
    line(field, name, max)
}

/// A text of one line that may be empty.
///
/// # Errors
/// `BAD_USER_INPUT` for `field`.
pub fn line(field: &'static str, text: String, max: usize) -> Result<String> {
    if text.chars().any(char::is_control) {
        return Err(Error::invalid(field, "It must be one line without control characters."));
    }
    at_most(field, &text, max)?;
    Ok(text)
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

/// A handle: letters, digits, `.`, `-` and `_`, in lower case, beginning with a letter or a digit.
///
/// # Errors
/// `BAD_USER_INPUT` for `field`.
pub fn handle(field: &'static str, text: &str, max: usize) -> Result<String> {
    let handle: String = text.trim().trim_start_matches('@').nfkc().flat_map(char::to_lowercase).collect();
    let fits = handle.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_'))
        && handle.chars().next().is_some_and(char::is_alphanumeric);
    if !fits {
        return Err(Error::invalid(
            field,
            "A handle has letters, digits, '.', '-' and '_', and begins with a letter or a digit.",
        ));
    }
    if matches!(handle.as_str(), "channel" | "here" | "everyone" | "all") {
        return Err(Error::invalid(field, "This handle is taken by the mention of a whole channel."));
    }
    at_most(field, &handle, max)?;
    Ok(handle)
}

/// A handle made from a name, to be made unique by a number.
pub fn handle_from(name: &str, max: usize) -> String {
    let mut handle = String::new();
    for c in name.nfkc().flat_map(char::to_lowercase) {
        if c.is_alphanumeric() {
            handle.push(c);
        } else if !handle.is_empty() && !handle.ends_with('-') {
            handle.push('-');
        }
    }
    let cut: String = handle.trim_end_matches('-').chars().take(max - 5).collect();
    if cut.is_empty() { "member".to_owned() } else { cut }
}

/// The name of a public or private channel: as a name, in lower case, with hyphens for spaces.
///
/// # Errors
/// `BAD_USER_INPUT` for `field`.
pub fn channel_name(field: &'static str, text: &str, max: usize) -> Result<String> {
    let text = text.trim().trim_start_matches('#');
    let lower: String = text.nfkc().flat_map(char::to_lowercase).collect();
    let hyphened: String = lower.split_whitespace().collect::<Vec<_>>().join("-");
    name(field, &hyphened, max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn handles_are_made_and_checked_alike() {
        for (name, wanted) in [("Ada Lovelace", "ada-lovelace"), ("李 小龍", "李-小龍"), ("!!!", "member")] {
            let made = handle_from(name, 32);
            assert_eq!(made, wanted);
            assert_eq!(handle("handle", &made, 32).unwrap(), made);
        }
        for wrong in ["", "a b", "-a", "<b>", "here", "a/b", &"a".repeat(33)] {
            assert!(handle("handle", wrong, 32).is_err(), "{wrong}");
        }
        assert_eq!(handle("handle", "@Ann", 32).unwrap(), "ann");
    }

    #[test]
    fn lengths_count_characters_and_not_bytes() {
        assert!(at_most("text", &"ж".repeat(16_000), 16_000).is_ok());
        assert!(at_most("text", &"ж".repeat(16_001), 16_000).is_err());
        assert!(name("name", "a\0b", 80).is_err());
        assert_eq!(channel_name("name", " #Lunch  Club", 80).unwrap(), "lunch-club");
    }
}
