//! The golden vectors, as they are committed: what is good means what the index says and is written again byte for byte;
//! what is bad is refused with its one code, for its one field.

use super::support::index::vectors;
use super::support::layers::decode;

#[test]
fn good_vectors_mean_what_the_index_says_and_are_written_as_they_were() {
    let mut failures = Vec::new();
    for entry in vectors() {
        let Some(expected) = &entry.ok else { continue };
        match decode(&entry, &entry.bytes) {
            None => {}
            Some(Ok(decoded)) if decoded.value == *expected && decoded.bytes == entry.bytes => {}
            Some(Ok(decoded)) => failures.push(format!("{}: {} as {:02x?}", entry.name, decoded.value, decoded.bytes)),
            Some(Err(refused)) => failures.push(format!("{}: refused, {refused:?}", entry.name)),
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn bad_vectors_are_refused_with_their_code_and_their_field() {
    let mut failures = Vec::new();
    for entry in vectors() {
        let Some(code) = &entry.error else { continue };
        match decode(&entry, &entry.bytes) {
            None => {}
            Some(Ok(decoded)) => failures.push(format!("{}: taken as {}", entry.name, decoded.value)),
            Some(Err((given, field))) if given.name() == code && field == entry.field => {}
            Some(Err((given, field))) => {
                failures.push(format!("{}: {given} for {field:?}, not {code} for {:?}", entry.name, entry.field));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
