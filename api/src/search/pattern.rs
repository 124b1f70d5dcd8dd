//! What a typed term compares: steps that must stand one after another in a text.

use super::analysis::{Kind, Token, tokens};
use super::near::{Near, is_near};
use super::query::Term;

/// One way in which a term may stand in a text: these steps, at these places after each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    pub steps: Vec<Step>,
}

/// What must stand at one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Places after the first step.
    pub offset: usize,
    pub text: String,
    pub variant: Option<String>,
    /// Only the beginning is given.
    pub is_open: bool,
    /// So many letters may be wrong, but not the first.
    pub typos: u8,
}

/// Letters of a word in which one may be wrong, and two.
pub const ONE_TYPO: usize = 5;
pub const TWO_TYPOS: usize = 9;

/// The ways in which a term may stand in a text; none if it has nothing to compare.
pub fn patterns(term: &Term) -> Vec<Pattern> {
    let found = tokens(&term.text);
    let (wholes, parts): (Vec<&Token>, Vec<&Token>) = found.iter().partition(|token| token.kind == Kind::Compound);
    let mut ways = vec![pattern(term, &parts)];
    // Typed as one word with large letters inside, it may stand there without them.
    if let [whole] = wholes[..]
        && !term.is_phrase
        && parts.iter().all(|part| whole.start <= part.start && part.end <= whole.end)
    {
        ways.push(pattern(term, &[whole]));
    }
    // In a row of words the other way of writing them makes another row.
    let others: Vec<Pattern> = ways.iter().filter_map(Pattern::in_variants).collect();
    ways.extend(others);
    ways.retain(|way| !way.steps.is_empty());
    ways
}

impl Pattern {
    fn in_variants(&self) -> Option<Self> {
        let is_row = self.steps.len() > 1 && self.steps.iter().any(|step| step.variant.is_some());
        let in_variant = |step: &Step| {
            let text = step.variant.clone().unwrap_or_else(|| step.text.clone());
            Step { text, variant: None, ..step.clone() }
        };
        is_row.then(|| Self { steps: self.steps.iter().map(in_variant).collect() })
    }
}

fn pattern(term: &Term, tokens: &[&Token]) -> Pattern {
    let first = tokens.first().map_or(0, |token| token.position);
    // Of a run of letters the pairs say it all; a letter alone is the beginning of pairs.
    let follows_pair =
        |index: usize| index > 0 && tokens[index - 1].kind == Kind::Pair && tokens[index - 1].end == tokens[index].end;
    let kept: Vec<(usize, &&Token)> = tokens.iter().enumerate().filter(|(index, _)| !follows_pair(*index)).collect();
    let is_single = kept.len() == 1;
    let steps = kept.iter().enumerate().map(|(nth, (_, token))| {
        let is_last = nth + 1 == kept.len();
        let is_word = matches!(token.kind, Kind::Word | Kind::Compound);
        Step {
            offset: token.position - first,
            text: token.text.clone(),
            variant: token.variant.clone(),
            // Before something else a letter alone stands there alone.
            is_open: (token.kind == Kind::Letter && is_last) || (is_word && is_last && term.is_open && !term.is_phrase),
            typos: if is_word && is_single && !term.is_phrase && !term.negated { typos(&token.text) } else { 0 },
        }
    });
    Pattern { steps: steps.collect() }
}

fn typos(word: &str) -> u8 {
    let letters = word.chars().count();
    match letters {
        _ if !word.chars().all(char::is_alphabetic) => 0,
        0..ONE_TYPO => 0,
        ONE_TYPO..TWO_TYPOS => 1,
        _ => 2,
    }
}

impl Step {
    /// Whether a token of a text is what this step asks for.
    pub fn fits(&self, token: &Token) -> bool {
        let written = [Some(&token.text), token.variant.as_ref()];
        let wanted = [Some(&self.text), self.variant.as_ref()];
        wanted
            .into_iter()
            .flatten()
            .any(|wanted| written.into_iter().flatten().any(|text| self.fits_text(wanted, text)))
    }

    fn fits_text(&self, wanted: &str, text: &str) -> bool {
        if text == wanted || (self.is_open && text.starts_with(wanted)) {
            return true;
        }
        if self.typos == 0 || text.chars().next() != wanted.chars().next() {
            return false;
        }
        let most = usize::from(self.typos);
        if !self.is_open && text.chars().count().abs_diff(wanted.chars().count()) > most {
            return false;
        }
        let wanted: Vec<char> = wanted.chars().collect();
        is_near(text, &wanted, Near { most, is_open: self.is_open }, &mut 0)
    }
}
