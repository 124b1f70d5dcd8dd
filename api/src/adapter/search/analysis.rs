//! Tokenizer: turns text into the tokens that a search compares.
//!
//! Indexed text and query text are tokenized identically. Case, accents, width and letter forms are folded. Scripts
//! written without spaces (Chinese, Japanese, Korean, Thai, Lao, Khmer, Burmese) become bigrams, so that any part of
//! them is found without a dictionary. Mentions (`<@mem_…>`) produce no tokens.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use unicode_segmentation::UnicodeSegmentation;

/// Significant letters of a word; further letters are ignored.
pub const MAX_WORD_CHARS: usize = 40;

/// A word or a bigram of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// The folded text.
    pub text: String,
    /// An alternative spelling that matches as well.
    pub variant: Option<String>,
    /// Byte offsets in the text.
    pub start: usize,
    pub end: usize,
    /// The byte offset at which its first letter ends.
    pub first_end: usize,
    /// The position in the sequence of tokens, starting at 0. Each bigram has its own position.
    pub position: usize,
    pub kind: Kind,
}

/// The type of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Word,
    /// A bigram of a script without spaces.
    Pair,
    /// The last or only letter of a run in such a script.
    Letter,
    /// A compound such as `MeetingNotes`, followed by its parts; at the position of the first part.
    Compound,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    Word,
    Dense,
    Emoji,
    Other,
}

/// Tokenizes a text.
pub fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut position = 0;
    for (start, end, class) in runs(text) {
        let run = &text[start..end];
        match class {
            Class::Word => tokenize_word(run, start, &mut position, &mut tokens),
            Class::Dense => tokenize_dense(run, start, &mut position, &mut tokens),
            Class::Emoji => {
                let text: String = run.chars().filter(|c| !is_joiner(*c)).collect();
                tokens.push(Token { text, variant: None, start, end, first_end: end, position, kind: Kind::Word });
                position += 1;
            }
            Class::Other => {}
        }
    }
    tokens
}

/// Splits a text into runs of one character class, without separators.
fn runs(text: &str) -> Vec<(usize, usize, Class)> {
    let mut runs: Vec<(usize, usize, Class)> = Vec::new();
    let mut after_mention = 0;
    let mut open = false;
    for (at, c) in text.char_indices() {
        if at < after_mention {
            continue;
        }
        let end = at + c.len_utf8();
        if c == '<'
            && let Some(length) = mention(&text[at..])
        {
            after_mention = at + length;
            open = false;
            continue;
        }
        let class = class_of(c);
        let continues =
            (is_combining_mark(c) || is_joiner(c) || (matches!(c, '+' | '#') && ends_in_letter(&runs, text))) && open;
        match runs.last_mut() {
            Some(last) if continues => last.1 = end,
            Some(last) if open && last.2 == class && class != Class::Emoji => last.1 = end,
            _ if class == Class::Other => open = false,
            _ => {
                runs.push((at, end, class));
                open = true;
            }
        }
    }
    runs
}

/// Whether the last run is a short word that `+` or `#` may continue: C++, F#.
fn ends_in_letter(runs: &[(usize, usize, Class)], text: &str) -> bool {
    runs.last().is_some_and(|(start, end, class)| {
        *class == Class::Word
            && end - start <= 3
            && text[*start..*end].ends_with(|c: char| c.is_alphabetic() || c == '+')
    })
}

/// Replaces each mention with a space.
pub fn without_mentions(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        let (before, after) = rest.split_at(at);
        plain.push_str(before);
        let length = mention(after);
        plain.push(if length.is_some() { ' ' } else { '<' });
        rest = &after[length.unwrap_or(1)..];
    }
    plain.push_str(rest);
    plain
}

/// The length of the mention at the start of a text.
fn mention(text: &str) -> Option<usize> {
    let whole = ["<!channel>", "<!here>"].iter().find(|whole| text.starts_with(**whole)).map(|whole| whole.len());
    // `<@mem_`, two UUIDs of 26 characters and `>`: 59 bytes.
    let member = || text.strip_prefix("<@mem_").filter(|rest| rest.as_bytes().get(52) == Some(&b'>')).map(|_| 59);
    whole.or_else(member)
}

fn class_of(c: char) -> Class {
    if is_dense(c) {
        return Class::Dense;
    }
    if c.is_alphanumeric() {
        return Class::Word;
    }
    match u32::from(c) {
        0x1f000..=0x1faff | 0x2600..=0x27bf | 0x2b00..=0x2bff => Class::Emoji,
        _ => Class::Other,
    }
}

