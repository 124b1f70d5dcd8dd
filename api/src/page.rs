//! Keyset pages after the Relay rules: `first/after` forward, `last/before` backward, and opaque cursors.
//!
//! Promises: the order of edges is the same in both directions; a page never holds more than
//! [`MAX`] items; a cursor is checked as any other input.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::error::{Error, Result};

/// Items of a page when the caller does not say.
pub const DEFAULT: usize = 50;
/// The most items of a page.
pub const MAX: usize = 100;

/// Which part of an ordered list is wanted. `K` is the key that orders it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<K> {
    /// Only items after this key.
    pub after: Option<K>,
    /// Only items before this key.
    pub before: Option<K>,
    /// At most so many.
    pub limit: usize,
    /// Take them from the end of the range.
    pub backward: bool,
}

/// A part of a list in its order, and whether there is more on either side.
#[derive(Debug, Clone)]
pub struct Slice<T> {
    /// The items, in the order of the list.
    pub items: Vec<T>,
    /// Whether something stands before them.
    pub has_previous: bool,
    /// Whether something stands after them.
    pub has_next: bool,
}

/// A key that can be written into a cursor.
pub trait Key: Sized {
    /// The text inside of the cursor.
    fn write(&self) -> String;
    /// Reads what `write` wrote.
    fn read(text: &str) -> Option<Self>;
}

impl Key for i64 {
    fn write(&self) -> String {
        self.to_string()
    }
    fn read(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

impl Key for String {
    fn write(&self) -> String {
        self.clone()
    }
    fn read(text: &str) -> Option<Self> {
        Some(text.to_owned())
    }
}

/// The opaque text of a cursor.
pub fn cursor(key: &impl Key) -> String {
    URL_SAFE_NO_PAD.encode(format!("1:{}", key.write()))
}

fn read_cursor<K: Key>(field: &'static str, text: &str) -> Result<K> {
    let key = URL_SAFE_NO_PAD.decode(text).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    key.as_deref()
        .and_then(|key| key.strip_prefix("1:"))
        .and_then(K::read)
        .ok_or_else(|| Error::invalid(field, "This is not a cursor of this list."))
}

/// Reads the four Relay arguments.
///
/// # Errors
/// `BAD_USER_INPUT` for a negative or too large size, `first` together with `last`, or a strange cursor.
pub fn page<K: Key>(
    first: Option<i32>,
    after: Option<&str>,
    last: Option<i32>,
    before: Option<&str>,
) -> Result<Page<K>> {
    if first.is_some() && last.is_some() {
        return Err(Error::invalid("last", "Give either first or last."));
    }
    let backward = last.is_some() || (first.is_none() && before.is_some() && after.is_none());
    Ok(Page {
        after: after.map(|text| read_cursor("after", text)).transpose()?,
        before: before.map(|text| read_cursor("before", text)).transpose()?,
        limit: size(if last.is_some() { "last" } else { "first" }, last.or(first))?,
        backward,
    })
}

/// Reads the size of a page.
///
/// # Errors
/// `BAD_USER_INPUT` beyond 0 to [`MAX`].
pub fn size(field: &'static str, wanted: Option<i32>) -> Result<usize> {
    match wanted {
        None => Ok(DEFAULT),
        Some(n) => usize::try_from(n)
            .ok()
            .filter(|n| *n <= MAX)
            .ok_or_else(|| Error::invalid(field, format!("A page has from 0 to {MAX} items."))),
    }
}

impl<K> Page<K> {
    /// Cuts what a query for `limit + 1` items in reading direction returned (backward: newest first).
    pub fn cut<T>(&self, mut items: Vec<T>) -> Slice<T> {
        let more = items.len() > self.limit;
        items.truncate(self.limit);
        if self.backward {
            items.reverse();
        }
        Slice {
            items,
            has_previous: if self.backward { more } else { self.after.is_some() },
            has_next: if self.backward { self.before.is_some() } else { more },
        }
    }
}

/// The page of a list that is in memory and sorted by its key.
pub fn of_sorted<E, K: Ord, T>(
    sorted: Vec<E>,
    page: &Page<K>,
    key: impl Fn(&E) -> &K,
    item: impl Fn(&E) -> T,
) -> Slice<T> {
    let start = page.after.as_ref().map_or(0, |after| sorted.partition_point(|one| key(one) <= after));
    let end = page.before.as_ref().map_or(sorted.len(), |before| sorted.partition_point(|one| key(one) < before));
    let range = sorted.get(start..end.max(start)).unwrap_or_default();
    let (from, to) = if page.backward {
        (range.len().saturating_sub(page.limit), range.len())
    } else {
        (0, range.len().min(page.limit))
    };
    Slice {
        items: range.get(from..to).unwrap_or_default().iter().map(item).collect(),
        has_previous: start + from > 0,
        has_next: start + to < sorted.len(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_back_and_a_strange_one_is_refused() {
        let page: Page<i64> = page(Some(3), Some(&cursor(&41_i64)), None, None).unwrap();
        assert_eq!((page.after, page.limit, page.backward), (Some(41), 3, false));
        for wrong in ["", "41", "MTo", "////"] {
            assert!(super::page::<i64>(None, Some(wrong), None, None).is_err(), "{wrong}");
        }
    }

    #[test]
    fn both_directions_give_the_same_order() {
        let forward: Page<i64> = page(Some(2), None, None, None).unwrap();
        assert_eq!(forward.cut(vec![1, 2, 3]).items, [1, 2]);
        let backward: Page<i64> = page(None, None, Some(2), None).unwrap();
        let slice = backward.cut(vec![3, 2, 1]);
        assert_eq!((slice.items, slice.has_previous, slice.has_next), (vec![2, 3], true, false));
    }

    #[test]
    fn sizes_have_bounds() {
        assert!(page::<i64>(Some(-1), None, None, None).is_err());
        assert!(page::<i64>(Some(101), None, None, None).is_err());
        assert!(page::<i64>(Some(1), None, Some(1), None).is_err());
        assert_eq!(page::<i64>(None, None, None, None).unwrap().limit, DEFAULT);
    }
}
