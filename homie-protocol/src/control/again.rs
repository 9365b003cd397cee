//! A response once more, under the id of another request.

use super::{Control, Reading, decode};
use crate::code::Code;
use crate::codec::{CodecError, encode, join};
use crate::method::refusal;

/// Encodes `response`, which was the answer to another request, as the answer to `id`.
pub fn again(id: u32, response: &[u8]) -> Result<Vec<u8>, CodecError> {
    let Control::Response(response) = decode(response, Reading::Answers)? else {
        return Err(CodecError::new(Code::Internal, "only a response can be given again"));
    };
    match response.outcome {
        Ok(ok) => join(&[("t", &encode("response")?), ("id", &encode(&id)?), ("ok", ok.bytes())]),
        Err(error) => Ok(refusal(id, &error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::code::Refusal;
    use crate::method::answer;
    use crate::methods::session::{List, ListOutput};

    #[test]
    fn the_same_answer_under_another_id() {
        let outcomes = [Ok(ListOutput { sessions: vec![], next: None }), Err(Refusal::new(Code::Busy, "later"))];
        for outcome in outcomes {
            let first = answer::<List>(7, &outcome);
            assert_eq!(again(70_000, &first).unwrap(), answer::<List>(70_000, &outcome));
        }
    }

    #[test]
    fn what_is_no_response_is_refused() {
        assert!(again(1, b"").is_err());
    }
}
