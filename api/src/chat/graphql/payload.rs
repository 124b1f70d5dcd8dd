//! Payloads of mutations on one object: the object, and the sequence number of the event.

/// Defines payloads with a field for the object.
macro_rules! payloads {
    ($field:ident: $type:ty, $field_doc:literal; $($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(async_graphql::SimpleObject)]
        pub struct $name {
            #[doc = $field_doc]
            $field: $type,
            /// The sequence number of the event, or the current end of the log if nothing changed.
            seq: $crate::chat::graphql::scalar::Position,
        }

        impl $name {
            /// Creates the payload from the object after the command.
            fn new(($field, seq): ($type, $crate::chat::graphql::scalar::Position)) -> Self {
                Self { $field, seq }
            }
        }
    )*};
}

pub(crate) use payloads;
