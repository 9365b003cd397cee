//! What is read of sessions without looking at them: search and capture.

use std::sync::Arc;
use std::time::Duration;

use homie_protocol::code::{Code, Refusal};
use homie_protocol::holder::Captured;
use homie_protocol::id::SessionId;
use homie_protocol::methods::session::{CaptureOutput, CaptureParams, Match, SearchOutput, SearchParams, SessionInfo};
use tokio::time::{Instant, timeout_at};

use super::{ANSWERED_WITHIN, SILENT, Service, answered};
use crate::link::{Link, Sought, WishAnswer};

mod hits;

pub(super) use hits::Finds;

/// How long holders may take to search. Whoever looks for something sees what there is then.
const FOUND_WITHIN: Duration = Duration::from_secs(2);

/// Characters of what is looked for.
const TEXT_MOST: usize = 256;

/// Hits in each session that are asked for where nothing is said, and at most.
const LIMIT: u32 = 50;
const LIMIT_MOST: u32 = 200;

/// The link to a holder, or why there is none.
type Reached = Result<Arc<Link>, Refusal>;

/// A session that was asked, or could not be.
type Asked = (SessionId, Result<WishAnswer<Vec<Match>>, Refusal>);

impl Service {
    pub(super) async fn look_for(&self, params: SearchParams) -> Result<SearchOutput, Refusal> {
        let session = params.session;
        let sought = sought(params)?;
        let (links, past) = match session {
            Some(session) => self.one_of_them(session).await?,
            None => (self.shared.sessions.open_all(), self.shared.sessions.all_past()),
        };
        // All are asked before the first is waited for.
        let asked: Vec<Asked> = links
            .into_iter()
            .map(|(session, link)| (session, link.and_then(|link| link.search(sought.clone()))))
            .collect();
        let until = Instant::now() + FOUND_WITHIN;
        let (here, past) = tokio::join!(gather(asked, until), self.look_for_past(past, &sought, until));
        Ok(here.and(past).answer())
    }

    /// The one that is to be searched: its holder, or its last screen.
    async fn one_of_them(&self, session: SessionId) -> Result<(Vec<(SessionId, Reached)>, Vec<SessionInfo>), Refusal> {
        if self.shared.sessions.is_left(session)
            && let Some(info) = self.shared.sessions.left(session).await?
        {
            return Ok((Vec::new(), vec![info]));
        }
        Ok((vec![(session, Ok(self.shared.sessions.open(session)?.1))], Vec::new()))
    }

    pub(super) async fn text_of(&self, params: CaptureParams) -> Result<CaptureOutput, Refusal> {
        if let Some(info) = self.shared.sessions.left(params.session).await? {
            return self.past_text(params, &info).await;
        }
        let (_, link) = self.shared.sessions.open(params.session)?;
        let Captured { text, next, .. } = answered(link.capture(params)?, ANSWERED_WITHIN, SILENT).await?;
        Ok(CaptureOutput { text, next })
    }
}

/// Takes what comes until then. Whoever has not answered is silent.
async fn gather(asked: Vec<Asked>, until: Instant) -> Finds {
    let mut finds = Finds::default();
    for (session, answer) in asked {
        let matches = match answer {
            Ok(answer) => match timeout_at(until, answer).await {
                Ok(Ok(Ok(matches))) => Some(matches),
                // It has no screen, so there is nothing to find.
                Ok(Ok(Err(refusal))) if refusal.code == Code::WrongState => Some(Vec::new()),
                _ => None,
            },
            Err(_) => None,
        };
        finds.add(session, matches);
    }
    finds
}

fn sought(params: SearchParams) -> Result<Sought, Refusal> {
    if !(1..=TEXT_MOST).contains(&params.text.chars().count()) {
        return Err(Refusal::new(Code::OutOfRange, format!("text: 1 to {TEXT_MOST} characters are looked for")));
    }
    let limit = params.limit.unwrap_or(LIMIT);
    if !(1..=LIMIT_MOST).contains(&limit) {
        return Err(Refusal::new(Code::OutOfRange, format!("limit: 1 to {LIMIT_MOST} hits in each session")));
    }
    Ok(Sought { text: params.text, ignore_case: params.ignore_case == Some(true), limit })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params(text: &str, limit: Option<u32>) -> SearchParams {
        SearchParams { session: None, text: text.to_owned(), ignore_case: None, limit }
    }

    #[test]
    fn what_is_looked_for_has_bounds() {
        let most = "ü".repeat(TEXT_MOST);
        assert_eq!(sought(params(&most, None)).unwrap().limit, LIMIT);
        assert_eq!(sought(params("x", Some(LIMIT_MOST))).unwrap().limit, LIMIT_MOST);
        for (text, limit, word) in [
            ("", None, "text"),
            (&*format!("{most}x"), None, "text"),
            ("x", Some(0), "limit"),
            ("x", Some(201), "limit"),
        ] {
            let refusal = sought(params(text, limit)).unwrap_err();
            assert_eq!(refusal.code, Code::OutOfRange);
            assert!(refusal.message.starts_with(word), "{refusal}");
        }
    }
}
