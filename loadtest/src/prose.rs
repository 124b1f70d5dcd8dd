//! Generated texts, and search queries for them.
//!
//! Deterministic: the same number gives the same text. The nth of 50,000 words has 1/n of the frequency of the first,
//! as in natural language. No text needs JSON escaping.

/// Prefix of words that are unique to a message. Contains a digit, which disables typo tolerance.
pub const UNIQUE_PREFIX: &str = "own7";

const WORDS: f64 = 50_000.0;
const CONSONANTS: &[u8] = b"tnsrldcmpbfghvkwjzxq";
const VOWELS: &[u8] = b"eaoiu";

/// Generates a query from a number.
pub type QueryGenerator = fn(u64) -> String;

/// Queries by kind.
pub const QUERIES: [(&str, QueryGenerator); 4] =
    [("a rare word", rare), ("a frequent word", frequent), ("two words", two_words), ("a word and 3 letters", prefix)];

/// A text of 3 to 30 words.
pub fn text(nth: u64) -> String {
    let count = 3 + hash(nth) % 28;
    let words: Vec<String> = (0..count).map(|at| word(rank(hash(nth ^ ((at + 1) << 40))))).collect();
    words.join(" ")
}

fn rare(nth: u64) -> String {
    format!("{} ", word(10_000 + hash(nth) % 40_000))
}

fn frequent(nth: u64) -> String {
    format!("{} ", word(5 + hash(nth) % 25))
}

/// Two words. The trailing space completes the second one.
fn two_words(nth: u64) -> String {
    format!("{} {} ", word(30 + hash(nth) % 200), word(30 + hash(nth + 1_000_000) % 200))
}

fn prefix(nth: u64) -> String {
    let whole = word(400 + hash(nth) % 2_000);
    format!("{} {}", word(30 + hash(nth + 1_000_000) % 200), &whole[..3])
}

/// A random word rank.
fn rank(chance: u64) -> u64 {
    let fraction = (chance >> 11) as f64 / (1_u64 << 53) as f64;
    // Uniform in the logarithm.
    WORDS.powf(fraction) as u64
}

/// Encodes a number as syllables.
fn word(mut rank: u64) -> String {
    let mut word = String::new();
    let letter = |of: &[u8], rank: u64| char::from(of[(rank % of.len() as u64) as usize]);
    for syllable in 0.. {
        word.push(letter(CONSONANTS, rank + syllable));
        rank /= CONSONANTS.len() as u64;
        word.push(letter(VOWELS, rank));
        rank /= VOWELS.len() as u64;
        if rank == 0 {
            break;
        }
    }
    word
}

/// A hash of a number.
fn hash(number: u64) -> u64 {
    let mut hash = number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ (hash >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_unique_and_follow_zipf() {
        let words: std::collections::HashSet<String> = (0..50_000).map(word).collect();
        assert_eq!(words.len(), 50_000);
        let texts: Vec<String> = (0..1_000).map(text).collect();
        assert!(texts.iter().all(|text| (3..=30).contains(&text.split(' ').count())));
        let having = |rank| texts.iter().filter(|text| text.split(' ').any(|one| one == word(rank))).count();
        assert!(having(1) > 500 && (50..500).contains(&having(10)) && having(20_000) < 10);
    }

    #[test]
    fn queries_have_the_expected_form() {
        for nth in 0..100 {
            assert_eq!(prefix(nth).split(' ').next_back().map(str::len), Some(3));
            assert!(rare(nth).ends_with(' '));
        }
    }
}
