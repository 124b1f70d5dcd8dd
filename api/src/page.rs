//! Keyset pages after the Relay rules: `first/after` forward, `last/before` backward, and opaque cursors.
//!
//! Promises: the order of edges is the same in both directions; a page never holds more than
//! [`MAX`] items; a cursor is checked as any other input.

use std::ops::Bound::{Excluded, Included, Unbounded};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use imbl::OrdMap;

use crate::error::{Error, Result};

/// Items of a page when the caller does not say.
pub const DEFAULT: usize = 50;
/// The most items of a page.
pub const MAX: usize = 100;
/// Bytes of the texts of a page. One that would have more ends early: there is more, and its cursors go on from there.
pub const BYTES: usize = 2 * 1024 * 1024;

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

impl<T> Slice<T> {
    /// The same part of the list, of what its items are turned into.
    pub fn map<U>(self, turn: impl FnOnce(Vec<T>) -> Vec<U>) -> Slice<U> {
        Slice { items: turn(self.items), has_previous: self.has_previous, has_next: self.has_next }
    }

    /// The items from where reading begins, as long as they come to at most `most` bytes, and at least one: so no page
    /// is too large to be had.
    #[must_use]
    pub fn within_bytes(mut self, most: usize, backward: bool, bytes: impl Fn(&T) -> usize) -> Self {
        let mut sum = 0;
        let fits = |item: &&T| {
            sum += bytes(item);
            sum <= most
        };
        let kept = match backward {
            true => self.items.iter().rev().take_while(fits).count(),
            false => self.items.iter().take_while(fits).count(),
        };
        let kept = kept.max(1).min(self.items.len());
        if kept == self.items.len() {
            return self;
        }
        match backward {
            true => {
                drop(self.items.drain(..self.items.len() - kept));
                self.has_previous = true;
            }
            false => {
                self.items.truncate(kept);
                self.has_next = true;
            }
        }
        self
    }
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

/// The page of a list that is in memory and in order, of the items that `take` keeps, each with its key. It looks at those from the cursor
/// on until the page is full, and at others only to find whether there are any.
///
/// # Errors
/// Those of `take`.
pub fn of_ordered<V: Clone, T>(
    order: &OrdMap<String, V>,
    page: &Page<String>,
    mut take: impl FnMut(&V) -> Result<Option<T>>,
) -> Result<Slice<(String, T)>> {
    let (after, before) = (page.after.as_deref(), page.before.as_deref());
    let from = after.map_or(Unbounded, Excluded);
    let to = before.map_or(Unbounded, Excluded);
    let is_empty = matches!((after, before), (Some(after), Some(before)) if after >= before);
    let range = order.range::<_, str>((from, if is_empty { from } else { to })).filter(|_| !is_empty);
    let taken = match page.backward {
        true => {
            let mut taken = first_of(range.rev(), page.limit, &mut take)?;
            taken.reverse();
            taken
        }
        false => first_of(range, page.limit, &mut take)?,
    };
    let ends = taken.first().zip(taken.last()).map(|((first, _), (last, _))| (first.as_str(), last.as_str()));
    let (up_to, on_from) = match (ends, after) {
        (Some((first, last)), _) => (Some(Excluded(first)), Excluded(last)),
        (None, Some(after)) => (Some(Included(after)), Excluded(after)),
        (None, None) => (None, Unbounded),
    };
    let previous = up_to.map(|up_to| first_of(order.range::<_, str>((Unbounded, up_to)).rev(), 1, &mut take));
    let has_previous = previous.transpose()?.is_some_and(|found| !found.is_empty());
    let has_next = !first_of(order.range::<_, str>((on_from, Unbounded)), 1, &mut take)?.is_empty();
    let items = taken.into_iter().map(|(key, item)| (key.clone(), item)).collect();
    Ok(Slice { items, has_previous, has_next })
}

/// The page of a list that was put together for it: each item with the key that orders it.
///
/// # Errors
/// None; see [`of_ordered`].
pub fn of_found<T: Clone>(
    found: impl IntoIterator<Item = (String, T)>,
    page: &Page<String>,
) -> Result<Slice<(String, T)>> {
    of_ordered(&found.into_iter().collect(), page, |item: &T| Ok(Some(item.clone())))
}

/// The first items that are kept, up to a number, with their keys.
fn first_of<'a, V: 'a, T>(
    entries: impl Iterator<Item = (&'a String, &'a V)>,
    limit: usize,
    take: &mut impl FnMut(&V) -> Result<Option<T>>,
) -> Result<Vec<(&'a String, T)>> {
    let mut found = Vec::new();
    for (key, value) in entries {
        if found.len() == limit {
            break;
        }
        found.extend(take(value)?.map(|item| (key, item)));
    }
    Ok(found)
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

    /// All pages of a list of which the odd ones are kept, with how many entries were looked at.
    fn of_odd(order: &OrdMap<String, usize>, page: &Page<String>) -> (Slice<usize>, usize) {
        let mut looked_at = 0;
        let odd = |number: &usize| {
            looked_at += 1;
            Ok((number % 2 == 1).then_some(*number))
        };
        let slice = of_ordered(order, page, odd).unwrap();
        (slice.map(|items| items.into_iter().map(|(_, number)| number).collect()), looked_at)
    }

    #[test]
    fn pages_of_an_ordered_list_follow_each_other() {
        let order: OrdMap<String, usize> = (0..1_000_usize).map(|number| (format!("{number:04}"), number)).collect();
        let page = |after: Option<&str>, before: Option<&str>, limit, backward| Page {
            after: after.map(str::to_owned),
            before: before.map(str::to_owned),
            limit,
            backward,
        };
        let told = |page: &Page<String>| {
            let (slice, _) = of_odd(&order, page);
            (slice.items, slice.has_previous, slice.has_next)
        };
        assert_eq!(told(&page(None, None, 2, false)), (vec![1, 3], false, true));
        assert_eq!(told(&page(Some("0003"), None, 2, false)), (vec![5, 7], true, true));
        assert_eq!(told(&page(Some("0996"), None, 5, false)), (vec![997, 999], true, false));
        assert_eq!(told(&page(None, None, 2, true)), (vec![997, 999], true, false));
        assert_eq!(told(&page(None, Some("0005"), 9, true)), (vec![1, 3], false, true));
        assert_eq!(told(&page(Some("0003"), Some("0009"), 9, false)), (vec![5, 7], true, true));
        assert_eq!(told(&page(Some("0009"), Some("0003"), 9, false)), (vec![], true, true));
        assert_eq!(told(&page(Some("0999"), None, 9, false)), (vec![], true, false));
        assert_eq!(told(&page(None, Some("0000"), 9, true)), (vec![], false, true));
        // A page in the middle looks at itself, at one before it and at one after.
        let (_, looked_at) = of_odd(&order, &page(Some("0500"), None, 10, false));
        assert!(looked_at <= 2 * 10 + 4, "{looked_at}");
    }

    #[test]
    fn a_page_ends_where_it_has_enough_bytes() {
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
