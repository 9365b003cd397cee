//! A fake tailnet in a directory of its own.

use homie_tailnet::LocalApi;
use homie_tailnet::fake::{FakePeer, FakeTailscaled};
use tempfile::TempDir;

pub(crate) struct Net {
    pub(crate) fake: FakeTailscaled,
    pub(crate) api: LocalApi,
    pub(crate) folder: TempDir,
}

/// Machine `gw` with number 1, of nobody; nobody else.
pub(crate) fn net() -> Net {
    let folder = tempfile::tempdir().expect("a directory");
    let fake = FakeTailscaled::start(folder.path().join("ts.sock"), gw()).expect("a fake");
    let api = fake.api();
    Net { fake, api, folder }
}

pub(crate) fn gw() -> FakePeer {
    FakePeer::tagged("tag:gw", "gw", 1)
}

pub(crate) fn alice() -> FakePeer {
    FakePeer::user("alice@example.com", "laptop", 2)
}
