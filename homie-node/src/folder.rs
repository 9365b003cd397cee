//! What holders leave in their folders, read by the node: what was started, how it ended, and the folder's own end.

use std::io::ErrorKind;
use std::path::Path;
use std::time::Duration;

use homie_holder::record::{EXIT, RECORD, SOCKET};
use homie_holder::{ExitRecord, LastScreen, Record};
use serde::de::DeserializeOwned;
use tokio::fs;
use tokio::net::UnixStream;
use tokio::task::spawn_blocking;

/// Bytes of a record: a long command with much room. A longer file is none of ours.
const RECORD_MOST: u64 = 8 * 1024 * 1024;

/// A folder without a record that is younger may belong to a holder that is just starting.
pub(crate) const SETTLED_AFTER: Duration = Duration::from_secs(10);

/// What was started; `None` if the folder does not say.
pub(crate) async fn record(folder: &Path) -> Option<Record> {
    read(&folder.join(RECORD)).await
}

/// How it ended; `None` if that was never written down.
pub(crate) async fn exit(folder: &Path) -> Option<ExitRecord> {
    read(&folder.join(EXIT)).await
}

/// What it showed last; `None` if that was never written down.
pub(crate) async fn screen(folder: &Path) -> Option<LastScreen> {
    let folder = folder.to_owned();
    spawn_blocking(move || LastScreen::read(&folder)).await.ok()?
}

/// Whether no holder listens there any more.
pub(crate) async fn is_left(folder: &Path) -> bool {
    match UnixStream::connect(folder.join(SOCKET)).await {
        Ok(_) => false,
        Err(error) => matches!(error.kind(), ErrorKind::NotFound | ErrorKind::ConnectionRefused),
    }
}

/// Removes the folder of a session that nobody will ask for again, unless its holder still listens there.
pub(crate) async fn put_away(folder: &Path) {
    if !is_left(folder).await {
        tracing::warn!(folder = %folder.display(), "the holder still listens; its folder stays until the next start");
        return;
    }
    match fs::remove_dir_all(folder).await {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            tracing::warn!(folder = %folder.display(), %error, "a holder's folder could not be removed");
        }
        Ok(()) | Err(_) => {}
    }
}

/// Whether a folder was left alone long enough to be judged.
pub(crate) async fn is_settled(folder: &Path) -> bool {
    let modified = fs::metadata(folder).await.and_then(|found| found.modified());
    modified.is_ok_and(|modified| modified.elapsed().is_ok_and(|age| age > SETTLED_AFTER))
}

async fn read<T: DeserializeOwned>(path: &Path) -> Option<T> {
    if fs::metadata(path).await.ok()?.len() > RECORD_MOST {
        return None;
    }
    let bytes = fs::read(path).await.ok()?;
    serde_json::from_slice(&bytes)
        .inspect_err(|error| tracing::warn!(path = %path.display(), %error, "a holder's record makes no sense"))
        .ok()
}
