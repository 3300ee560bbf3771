//! What is checked of an input. `tests/regressions` compiles the same files, for what was found.

pub mod checks;
#[path = "../../../../resizer/tests/counting/mod.rs"]
pub mod counting;
