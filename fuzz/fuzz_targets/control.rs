//! The envelopes of a control frame, read by everyone who reads them; a request goes on to the table of methods.
#![no_main]

use homie_fuzz::comes_back;
use homie_protocol::control::{Control, Reading, decode};
use homie_protocol::hello::{Hello, Prove, Ready, Role, Welcome};
use homie_protocol::methods;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    for reading in [Reading::Greeting, Reading::Requests, Reading::Answers] {
        let Ok(Control::Request(request)) = decode(bytes, reading) else { continue };
        if let Some(row) = methods::row(request.method) {
            assert_eq!(row.admit(Role::Owner, &request).is_ok(), row.keyed == request.key.is_some());
        }
    }
    comes_back::<Hello>(bytes);
    comes_back::<Welcome>(bytes);
    comes_back::<Prove>(bytes);
    comes_back::<Ready>(bytes);
});
