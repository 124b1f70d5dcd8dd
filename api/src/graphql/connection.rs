//! Pages as the schema has them, after the Relay rules.

use async_graphql::SimpleObject;
use async_graphql::connection::PageInfo;

use crate::channel::graphql::Channel;
use crate::file::graphql::File;
use crate::member::graphql::Member;
use crate::message::graphql::Message;
use crate::notification::graphql::Notification;
use crate::page::Slice;

macro_rules! connections {
    ($($(#[$doc:meta])* $connection:ident of $(#[$edge_doc:meta])* $edge:ident of $node:ident;)*) => {$(
        $(#[$doc])*
        #[derive(SimpleObject)]
        pub struct $connection {
            /// The items with their cursors, in the order of the list.
            edges: Vec<$edge>,
            /// The items alone.
            nodes: Vec<$node>,
            /// Whether there is more on either side.
            page_info: PageInfo,
        }

        $(#[$edge_doc])*
        #[derive(SimpleObject)]
        pub struct $edge {
            /// Where the item stands, for `after` and `before`. Opaque.
            cursor: String,
            /// The item.
            node: $node,
        }

        impl $connection {
            /// From a slice of a list, with what makes a cursor and an item of each.
            pub fn new<T>(slice: Slice<T>, cursor: impl Fn(&T) -> String, node: impl FnMut(T) -> $node) -> Self {
                let cursors: Vec<String> = slice.items.iter().map(cursor).collect();
                let nodes: Vec<$node> = slice.items.into_iter().map(node).collect();
                let page_info = PageInfo {
                    has_previous_page: slice.has_previous,
                    has_next_page: slice.has_next,
                    start_cursor: cursors.first().cloned(),
                    end_cursor: cursors.last().cloned(),
                };
                let edges = cursors.into_iter().zip(nodes.iter().cloned()).map(|(cursor, node)| $edge { cursor, node });
                Self { edges: edges.collect(), nodes, page_info }
            }
        }
    )*};
}

connections! {
    /// A page of channels.
    ChannelConnection of
    /// A channel in a page.
    ChannelEdge of Channel;
    /// A page of files.
    FileConnection of
    /// A file in a page.
    FileEdge of File;
    /// A page of members.
    MemberConnection of
    /// A member in a page.
    MemberEdge of Member;
    /// A page of messages.
    MessageConnection of
    /// A message in a page.
    MessageEdge of Message;
    /// A page of notifications.
    NotificationConnection of
    /// A notification in a page.
    NotificationEdge of Notification;
}
