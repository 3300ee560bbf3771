//! Darkroom on one machine: every service, and a stand-in that speaks the protocol of each service of AWS that
//! they use.

pub mod sagemaker;
pub mod sigv4;
pub mod user_pool;
