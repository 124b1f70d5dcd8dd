//! What people type into the search field: words, "phrases", and operators such as `from:@ana`.
//!
//! Every text can be read; what is no operator is a word. It knows no names: an operator's value is a text here.

use super::query::{OPERATORS_MAX, TEXT_MAX, Term, WORDS_MAX};
use crate::error::{Error, Result};
use crate::text;

/// What an operator is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    From,
    In,
    To,
    With,
    Before,
    After,
    On,
    During,
    Has,
    Is,
}

/// The operators, as they are typed.
pub const KEYS: [(&str, Key); 10] = [
    ("from", Key::From),
    ("in", Key::In),
    ("to", Key::To),
    ("with", Key::With),
    ("before", Key::Before),
    ("after", Key::After),
    ("on", Key::On),
    ("during", Key::During),
    ("has", Key::Has),
    ("is", Key::Is),
];

/// What a phrase begins and ends with.
const QUOTES: [char; 4] = ['"', '“', '”', '„'];

/// An operator with its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operator {
    pub key: Key,
    pub value: String,
    pub negated: bool,
    /// As it was typed.
    pub typed: String,
}

/// What was typed, taken apart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Typed {
    pub terms: Vec<Term>,
    pub operators: Vec<Operator>,
}

/// Takes a search apart. The last word may go on, as long as nothing follows it.
///
/// # Errors
/// `BAD_USER_INPUT` if it is longer than [`TEXT_MAX`] characters or has more than [`WORDS_MAX`] words or
/// [`OPERATORS_MAX`] operators.
pub fn read(typed: &str) -> Result<Typed> {
    text::at_most("query", typed, TEXT_MAX)?;
    let mut read = Typed::default();
    let mut rest = typed.trim_start();
    while !rest.is_empty() {
        let (piece, after) = piece(rest);
        let is_last = after.is_empty();
        take(piece, is_last, &mut read);
        rest = after.trim_start();
    }
    let words: usize = read.terms.iter().map(|term| term.text.split_whitespace().count()).sum();
    if words > WORDS_MAX || read.operators.len() > OPERATORS_MAX {
        let why = format!("At most {WORDS_MAX} words and {OPERATORS_MAX} filters in one search.");
        return Err(Error::invalid("query", why));
    }
    Ok(read)
}

/// Up to the next space outside of quotes. A quote that is not closed goes to the end.
fn piece(text: &str) -> (&str, &str) {
    let mut is_quoted = false;
    for (at, c) in text.char_indices() {
        match c {
            c if QUOTES.contains(&c) => is_quoted = !is_quoted,
            c if c.is_whitespace() && !is_quoted => return (&text[..at], &text[at..]),
            _ => {}
        }
    }
    (text, "")
}

fn take(piece: &str, is_last: bool, read: &mut Typed) {
    // One hyphen before a word, a phrase or an operator; `--delete` and `->` are what is searched for.
    let negates = |plain: &&str| plain.starts_with(|c: char| c.is_alphanumeric() || QUOTES.contains(&c));
    let (negated, plain) = match piece.strip_prefix('-').filter(negates) {
        Some(plain) => (true, plain),
        None => (false, piece),
    };
    if let Some((name, value)) = plain.split_once([':', '：'])
        && let Some((_, key)) = KEYS.iter().find(|(known, _)| name.eq_ignore_ascii_case(known))
    {
        let value = unquoted(value).trim().to_owned();
        read.operators.push(Operator { key: *key, value, negated, typed: piece.to_owned() });
        return;
    }
    let is_phrase = plain.starts_with(QUOTES);
    let text = unquoted(plain).trim().to_owned();
    if !text.is_empty() {
        read.terms.push(Term { text, is_phrase, negated, is_open: is_last && !is_phrase && !negated });
    }
}

fn unquoted(text: &str) -> &str {
    text.trim_matches(QUOTES)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn term(text: &str) -> Term {
        Term { text: text.to_owned(), is_phrase: false, negated: false, is_open: false }
    }

    #[test]
    fn words_phrases_and_operators_are_told_apart() {
        let read = read("deploy -\"on hold\" from:@ana -in:#general has:link note:this \"big red\" fri").unwrap();
        let operators: Vec<_> = read.operators.iter().map(|one| (one.key, one.value.as_str(), one.negated)).collect();
        assert_eq!(operators, [(Key::From, "@ana", false), (Key::In, "#general", true), (Key::Has, "link", false)]);
        let phrase = |text| Term { is_phrase: true, ..term(text) };
        assert_eq!(
            read.terms,
            [
                term("deploy"),
                Term { negated: true, ..phrase("on hold") },
                term("note:this"),
                phrase("big red"),
                Term { is_open: true, ..term("fri") },
            ]
        );
    }

    #[test]
    fn one_hyphen_before_a_word_a_phrase_or_an_operator_turns_round() {
        let not = |typed: &str| {
            let Typed { terms, operators } = read(typed).unwrap();
            terms.iter().map(|term| term.negated).chain(operators.iter().map(|one| one.negated)).collect::<Vec<_>>()
        };
        for typed in ["-draft", "-7", "-\"on hold\"", "-“on hold”", "-from:me", "-дом", "-家"] {
            assert_eq!(not(typed), [true], "{typed}");
        }
        for typed in ["--delete", "---", "->", "-", "-.5", "-_x", "--from:me", "re-draft"] {
            assert_eq!(not(typed), [false], "{typed}");
            assert_eq!(read(typed).unwrap().terms[0].text, typed);
        }
        assert_eq!(not("rsync --delete -a"), [false, false, true]);
    }

    #[test]
    fn every_text_can_be_read() {
        assert_eq!(read("  ").unwrap(), Typed::default());
        assert_eq!(
            read("deploy ").unwrap().terms,
            [Term { is_open: true, ..term("deploy") }].map(|open| Term { is_open: false, ..open })
        );
        assert_eq!(read("\"not closed").unwrap().terms[0].text, "not closed");
        assert_eq!(read("-").unwrap().terms[0].text, "-");
        assert_eq!(read("from:\"Ana Lima\"").unwrap().operators[0].value, "Ana Lima");
        assert_eq!(read("FROM:me").unwrap().operators[0].key, Key::From);
        assert!(read(&"a".repeat(TEXT_MAX + 1)).is_err());
        assert!(read(&"a ".repeat(WORDS_MAX + 1)).is_err());
    }
}
