//! Made-up texts, and what somebody might look for in them.
//!
//! Pure, and the same for the same number. The nth of 50,000 words is used 1/n times as often as the first, as in
//! a language. Nothing needs escaping in JSON.

/// What a word begins with that stands in one message only. With a number in it, so that no search forgives slips.
pub const OWN: &str = "own7";

const WORDS: f64 = 50_000.0;
const CONSONANTS: &[u8] = b"tnsrldcmpbfghvkwjzxq";
const VOWELS: &[u8] = b"eaoiu";

/// What is typed to look for the message of a number.
pub type Typed = fn(u64) -> String;

/// What is typed by the kind of search.
pub const TYPED: [(&str, Typed); 4] =
    [("a rare word", rare), ("a frequent word", frequent), ("two words", two), ("a word and 3 letters", beginning)];

/// A text of 3 to 30 words.
pub fn text(nth: u64) -> String {
    let count = 3 + mixed(nth) % 28;
    let words: Vec<String> = (0..count).map(|at| word(rank(mixed(nth ^ ((at + 1) << 40))))).collect();
    words.join(" ")
}

fn rare(nth: u64) -> String {
    format!("{} ", word(10_000 + mixed(nth) % 40_000))
}

fn frequent(nth: u64) -> String {
    format!("{} ", word(5 + mixed(nth) % 25))
}

/// Two words, the second one complete because something follows it.
fn two(nth: u64) -> String {
    format!("{} {} ", word(30 + mixed(nth) % 200), word(30 + mixed(nth + 1_000_000) % 200))
}

fn beginning(nth: u64) -> String {
    let whole = word(400 + mixed(nth) % 2_000);
    format!("{} {}", word(30 + mixed(nth + 1_000_000) % 200), &whole[..3])
}

/// Of a word by chance.
fn rank(chance: u64) -> u64 {
    let fraction = (chance >> 11) as f64 / (1_u64 << 53) as f64;
    // The logarithm is spread evenly.
    WORDS.powf(fraction) as u64
}

/// Syllables that stand for a number.
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

/// A number that looks like chance.
fn mixed(number: u64) -> u64 {
    let mut mixed = number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_different_and_some_are_frequent() {
        let words: std::collections::HashSet<String> = (0..50_000).map(word).collect();
        assert_eq!(words.len(), 50_000);
        let texts: Vec<String> = (0..1_000).map(text).collect();
        assert!(texts.iter().all(|text| (3..=30).contains(&text.split(' ').count())));
        let having = |rank| texts.iter().filter(|text| text.split(' ').any(|one| one == word(rank))).count();
        assert!(having(1) > 500 && (50..500).contains(&having(10)) && having(20_000) < 10);
    }

    #[test]
    fn what_is_typed_is_a_word_and_more() {
        for nth in 0..100 {
            assert_eq!(beginning(nth).split(' ').next_back().map(str::len), Some(3));
            assert!(rare(nth).ends_with(' '));
        }
    }
}
