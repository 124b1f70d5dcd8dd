//! Words with slips in them: letters that are wrong, missing, too much, or exchanged with the next.
//!
//! Promises: a comparison looks at a band around the diagonal of the usual table and nowhere else, so its work is
//! linear in the word that is wanted, however long the text is. It counts what it looked at.

use std::ops::RangeInclusive;

/// What counts as near.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Near {
    /// The most slips.
    pub most: usize,
    /// The text may go on behind what is wanted.
    pub is_open: bool,
}

/// Whether a text is `wanted`, or begins so, with a few slips. Adds the cells of the table that were filled in to
/// `looked_at`: at most `wanted.len() * (2 * most + 1)`.
pub fn is_near(text: &str, wanted: &[char], near: Near, looked_at: &mut u64) -> bool {
    let Near { most, is_open } = near;
    let letters: Vec<char> = text.chars().take(wanted.len() + most + 1).collect();
    if letters.len() + most < wanted.len() || (!is_open && letters.len() > wanted.len() + most) {
        return false;
    }
    let mut table = Table::new(&letters, most);
    for row in 1..=wanted.len() {
        *looked_at += table.fill(row, wanted, &letters) as u64;
        if table.is_lost() {
            return false;
        }
    }
    if is_open { table.last.least() <= most } else { table.last.slips[letters.len()] <= most }
}

/// A row of the table. Only the cells of its band are true; those beside it are far.
struct Row {
    slips: Vec<usize>,
    band: RangeInclusive<usize>,
}

impl Row {
    fn least(&self) -> usize {
        self.slips[self.band.clone()].iter().copied().min().unwrap_or(usize::MAX)
    }
}

/// The last rows of the table of the optimal string alignment. In the row of `i`,
/// `slips[j]` is the number of edits between the first `i` letters of the pattern and the first `j` of the text.
struct Table {
    before: Row,
    last: Row,
    next: Row,
    most: usize,
}

impl Table {
    fn new(letters: &[char], most: usize) -> Self {
        let far = most + 1;
        let row = |slips| Row { slips, band: 0..=most.min(letters.len()) };
        let outside = || row(vec![far; letters.len() + 1]);
        let first = row((0..=letters.len()).map(|column| column.min(far)).collect());
        Self { before: outside(), last: first, next: outside(), most }
    }

    /// Fills the next row in; answers how many cells of it.
    fn fill(&mut self, row: usize, wanted: &[char], letters: &[char]) -> usize {
        let far = self.most + 1;
        let (from, to) = (row.saturating_sub(self.most), (row + self.most).min(letters.len()));
        if let Some(before) = from.checked_sub(1) {
            self.next.slips[before] = far;
        }
        for column in from..=to {
            self.next.slips[column] = self.cell(row, column, wanted, letters).min(far);
        }
        if let Some(after) = self.next.slips.get_mut(to + 1) {
            *after = far;
        }
        self.next.band = from..=to;
        std::mem::swap(&mut self.before, &mut self.last);
        std::mem::swap(&mut self.last, &mut self.next);
        to + 1 - from
    }

    fn cell(&self, row: usize, column: usize, wanted: &[char], letters: &[char]) -> usize {
        if column == 0 {
            return row;
        }
        let (last, next) = (&self.last.slips, &self.next.slips);
        let is_other = wanted[row - 1] != letters[column - 1];
        let slips = (last[column].min(next[column - 1]) + 1).min(last[column - 1] + usize::from(is_other));
        let is_exchanged =
            row > 1 && column > 1 && wanted[row - 1] == letters[column - 2] && wanted[row - 2] == letters[column - 1];
        if is_exchanged { slips.min(self.before.slips[column - 2] + 1) } else { slips }
    }

    /// Two rows without a cell that is near: an exchange reaches back no further.
    fn is_lost(&self) -> bool {
        self.before.least() > self.most && self.last.least() > self.most
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The definition, written out: all of the table, for every beginning of the text.
    fn plainly(text: &[char], wanted: &[char], near: Near) -> bool {
        let slips = |text: &[char]| {
            let mut table = vec![vec![0; text.len() + 1]; wanted.len() + 1];
            for row in 0..=wanted.len() {
                for column in 0..=text.len() {
                    table[row][column] = if row == 0 || column == 0 {
                        row + column
                    } else {
                        let change = usize::from(wanted[row - 1] != text[column - 1]);
                        let mut least = table[row - 1][column - 1] + change;
                        least = least.min(table[row - 1][column] + 1).min(table[row][column - 1] + 1);
                        if row > 1
                            && column > 1
                            && wanted[row - 1] == text[column - 2]
                            && wanted[row - 2] == text[column - 1]
                        {
                            least = least.min(table[row - 2][column - 2] + 1);
                        }
                        least
                    };
                }
            }
            table[wanted.len()][text.len()]
        };
        match near.is_open {
            true => (0..=text.len()).any(|length| slips(&text[..length]) <= near.most),
            false => slips(text) <= near.most,
        }
    }

    /// All words of so many letters or fewer, of three letters.
    fn words(most: usize) -> Vec<Vec<char>> {
        let mut all = vec![Vec::new()];
        let mut longest = all.clone();
        for _ in 0..most {
            longest = longest.iter().flat_map(|word| "abc".chars().map(|c| [&word[..], &[c]].concat())).collect();
            all.extend(longest.iter().cloned());
        }
        all
    }

    #[test]
    fn the_band_tells_what_the_whole_table_tells() {
        let all = words(4);
        let mut near_ones = 0;
        for (text, wanted) in all.iter().flat_map(|text| all.iter().map(move |wanted| (text, wanted))) {
            for near in [0, 1, 2].into_iter().flat_map(|most| [false, true].map(|is_open| Near { most, is_open })) {
                let written: String = text.iter().collect();
                let found = is_near(&written, wanted, near, &mut 0);
                assert_eq!(found, plainly(text, wanted, near), "{wanted:?} in {text:?}, {near:?}");
                near_ones += usize::from(found);
            }
        }
        assert!(near_ones > 1_000);
    }

    #[test]
    fn a_long_text_costs_no_more_than_the_word() {
        let wanted: Vec<char> = "x".repeat(64).chars().collect();
        let near = Near { most: 2, is_open: true };
        for text in ["x".repeat(63), "x".repeat(100_000), format!("{}y", "x".repeat(62)), "xy".repeat(40)] {
            let mut looked_at = 0;
            is_near(&text, &wanted, near, &mut looked_at);
            assert!(looked_at <= 64 * 5, "{looked_at}");
        }
        // Another word is given up at once.
        let mut looked_at = 0;
        assert!(!is_near(&"y".repeat(64), &wanted, near, &mut looked_at));
        assert!(looked_at <= 5 * 5, "{looked_at}");
    }
}
