//! What a method is, and the one declaration from which everything about it comes: the dispatcher's types, the scope
//! table, the TypeScript types and the methods page of the documentation.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::code::{Code, Refusal};
use crate::codec;
use crate::control::{Empty, Outgoing, Request};
use crate::hello::{Role, Service};

/// A method: its parameters, its result, and its row in the table.
pub trait Method {
    /// What the caller sends.
    type Params: Serialize + DeserializeOwned + Send;
    /// What it gets.
    type Output: Serialize + DeserializeOwned + Send;
    /// Its row in the table.
    const ROW: MethodRow;
}

/// Who serves a method.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Servers {
    /// A machine's node.
    Node,
    /// A gateway.
    Gateway,
    /// Each of them.
    Both,
}

impl Servers {
    /// Whether this one does.
    pub fn include(self, service: Service) -> bool {
        match self {
            Self::Node => service == Service::Node,
            Self::Gateway => service == Service::Gateway,
            Self::Both => true,
        }
    }
}

/// A row of the table of methods.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MethodRow {
    /// `service.verb`.
    pub name: &'static str,
    /// The least role that may call it.
    pub scope: Role,
    /// Who serves it.
    pub server: Servers,
    /// The version it came with.
    pub since: u16,
    /// Whether it creates or acts, and so needs a request key.
    pub keyed: bool,
    /// What it does, for the documentation.
    pub doc: &'static str,
}

impl MethodRow {
    /// Refuses a caller below the scope, an act without a key, and a key on anything else: a first answer from the book would
    /// open no channel.
    pub fn admit(&self, role: Role, request: &Request<'_>) -> Result<(), Refusal> {
        if role < self.scope {
            return Err(Refusal::new(Code::Forbidden, format!("{} needs the role {:?}", self.name, self.scope)));
        }
        if self.keyed && request.key.is_none() {
            return Err(Refusal::new(Code::MissingField, format!("key: {} acts, so it needs one", self.name)));
        }
        if !self.keyed && request.key.is_some() {
            return Err(Refusal::new(
                Code::UnknownField,
                format!("key: only an act has one, and {} is none", self.name),
            ));
        }
        Ok(())
    }
}

/// Decodes a request's parameters as the method's.
pub fn params<M: Method>(request: &Request<'_>) -> Result<M::Params, Refusal> {
    codec::decode_scanned(request.params).map_err(|error| error.under("params").into())
}

/// Encodes a method's outcome as the response to `id`.
pub fn answer<M: Method>(id: u32, outcome: &Result<M::Output, Refusal>) -> Vec<u8> {
    match outcome {
        Ok(ok) => Outgoing::Answer { id, ok }.encode().unwrap_or_else(|error| refusal(id, &error.into())),
        Err(error) => refusal(id, error),
    }
}

/// Encodes a refusal as the response to `id`.
pub fn refusal(id: u32, error: &Refusal) -> Vec<u8> {
    // A code and a sentence always encode; an empty payload would be refused by the peer, not misread.
    let refused: Outgoing<'_, Empty> = Outgoing::Refused { id, error };
    refused.encode().unwrap_or_default()
}

/// Declares the methods of one service: for each a marker type, its row, and a function of the service's trait, so that a
/// server that does not implement it does not compile.
#[macro_export]
macro_rules! methods {
    (
        $(#[doc = $service_doc:literal])+
        $service:ident on $server:ident;
        $(
            $(#[doc = $doc:literal])+
            $name:literal as $marker:ident: $function:ident($params:ty) -> $output:ty,
            scope $scope:ident, since $since:literal, keyed $keyed:literal;
        )+
    ) => {
        $(
            $(#[doc = $doc])+
            #[derive(Debug, Clone, Copy)]
            pub struct $marker;

            impl $crate::method::Method for $marker {
                type Params = $params;
                type Output = $output;
                const ROW: $crate::method::MethodRow = $crate::method::MethodRow {
                    name: $name,
                    scope: $crate::hello::Role::$scope,
                    server: $crate::method::Servers::$server,
                    since: $since,
                    keyed: $keyed,
                    doc: concat!($($doc, "\n",)+),
                };
            }
        )+

        /// The methods of this service together.
        #[derive(Debug, Clone, Copy)]
        pub struct Methods;

        const _: fn() = || {
            fn is_listed<S: $crate::methods::Listed>() {}
            is_listed::<Methods>();
        };

        /// The rows of this service.
        pub const ROWS: &[$crate::method::MethodRow] = &[$(<$marker as $crate::method::Method>::ROW,)+];

        $(#[doc = $service_doc])+
        pub trait $service: Sync {
            /// What the server knows of the circuit that calls.
            type Caller: Sync;

            $(
                $(#[doc = $doc])+
                fn $function(
                    &self,
                    caller: &Self::Caller,
                    params: $params,
                ) -> impl Future<Output = Result<$output, $crate::code::Refusal>> + Send;
            )+
        }

        /// Serves one request that [`MethodRow::admit`]($crate::method::MethodRow::admit) let pass, and gives the
        /// encoded response; `None` if this service has no such method.
        pub async fn dispatch<S: $service>(
            service: &S,
            caller: &S::Caller,
            request: $crate::control::Request<'_>,
        ) -> Option<Vec<u8>> {
            Some(match request.method {
                $($name => {
                    let outcome = match $crate::method::params::<$marker>(&request) {
                        Ok(params) => service.$function(caller, params).await,
                        Err(refusal) => Err(refusal),
                    };
                    $crate::method::answer::<$marker>(request.id, &outcome)
                })+
                _ => return None,
            })
        }

        /// The rows with their types, for the generator.
        #[cfg(feature = "ts")]
        pub fn typescript(export: &mut $crate::typescript::Export) {
            $(export.method::<$params, $output>(<$marker as $crate::method::Method>::ROW);)+
        }
    };
}
