//! Which of its ways a client takes: straight where that leads there, and through others where it does not (docs/adr/0012).
//!
//! What is said of a way round about is never the last word: whoever stands there could say anything.

use std::time::Duration;

use homie_protocol::code::{Code, Refusal};
use homie_protocol::limits::HELLO_MS;
use tokio::time::timeout;

use super::dial::{Greeted, dial, is_final};
use super::{Config, Detour};

/// How long a way may take while there is another. A machine that is there answers in less.
const OPENS_WITHIN: Duration = Duration::from_millis(2_500);

/// How long the last one may take.
const GREETED_WITHIN: Duration = Duration::from_millis(HELLO_MS);

/// Greets on the first way that leads there. What is told if none does is the story of the first one.
pub(super) async fn greeted(config: &Config) -> Result<Greeted, Refusal> {
    let limit = |is_last| if is_last { GREETED_WITHIN } else { OPENS_WITHIN };
    let late = |_| Err(Refusal::new(Code::Timeout, "the server did not greet within 5 seconds"));
    let straight = timeout(limit(config.detours.is_empty()), dial(config, None)).await.unwrap_or_else(late);
    let refusal = match straight {
        Err(refusal) => refusal,
        greeted => return greeted,
    };
    let left: Vec<_> = config.detours.iter().filter(|way| is_worth_it(way, refusal.code)).collect();
    let mut left = left.into_iter();
    while let Some(way) = left.next() {
        match timeout(limit(left.len() == 0), dial(config, Some(way))).await {
            Ok(Ok(greeted)) => return Ok(greeted),
            Ok(Err(refusal)) => tracing::debug!(%refusal, "a further way leads nowhere"),
            Err(_) => tracing::debug!("a further way takes too long"),
        }
    }
    Err(refusal)
}

/// Whether a way may still lead there. What refuses for good on the first one, a certificate or the tailnet, may have no say
/// at another door of the machine itself; that it does not know the device has.
const fn is_worth_it(way: &Detour, refused: Code) -> bool {
    !is_final(refused) || (way.through.is_none() && !matches!(refused, Code::DeviceUnknown | Code::Version))
}
