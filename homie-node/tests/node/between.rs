//! Stands between a node and a holder, and breaks what goes through it; both sides live on.

use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};

use tokio::io::copy_bidirectional;
use tokio::net::{UnixListener, UnixStream};
use tokio::task::JoinSet;

/// What goes through, until it is cut.
pub(crate) struct Between {
    links: Arc<Mutex<JoinSet<()>>>,
    _accepting: JoinSet<()>,
}

impl Between {
    /// Takes the place of the socket in a holder's folder. A link that is up already does not come through here.
    pub(crate) fn stand(folder: &Path) -> Self {
        let (door, holder) = (folder.join("sock"), folder.join("real"));
        fs::rename(&door, &holder).unwrap();
        let listener = UnixListener::bind(&door).unwrap();
        let links: Arc<Mutex<JoinSet<()>>> = Arc::default();
        let mut accepting = JoinSet::new();
        let kept = Arc::clone(&links);
        accepting.spawn(async move {
            while let Ok((mut near, _)) = listener.accept().await {
                let mut far = UnixStream::connect(&holder).await.unwrap();
                kept.lock().unwrap().spawn(async move {
                    // Either end may break it.
                    let _ended = copy_bidirectional(&mut near, &mut far).await;
                });
            }
        });
        Self { links, _accepting: accepting }
    }

    /// Breaks every link that is up.
    pub(crate) fn cut(&self) {
        self.links.lock().unwrap().abort_all();
    }
}
