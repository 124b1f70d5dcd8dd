//! Normalizes emoji to their fully qualified form, so that ❤ and ❤️ are the same reaction.
//!
//! `emoji.txt` lists all of them for the tests of the client.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::model::emoji;

/// Fully qualified emoji by their form without variation selectors.
static FORMS: LazyLock<HashMap<String, &str>> =
    LazyLock::new(|| all().map(|emoji| (without_selectors(emoji), emoji)).collect());

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
}
