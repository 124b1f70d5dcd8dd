//! Dates in search operators: `2026-11-21`, `2026-11`, `yesterday`, `7d`.

use time::{Date, Duration, Month, OffsetDateTime, Time};

use crate::ground::clock::Timestamp;

/// A half-open time range: start inclusive, end exclusive.
pub type TimeRange = (Timestamp, Timestamp);

/// Parses a day, a month, a year, or a relative name for one. `utc_offset` is in minutes; `now` determines the current
/// day.
pub fn parse_range(text: &str, now: Timestamp, utc_offset: i32) -> Option<TimeRange> {
    let today = local_date(now, utc_offset)?;
    let text = text.to_lowercase();
    let (first, after) = match text.as_str() {
        "today" => (today, today.next_day()?),
        "yesterday" => (today.previous_day()?, today),
        "week" => (today.checked_sub(Duration::days(6))?, today.next_day()?),
        "month" => (today.replace_day(1).ok()?, next_month(today.year(), today.month())?),
        "year" => year(today.year())?,
        other => parse_date(other, today)?,
    };
    Some((day_start(first, utc_offset)?, day_start(after, utc_offset)?))
}

fn parse_date(text: &str, today: Date) -> Option<(Date, Date)> {
    if let Some(days) = text.strip_suffix('d').and_then(|days| days.parse::<u16>().ok()) {
        let day = today.checked_sub(Duration::days(days.into()))?;
        return Some((day, day.next_day()?));
    }
    let numbers: Vec<i32> = text.split(['-', '/', '.']).map(|part| part.parse().ok()).collect::<Option<_>>()?;
    let month = |number: i32| Month::try_from(u8::try_from(number).ok()?).ok();
    match numbers[..] {
        [number @ 1000..=9999] => year(number),
        [year @ 1000..=9999, number] => {
            Some((Date::from_calendar_date(year, month(number)?, 1).ok()?, next_month(year, month(number)?)?))
        }
        [year @ 1000..=9999, number, day] => {
            let day = Date::from_calendar_date(year, month(number)?, u8::try_from(day).ok()?).ok()?;
            Some((day, day.next_day()?))
        }
        _ => None,
    }
}

fn year(year: i32) -> Option<(Date, Date)> {
    Some((
        Date::from_calendar_date(year, Month::January, 1).ok()?,
        Date::from_calendar_date(year + 1, Month::January, 1).ok()?,
    ))
}

fn next_month(year: i32, month: Month) -> Option<Date> {
    let year = if month == Month::December { year + 1 } else { year };
    Date::from_calendar_date(year, month.next(), 1).ok()
}

fn local_date(at: Timestamp, utc_offset: i32) -> Option<Date> {
    let local = at.plus_seconds(i64::from(utc_offset) * 60);
    OffsetDateTime::from_unix_timestamp(local.0.div_euclid(1000)).ok().map(OffsetDateTime::date)
}

/// The start of a day.
fn day_start(day: Date, utc_offset: i32) -> Option<Timestamp> {
    let local = day.with_time(Time::MIDNIGHT).assume_utc().unix_timestamp();
    Some(Timestamp(local.checked_sub(i64::from(utc_offset) * 60)?.checked_mul(1000)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_dates_in_the_time_zone_of_the_viewer() {
        let now = Timestamp::parse_rfc3339("2026-11-21T23:30:00Z").unwrap();
        let at = |text| Timestamp::parse_rfc3339(text).unwrap();
        for (text, offset, from, to) in [
            ("2026-11-20", 0, "2026-11-20T00:00:00Z", "2026-11-21T00:00:00Z"),
            ("2026/11/20", 60, "2026-11-19T23:00:00Z", "2026-11-20T23:00:00Z"),
            ("today", 60, "2026-11-21T23:00:00Z", "2026-11-22T23:00:00Z"),
            ("yesterday", -480, "2026-11-20T08:00:00Z", "2026-11-21T08:00:00Z"),
            ("2026-12", 0, "2026-12-01T00:00:00Z", "2027-01-01T00:00:00Z"),
            ("2025", 0, "2025-01-01T00:00:00Z", "2026-01-01T00:00:00Z"),
            ("week", 0, "2026-11-15T00:00:00Z", "2026-11-22T00:00:00Z"),
            ("month", 0, "2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z"),
            ("3d", 0, "2026-11-18T00:00:00Z", "2026-11-19T00:00:00Z"),
        ] {
            assert_eq!(parse_range(text, now, offset), Some((at(from), at(to))), "{text}");
        }
        for invalid in ["", "2026-13", "2026-02-30", "soon", "11", "-1d", "99999999999"] {
            assert_eq!(parse_range(invalid, now, 0), None, "{invalid}");
        }
    }
}
