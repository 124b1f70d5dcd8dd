//! The stored form of events.

use super::*;

#[test]
fn kind_matches_the_stored_name() {
    let skeleton =
        Skeleton::ReactionAdded { message_id: MessageId::mint(), channel_id: ChannelId::mint(), emoji: "👍".into() };
    let json = serde_json::to_value(&skeleton).unwrap();
    assert_eq!(json["kind"], skeleton.kind());
    assert_eq!(serde_json::from_value::<Skeleton>(json).unwrap(), skeleton);
    assert!(serde_json::from_str::<Skeleton>(r#"{"kind":"from_the_future"}"#).is_err());
}

#[test]
fn serializes_an_erased_body_as_empty_json() {
    assert_eq!(serde_json::to_string(&Body::default()).unwrap(), "{}");
    assert!(!Body::text("").is_empty());
}
