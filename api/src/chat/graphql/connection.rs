//! Connections according to the Relay specification.

/// Defines a connection and its edges. Invoked beside the type of the nodes.
macro_rules! connections {
    ($(#[$doc:meta])* $connection:ident of $(#[$edge_doc:meta])* $edge:ident of $node:ident;) => {
        $(#[$doc])*
        #[derive(async_graphql::SimpleObject)]
        pub struct $connection {
            /// The items with their cursors.
            edges: Vec<$edge>,
            /// The items without cursors.
            nodes: Vec<$node>,
            /// Pagination information.
            page_info: async_graphql::connection::PageInfo,
        }

        $(#[$edge_doc])*
        #[derive(async_graphql::SimpleObject)]
        pub struct $edge {
            /// An opaque cursor for use with `after` and `before`.
            cursor: String,
            /// The item.
            node: $node,
        }

        impl $connection {
            /// Creates a connection from a slice of a list, with functions that return the cursor and the node of an
            /// item.
            pub fn new<T>(
                slice: $crate::ground::page::Slice<T>,
                cursor: impl Fn(&T) -> String,
                node: impl FnMut(T) -> $node,
            ) -> Self {
                let cursors: Vec<String> = slice.items.iter().map(cursor).collect();
                let nodes: Vec<$node> = slice.items.into_iter().map(node).collect();
                let page_info = async_graphql::connection::PageInfo {
                    has_previous_page: slice.has_previous,
                    has_next_page: slice.has_next,
                    start_cursor: cursors.first().cloned(),
                    end_cursor: cursors.last().cloned(),
                };
                let edges = cursors.into_iter().zip(nodes.iter().cloned()).map(|(cursor, node)| $edge { cursor, node });
                Self { edges: edges.collect(), nodes, page_info }
            }
        }
    };
}

pub(crate) use connections;
