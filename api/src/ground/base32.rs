//! UUIDs in Crockford's base32, as the TypeID specification writes them: 26 lower-case characters that sort as the
//! UUIDs do. Each UUID has one spelling: upper case and the look-alikes that Crockford allows (`i`, `l`, `o`) are
//! rejected.

use std::fmt::{self, Write};

use uuid::Uuid;

/// The number of characters: 26 × 5 bits for 128 bits. The first character carries 3 of them, so it is `0` to `7`.
pub const LENGTH: usize = 26;

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// A UUID that is displayed in base32.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Base32(pub Uuid);

impl fmt::Display for Base32 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bits = self.0.as_u128();
        (0..LENGTH).rev().try_for_each(|place| {
            let digit = ALPHABET[((bits >> (5 * place)) & 31) as usize];
            f.write_char(char::from(digit))
        })
    }
}

/// Parses a UUID. `None` for any other spelling.
pub fn parse(text: &str) -> Option<Uuid> {
    if text.len() != LENGTH || text.as_bytes().first().is_none_or(|first| *first > b'7') {
        return None;
    }
    let bits = text.bytes().try_fold(0_u128, |bits, character| {
        let digit = ALPHABET.iter().position(|symbol| *symbol == character)?;
        Some(bits << 5 | u128::try_from(digit).ok()?)
    })?;
    Some(Uuid::from_u128(bits))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of the TypeID specification.
    #[test]
    fn matches_the_specification() {
        for (text, uuid) in [
            ("00000000000000000000000000", "00000000-0000-0000-0000-000000000000"),
            ("00000000000000000000000001", "00000000-0000-0000-0000-000000000001"),
            ("0000000000000000000000000g", "00000000-0000-0000-0000-000000000010"),
            ("00000000000000000000000010", "00000000-0000-0000-0000-000000000020"),
            ("7zzzzzzzzzzzzzzzzzzzzzzzzz", "ffffffff-ffff-ffff-ffff-ffffffffffff"),
            ("0123456789abcdefghjkmnpqrs", "0110c853-1d09-52d8-d73e-1194e95b5f19"),
            ("01h455vb4pex5vsknk084sn02q", "01890a5d-ac96-774b-bcce-b302099a8057"),
        ] {
            let uuid: Uuid = uuid.parse().unwrap();
            assert_eq!(Base32(uuid).to_string(), text);
            assert_eq!(parse(text), Some(uuid));
        }
    }

    #[test]
    fn rejects_every_other_spelling() {
        for text in [
            "",
            "01h455vb4pex5vsknk084sn02",
            "01h455vb4pex5vsknk084sn02q0",
            "01H455VB4PEX5VSKNK084SN02Q",
            "01h455vb4pex5vsknk084sn0lq",
            "01h455vb4pex5vsknko84sn02q",
            "01h455vb4pex5vsknk084sn02u",
            "01h455vb4pex5vsknk084sn02-",
            "8zzzzzzzzzzzzzzzzzzzzzzzzz",
            "z1h455vb4pex5vsknk084sn02q",
            "01890a5d-ac96-774b-bcce-b3",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
