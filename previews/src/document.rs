//! The text of documents, for search: of plain text here, of office documents in [`crate::office`].

use std::fs::File;
use std::io::Read;

use crate::make::Task;
use crate::{Failure, Outcome, encoding, office};

pub(crate) fn looked_at(task: &Task) -> Result<Outcome, Failure> {
    let mut text = Text::of_at_most(task.limits.text_bytes);
    if office::reads(&task.media_type) {
        office::read(task, &mut text)?;
    } else {
        plain(task, &mut text)?;
    }
    Ok(Outcome { text: Some(text.into_string()), ..Outcome::default() })
}

/// What cannot be decoded surely has no text.
fn plain(task: &Task, text: &mut Text) -> Result<(), Failure> {
    // Two bytes of UTF-16 are one or more of UTF-8, and what is cut in two at the end is behind the limit.
    let most = u64::try_from(task.limits.text_bytes).unwrap_or(u64::MAX).saturating_mul(2).saturating_add(8);
    let mut bytes = Vec::new();
    File::open(&task.input)?.take(most).read_to_end(&mut bytes)?;
    let is_cut = bytes.len() as u64 == most;
    if let Some(decoded) = encoding::decode(&bytes, is_cut) {
        text.push(&decoded);
    }
    Ok(())
}

/// A text that grows up to a limit. It holds no NUL, which databases refuse.
#[derive(Debug)]
pub(crate) struct Text {
    text: String,
    most: usize,
}

impl Text {
    pub(crate) fn of_at_most(most: usize) -> Self {
        Self { text: String::new(), most }
    }

    /// Adds what fits, of whole characters.
    pub(crate) fn push(&mut self, more: &str) {
        for piece in more.split('\0') {
            let room = self.most - self.text.len();
            self.text.push_str(&piece[..piece.floor_char_boundary(room)]);
            if piece.len() > room {
                // Nothing that comes later may stand where this would have stood.
                self.most = self.text.len();
            }
        }
    }

    /// Begins a new line or word, if the last one has anything in it.
    pub(crate) fn part(&mut self, with: char) {
        if self.text.chars().next_back().is_some_and(|last| !last.is_whitespace()) {
            self.push(with.encode_utf8(&mut [0; 4]));
        }
    }

    pub(crate) fn is_full(&self) -> bool {
        self.text.len() == self.most
    }

    pub(crate) fn into_string(self) -> String {
        self.text
    }
}

#[cfg(test)]
mod tests {
    use super::Text;

    #[test]
    fn a_text_ends_at_a_character() {
        let mut text = Text::of_at_most(5);
        text.push("aé");
        text.push("€z");
        text.push("z");
        assert_eq!(text.into_string(), "aé");
    }

    #[test]
    fn there_is_no_nul_in_it() {
        let mut text = Text::of_at_most(5);
        text.push("a\0b\0\0");
        text.part('\n');
        text.part('\n');
        text.push("c");
        assert_eq!(text.into_string(), "ab\nc");
    }
}
