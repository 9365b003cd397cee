//! The page: a table of files that `build.rs` has put into the program. What is not in the table does not exist.

use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;

mod embedded {
    use super::Asset;

    include!(concat!(env!("OUT_DIR"), "/page.rs"));
}

/// A file of the page.
#[derive(Debug, Clone, Copy)]
pub struct Asset {
    /// Its path as it stands in a request, for example `/assets/index-1a2b.js`.
    pub path: &'static str,
    /// Its content type.
    pub content_type: &'static str,
    /// Its bytes.
    pub bytes: &'static [u8],
}

/// The files of the page.
#[derive(Debug, Clone, Copy)]
pub struct Page(&'static [Asset]);

const MISSING: &str =
    "This build of Homie has no page in it. Run `npm run build --workspace web`, then build Homie again.\n";

impl Page {
    /// Those in the program.
    pub const fn embedded() -> Self {
        Self(embedded::FILES)
    }

    /// Other files, for tests.
    pub const fn of(files: &'static [Asset]) -> Self {
        Self(files)
    }

    /// The answer to a path, which must be a file's, byte for byte. `/` is the page itself.
    pub(crate) fn answer(self, path: &str) -> Response {
        let path = if path == "/" { "/index.html" } else { path };
        match self.0.iter().find(|asset| asset.path == path) {
            Some(asset) => asset.answer(),
            None if self.0.is_empty() && path == "/index.html" => {
                (StatusCode::SERVICE_UNAVAILABLE, MISSING).into_response()
            }
            None => (StatusCode::NOT_FOUND, "There is nothing here.\n").into_response(),
        }
    }
}

impl Asset {
    fn answer(&self) -> Response {
        let mut response = Response::new(Body::from(Bytes::from_static(self.bytes)));
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(self.content_type));
        response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static(self.caching()));
        response
    }

    /// The build puts a hash of the content into the names below `/assets/`, and nowhere else.
    fn caching(&self) -> &'static str {
        if self.path.starts_with("/assets/") { "public, max-age=31536000, immutable" } else { "no-cache" }
    }
}
