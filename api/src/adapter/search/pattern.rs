//! Compiles a term into patterns: sequences of tokens that a text must contain.

use super::analysis::{Kind, Token, tokens};
use super::edit_distance::{Tolerance, is_within_tolerance};
use super::query::Term;

/// One way in which a term may occur in a text: tokens at fixed distances.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    pub steps: Vec<Step>,
}

/// The token required at one position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Positions after the first step.
    pub offset: usize,
    pub text: String,
    pub variant: Option<String>,
    /// Whether the text is a prefix of the token.
    pub is_prefix: bool,
    /// Maximum typos. The first letter must match.
    pub max_typos: u8,
}

/// Minimum letters of a word to tolerate one typo, and two typos.
pub const MIN_CHARS_FOR_ONE_TYPO: usize = 5;
pub const MIN_CHARS_FOR_TWO_TYPOS: usize = 9;

/// The patterns of a term; none if it contains no tokens.
pub fn patterns(term: &Term) -> Vec<Pattern> {
    let parsed = tokens(&term.text);
    let (wholes, parts): (Vec<&Token>, Vec<&Token>) = parsed.iter().partition(|token| token.kind == Kind::Compound);
    let mut alternatives = vec![pattern(term, &parts)];
    // A compound such as `MeetingNotes` also matches where it is written as one word.
    if let [whole] = wholes[..]
        && !term.is_phrase
        && parts.iter().all(|part| whole.start <= part.start && part.end <= whole.end)
    {
        alternatives.push(pattern(term, &[whole]));
    }
    // In a sequence of words, the spelling variants form a second pattern.
    let variants: Vec<Pattern> = alternatives.iter().filter_map(Pattern::with_variants).collect();
    alternatives.extend(variants);
    alternatives.retain(|pattern| !pattern.steps.is_empty());
    alternatives
}

impl Pattern {
    fn with_variants(&self) -> Option<Self> {
        let is_sequence = self.steps.len() > 1 && self.steps.iter().any(|step| step.variant.is_some());
        let to_variant = |step: &Step| {
            let text = step.variant.clone().unwrap_or_else(|| step.text.clone());
            Step { text, variant: None, ..step.clone() }
        };
        is_sequence.then(|| Self { steps: self.steps.iter().map(to_variant).collect() })
    }
}

fn pattern(term: &Term, tokens: &[&Token]) -> Pattern {
    let first = tokens.first().map_or(0, |token| token.position);
    // Pairs cover a run of letters; a single letter is the prefix of pairs.
    let follows_pair =
        |index: usize| index > 0 && tokens[index - 1].kind == Kind::Pair && tokens[index - 1].end == tokens[index].end;
    let significant: Vec<(usize, &&Token)> =
        tokens.iter().enumerate().filter(|(index, _)| !follows_pair(*index)).collect();
    let is_single = significant.len() == 1;
    let steps = significant.iter().enumerate().map(|(nth, (_, token))| {
        let is_last = nth + 1 == significant.len();
        let is_word = matches!(token.kind, Kind::Word | Kind::Compound);
        Step {
            offset: token.position - first,
            text: token.text.clone(),
            variant: token.variant.clone(),
            // A single letter that is not last must stand alone.
            is_prefix: (token.kind == Kind::Letter && is_last)
                || (is_word && is_last && term.is_prefix && !term.is_phrase),
            max_typos: match is_word && is_single && !term.is_phrase && !term.negated {
                true => max_typos(&token.text),
                false => 0,
            },
        }
    });
    Pattern { steps: steps.collect() }
}

fn max_typos(word: &str) -> u8 {
    let letters = word.chars().count();
    match letters {
        _ if !word.chars().all(char::is_alphabetic) => 0,
        0..MIN_CHARS_FOR_ONE_TYPO => 0,
        MIN_CHARS_FOR_ONE_TYPO..MIN_CHARS_FOR_TWO_TYPOS => 1,
        _ => 2,
    }
}

impl Step {
    /// Whether a token satisfies this step.
    pub fn matches(&self, token: &Token) -> bool {
        let spellings = [Some(&token.text), token.variant.as_ref()];
        let patterns = [Some(&self.text), self.variant.as_ref()];
        patterns
            .into_iter()
            .flatten()
            .any(|pattern| spellings.into_iter().flatten().any(|text| self.matches_text(pattern, text)))
    }

    fn matches_text(&self, pattern: &str, text: &str) -> bool {
        if text == pattern || (self.is_prefix && text.starts_with(pattern)) {
            return true;
        }
        if self.max_typos == 0 || text.chars().next() != pattern.chars().next() {
            return false;
        }
        let max_edits = usize::from(self.max_typos);
        if !self.is_prefix && text.chars().count().abs_diff(pattern.chars().count()) > max_edits {
            return false;
        }
        let pattern: Vec<char> = pattern.chars().collect();
        is_within_tolerance(text, &pattern, Tolerance { max_edits, is_prefix: self.is_prefix }, &mut 0)
    }
}
