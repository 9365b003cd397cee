//! What can go wrong with the database.

use homie_trust::TrustError;

/// Why something is not kept, or cannot be told.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreError {
    /// A later Homie has written it. Nothing of it is touched.
    #[error(
        "node.db was written by a newer Homie (its version is {found}, this one knows {ours}): install that one again, or \
         move node.db away to begin a new history"
    )]
    Newer {
        /// Its version.
        found: i64,
        /// The last we know.
        ours: i64,
    },
    /// The file is not ours alone, or could not be made.
    #[error(transparent)]
    File(#[from] TrustError),
    /// The database says why.
    #[error("the history cannot be used: {0}")]
    Database(#[from] rusqlite::Error),
    /// A value in it makes no sense.
    #[error("the history has a row that makes no sense: {0}")]
    Row(#[from] serde_json::Error),
}
