//! Messages that are one of several structures, told apart by the field `t`.

/// Declares an enum of structures. It travels as the structure's map with `t` in front; decoding is as strict as that of
/// the structure alone, which serde's own tagged enums are not.
macro_rules! tagged {
    ($(#[$meta:meta])* pub enum $name:ident { $($(#[$doc:meta])+ $variant:ident($content:ty) = $tag:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, serde::Serialize)]
        #[cfg_attr(feature = "ts", derive(ts_rs::TS))]
        #[serde(tag = "t")]
        pub enum $name {
            $($(#[$doc])+ #[serde(rename = $tag)] $variant($content),)+
        }

        impl $name {
            /// Decodes scanned bytes.
            pub fn decode(raw: $crate::codec::Raw<'_>) -> Result<Self, $crate::codec::CodecError> {
                match $crate::codec::Fields::of(raw)?.text("t")? {
                    $($tag => $crate::codec::decode_tagged(raw, "t").map(Self::$variant),)+
                    other => Err($crate::codec::CodecError::unknown_tag(other)),
                }
            }
        }
    };
}

pub(crate) use tagged;
