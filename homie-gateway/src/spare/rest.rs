//! The pump of a spare that nobody uses, the same at both ends: asks whether the other one is there, answers, and ends with the
//! first word that is no life sign.

use std::io::{self, ErrorKind};
use std::time::Duration;

use homie_circuit::Pulse;
use homie_protocol::frame::Kind;
use homie_protocol::machine::liveness::Duty;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;

use super::pool::Ticket;
use super::word::{Word, written};

/// How long one byte may take to be written, and the rest of a ticket to come: they go in one piece.
const WRITTEN_WITHIN: Duration = Duration::from_secs(5);

/// Rests until a ticket comes; an error tells why none will. Dropped in between, nothing that was said is lost, but for a ticket.
pub(crate) async fn rest(line: &mut (impl AsyncRead + AsyncWrite + Unpin)) -> io::Result<Ticket> {
    let mut pulse = Pulse::new();
    loop {
        tokio::select! {
            word = next(line) => match word? {
                Word::Ping => {
                    pulse.heard(Kind::Ping);
                    say(line, &[Word::Pong.byte()]).await?;
                }
                Word::Pong => pulse.heard(Kind::Pong),
                Word::Ticket => return ticket(line).await,
            },
            () = pulse.due() => match pulse.duty() {
                Duty::Rest => {}
                Duty::Ping => say(line, &[Word::Ping.byte()]).await?,
                Duty::Dead => return Err(ErrorKind::TimedOut.into()),
            },
        }
    }
}

/// Writes a ticket, and waits for the one that comes back.
pub(super) async fn exchange(
    line: &mut (impl AsyncRead + AsyncWrite + Unpin),
    ticket_out: &Ticket,
) -> io::Result<Ticket> {
    say(line, &written(ticket_out)).await?;
    loop {
        match next(line).await? {
            // It was on its way before the ticket came.
            Word::Ping | Word::Pong => {}
            Word::Ticket => return ticket(line).await,
        }
    }
}

/// Says a ticket back.
pub(crate) async fn answer(line: &mut (impl AsyncWrite + Unpin), ticket: &Ticket) -> io::Result<()> {
    say(line, &written(ticket)).await
}

async fn next(line: &mut (impl AsyncRead + Unpin)) -> io::Result<Word> {
    let mut byte = [0];
    match line.read(&mut byte).await? {
        0 => Err(ErrorKind::UnexpectedEof.into()),
        _ => Word::of(u8::from_be_bytes(byte)).ok_or_else(|| ErrorKind::InvalidData.into()),
    }
}

async fn ticket(line: &mut (impl AsyncRead + Unpin)) -> io::Result<Ticket> {
    let mut ticket = Ticket::default();
    timeout(WRITTEN_WITHIN, line.read_exact(&mut ticket)).await??;
    Ok(ticket)
}

async fn say(line: &mut (impl AsyncWrite + Unpin), words: &[u8]) -> io::Result<()> {
    let saying = async {
        line.write_all(words).await?;
        line.flush().await
    };
    timeout(WRITTEN_WITHIN, saying).await?
}

#[cfg(test)]
mod tests {
    use tokio::io::{DuplexStream, duplex};
    use tokio::task::JoinHandle;

    use super::*;

    fn resting() -> (DuplexStream, JoinHandle<io::Result<Ticket>>) {
        let (mut ours, theirs) = duplex(64);
        (theirs, tokio::spawn(async move { rest(&mut ours).await }))
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_is_silent_is_asked_twice_and_given_up_after_45_seconds() {
        let (mut theirs, resting) = resting();
        let ended = resting.await.unwrap();
        assert_eq!(ended.unwrap_err().kind(), ErrorKind::TimedOut);
        let mut asked = Vec::new();
        theirs.read_to_end(&mut asked).await.unwrap();
        assert_eq!(asked, [0, 0]);
    }

    #[tokio::test(start_paused = true)]
    async fn two_that_answer_each_other_rest_for_hours() {
        let (mut ours, mut theirs) = duplex(64);
        let both = async { tokio::join!(rest(&mut ours), rest(&mut theirs)) };
        assert!(timeout(Duration::from_hours(3), both).await.is_err());
    }

    #[tokio::test]
    async fn a_question_is_answered_and_a_ticket_ends_it() {
        let (mut theirs, resting) = resting();
        theirs.write_all(&[0, 1, 0]).await.unwrap();
        let mut answers = [9; 2];
        theirs.read_exact(&mut answers).await.unwrap();
        assert_eq!(answers, [1, 1]);
        theirs.write_all(&written(&[7; 16])).await.unwrap();
        assert_eq!(resting.await.unwrap().unwrap(), [7; 16]);
    }

    #[tokio::test]
    async fn what_is_no_word_and_an_end_are_told() {
        for (said, kind) in
            [(&[3][..], ErrorKind::InvalidData), (b"GET", ErrorKind::InvalidData), (&[], ErrorKind::UnexpectedEof)]
        {
            let (mut theirs, resting) = resting();
            theirs.write_all(said).await.unwrap();
            theirs.shutdown().await.unwrap();
            assert_eq!(resting.await.unwrap().unwrap_err().kind(), kind, "{said:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn half_a_ticket_is_not_waited_for() {
        let (mut theirs, resting) = resting();
        theirs.write_all(&written(&[7; 16])[..9]).await.unwrap();
        assert_eq!(resting.await.unwrap().unwrap_err().kind(), ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn a_ticket_comes_back_behind_what_was_on_its_way() {
        let (mut ours, mut theirs) = duplex(64);
        theirs.write_all(&[0, 1, 0]).await.unwrap();
        let there = async {
            let mut asked = [0; 17];
            theirs.read_exact(&mut asked).await.unwrap();
            answer(&mut theirs, &asked[1..].try_into().unwrap()).await.unwrap();
        };
        let (back, ()) = tokio::join!(exchange(&mut ours, &[5; 16]), there);
        assert_eq!(back.unwrap(), [5; 16]);
    }
}
