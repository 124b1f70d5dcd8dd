//! Words that nobody uses, as frequent as those of a language: the nth is used 1/n times as often as the first.

use std::collections::HashSet;

use crate::dice::Dice;

const SIZE: usize = 50_000;
/// Letters as often as they may come.
const CONSONANTS: &[u8] = b"ttttnnnnssssrrrrlllldddccmmppbbfgghvkwjz";
const VOWELS: &[u8] = b"eeeeeaaaaoooiiiiu";

/// The words by their ranks, the most frequent first.
pub struct Vocabulary {
    words: Vec<String>,
    /// How likely a word is that is not behind this one.
    up_to: Vec<f64>,
}

impl Vocabulary {
    pub fn new(seed: u64) -> Self {
        let mut dice = Dice::of(seed, u64::MAX);
        let (mut words, mut known) = (Vec::with_capacity(SIZE), HashSet::new());
        while words.len() < SIZE {
            // Frequent words are short; where all short ones are taken, longer ones come.
            let syllables = 1 + (words.len() as f64).log10() as u64 / 2 + dice.below(3);
            let word: String = (0..syllables).map(|_| syllable(&mut dice)).collect();
            if known.insert(word.clone()) {
                words.push(word);
            }
        }
        let mut sum = 0.0;
        let mut up_to: Vec<f64> = (1..=SIZE)
            .map(|rank| {
                sum += 1.0 / rank as f64;
                sum
            })
            .collect();
        for value in &mut up_to {
            *value /= sum;
        }
        Self { words, up_to }
    }

    /// The rank of a word by chance.
    pub fn draw(&self, dice: &mut Dice) -> usize {
        let fraction = dice.fraction();
        self.up_to.partition_point(|up_to| *up_to <= fraction).min(SIZE - 1)
    }

    pub fn word(&self, rank: usize) -> &str {
        &self.words[rank]
    }
}

fn syllable(dice: &mut Dice) -> String {
    let mut of = |letters: &[u8]| char::from(letters[dice.below(letters.len() as u64) as usize]);
    let (begin, middle, end) = (of(CONSONANTS), of(VOWELS), of(CONSONANTS));
    let is_open = of(b"yyn") == 'y';
    [Some(begin), Some(middle), (!is_open).then_some(end)].into_iter().flatten().collect()
}