/// Scripts that do not separate words by spaces, and Hangul, whose words carry particles.
fn is_dense(c: char) -> bool {
    matches!(u32::from(c),
        0x0e00..=0x0eff | 0x1000..=0x109f | 0x1780..=0x17ff | 0x1100..=0x11ff | 0x3040..=0x30ff | 0x3100..=0x312f
        | 0x3131..=0x318e | 0x31f0..=0x31ff | 0x3400..=0x4dbf | 0x4e00..=0x9fff | 0xac00..=0xd7af | 0xf900..=0xfaff
        | 0xff66..=0xff9f | 0x20000..=0x3ffff | 0x3005..=0x3007)
}

fn is_joiner(c: char) -> bool {
    matches!(c, '\u{200c}' | '\u{200d}' | '\u{fe0e}' | '\u{fe0f}' | '\u{ad}' | '\u{1f3fb}'..='\u{1f3ff}')
}

fn tokenize_word(run: &str, start: usize, position: &mut usize, tokens: &mut Vec<Token>) {
    let token = |range: (usize, usize), position, kind| {
        let (text, variant) = fold_with_variant(&run[range.0..range.1]);
        let (start, end) = (start + range.0, start + range.1);
        Token { text, variant, start, end, first_end: end, position, kind }
    };
    if fold(run).is_empty() {
        return;
    }
    let parts = split_compound(run);
    if parts.len() > 1 {
        tokens.push(token((0, run.len()), *position, Kind::Compound));
    }
    for part in parts {
        tokens.push(token(part, *position, Kind::Word));
        *position += 1;
    }
}

/// Splits a camel-case word at each capital that follows a small letter. Keeps it whole if a part is shorter than two
/// bytes or there are more than six parts.
fn split_compound(run: &str) -> Vec<(usize, usize)> {
    let mut cuts = vec![0];
    let mut last = None;
    for (at, c) in run.char_indices() {
        if c.is_uppercase() && last.is_some_and(char::is_lowercase) {
            cuts.push(at);
        }
        last = Some(c);
    }
    cuts.push(run.len());
    let parts: Vec<(usize, usize)> = cuts.windows(2).map(|pair| (pair[0], pair[1])).collect();
    let are_words = parts.len() <= 6 && parts.iter().all(|(from, to)| to - from >= 2);
    if are_words { parts } else { vec![(0, run.len())] }
}

fn tokenize_dense(run: &str, start: usize, position: &mut usize, tokens: &mut Vec<Token>) {
    // Invisible characters between letters do not separate them.
    let letters = run.grapheme_indices(true).filter(|(_, letter)| !fold(letter).is_empty());
    let letters: Vec<(usize, &str)> = letters.collect();
    for (index, (at, letter)) in letters.iter().enumerate() {
        let (end, text, kind) = match letters.get(index + 1) {
            Some((next_at, next)) => (next_at + next.len(), fold(letter) + &fold(next), Kind::Pair),
            None => (at + letter.len(), fold(letter), Kind::Letter),
        };
        let (first_end, end) = (start + at + letter.len(), start + end);
        tokens.push(Token { text, variant: None, start: start + at, end, first_end, position: *position, kind });
        *position += 1;
    }
}

/// The folded word and its alternative spelling.
fn fold_with_variant(word: &str) -> (String, Option<String>) {
    let folded: String = fold(word).chars().take(MAX_WORD_CHARS).collect();
    let variant = spell_out_umlauts(word).or_else(|| without_article(&folded));
    (folded, variant)
}

/// Spells out German umlauts: Müller, Mueller.
fn spell_out_umlauts(word: &str) -> Option<String> {
    let small: String = word.nfc().flat_map(char::to_lowercase).collect();
    if !small.contains(['ä', 'ö', 'ü']) {
        return None;
    }
    let spelled = small.replace('ä', "ae").replace('ö', "oe").replace('ü', "ue");
    Some(fold(&spelled).chars().take(MAX_WORD_CHARS).collect())
}

/// Strips the Arabic article and the particles attached to it.
fn without_article(word: &str) -> Option<String> {
    let rest = ["وال", "فال", "بال", "كال", "ال", "لل"].iter().find_map(|article| word.strip_prefix(article))?;
    (rest.chars().count() >= 3).then(|| rest.to_owned())
}

/// Folds case, accents, width, and variant forms of a letter.
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for c in text.nfkc().flat_map(char::to_lowercase) {
        if is_stripped(c) {
            continue;
        }
        if is_composed(c) {
            std::iter::once(c).nfd().filter(|part| !is_stripped(*part)).for_each(|part| fold_letter(part, &mut folded));
        } else {
            fold_letter(c, &mut folded);
        }
    }
    folded
}

