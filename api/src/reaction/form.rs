//! The one form of an emoji, so that ❤ and ❤️ are one reaction: fully qualified, as Unicode lists it.
//!
//! `emoji.txt` has all of them, so that the client's tests know the forms, too.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::emoji;

/// By what they are without selectors.
static FORMS: LazyLock<HashMap<String, &str>> = LazyLock::new(|| all().map(|emoji| (bare(emoji), emoji)).collect());

/// The form of one emoji, or of a custom one as `:name:`; `None` for what is something else. Selectors may stand
/// anywhere or be missing, as some systems have them.
pub fn normal(text: &str) -> Option<String> {
    let text = text.trim();
    if emoji::named(text).is_some() {
        return Some(text.to_owned());
    }
    FORMS.get(&bare(text)).map(|&form| form.to_owned())
}

fn bare(emoji: &str) -> String {
    emoji.replace(['\u{fe0e}', '\u{fe0f}'], "")
}

/// Every emoji in every skin tone.
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
    fn the_list_that_the_client_tests_against_is_true() {
        let list: String = all().flat_map(|emoji| [emoji, "\n"]).collect();
        if list != include_str!("emoji.txt") {
            let path = std::env::temp_dir().join("emoji.txt");
            std::fs::write(&path, &list).unwrap();
            panic!("src/reaction/emoji.txt is out of date: replace it with {}", path.display());
        }
    }

    #[test]
    fn selectors_make_no_difference() {
        for emoji in all() {
            let bare = bare(emoji);
            let everywhere: String = bare.chars().flat_map(|c| [c, '\u{fe0f}']).collect();
            for written in [emoji, &bare, &everywhere] {
                assert_eq!(normal(written).as_deref(), Some(emoji), "{written:?}");
            }
        }
        for none in ["", "a", "\u{fe0f}", "👍👍", ":", ":Party:", ":-)"] {
            assert_eq!(normal(none), None, "{none:?}");
        }
        assert_eq!(normal(" :party: ").as_deref(), Some(":party:"));
    }
}
