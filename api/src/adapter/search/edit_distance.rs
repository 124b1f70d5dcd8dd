//! Matching with typos: wrong, missing, extra or transposed letters (optimal string alignment distance).
//!
//! A comparison evaluates only a band around the diagonal of the dynamic programming table, so its cost is linear in
//! the searched word, regardless of the length of the text. It reports the cells it evaluated.

use std::ops::RangeInclusive;

/// How much a text may differ from the searched word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tolerance {
    /// Maximum edits.
    pub max_edits: usize,
    /// Whether the word may match a prefix of the text.
    pub is_prefix: bool,
}

/// Whether `text`, or a prefix of it if the tolerance allows, is within the tolerance of `pattern`. Adds the evaluated
/// cells to `cells`: at most `pattern.len() * (2 * max_edits + 1)`.
pub fn is_within_tolerance(text: &str, pattern: &[char], tolerance: Tolerance, cells: &mut u64) -> bool {
    let Tolerance { max_edits, is_prefix } = tolerance;
    let letters: Vec<char> = text.chars().take(pattern.len() + max_edits + 1).collect();
    if letters.len() + max_edits < pattern.len() || (!is_prefix && letters.len() > pattern.len() + max_edits) {
        return false;
    }
    let mut table = Table::new(&letters, max_edits);
    for row in 1..=pattern.len() {
        *cells += table.fill(row, pattern, &letters) as u64;
        if table.is_exceeded() {
            return false;
        }
    }
    if is_prefix { table.last.min() <= max_edits } else { table.last.edits[letters.len()] <= max_edits }
}

/// A row of the table. Only the cells within its band are valid.
struct Row {
    edits: Vec<usize>,
    band: RangeInclusive<usize>,
}

impl Row {
    fn min(&self) -> usize {
        self.edits[self.band.clone()].iter().copied().min().unwrap_or(usize::MAX)
    }
}

/// The last rows of the table. In row `i`, `edits[j]` is the number of edits between the first `i` letters of the
/// searched word and the first `j` letters of the text.
struct Table {
    before: Row,
    last: Row,
    next: Row,
    max_edits: usize,
}

impl Table {
    fn new(letters: &[char], max_edits: usize) -> Self {
        let beyond = max_edits + 1;
        let row = |edits| Row { edits, band: 0..=max_edits.min(letters.len()) };
        let outside = || row(vec![beyond; letters.len() + 1]);
        let first = row((0..=letters.len()).map(|column| column.min(beyond)).collect());
        Self { before: outside(), last: first, next: outside(), max_edits }
    }

    /// Fills the next row and returns the number of cells evaluated.
    fn fill(&mut self, row: usize, pattern: &[char], letters: &[char]) -> usize {
        let beyond = self.max_edits + 1;
        let (from, to) = (row.saturating_sub(self.max_edits), (row + self.max_edits).min(letters.len()));
        if let Some(before) = from.checked_sub(1) {
            self.next.edits[before] = beyond;
        }
        for column in from..=to {
            self.next.edits[column] = self.cell(row, column, pattern, letters).min(beyond);
        }
        if let Some(after) = self.next.edits.get_mut(to + 1) {
            *after = beyond;
        }
        self.next.band = from..=to;
        std::mem::swap(&mut self.before, &mut self.last);
        std::mem::swap(&mut self.last, &mut self.next);
        to + 1 - from
    }

    fn cell(&self, row: usize, column: usize, pattern: &[char], letters: &[char]) -> usize {
        if column == 0 {
            return row;
        }
        let (last, next) = (&self.last.edits, &self.next.edits);
        let differs = pattern[row - 1] != letters[column - 1];
        let edits = (last[column].min(next[column - 1]) + 1).min(last[column - 1] + usize::from(differs));
        let is_transposed =
            row > 1 && column > 1 && pattern[row - 1] == letters[column - 2] && pattern[row - 2] == letters[column - 1];
        if is_transposed { edits.min(self.before.edits[column - 2] + 1) } else { edits }
    }

    /// Whether the last two rows exceed the tolerance throughout: a transposition reaches back no further.
    fn is_exceeded(&self) -> bool {
        self.before.min() > self.max_edits && self.last.min() > self.max_edits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The reference implementation: the full table, for every prefix of the text.
    fn reference(text: &[char], pattern: &[char], tolerance: Tolerance) -> bool {
        let edits = |text: &[char]| {
            let mut table = vec![vec![0; text.len() + 1]; pattern.len() + 1];
            for row in 0..=pattern.len() {
                for column in 0..=text.len() {
                    table[row][column] = if row == 0 || column == 0 {
                        row + column
                    } else {
                        let change = usize::from(pattern[row - 1] != text[column - 1]);
                        let mut min = table[row - 1][column - 1] + change;
                        min = min.min(table[row - 1][column] + 1).min(table[row][column - 1] + 1);
                        if row > 1
                            && column > 1
                            && pattern[row - 1] == text[column - 2]
                            && pattern[row - 2] == text[column - 1]
                        {
                            min = min.min(table[row - 2][column - 2] + 1);
                        }
                        min
                    };
                }
            }
            table[pattern.len()][text.len()]
        };
        match tolerance.is_prefix {
            true => (0..=text.len()).any(|length| edits(&text[..length]) <= tolerance.max_edits),
            false => edits(text) <= tolerance.max_edits,
        }
    }

    /// All words of up to `max_length` letters over a three-letter alphabet.
    fn words(max_length: usize) -> Vec<Vec<char>> {
        let mut all = vec![Vec::new()];
        let mut longest = all.clone();
        for _ in 0..max_length {
            longest = longest.iter().flat_map(|word| "abc".chars().map(|c| [&word[..], &[c]].concat())).collect();
            all.extend(longest.iter().cloned());
        }
        all
    }

    #[test]
    fn band_agrees_with_the_full_table() {
        let all = words(4);
        let mut matches = 0;
        let tolerances = |max_edits| [false, true].map(|is_prefix| Tolerance { max_edits, is_prefix });
        for (text, pattern) in all.iter().flat_map(|text| all.iter().map(move |pattern| (text, pattern))) {
            for tolerance in [0, 1, 2].into_iter().flat_map(tolerances) {
                let written: String = text.iter().collect();
                let is_match = is_within_tolerance(&written, pattern, tolerance, &mut 0);
                assert_eq!(is_match, reference(text, pattern, tolerance), "{pattern:?} in {text:?}, {tolerance:?}");
                matches += usize::from(is_match);
            }
        }
        assert!(matches > 1_000);
    }

    #[test]
    fn cost_depends_on_the_word_only() {
        let pattern: Vec<char> = "x".repeat(64).chars().collect();
        let tolerance = Tolerance { max_edits: 2, is_prefix: true };
        for text in ["x".repeat(63), "x".repeat(100_000), format!("{}y", "x".repeat(62)), "xy".repeat(40)] {
            let mut cells = 0;
            is_within_tolerance(&text, &pattern, tolerance, &mut cells);
            assert!(cells <= 64 * 5, "{cells}");
        }
        // A different word is abandoned at once.
        let mut cells = 0;
        assert!(!is_within_tolerance(&"y".repeat(64), &pattern, tolerance, &mut cells));
        assert!(cells <= 5 * 5, "{cells}");
    }
}
