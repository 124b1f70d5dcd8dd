//! Decodes plain text of unknown encoding.
//!
//! Never returns a wrong character. Text is decoded without replacement: by its byte order mark, as UTF-8, or in an
//! encoding that the detector is certain of, as spreadsheets and older systems produce. Wrong text would be worse than
//! none, since it matches unrelated searches.

use chardetng::EncodingDetector;
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// Maximum bytes of a character in any encoding.
const MAX_CHAR_BYTES: usize = 4;

/// Minimum non-ASCII bytes to trust the detection of a single-byte encoding other than Windows-1252.
const MIN_NON_ASCII_BYTES: usize = 8;

/// Decodes a text. With `is_cut`, it may end within a character.
pub(crate) fn decode(bytes: &[u8], is_cut: bool) -> Option<String> {
    match bytes {
        [0xFF, 0xFE, rest @ ..] => decode_strictly(UTF_16LE, rest, is_cut),
        [0xFE, 0xFF, rest @ ..] => decode_strictly(UTF_16BE, rest, is_cut),
        [0xEF, 0xBB, 0xBF, rest @ ..] => decode_strictly(UTF_8, rest, is_cut),
        all => decode_strictly(UTF_8, all, is_cut).or_else(|| decode_detected(all, is_cut)),
    }
}

fn decode_detected(bytes: &[u8], is_cut: bool) -> Option<String> {
    let mut detector = EncodingDetector::new();
    detector.feed(bytes, !is_cut);
    let (encoding, is_sure) = detector.guess_assess(None, false);
    let non_ascii = bytes.iter().filter(|byte| !byte.is_ascii()).count();
    if !is_sure || (encoding.is_single_byte() && encoding != WINDOWS_1252 && non_ascii < MIN_NON_ASCII_BYTES) {
        return None;
    }
    let text = decode_strictly(encoding, bytes, is_cut)?;
    // Single-byte encodings map every byte, including to characters that never occur in text.
    let is_control = |c: char| c.is_control() && !matches!(c, '\t' | '\n' | '\r' | '\x0C' | '\x1B');
    let is_implausible = |c: char| is_control(c) || is_private(c);
    (!text.chars().any(is_implausible)).then_some(text)
}

fn is_private(c: char) -> bool {
    matches!(c, '\u{E000}'..='\u{F8FF}')
}

fn decode_strictly(encoding: &'static Encoding, bytes: &[u8], is_cut: bool) -> Option<String> {
    let max_cut = if is_cut { MAX_CHAR_BYTES - 1 } else { 0 };
    (0..=max_cut).find_map(|cut| {
        let complete = bytes.get(..bytes.len().checked_sub(cut)?)?;
        encoding.decode_without_bom_handling_and_without_replacement(complete).map(std::borrow::Cow::into_owned)
    })
}

#[cfg(test)]
mod tests {
    use encoding_rs::{BIG5, EUC_JP, EUC_KR, GBK, SHIFT_JIS, WINDOWS_1250, WINDOWS_1251, WINDOWS_1252};

    use super::*;

    const GERMAN: &str = "Prüfbericht für Köln";
    const JAPANESE: &str = "会議は火曜日です。資料を持って来てください。";

    #[test]
    fn decodes_common_encodings() {
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
    fn prefers_marks_and_utf_8_to_detection() {
        assert_eq!(decode(GERMAN.as_bytes(), false).as_deref(), Some(GERMAN));
        assert_eq!(decode(b"\xEF\xBB\xBFa\xC3\xBC", false).as_deref(), Some("aü"));
        let wide: Vec<u8> = GERMAN.encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(decode(&[&[0xFF, 0xFE], &wide[..]].concat(), false).as_deref(), Some(GERMAN));
        let wide: Vec<u8> = GERMAN.encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(decode(&[&[0xFE, 0xFF], &wide[..]].concat(), false).as_deref(), Some(GERMAN));
    }

    #[test]
    fn drops_a_character_cut_at_the_end() {
        assert_eq!(decode(&"aé€".as_bytes()[..5], true).as_deref(), Some("aé"));
        assert_eq!(decode(&[0xFF, 0xFE, b'a', 0, b'b'], true).as_deref(), Some("a"));
    }

    #[test]
    fn rejects_uncertain_encodings() {
        // A lone surrogate with a mark, a UTF-8 mark before invalid UTF-8, and too little to detect.
        for bytes in [&[0xFF, 0xFE, 0x3D, 0xD8][..], b"\xEF\xBB\xBFa\xFF", b"\x8D\x8F \x81\x8D", b"na\xEFve", b"\x81"] {
            assert_eq!(decode(bytes, false), None, "{bytes:?}");
        }
    }
}
