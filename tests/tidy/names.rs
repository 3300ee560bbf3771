use crate::assert_none;
use crate::repository::{paths, rust_files};
use crate::tokens::{Token, tokens};

/// Words that say where something was put, not what it is.
const EMPTY_WORDS: [&str; 8] =
    ["util", "utils", "common", "helper", "helpers", "misc", "manager", "managers"];
/// What a type or a module is declared with.
const DECLARATIONS: [&str; 6] = ["struct", "enum", "union", "trait", "type", "mod"];
const ADVICE: &str = "Name it after what it holds or does (DESIGN.md section 10).";

#[test]
fn files_and_folders_are_named_after_what_they_hold() {
    let violations: Vec<String> = paths().into_iter().filter(|path| is_empty_name(path)).collect();
    assert_none(&violations, ADVICE);
}

#[test]
fn types_and_modules_are_named_after_what_they_are() {
    let mut violations = Vec::new();
    for file in rust_files() {
        let tokens = tokens(&file);
        let named = tokens.windows(2).filter(|pair| is_empty_declaration(pair));
        violations
            .extend(named.map(|pair| format!("{}:{}: {}", file.path, pair[1].line, pair[1].text)));
    }
    assert_none(&violations, ADVICE);
}

fn is_empty_declaration(pair: &[Token]) -> bool {
    DECLARATIONS.contains(&pair[0].text.as_str()) && is_empty_name(&pair[1].text)
}

/// Whether a path, `snake_case` or `CamelCase` has an empty word.
fn is_empty_name(name: &str) -> bool {
    let mut words = String::new();
    for character in name.chars() {
        if character.is_uppercase() || !character.is_alphanumeric() {
            words.push(' ');
        }
        words.extend(character.to_lowercase());
    }
    let mut words = words.split(|character: char| !character.is_alphanumeric());
    words.any(|word| EMPTY_WORDS.contains(&word))
}

#[test]
fn a_word_is_found_in_every_form_of_name() {
    for name in ["src/utils/hash.rs", "http_helpers.rs", "common", "SessionManager"] {
        assert!(is_empty_name(name), "{name}");
    }
    for name in ["commons.jpg", "utility.rs", "management.rs", "Uncommon"] {
        assert!(!is_empty_name(name), "{name}");
    }
}
