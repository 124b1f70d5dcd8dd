//! Plain text in whatever encoding: its letters, or nothing.
//!
//! Promises: no letter that was not written. A text is decoded without replacement: by its mark, as UTF-8, or by an
//! encoding that a detector is sure of, as spreadsheets and older systems write them. Wrong letters would be worse
//! than none: they are found by what nobody has written.

use chardetng::EncodingDetector;
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// A character of any encoding has at most so many bytes.
const LONGEST: usize = 4;

/// With fewer bytes beyond ASCII an encoding of one byte is guessed by chance, unless it is the usual one.
const TELLING: usize = 8;

/// Decodes a text. `is_cut`: it may end within a character.
pub(crate) fn decode(bytes: &[u8], is_cut: bool) -> Option<String> {
    match bytes {
        [0xFF, 0xFE, rest @ ..] => whole(UTF_16LE, rest, is_cut),
        [0xFE, 0xFF, rest @ ..] => whole(UTF_16BE, rest, is_cut),
        [0xEF, 0xBB, 0xBF, rest @ ..] => whole(UTF_8, rest, is_cut),
        all => whole(UTF_8, all, is_cut).or_else(|| detected(all, is_cut)),
    }
}

fn detected(bytes: &[u8], is_cut: bool) -> Option<String> {
    let mut detector = EncodingDetector::new();
    detector.feed(bytes, !is_cut);
    let (encoding, is_sure) = detector.guess_assess(None, false);
    let told = bytes.iter().filter(|byte| !byte.is_ascii()).count();
    if !is_sure || (encoding.is_single_byte() && encoding != WINDOWS_1252 && told < TELLING) {
        return None;
    }
    let text = whole(encoding, bytes, is_cut)?;
    // Encodings of one byte have a character for every byte, also for those that nobody writes.
    let is_odd = |c: char| (c.is_control() && !matches!(c, '\t' | '\n' | '\r' | '\x0C' | '\x1B')) || is_private(c);
    (!text.chars().any(is_odd)).then_some(text)
}

fn is_private(c: char) -> bool {
    matches!(c, '\u{E000}'..='\u{F8FF}')
}

fn whole(encoding: &'static Encoding, bytes: &[u8], is_cut: bool) -> Option<String> {
    let most = if is_cut { LONGEST - 1 } else { 0 };
    (0..=most).find_map(|cut| {
        let kept = bytes.get(..bytes.len().checked_sub(cut)?)?;
        encoding.decode_without_bom_handling_and_without_replacement(kept).map(std::borrow::Cow::into_owned)
    })
}

#[cfg(test)]
mod tests {
    use encoding_rs::{BIG5, EUC_JP, EUC_KR, GBK, SHIFT_JIS, WINDOWS_1250, WINDOWS_1251, WINDOWS_1252};

    use super::*;

    const GERMAN: &str = "Prüfbericht für Köln";
    const JAPANESE: &str = "会議は火曜日です。資料を持って来てください。";

    #[test]
    fn common_encodings_are_read_rightly() {
        for (encoding, text) in [
            (WINDOWS_1252, GERMAN),
            (WINDOWS_1252, "Größe;Menge;Preis in €\r\nMüller & Söhne;12;3,50 €\r\nCafé Français;5;7,00 €"),
            (WINDOWS_1251, "Отчёт о проверке за вторник, составлен в Москве"),
            (WINDOWS_1250, "Příliš žluťoučký kůň úpěl ďábelské ódy, zpráva o zkoušce"),
            (SHIFT_JIS, "会議は火曜日です"),
            (SHIFT_JIS, JAPANESE),
            (EUC_JP, JAPANESE),
            (GBK, "会议在星期二举行，请带上所有的资料和报告。"),
            (BIG5, "會議在星期二舉行，請帶上所有的資料和報告。"),
            (EUC_KR, "회의는 화요일에 있습니다. 자료를 가져오세요."),
        ] {
            let (bytes, _, unmappable) = encoding.encode(text);
            assert!(!unmappable, "{text}");
            assert_eq!(decode(&bytes, false).as_deref(), Some(text), "{}", encoding.name());
        }
    }

    #[test]
    fn marks_and_utf_8_go_before_guesses() {
        assert_eq!(decode(GERMAN.as_bytes(), false).as_deref(), Some(GERMAN));
        assert_eq!(decode(b"\xEF\xBB\xBFa\xC3\xBC", false).as_deref(), Some("aü"));
        let wide: Vec<u8> = GERMAN.encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(decode(&[&[0xFF, 0xFE], &wide[..]].concat(), false).as_deref(), Some(GERMAN));
        let wide: Vec<u8> = GERMAN.encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(decode(&[&[0xFE, 0xFF], &wide[..]].concat(), false).as_deref(), Some(GERMAN));
    }

    #[test]
    fn what_is_cut_ends_at_a_character() {
        assert_eq!(decode(&"aé€".as_bytes()[..5], true).as_deref(), Some("aé"));
        assert_eq!(decode(&[0xFF, 0xFE, b'a', 0, b'b'], true).as_deref(), Some("a"));
    }

    #[test]
    fn what_is_not_surely_text_is_nothing() {
        // Half of a pair with a mark, a mark of UTF-8 before something else, and too little to tell.
        for bytes in [&[0xFF, 0xFE, 0x3D, 0xD8][..], b"\xEF\xBB\xBFa\xFF", b"\x8D\x8F \x81\x8D", b"na\xEFve", b"\x81"] {
            assert_eq!(decode(bytes, false), None, "{bytes:?}");
        }
    }
}
