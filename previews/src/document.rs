//! Extracts the text of documents for search: plain text here, office documents in [`crate::office`].

use std::fs::File;
use std::io::Read;

use crate::supervisor::Task;
use crate::{Failure, Outcome, encoding, office};

pub(crate) fn extract(task: &Task) -> Result<Outcome, Failure> {
    let mut text = Text::with_limit(task.limits.text_bytes);
    if office::is_supported(&task.media_type) {
        office::extract(task, &mut text)?;
    } else {
        extract_plain(task, &mut text)?;
    }
    Ok(Outcome { text: Some(text.into_string()), ..Outcome::default() })
}

/// Text that cannot be decoded reliably is ignored.
fn extract_plain(task: &Task, text: &mut Text) -> Result<(), Failure> {
    // Two bytes of UTF-16 decode to at least one byte of UTF-8; the extra bytes keep a character split at the end
    // beyond the limit.
    let max_bytes = u64::try_from(task.limits.text_bytes).unwrap_or(u64::MAX).saturating_mul(2).saturating_add(8);
    let mut bytes = Vec::new();
    File::open(&task.input)?.take(max_bytes).read_to_end(&mut bytes)?;
    let is_cut = bytes.len() as u64 == max_bytes;
    if let Some(decoded) = encoding::decode(&bytes, is_cut) {
        text.push(&decoded);
    }
    Ok(())
}

/// A string bounded to a number of bytes. Omits NUL, which databases reject.
#[derive(Debug)]
pub(crate) struct Text {
    text: String,
    max_bytes: usize,
}

impl Text {
    pub(crate) fn with_limit(max_bytes: usize) -> Self {
        Self { text: String::new(), max_bytes }
    }

    /// Appends as many whole characters as fit.
    pub(crate) fn push(&mut self, more: &str) {
        for piece in more.split('\0') {
            let remaining = self.max_bytes - self.text.len();
            self.text.push_str(&piece[..piece.floor_char_boundary(remaining)]);
            if piece.len() > remaining {
                // Later text must not fill the remaining room.
                self.max_bytes = self.text.len();
            }
        }
    }

    /// Appends a separator unless the text is empty or ends in whitespace.
    pub(crate) fn separate(&mut self, with: char) {
        if self.text.chars().next_back().is_some_and(|last| !last.is_whitespace()) {
            self.push(with.encode_utf8(&mut [0; 4]));
        }
    }

    pub(crate) fn is_full(&self) -> bool {
        self.text.len() == self.max_bytes
    }

    pub(crate) fn into_string(self) -> String {
        self.text
    }
}

#[cfg(test)]
mod tests {
    use super::Text;

    #[test]
    fn truncates_at_a_character_boundary() {
        let mut text = Text::with_limit(5);
        text.push("aé");
        text.push("€z");
        text.push("z");
        assert_eq!(text.into_string(), "aé");
    }

    #[test]
    fn omits_nul_characters() {
        let mut text = Text::with_limit(5);
        text.push("a\0b\0\0");
        text.separate('\n');
        text.separate('\n');
        text.push("c");
        assert_eq!(text.into_string(), "ab\nc");
    }
}
