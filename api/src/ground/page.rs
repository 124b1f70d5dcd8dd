//! Keyset pagination according to the Relay specification: `first` and `after` forwards, `last` and `before` backwards,
//! with opaque cursors.
//!
//! - The order of edges is the same in both directions.
//! - A page has at most [`MAX`] items.
//! - Cursors are validated like any other input.

use std::collections::BTreeMap;
use std::ops::Bound::{Excluded, Included, Unbounded};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use imbl::OrdMap;

use crate::ground::error::{Error, Result};

/// Default page size.
pub const DEFAULT: usize = 50;
/// Maximum page size.
pub const MAX: usize = 100;
/// Maximum size of the texts of a page, in bytes. A page that would exceed it ends early, and its cursors continue from
/// there.
pub const BYTES: usize = 2 * 1024 * 1024;

/// A range of an ordered list. `K` is the key of its order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<K> {
    /// Only items after this key.
    pub after: Option<K>,
    /// Only items before this key.
    pub before: Option<K>,
    /// Maximum number of items.
    pub limit: usize,
    /// Whether to take the items from the end of the range.
    pub backward: bool,
}

/// A range of items, and whether the list continues on either side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slice<T> {
    /// The items in the order of the list.
    pub items: Vec<T>,
    /// Whether there are items before them.
    pub has_previous: bool,
    /// Whether there are items after them.
    pub has_next: bool,
}

impl<T> Slice<T> {
    /// Converts the items and keeps the bounds.
    pub fn map<U>(self, convert: impl FnOnce(Vec<T>) -> Vec<U>) -> Slice<U> {
        Slice { items: convert(self.items), has_previous: self.has_previous, has_next: self.has_next }
    }

    /// Truncates the slice in reading direction to at most `most` bytes, but at least one item, so that every page can
    /// be loaded.
    #[must_use]
    pub fn within_bytes(mut self, max_bytes: usize, backward: bool, bytes: impl Fn(&T) -> usize) -> Self {
        let mut sum = 0;
        let fits = |item: &&T| {
            sum += bytes(item);
            sum <= max_bytes
        };
        let count = match backward {
            true => self.items.iter().rev().take_while(fits).count(),
            false => self.items.iter().take_while(fits).count(),
        };
        let count = count.max(1).min(self.items.len());
        if count == self.items.len() {
            return self;
        }
        match backward {
            true => {
                drop(self.items.drain(..self.items.len() - count));
                self.has_previous = true;
            }
            false => {
                self.items.truncate(count);
                self.has_next = true;
            }
        }
        self
    }
}

