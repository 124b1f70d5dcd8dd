//! Timestamps in milliseconds, and the wall clock of the process.
//!
//! Stored timestamps, and timestamps compared with them (expiry), come from the clock of the database
//! ([`crate::ground::db::now`]) and order nothing. The wall clock of a process may be wrong by days. It is only for
//! display and never decides anything.

use sea_orm::DeriveValueType;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// A UTC timestamp in milliseconds since 1970. Both databases store it without loss.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, DeriveValueType,
)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// Returns the wall clock of the process.
    #[expect(clippy::disallowed_methods, reason = "this is the only place that reads the wall clock")]
    pub fn now() -> Self {
        let nanos = OffsetDateTime::now_utc().unix_timestamp_nanos() / 1_000_000;
        Self(i64::try_from(nanos).unwrap_or(i64::MAX))
    }

    /// Returns the timestamp `seconds` later.
    pub fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds.saturating_mul(1000)))
    }

    /// Formats as RFC 3339 in UTC with milliseconds, such as `2026-03-01T09:30:00.000Z`.
    pub fn to_rfc3339(self) -> String {
        let moment = OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.0) * 1_000_000)
            .unwrap_or(OffsetDateTime::UNIX_EPOCH);
        format!(
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
            moment.year(),
            u8::from(moment.month()),
            moment.day(),
            moment.hour(),
            moment.minute(),
            moment.second(),
            moment.millisecond()
        )
    }

    /// Parses RFC 3339 with any offset. Fractions of a millisecond are truncated.
    pub fn parse_rfc3339(text: &str) -> Option<Self> {
        let moment = OffsetDateTime::parse(text, &Rfc3339).ok()?;
        i64::try_from(moment.unix_timestamp_nanos().div_euclid(1_000_000)).ok().map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_milliseconds_and_parses_them_back() {
        let moment = Timestamp(1_772_357_400_007);
        assert_eq!(moment.to_rfc3339(), "2026-03-01T09:30:00.007Z");
        assert_eq!(Timestamp::parse_rfc3339("2026-03-01T10:30:00.0079+01:00"), Some(moment));
    }
}
