//! The wire from outside: the golden vectors, what holds for every value we write, and for every byte others do.

#[cfg(test)]
mod claims;
#[cfg(test)]
mod complete;
#[cfg(test)]
mod frames;
#[cfg(test)]
mod messages;
#[cfg(test)]
mod strategies;
#[cfg(test)]
mod support;
#[cfg(test)]
mod transcripts;
#[cfg(test)]
mod untrusted;
#[cfg(test)]
mod vectors;
