//! What the targets share: what is checked of an input, and how the next one is made.

#[path = "../../../../resizer/tests/bounds/mod.rs"]
pub mod bounds;
pub mod checks;
#[path = "../../../../resizer/tests/counting/mod.rs"]
pub mod counting;
pub mod mutation;
pub mod parts;
