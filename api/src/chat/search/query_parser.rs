//! Parses query text: words, "phrases", and operators such as `from:@ana`.
//!
//! Every text parses; anything that is not an operator is a word. Operator values are not resolved here.

use strum::EnumString;

use crate::adapter::search::query::{MAX_OPERATORS, MAX_QUERY_CHARS, MAX_QUERY_WORDS, Term};
use crate::ground::error::{Error, Result};
use crate::ground::text;

/// An operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumString)]
#[strum(ascii_case_insensitive)]
pub enum OperatorKind {
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

/// Characters that open and close a phrase.
const QUOTES: [char; 4] = ['"', '“', '”', '„'];

/// An operator with its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operator {
    pub key: OperatorKind,
    pub value: String,
    pub negated: bool,
    /// The operator as entered, with its value.
    pub typed: String,
}

/// A parsed query text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ParsedQuery {
    pub terms: Vec<Term>,
    pub operators: Vec<Operator>,
}

/// Parses a query text. The last word matches as a prefix if no space follows it.
///
/// # Errors
/// `BAD_USER_INPUT` if the text exceeds [`MAX_QUERY_CHARS`] characters, [`MAX_QUERY_WORDS`] words or
/// [`MAX_OPERATORS`] operators.
pub fn parse(typed: &str) -> Result<ParsedQuery> {
    text::require_max_chars("query", typed, MAX_QUERY_CHARS)?;
    let mut parsed = ParsedQuery::default();
    let mut rest = typed.trim_start();
    while !rest.is_empty() {
        let (token, after) = split_token(rest);
        let is_last = after.is_empty();
        parse_token(token, is_last, &mut parsed);
        rest = after.trim_start();
    }
    let words: usize = parsed.terms.iter().map(|term| term.text.split_whitespace().count()).sum();
    if words > MAX_QUERY_WORDS || parsed.operators.len() > MAX_OPERATORS {
        let message = format!("Search too complex: maximum {MAX_QUERY_WORDS} words and {MAX_OPERATORS} operators.");
        return Err(Error::invalid("query", message));
    }
    Ok(parsed)
}

/// Splits off the text up to the next whitespace outside of quotes. An unclosed quote extends to the end.
fn split_token(text: &str) -> (&str, &str) {
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

fn parse_token(token: &str, is_last: bool, parsed: &mut ParsedQuery) {
    // A single hyphen negates a word, a phrase or an operator; `--delete` and `->` are search text.
    let negates = |plain: &&str| plain.starts_with(|c: char| c.is_alphanumeric() || QUOTES.contains(&c));
    let (negated, plain) = match token.strip_prefix('-').filter(negates) {
        Some(plain) => (true, plain),
        None => (false, token),
    };
    if let Some((name, value)) = plain.split_once([':', '：'])
        && let Ok(key) = name.parse()
    {
        let value = strip_quotes(value).trim().to_owned();
        parsed.operators.push(Operator { key, value, negated, typed: token.to_owned() });
        return;
    }
    let is_phrase = plain.starts_with(QUOTES);
    let text = strip_quotes(plain).trim().to_owned();
    if !text.is_empty() {
        parsed.terms.push(Term { text, is_phrase, negated, is_prefix: is_last && !is_phrase && !negated });
    }
}

fn strip_quotes(text: &str) -> &str {
    text.trim_matches(QUOTES)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn term(text: &str) -> Term {
        Term { text: text.to_owned(), is_phrase: false, negated: false, is_prefix: false }
    }

    #[test]
    fn parses_words_phrases_and_operators() {
        let parsed = parse("deploy -\"on hold\" from:@ana -in:#general has:link note:this \"big red\" fri").unwrap();
        let operators: Vec<_> = parsed.operators.iter().map(|one| (one.key, one.value.as_str(), one.negated)).collect();
        assert_eq!(
            operators,
            [
                (OperatorKind::From, "@ana", false),
                (OperatorKind::In, "#general", true),
                (OperatorKind::Has, "link", false)
            ]
        );
        let phrase = |text| Term { is_phrase: true, ..term(text) };
        assert_eq!(
            parsed.terms,
            [
                term("deploy"),
                Term { negated: true, ..phrase("on hold") },
                term("note:this"),
                phrase("big red"),
                Term { is_prefix: true, ..term("fri") },
            ]
        );
    }

    #[test]
    fn negates_only_with_a_single_leading_hyphen() {
        let negations = |typed: &str| {
            let ParsedQuery { terms, operators } = parse(typed).unwrap();
            terms.iter().map(|term| term.negated).chain(operators.iter().map(|one| one.negated)).collect::<Vec<_>>()
        };
        for typed in ["-draft", "-7", "-\"on hold\"", "-“on hold”", "-from:me", "-дом", "-家"] {
            assert_eq!(negations(typed), [true], "{typed}");
        }
        for typed in ["--delete", "---", "->", "-", "-.5", "-_x", "--from:me", "re-draft"] {
            assert_eq!(negations(typed), [false], "{typed}");
            assert_eq!(parse(typed).unwrap().terms[0].text, typed);
        }
        assert_eq!(negations("rsync --delete -a"), [false, false, true]);
    }

    #[test]
    fn accepts_any_text_within_the_limits() {
        assert_eq!(parse("  ").unwrap(), ParsedQuery::default());
        assert_eq!(
            parse("deploy ").unwrap().terms,
            [Term { is_prefix: true, ..term("deploy") }].map(|open| Term { is_prefix: false, ..open })
        );
        assert_eq!(parse("\"not closed").unwrap().terms[0].text, "not closed");
        assert_eq!(parse("-").unwrap().terms[0].text, "-");
        assert_eq!(parse("from:\"Ana Lima\"").unwrap().operators[0].value, "Ana Lima");
        assert_eq!(parse("FROM:me").unwrap().operators[0].key, OperatorKind::From);
        assert!(parse(&"a".repeat(MAX_QUERY_CHARS + 1)).is_err());
        assert!(parse(&"a ".repeat(MAX_QUERY_WORDS + 1)).is_err());
    }
}
