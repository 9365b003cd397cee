//! The pump that asks places where somebody says that it is this very machine: in the tailnet, in the settings, on the local network.
//! It may be this one, called by another name; it may lie; or it is a twin, and proves it.

use std::sync::Arc;
use std::time::Duration;

use homie_circuit::client::Web;
use homie_protocol::hello::Signature;
use homie_protocol::methods::start::StartSignature;
use tokio::time::{sleep, timeout};

use super::Twin;
use super::word::{self, Said};
use crate::reach::Atlas;
use crate::tasks::Tasks;

/// How often each is asked.
const ASK_EVERY: Duration = Duration::from_secs(10);

/// How long one may take.
const ANSWERED_WITHIN: Duration = Duration::from_secs(3);

/// Begins to ask.
pub(crate) fn begin(twin: &Arc<Twin>, atlas: Atlas, tasks: &Tasks) {
    tasks.spawn(run(Arc::clone(twin), atlas));
}

async fn run(twin: Arc<Twin>, mut atlas: Atlas) {
    loop {
        for web in atlas.of_this_one().await {
            let _late = timeout(ANSWERED_WITHIN, twin.ask(&web)).await;
        }
        tokio::select! {
            () = sleep(ASK_EVERY) => {}
            () = atlas.changed() => {}
        }
    }
}

impl Twin {
    /// Asks who is there. Whoever is a twin hears it, before anything is done about it here.
    async fn ask(&self, web: &Web) {
        let Some(word) = self.word_of(web, None).await.filter(|word| self.start.is_twin(word)) else { return };
        let signed = self.sign(word.start).map(|signed| signed.sig);
        self.word_of(web, signed).await;
        self.hear(&[word], &format!("at {}", web.authority)).await;
    }

    async fn word_of(&self, web: &Web, sig: Option<Signature>) -> Option<StartSignature> {
        let asked = Said { start: self.id(), sig };
        let answer = web.get(&asked.path()).await.inspect_err(|why| tracing::debug!("{}: {why}", web.authority));
        word::read(&answer.ok()?)
    }
}
