//! Passwords: Cognito's default policy, and argon2id at OWASP's parameters (19 MiB, 2 passes, 1 lane).

use std::sync::{Mutex, PoisonError};

use argon2::password_hash::phc::{Output, PasswordHash, Salt};
use argon2::{Argon2, Block, Params};
use aws_lc_rs::rand::{SecureRandom as _, SystemRandom};
use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};
use time::Duration;

use super::error::Error;

const CHARACTERS_MIN: usize = 8;
const CHARACTERS_MAX: usize = 256;

/// Verified when there is no such user, so that the answer takes as long as for a wrong password. The hash of
/// no known password; its parameters are those of [`hash`].
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Refuses a new password that breaks the policy: 8 to 256 characters, with an upper-case letter, a lower-case
/// letter, a digit and a symbol, and no space at either end.
pub(super) fn check(password: &str) -> Result<(), Error> {
    let has = |test: fn(char) -> bool| password.chars().any(test);
    let length = password.chars().count();
    let broken = if length < CHARACTERS_MIN {
        "Password not long enough"
    } else if length > CHARACTERS_MAX {
        "Password must have at most 256 characters"
    } else if !has(|c| c.is_ascii_uppercase()) {
        "Password must have uppercase characters"
    } else if !has(|c| c.is_ascii_lowercase()) {
        "Password must have lowercase characters"
    } else if !has(|c| c.is_ascii_digit()) {
        "Password must have numeric characters"
    } else if !has(|c| c.is_ascii_punctuation() || c == ' ') {
        "Password must have symbol characters"
    } else if password.trim() != password {
        "Password must not begin or end with a space"
    } else {
        return Ok(());
    };
    Err(Error::InvalidPassword(broken))
}

/// The policy as DescribeUserPool shows it.
pub(super) fn policy(invitation_life: Duration) -> Value {
    json!({
        "MinimumLength": CHARACTERS_MIN,
        "RequireUppercase": true,
        "RequireLowercase": true,
        "RequireNumbers": true,
        "RequireSymbols": true,
        "TemporaryPasswordValidityDays": invitation_life.whole_days(),
    })
}

/// What is hashed in, one password after the other: memory of its own for each would stay with the allocator, 19 MiB for
/// every thread that ever hashed one.
static MEMORY: Mutex<Vec<Block>> = Mutex::new(Vec::new());

/// The password as a PHC string with a random salt.
pub(super) fn hash(password: &str) -> Result<String, Error> {
    let hash = || {
        let (argon2, salt) = (Argon2::default(), Salt::generate());
        let output = derived(&argon2, password, &salt)?;
        Some(PasswordHash {
            algorithm: argon2::ARGON2ID_IDENT,
            version: Some(argon2::Version::default().into()),
            params: argon2.params().try_into().ok()?,
            salt: Some(salt),
            hash: Some(output),
        })
    };
    hash().map(|hash| hash.to_string()).ok_or(Error::Cryptography("hash a password"))
}

/// Whether `password` is the one of `hash`. With no hash it takes the same time and is not.
pub(super) fn matches(password: &str, hash: Option<&str>) -> bool {
    let verified = || {
        let parsed = PasswordHash::new(hash.unwrap_or(NOBODY)).ok()?;
        let argon2 = Argon2::from(Params::try_from(&parsed).ok()?);
        // Compared in constant time.
        Some(derived(&argon2, password, &parsed.salt?)? == parsed.hash?)
    };
    verified().unwrap_or(false) && hash.is_some()
}

fn derived(argon2: &Argon2<'_>, password: &str, salt: &Salt) -> Option<Output> {
    let mut output = [0; Params::DEFAULT_OUTPUT_LEN];
    let mut memory = MEMORY.lock().unwrap_or_else(PoisonError::into_inner);
    memory.resize(argon2.params().block_count(), Block::default());
    argon2
        .hash_password_into_with_memory(
            password.as_bytes(),
            salt,
            &mut output,
            memory.as_mut_slice(),
        )
        .ok()?;
    Output::new(&output).ok()
}

/// A random password of 120 bits that the policy accepts.
pub fn generate() -> Result<String, Error> {
    Ok(format!("Aa1-{}", random_text::<15>()?))
}

/// `N` random bytes as URL-safe base64.
pub(super) fn random_text<const N: usize>() -> Result<String, Error> {
    let mut bytes = [0; N];
    SystemRandom::new().fill(&mut bytes).map_err(|_| Error::Cryptography("draw random bytes"))?;
    Ok(BASE64URL_NOPAD.encode(&bytes))
}

#[cfg(test)]
mod tests {

    use super::*;

    #[test]
    fn policy_names_what_is_missing() {
        let cases = [
            ("Aa1-567", "long enough"),
            ("aa1-5678", "uppercase"),
            ("AA1-5678", "lowercase"),
            ("Aab-efgh", "numeric"),
            ("Aa345678", "symbol"),
            (" Aa1-5678", "begin or end"),
        ];
        for (password, reason) in cases {
            let told = check(password).unwrap_err().to_string();
            assert!(told.contains(reason), "{password:?}: {told}");
        }
        assert!(check("Aa1-5678").is_ok());
        assert!(check(&format!("Aa1-{}", "x".repeat(252))).is_ok());
        assert!(check(&format!("Aa1-{}", "x".repeat(253))).is_err());
    }

    #[test]
    fn a_hash_is_salted_and_matches_its_password_only() {
        let (first, second) = (hash("Secret-1").unwrap(), hash("Secret-1").unwrap());
        assert_ne!(first, second);
        assert!(first.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{first}");
        assert!(matches("Secret-1", Some(&first)));
        assert!(!matches("secret-1", Some(&first)));
        assert!(!matches("Secret-1", None));
        let parameters = |hash: &str| hash.rsplitn(3, '$').nth(2).map(str::to_owned);
        assert_eq!(parameters(NOBODY), parameters(&first), "unknown users must cost the same");
        assert!(PasswordHash::new(NOBODY).is_ok());
    }

    #[test]
    fn generated_passwords_pass_the_policy_and_differ() {
        let (first, second) = (generate().unwrap(), generate().unwrap());
        assert_ne!(first, second);
        check(&first).unwrap();
    }
}
