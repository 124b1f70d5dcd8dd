//! The deliveries of one subscriber, in constant space, and whether they were complete, unique and in order.
//!
//! Stores a count, the last `seq` and a digest of all sequence numbers in order. Two logs match exactly if they
//! received the same numbers in the same order, except for a chance of 1 in 2^64.

use memchr::memmem;

/// The content of a frame.
#[derive(Debug, PartialEq, Eq)]
pub enum Item {
    /// A message with its `seq`.
    Message(u64),
    /// Everything up to this `seq` has been sent.
    Head(u64),
    /// The connection was too slow; delivery continues after this `seq`.
    Resync(u64),
    /// The subscription has ended or was refused.
    Ended,
    /// Anything else.
    Other,
}

/// Parses a frame of this tool's subscriptions without parsing JSON.
pub fn parse_item(frame: &[u8]) -> Item {
    let has = |what: &[u8]| memmem::find(frame, what).is_some();
    if has(br#""MessageSent""#) {
        return parse_number(frame, br#""seq":"#).map_or(Item::Other, Item::Message);
    }
    if has(br#""type":"error""#) || has(br#""type":"complete""#) || has(br#""errors":["#) {
        return Item::Ended;
    }
    if has(br#""Head""#) {
        return parse_number(frame, br#""seq":"#).map_or(Item::Other, Item::Head);
    }
    if has(br#""Resync""#) {
        return parse_number(frame, br#""after":"#).map_or(Item::Other, Item::Resync);
    }
    Item::Other
}

/// The integer after a marker.
pub fn parse_number(frame: &[u8], marker: &[u8]) -> Option<u64> {
    let at = memmem::find(frame, marker)? + marker.len();
    let digits = frame[at..].iter().take_while(|byte| byte.is_ascii_digit());
    let mut value: Option<u64> = None;
    for digit in digits {
        let tens = value.unwrap_or(0).checked_mul(10)?;
        value = Some(tens.checked_add(u64::from(digit - b'0'))?);
    }
    value
}

/// The deliveries of one subscriber.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeliveryLog {
    /// The initial cursor.
    pub after: u64,
    /// The last `seq` received.
    pub last: u64,
    /// Number of messages.
    pub count: u64,
    /// Messages whose `seq` was not above the previous one.
    pub out_of_order: u64,
    /// `Resync` items received.
    pub resyncs: u64,
    digest: u64,
}

impl DeliveryLog {
    /// Starts after a `seq`.
    pub fn new(after: u64) -> Self {
        Self { after, last: after, count: 0, out_of_order: 0, resyncs: 0, digest: 0xcbf2_9ce4_8422_2325 }
    }

    /// Records a message.
    pub fn record(&mut self, seq: u64) {
        self.count += 1;
        self.out_of_order += u64::from(seq <= self.last);
        self.last = seq;
        self.digest = (self.digest ^ seq).wrapping_mul(0x0000_0100_0000_01b3).rotate_left(23);
    }

    /// Whether exactly the expected messages after the cursor arrived, in order.
    pub fn matches(&self, expected: &[u64]) -> bool {
        let from = expected.partition_point(|seq| *seq <= self.after);
        let mut ideal = Self::new(self.after);
        for seq in &expected[from..] {
            ideal.record(*seq);
        }
        ideal.resyncs = self.resyncs;
        ideal == *self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(after: u64, numbers: &[u64]) -> DeliveryLog {
        let mut log = DeliveryLog::new(after);
        for seq in numbers {
            log.record(*seq);
        }
        log
    }

    #[test]
    fn matches_only_complete_ordered_deliveries() {
        let expected = [3, 5, 6, 9];
        assert!(seen(3, &[5, 6, 9]).matches(&expected));
        assert!(seen(4, &[5, 6, 9]).matches(&expected));
        assert!(seen(9, &[]).matches(&expected));
        for wrong in [&[5, 9][..], &[5, 6, 6, 9], &[6, 5, 9], &[5, 6], &[5, 6, 8], &[5, 6, 9, 10]] {
            assert!(!seen(3, wrong).matches(&expected), "{wrong:?}");
        }
        assert_eq!(seen(3, &[6, 5, 5, 9]).out_of_order, 2);
    }

    #[test]
    fn parses_frames() {
        let message = br#"{"id":"1","type":"next","payload":{"data":{"events":{"__typename":"MessageSent","seq":42,"message":{"text":"\"seq\":7 \"Head\""}}}}}"#;
        assert_eq!(parse_item(message), Item::Message(42));
        let head = br#"{"id":"1","type":"next","payload":{"data":{"events":{"__typename":"Head","seq":7}}}}"#;
        assert_eq!(parse_item(head), Item::Head(7));
        let resync = br#"{"payload":{"data":{"events":{"__typename":"Resync","after":5,"takeBoot":false}}}}"#;
        assert_eq!(parse_item(resync), Item::Resync(5));
        let error = br#"{"id":"1","type":"error","payload":[{"message":"no"}]}"#;
        assert_eq!(parse_item(error), Item::Ended);
        assert_eq!(parse_item(br#"{"type":"next"}"#), Item::Other);
    }

    #[test]
    fn rejects_invalid_numbers() {
        assert_eq!(parse_number(b"x=12,", b"x="), Some(12));
        assert_eq!(parse_number(b"x=,", b"x="), None);
        assert_eq!(parse_number(b"x=99999999999999999999999", b"x="), None);
    }
}
