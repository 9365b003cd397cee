//! Every method, by service. To add one: declare it in its service's file. To add a service: declare its methods in a file
//! here and add it to `services!`; until then it does not compile.

use crate::method::MethodRow;

pub mod device;
pub mod machine;
pub mod mesh;
pub mod pairing;
pub mod presence;
pub mod session;
pub mod start;

/// A service that `services!` lists, so that it is in the table and in everything generated from it.
///
/// ```compile_fail,E0277
/// mod orphan {
///     use homie_protocol::control::Empty;
///     homie_protocol::methods! {
///         /// Nobody lists it.
///         Orphan on Node;
///         /// Never found.
///         "orphan.ask" as Ask: ask(Empty) -> Empty, scope Viewer, since 1, keyed false;
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(message = "this service is missing in `services!` of methods.rs")]
pub trait Listed {}

/// Everything that is said of all services, from one list of them.
macro_rules! services {
    ($($service:ident)+) => {
        /// All rows: the closed table. What is not here is not served.
        pub fn rows() -> impl Iterator<Item = &'static MethodRow> {
            [$($service::ROWS,)+].into_iter().flatten()
        }

        /// All rows with their types, for the generator.
        #[cfg(feature = "ts")]
        pub fn typescript(export: &mut crate::typescript::Export) {
            $($service::typescript(export);)+
        }

        $(impl Listed for $service::Methods {})+
    };
}

services! { session pairing mesh device machine presence start }

/// The row of this name.
pub fn row(name: &str) -> Option<&'static MethodRow> {
    rows().find(|row| row.name == name)
}
