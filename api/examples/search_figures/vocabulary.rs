//! A synthetic vocabulary with Zipf frequencies: the nth word is used 1/n times as often as the first.

use std::collections::HashSet;

use crate::rng::Rng;

const SIZE: usize = 50_000;
/// Letters, repeated by frequency.
const CONSONANTS: &[u8] = b"ttttnnnnssssrrrrlllldddccmmppbbfgghvkwjz";
const VOWELS: &[u8] = b"eeeeeaaaaoooiiiiu";

/// The words by rank, most frequent first.
pub struct Vocabulary {
    words: Vec<String>,
    /// The cumulative probability up to each rank.
    cumulative: Vec<f64>,
}

impl Vocabulary {
    pub fn new(seed: u64) -> Self {
        let mut rng = Rng::of(seed, u64::MAX);
        let (mut words, mut known) = (Vec::with_capacity(SIZE), HashSet::new());
        while words.len() < SIZE {
            // Frequent words are short; longer ones follow once the short ones are taken.
            let syllables = 1 + (words.len() as f64).log10() as u64 / 2 + rng.below(3);
            let word: String = (0..syllables).map(|_| syllable(&mut rng)).collect();
            if known.insert(word.clone()) {
                words.push(word);
            }
        }
        let mut sum = 0.0;
        let mut cumulative: Vec<f64> = (1..=SIZE)
            .map(|rank| {
                sum += 1.0 / rank as f64;
                sum
            })
            .collect();
        for value in &mut cumulative {
            *value /= sum;
        }
        Self { words, cumulative }
    }

    /// Draws the rank of a random word.
    pub fn draw(&self, rng: &mut Rng) -> usize {
        let fraction = rng.fraction();
        self.cumulative.partition_point(|cumulative| *cumulative <= fraction).min(SIZE - 1)
    }

    pub fn word(&self, rank: usize) -> &str {
        &self.words[rank]
    }
}

fn syllable(rng: &mut Rng) -> String {
    let mut of = |letters: &[u8]| char::from(letters[rng.below(letters.len() as u64) as usize]);
    let (begin, middle, end) = (of(CONSONANTS), of(VOWELS), of(CONSONANTS));
    let is_open = of(b"yyn") == 'y';
    [Some(begin), Some(middle), (!is_open).then_some(end)].into_iter().flatten().collect()
}
