//! Normalizes emoji to their fully qualified form, so that ❤ and ❤️ are the same reaction.
//!
//! `emoji.txt` lists all of them for the tests of the client.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::ground::error::{Error, Result};
use crate::model::emoji;

/// Maximum length of an emoji in bytes, checked before it is normalized.
const MAX_EMOJI_BYTES: usize = 256;

/// Fully qualified emoji by their form without variation selectors.
static FORMS: LazyLock<HashMap<String, &str>> =
    LazyLock::new(|| all().map(|emoji| (without_selectors(emoji), emoji)).collect());

/// Normalizes the emoji of a reaction.
///
/// # Errors
/// `BAD_USER_INPUT` unless it is one emoji.
pub fn parse_emoji(emoji: &str) -> Result<String> {
    let short = Some(emoji).filter(|emoji| emoji.len() <= MAX_EMOJI_BYTES);
    let expected = "Expected exactly one Unicode emoji, or the :name: of a custom emoji.";
    short.and_then(normalize).ok_or_else(|| Error::invalid("emoji", expected))
}

/// Returns the fully qualified form of an emoji, or a custom emoji as `:name:`. `None` for any other text. Variation
/// selectors may be missing or misplaced, as on some systems.
pub fn normalize(text: &str) -> Option<String> {
    let text = text.trim();
    if emoji::parse_shortcode(text).is_some() {
        return Some(text.to_owned());
    }
    FORMS.get(&without_selectors(text)).map(|&form| form.to_owned())
}

fn without_selectors(emoji: &str) -> String {
    emoji.replace(['\u{fe0e}', '\u{fe0f}'], "")
}

/// Returns every emoji in every skin tone.
fn all() -> impl Iterator<Item = &'static str> {
    emojis::iter().flat_map(|emoji| match emoji.skin_tones() {
        Some(tones) => tones.map(emojis::Emoji::as_str).collect(),
        None => vec![emoji.as_str()],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn emoji_list_of_the_client_is_current() {
        let list: String = all().flat_map(|emoji| [emoji, "\n"]).collect();
        if list != include_str!("emoji.txt") {
            let path = std::env::temp_dir().join("emoji.txt");
            std::fs::write(&path, &list).unwrap();
            panic!("src/chat/reaction/emoji.txt is out of date: replace it with {}", path.display());
        }
    }

    #[test]
    fn ignores_variation_selectors() {
        for emoji in all() {
            let bare = without_selectors(emoji);
            let everywhere: String = bare.chars().flat_map(|c| [c, '\u{fe0f}']).collect();
            for written in [emoji, &bare, &everywhere] {
                assert_eq!(normalize(written).as_deref(), Some(emoji), "{written:?}");
            }
        }
        for none in ["", "a", "\u{fe0f}", "👍👍", ":", ":Party:", ":-)"] {
            assert_eq!(normalize(none), None, "{none:?}");
        }
        assert_eq!(normalize(" :party: ").as_deref(), Some(":party:"));
    }

    #[test]
    fn accepts_misplaced_variation_selectors() {
        let peace = parse_emoji("\u{270c}\u{1f3fd}").unwrap();
        for written in ["\u{270c}\u{fe0f}\u{1f3fd}", "\u{270c}\u{1f3fd}\u{fe0f}", " \u{270c}\u{1f3fd} "] {
            assert_eq!(parse_emoji(written).unwrap(), peace, "{written:?}");
        }
        assert_eq!(parse_emoji("\u{1f44d}\u{1f3fd}\u{fe0f}").unwrap(), "\u{1f44d}\u{1f3fd}");
        // Selectors are restored where the fully qualified form has them.
        for written in ["\u{2764}", "\u{2764}\u{fe0f}"] {
            assert_eq!(parse_emoji(written).unwrap(), "\u{2764}\u{fe0f}");
        }
        let flag = "\u{1f3f3}\u{fe0f}\u{200d}\u{1f308}";
        assert_eq!(parse_emoji(flag).unwrap(), flag);
        for wrong in ["", "\u{fe0f}", "a", "\u{1f44d}\u{1f44d}", "\u{1f44d}a"] {
            assert!(parse_emoji(wrong).is_err(), "{wrong:?}");
        }
    }
}