/// Marks that are commonly omitted: Latin and Greek accents, Arabic and Hebrew vowels, joiners.
fn is_stripped(c: char) -> bool {
    is_joiner(c)
        || matches!(u32::from(c), 0x300..=0x36f | 0x591..=0x5c7 | 0x610..=0x61a | 0x640 | 0x64b..=0x65f | 0x670
            | 0x6d6..=0x6ed)
}

/// Letters whose marks may be omitted. й is a distinct letter; ё folds to е.
fn is_composed(c: char) -> bool {
    matches!(u32::from(c), 0xc0..=0x3ff | 0x451 | 0x621..=0x6ff | 0x1e00..=0x1fff)
}

fn fold_letter(c: char, folded: &mut String) {
    let letters = match c {
        'ß' => "ss",
        'ø' => "o",
        'æ' => "ae",
        'œ' => "oe",
        'đ' | 'ð' => "d",
        'þ' => "th",
        'ł' => "l",
        'ı' => "i",
        'ς' => "σ",
        'ٱ' => "ا",
        'ى' | 'ی' => "ي",
        'ة' => "ه",
        'ک' => "ك",
        _ => {
            folded.push(match u32::from(c) {
                // Katakana to Hiragana, Arabic digits to ASCII.
                code @ 0x30a1..=0x30f6 => char::from_u32(code - 0x60).unwrap_or(c),
                code @ 0x660..=0x669 => char::from_u32(code - 0x660 + 0x30).unwrap_or(c),
                code @ 0x6f0..=0x6f9 => char::from_u32(code - 0x6f0 + 0x30).unwrap_or(c),
                _ => c,
            });
            return;
        }
    };
    folded.push_str(letters);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ground::id::{MemberId, WorkspaceId};

    fn texts(text: &str) -> Vec<String> {
        tokens(text).into_iter().map(|token| token.text).collect()
    }

    #[test]
    fn folds_variant_forms_of_a_letter() {
        for (one, other) in [
            ("Café", "cafe"),
            ("STRASSE", "Straße"),
            ("Ἀθῆναι", "αθηναι"),
            ("ё", "е"),
            ("ﾗｰﾒﾝ", "らーめん"),
            ("أحمد", "احمد"),
            ("مُحَمَّد", "محمد"),
            ("می\u{200c}خواهم", "میخواهم"),
            ("٢٠٢٦", "2026"),
            ("İstanbul", "istanbul"),
            ("Ｃａｂｌｅ", "cable"),
        ] {
            assert_eq!(fold(one), fold(other), "{one} {other}");
        }
        // Distinct letters, not marks.
        assert_ne!(fold("й"), fold("и"));
        assert_ne!(fold("が"), fold("か"));
        assert_ne!(fold("เก่า"), fold("เกา"));
    }

    #[test]
    fn splits_text_into_words() {
        assert_eq!(texts("deploy-server_v2.yml, don't!"), ["deploy", "server", "v2", "yml", "don", "t"]);
        assert_eq!(texts("MeetingNotes"), ["meetingnotes", "meeting", "notes"]);
        assert_eq!(texts("C++ and F#, #lunch"), ["c++", "and", "f#", "lunch"]);
        let mention = format!("<@{}>", MemberId::mint().in_workspace(WorkspaceId::mint()));
        assert_eq!(texts(&format!("{mention} hi <!channel>")), ["hi"]);
        assert_eq!(texts("<@mem_ seen >"), ["mem", "seen"]);
        assert_eq!(texts("東\u{ad}京 \u{640} \u{5b0}"), ["東京", "京"]);
        assert_eq!(texts("東京都"), ["東京", "京都", "都"]);
        assert_eq!(texts("회의를"), ["회의", "의를", "를"]);
        assert_eq!(texts("東京2026年"), ["東京", "京", "2026", "年"]);
        assert_eq!(texts("👍🏽 ok"), ["👍", "ok"]);
        assert_eq!(tokens("Müller")[0].variant.as_deref(), Some("mueller"));
        assert_eq!(tokens("والكتاب")[0].variant.as_deref(), Some("كتاب"));
    }

    #[test]
    fn reports_byte_ranges_and_positions() {
        let text = "Zoë, 東京 <!here> ünd";
        let words: Vec<&str> = tokens(text).iter().map(|token| &text[token.start..token.end]).collect();
        assert_eq!(words, ["Zoë", "東京", "京", "ünd"]);
        assert_eq!(tokens(text).iter().map(|token| token.position).collect::<Vec<_>>(), [0, 1, 2, 3]);
    }
}