/// A key that can be encoded in a cursor.
pub trait Key: Sized {
    /// The text inside the cursor.
    fn write(&self) -> String;
    /// Parses the result of `write`.
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

/// Encodes a cursor.
pub fn cursor(key: &impl Key) -> String {
    URL_SAFE_NO_PAD.encode(format!("1:{}", key.write()))
}

fn read_cursor<K: Key>(field: &'static str, text: &str) -> Result<K> {
    let key = URL_SAFE_NO_PAD.decode(text).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    key.as_deref()
        .and_then(|key| key.strip_prefix("1:"))
        .and_then(K::read)
        .ok_or_else(|| Error::invalid(field, "Invalid cursor. Use a cursor returned for this list."))
}

/// Parses the four Relay arguments.
///
/// # Errors
/// `BAD_USER_INPUT` for an invalid size or cursor, or `first` together with `last`.
pub fn page<K: Key>(
    first: Option<i32>,
    after: Option<&str>,
    last: Option<i32>,
    before: Option<&str>,
) -> Result<Page<K>> {
    if first.is_some() && last.is_some() {
        return Err(Error::invalid("last", "first and last cannot be combined."));
    }
    let backward = last.is_some() || (first.is_none() && before.is_some() && after.is_none());
    Ok(Page {
        after: after.map(|text| read_cursor("after", text)).transpose()?,
        before: before.map(|text| read_cursor("before", text)).transpose()?,
        limit: size(if last.is_some() { "last" } else { "first" }, last.or(first))?,
        backward,
    })
}

/// Parses a page size. Defaults to [`DEFAULT`].
///
/// # Errors
/// `BAD_USER_INPUT` outside of 0 to [`MAX`].
pub fn size(field: &'static str, requested: Option<i32>) -> Result<usize> {
    match requested {
        None => Ok(DEFAULT),
        Some(n) => usize::try_from(n)
            .ok()
            .filter(|n| *n <= MAX)
            .ok_or_else(|| Error::invalid(field, format!("Invalid page size: expected 0 to {MAX}."))),
    }
}

impl<K> Page<K> {
    /// Converts the result of a query for `limit + 1` items in reading direction (backwards: newest first).
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

/// A page of an ordered list in memory, with the items that `take` returns and their keys. Visits entries from the
/// cursor until the page is full, and others only to determine whether there are more.
///
/// # Errors
/// The errors of `take`.
pub fn from_ordered<V: Clone, T, E>(
    order: &OrdMap<String, V>,
    page: &Page<String>,
    mut take: impl FnMut(&V) -> Result<Option<T>, E>,
) -> Result<Slice<(String, T)>, E> {
    let (after, before) = (page.after.as_deref(), page.before.as_deref());
    let from = after.map_or(Unbounded, Excluded);
    let to = before.map_or(Unbounded, Excluded);
    let is_empty = matches!((after, before), (Some(after), Some(before)) if after >= before);
    let range = order.range::<_, str>((from, if is_empty { from } else { to })).filter(|_| !is_empty);
    let selected = match page.backward {
        true => {
            let mut selected = first_of(range.rev(), page.limit, &mut take)?;
            selected.reverse();
            selected
        }
        false => first_of(range, page.limit, &mut take)?,
    };
    let ends = selected.first().zip(selected.last()).map(|((first, _), (last, _))| (first.as_str(), last.as_str()));
    let (up_to, on_from) = match (ends, after) {
        (Some((first, last)), _) => (Some(Excluded(first)), Excluded(last)),
        (None, Some(after)) => (Some(Included(after)), Excluded(after)),
        (None, None) => (None, Unbounded),
    };
    let previous = up_to.map(|up_to| first_of(order.range::<_, str>((Unbounded, up_to)).rev(), 1, &mut take));
    let has_previous = previous.transpose()?.is_some_and(|others| !others.is_empty());
    let has_next = !first_of(order.range::<_, str>((on_from, Unbounded)), 1, &mut take)?.is_empty();
    let items = selected.into_iter().map(|(key, item)| (key.clone(), item)).collect();
    Ok(Slice { items, has_previous, has_next })
}

/// The same page of items in any order, each with its key, which is unique. Keeps no more items than the page has.
///
/// # Errors
/// The errors of the items.
pub fn from_unordered<T>(
    items: impl IntoIterator<Item = Result<(String, T)>>,
    page: &Page<String>,
) -> Result<Slice<(String, T)>> {
    let (after, before) = (page.after.as_deref(), page.before.as_deref());
    // An empty page lies at the start of its range, as in `from_ordered`.
    let is_backward = page.backward && page.limit > 0;
    let mut kept = BTreeMap::new();
    let (mut has_previous, mut has_next) = (false, false);
    for item in items {
        let (key, item) = item?;
        if after.is_some_and(|after| *key <= *after) {
            has_previous = true;
        } else if before.is_some_and(|before| *key >= *before) {
            has_next = true;
        } else {
            kept.insert(key, item);
        }
        if kept.len() > page.limit {
            match is_backward {
                true => {
                    kept.pop_first();
                    has_previous = true;
                }
                false => {
                    kept.pop_last();
                    has_next = true;
                }
            }
        }
    }
    Ok(Slice { items: kept.into_iter().collect(), has_previous, has_next })
}

/// The first items that `take` returns, up to `limit`, with their keys.
fn first_of<'a, V: 'a, T, E>(
    entries: impl Iterator<Item = (&'a String, &'a V)>,
    limit: usize,
    take: &mut impl FnMut(&V) -> Result<Option<T>, E>,
) -> Result<Vec<(&'a String, T)>, E> {
    let mut items = Vec::new();
    for (key, value) in entries {
        if items.len() == limit {
            break;
        }
        items.extend(take(value)?.map(|item| (key, item)));
    }
    Ok(items)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decodes_cursors_and_rejects_others() {
        let page: Page<i64> = page(Some(3), Some(&cursor(&41_i64)), None, None).unwrap();
        assert_eq!((page.after, page.limit, page.backward), (Some(41), 3, false));
        for invalid in ["", "41", "MTo", "////"] {
            assert!(super::page::<i64>(None, Some(invalid), None, None).is_err(), "{invalid}");
        }
    }

    #[test]
    fn returns_the_same_order_in_both_directions() {
        let forward: Page<i64> = page(Some(2), None, None, None).unwrap();
        assert_eq!(forward.cut(vec![1, 2, 3]).items, [1, 2]);
        let backward: Page<i64> = page(None, None, Some(2), None).unwrap();
        let slice = backward.cut(vec![3, 2, 1]);
        assert_eq!((slice.items, slice.has_previous, slice.has_next), (vec![2, 3], true, false));
    }

    #[test]
    fn rejects_page_sizes_out_of_bounds() {
        assert!(page::<i64>(Some(-1), None, None, None).is_err());
        assert!(page::<i64>(Some(101), None, None, None).is_err());
        assert!(page::<i64>(Some(1), None, Some(1), None).is_err());
        assert_eq!(page::<i64>(None, None, None, None).unwrap().limit, DEFAULT);
    }

    /// The odd items, not in their order.
    fn odd_items(order: &OrdMap<String, usize>) -> Vec<Result<(String, usize)>> {
        let odd = order.iter().filter(|(_, number)| *number % 2 == 1);
        let mut items: Vec<_> = odd.map(|(key, number)| Ok((key.clone(), *number))).collect();
        let third = items.len() / 3;
        items.rotate_left(third);
        items
    }

    /// The odd items of a page, with the number of visited entries. Both kinds of lists give the same page.
    fn odd_page(order: &OrdMap<String, usize>, page: &Page<String>) -> (Slice<usize>, usize) {
        let mut visited = 0;
        let odd = |number: &usize| {
            visited += 1;
            Ok::<_, Error>((number % 2 == 1).then_some(*number))
        };
        let slice = from_ordered(order, page, odd).unwrap();
        assert_eq!(from_unordered(odd_items(order), page).unwrap(), slice, "{page:?}");
        (slice.map(|items| items.into_iter().map(|(_, number)| number).collect()), visited)
    }

    #[test]
    fn paginates_an_ordered_list_in_both_directions() {
        let order: OrdMap<String, usize> = (0..1_000_usize).map(|number| (format!("{number:04}"), number)).collect();
        let page = |after: Option<&str>, before: Option<&str>, limit, backward| Page {
            after: after.map(str::to_owned),
            before: before.map(str::to_owned),
            limit,
            backward,
        };
        let result = |page: &Page<String>| {
            let (slice, _) = odd_page(&order, page);
            (slice.items, slice.has_previous, slice.has_next)
        };
        assert_eq!(result(&page(None, None, 2, false)), (vec![1, 3], false, true));
        assert_eq!(result(&page(Some("0003"), None, 2, false)), (vec![5, 7], true, true));
        assert_eq!(result(&page(Some("0996"), None, 5, false)), (vec![997, 999], true, false));
        assert_eq!(result(&page(None, None, 2, true)), (vec![997, 999], true, false));
        assert_eq!(result(&page(None, Some("0005"), 9, true)), (vec![1, 3], false, true));
        assert_eq!(result(&page(Some("0003"), Some("0009"), 9, false)), (vec![5, 7], true, true));
        assert_eq!(result(&page(Some("0009"), Some("0003"), 9, false)), (vec![], true, true));
        assert_eq!(result(&page(Some("0999"), None, 9, false)), (vec![], true, false));
        assert_eq!(result(&page(None, Some("0000"), 9, true)), (vec![], false, true));
        for backward in [false, true] {
            assert_eq!(result(&page(Some("0003"), None, 0, backward)), (vec![], true, true));
            assert_eq!(result(&page(None, None, 0, backward)), (vec![], false, true));
        }
        // A page in the middle visits its own entries, one before and one after.
        let (_, visited) = odd_page(&order, &page(Some("0500"), None, 10, false));
        assert!(visited <= 2 * 10 + 4, "{visited}");
    }

    #[test]
    fn truncates_a_page_at_the_byte_limit() {
        let slice = |items: Vec<usize>| Slice { items, has_previous: false, has_next: false };
        let half = BYTES / 2;
        let forward = slice(vec![half, half, 1]).within_bytes(BYTES, false, |bytes| *bytes);
        assert_eq!((forward.items, forward.has_previous, forward.has_next), (vec![half, half], false, true));
        let backward = slice(vec![1, half, half]).within_bytes(BYTES, true, |bytes| *bytes);
        assert_eq!((backward.items, backward.has_previous, backward.has_next), (vec![half, half], true, false));
        assert_eq!(slice(vec![BYTES + 1, 1]).within_bytes(BYTES, false, |bytes| *bytes).items, [BYTES + 1]);
        assert!(slice(Vec::new()).within_bytes(BYTES, true, |bytes| *bytes).items.is_empty());
    }
}
