//! Who takes part: the members of a channel who write a language, and a weighted random choice among them.

use rand::RngExt;
use rand::rngs::Xoshiro256PlusPlus;

use crate::organization::{Channel, Organization};

/// Picks an item at random, by weight.
pub fn pick<T>(rng: &mut Xoshiro256PlusPlus, from: impl Iterator<Item = T>, weight: impl Fn(&T) -> f64) -> Option<T> {
    let items: Vec<(f64, T)> = from.map(|item| (weight(&item), item)).collect();
    let total: f64 = items.iter().map(|(weight, _)| weight).sum();
    if total <= 0.0 {
        return None;
    }
    let mut at = rng.random_range(0.0..total);
    let mut items = items.into_iter().filter(|(weight, _)| *weight > 0.0);
    items.find_map(|(weight, item)| {
        at -= weight;
        (at < 0.0).then_some(item)
    })
}

/// The members of a channel who write a language.
pub fn speakers<'a>(
    organization: &'a Organization,
    channel: &'a Channel,
    language: &'a str,
) -> impl Iterator<Item = usize> + 'a {
    let speaks = move |number: &usize| {
        let languages = &organization.members[*number].languages;
        language == "en" || languages.iter().any(|one| one == language)
    };
    channel.members.iter().copied().filter(speaks)
}
