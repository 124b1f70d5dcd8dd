//! What one subscriber received, kept in a few numbers, and whether it was everything once and in order.
//!
//! It is pure. A subscriber keeps a count, the last number and a digest of all numbers in their order;
//! two ledgers agree exactly when the same numbers came in the same order (but for one chance in 2^64).

use memchr::memmem;

/// What a frame says.
#[derive(Debug, PartialEq, Eq)]
pub enum Item {
    /// A message with its number in the log.
    Message(u64),
    /// Everything up to this number has been sent.
    Head(u64),
    /// The server lost patience with this connection; what follows goes on after the number.
    Resync(u64),
    /// The subscription has ended or was refused.
    Ended,
    /// Anything else.
    Other,
}

/// Reads a frame of the subscriptions that this tool makes, without parsing JSON.
pub fn item(frame: &[u8]) -> Item {
    let has = |what: &[u8]| memmem::find(frame, what).is_some();
    if has(br#""MessageSent""#) {
        return number(frame, br#""seq":"#).map_or(Item::Other, Item::Message);
    }
    if has(br#""type":"error""#) || has(br#""type":"complete""#) || has(br#""errors":["#) {
        return Item::Ended;
    }
    if has(br#""Head""#) {
        return number(frame, br#""seq":"#).map_or(Item::Other, Item::Head);
    }
    if has(br#""Resync""#) {
        return number(frame, br#""after":"#).map_or(Item::Other, Item::Resync);
    }
    Item::Other
}

/// The whole number after a marker.
pub fn number(frame: &[u8], marker: &[u8]) -> Option<u64> {
    let at = memmem::find(frame, marker)? + marker.len();
    let digits = frame[at..].iter().take_while(|byte| byte.is_ascii_digit());
    let mut value: Option<u64> = None;
    for digit in digits {
        let tens = value.unwrap_or(0).checked_mul(10)?;
        value = Some(tens.checked_add(u64::from(digit - b'0'))?);
    }
    value
}

/// What one subscriber saw.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ledger {
    /// The number after which it began.
    pub after: u64,
    /// The last number that it got.
    pub last: u64,
    /// How many it got.
    pub count: u64,
    /// How often a number was not above the one before.
    pub disorder: u64,
    /// How often the server told it to begin again from its cursor.
    pub resyncs: u64,
    digest: u64,
}

impl Ledger {
    /// One that begins after a number.
    pub fn new(after: u64) -> Self {
        Self { after, last: after, count: 0, disorder: 0, resyncs: 0, digest: 0xcbf2_9ce4_8422_2325 }
    }

    /// A number came.
    pub fn see(&mut self, seq: u64) {
        self.count += 1;
        self.disorder += u64::from(seq <= self.last);
        self.last = seq;
        self.digest = (self.digest ^ seq).wrapping_mul(0x0000_0100_0000_01b3).rotate_left(23);
    }

    /// Whether exactly the expected numbers above its beginning came, in their order.
    pub fn agrees(&self, expected: &[u64]) -> bool {
        let from = expected.partition_point(|seq| *seq <= self.after);
        let mut ideal = Self::new(self.after);
        for seq in &expected[from..] {
            ideal.see(*seq);
        }
        ideal.resyncs = self.resyncs;
        ideal == *self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(after: u64, numbers: &[u64]) -> Ledger {
        let mut ledger = Ledger::new(after);
        for seq in numbers {
            ledger.see(*seq);
        }
        ledger
    }

    #[test]
    fn only_everything_once_in_order_agrees() {
        let expected = [3, 5, 6, 9];
        assert!(seen(3, &[5, 6, 9]).agrees(&expected));
        assert!(seen(4, &[5, 6, 9]).agrees(&expected));
        assert!(seen(9, &[]).agrees(&expected));
        for wrong in [&[5, 9][..], &[5, 6, 6, 9], &[6, 5, 9], &[5, 6], &[5, 6, 8], &[5, 6, 9, 10]] {
            assert!(!seen(3, wrong).agrees(&expected), "{wrong:?}");
        }
        assert_eq!(seen(3, &[6, 5, 5, 9]).disorder, 2);
    }

    #[test]
    fn frames_are_read_without_json() {
        let message = br#"{"id":"1","type":"next","payload":{"data":{"events":{"__typename":"MessageSent","seq":42,"message":{"text":"\"seq\":7 \"Head\""}}}}}"#;
        assert_eq!(item(message), Item::Message(42));
        let head = br#"{"id":"1","type":"next","payload":{"data":{"events":{"__typename":"Head","seq":7}}}}"#;
        assert_eq!(item(head), Item::Head(7));
        let resync = br#"{"payload":{"data":{"events":{"__typename":"Resync","after":5,"takeBoot":false}}}}"#;
        assert_eq!(item(resync), Item::Resync(5));
        let error = br#"{"id":"1","type":"error","payload":[{"message":"no"}]}"#;
        assert_eq!(item(error), Item::Ended);
        assert_eq!(item(br#"{"type":"next"}"#), Item::Other);
    }

    #[test]
    fn numbers_have_bounds() {
        assert_eq!(number(b"x=12,", b"x="), Some(12));
        assert_eq!(number(b"x=,", b"x="), None);
        assert_eq!(number(b"x=99999999999999999999999", b"x="), None);
    }
}
