//! Thousands of seeded mutations: nothing panics, and processing time is linear.

use std::time::{Duration, Instant};

use previews::{Limits, dimensions, sniff, strip_metadata};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::corpus;

const ROUNDS: usize = 4000;

/// Bytes with a meaning in one of the formats.
const TELLING: [u8; 12] = [0, 1, 4, 0x21, 0x2C, 0x3B, 0x7F, 0x80, 0xD8, 0xD9, 0xDA, 0xFF];

fn mutated(seed: &[u8], rng: &mut StdRng) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for _ in 0..rng.random_range(1..8) {
        if bytes.is_empty() {
            break;
        }
        let at = rng.random_range(0..bytes.len());
        match rng.random_range(0..6) {
            0 => bytes[at] = rng.random(),
            1 => bytes[at] = TELLING[rng.random_range(0..TELLING.len())],
            2 => bytes.truncate(at),
            3 => {
                let to = (at + rng.random_range(0..64)).min(bytes.len());
                bytes.drain(at..to);
            }
            4 => {
                let to = (at + rng.random_range(0..64)).min(bytes.len());
                let piece = bytes[at..to].to_vec();
                let place = rng.random_range(0..=bytes.len());
                bytes.splice(place..place, piece);
            }
            _ => bytes[at] ^= 1 << rng.random_range(0..8),
        }
    }
    bytes
}

#[test]
fn never_panics_and_output_is_clean() {
    let mut rng = StdRng::seed_from_u64(0x0C0F_FEE0);
    let (mut whole, mut damaged) = (0, 0);
    for round in 0..ROUNDS {
        for (picture, media_type) in corpus_once() {
            let bytes = mutated(picture, &mut rng);
            let _found = sniff(&bytes, "holiday.jpg");
            let _size = dimensions(&bytes, media_type, &Limits::default());
            match strip_metadata(&bytes, media_type) {
                Ok(clean) => {
                    whole += 1;
                    assert_eq!(
                        strip_metadata(&clean, media_type).as_deref(),
                        Ok(&clean[..]),
                        "round {round}, {media_type}"
                    );
                }
                Err(_) => damaged += 1,
            }
        }
    }
    assert!(whole > ROUNDS / 10 && damaged > ROUNDS / 10, "{whole} whole, {damaged} damaged: no test of anything");
}

fn corpus_once() -> &'static [(Vec<u8>, &'static str)] {
    static CORPUS: std::sync::OnceLock<Vec<(Vec<u8>, &'static str)>> = std::sync::OnceLock::new();
    CORPUS.get_or_init(corpus::pictures)
}

/// Worst-case files: sequences of the smallest parts.
fn worst(length: usize) -> Vec<(Vec<u8>, &'static str)> {
    let row = |part: &[u8]| part.iter().copied().cycle().take(length).collect::<Vec<u8>>();
    vec![
        ([&b"\xFF\xD8"[..], &row(b"\xFF\xFE\0\x02")].concat(), "image/jpeg"),
        ([&b"\xFF\xD8"[..], &row(b"\xFF")].concat(), "image/jpeg"),
        ([&b"\xFF\xD8"[..], &row(b"\xFF\xDA\0\x02\0\xFF\0")].concat(), "image/jpeg"),
        ([&b"\xFF\xD8"[..], &row(b"\xFF\xE1\0\x10Exif\0\0II*\0\x08\0\0\0")].concat(), "image/jpeg"),
        ([&b"\x89PNG\r\n\x1a\n"[..], &row(&corpus::chunk(b"eXIf", b""))].concat(), "image/png"),
        ([&b"GIF89a\x01\0\x01\0\0\0\0"[..], &row(b"\x21\xFE\x01a\0")].concat(), "image/gif"),
        ([&b"GIF89a\x01\0\x01\0\0\0\0\x21\xFE"[..], &row(b"\x01")].concat(), "image/gif"),
        (corpus::webp_of(&[row(&corpus::riff(b"EXIF", b""))]), "image/webp"),
        (corpus::webp_of(&[corpus::riff(b"ANMF", &row(&corpus::riff(b"ANMF", b"")))]), "image/webp"),
    ]
}

fn best_of_three(picture: &[u8], media_type: &str) -> Duration {
    let once = || {
        let start = Instant::now();
        let _either = strip_metadata(picture, media_type);
        let _size = dimensions(picture, media_type, &Limits::default());
        let _found = sniff(picture, "holiday.jpg");
        start.elapsed()
    };
    (0..3).map(|_| once()).min().unwrap_or_default()
}

#[test]
fn processing_time_is_linear() {
    let short = worst(1 << 18);
    for ((short, media_type), (long, _)) in short.iter().zip(worst(1 << 21)) {
        // Quadratic work would take 64 times as long; the margin allows for other load.
        let (before, after) = (best_of_three(short, media_type), best_of_three(&long, media_type));
        let most = before.max(Duration::from_millis(1)) * 30;
        assert!(after < most, "{media_type}: {before:?}, then {after:?}");
    }
}
