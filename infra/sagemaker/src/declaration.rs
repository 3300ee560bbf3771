//! What a model says of itself: the metadata that `train.py` writes into `model.onnx`.

use std::collections::HashMap;

use resizer::{Size, Transform, TransformError};
use serde::de::DeserializeOwned;

/// Channels of a pixel: red, green, blue.
pub(crate) const CHANNELS: usize = 3;

/// What a model tells apart, and what it is to be shown.
#[derive(Clone, Debug, PartialEq)]
pub struct Declaration {
    /// In the order of its outputs.
    pub classes: Vec<String>,
    /// Of its input, in pixels.
    pub size: Size,
    /// How an image is made for it.
    pub rendition: Transform,
    /// By channel: a level between 0 and 1 becomes `(level - mean) / std`.
    pub mean: [f32; CHANNELS],
    pub std: [f32; CHANNELS],
}

/// Why a model does not say what it has to.
#[derive(Debug, thiserror::Error)]
pub enum DeclarationError {
    #[error("the model's metadata has no '{0}'; train.py writes it")]
    Missing(&'static str),
    #[error("'{name}' in the model's metadata cannot be read")]
    Unreadable { name: &'static str, source: serde_json::Error },
    #[error("'rendition' in the model's metadata is no transform")]
    Rendition(#[from] TransformError),
    #[error("the model's metadata names no class, or one twice")]
    Classes,
    #[error("the model's rendition is not of its input's size, {} x {}", .0.width, .0.height)]
    Size(Size),
    #[error("the model's metadata has a 'std' that is not above 0")]
    Std,
}

impl Declaration {
    /// Reads an ONNX file's `metadata_props`.
    pub(crate) fn read(metadata: &HashMap<String, String>) -> Result<Self, DeclarationError> {
        let text = |name| metadata.get(name).ok_or(DeclarationError::Missing(name));
        let size =
            Size { width: json(metadata, "input_width")?, height: json(metadata, "input_height")? };
        let declared = Self {
            classes: json(metadata, "classes")?,
            size,
            rendition: text("rendition")?.parse()?,
            mean: json(metadata, "mean")?,
            std: json(metadata, "std")?,
        };
        declared.check()
    }

    fn check(self) -> Result<Self, DeclarationError> {
        let mut classes = self.classes.clone();
        classes.sort_unstable();
        classes.dedup();
        if classes.is_empty() || classes.len() != self.classes.len() {
            return Err(DeclarationError::Classes);
        }
        let Size { width, height } = self.size;
        if (self.rendition.width, self.rendition.height) != (Some(width), Some(height)) {
            return Err(DeclarationError::Size(self.size));
        }
        if self.std.iter().any(|std| std.is_nan() || *std <= 0.0) {
            return Err(DeclarationError::Std);
        }
        Ok(self)
    }
}

fn json<T: DeserializeOwned>(
    metadata: &HashMap<String, String>,
    name: &'static str,
) -> Result<T, DeclarationError> {
    let text = metadata.get(name).ok_or(DeclarationError::Missing(name))?;
    serde_json::from_str(text).map_err(|source| DeclarationError::Unreadable { name, source })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metadata() -> HashMap<String, String> {
        let pairs = [
            ("classes", r#"["cat","dog"]"#),
            ("input_width", "64"),
            ("input_height", "48"),
            ("rendition", "w=64,h=48,fit=cover,fm=png"),
            ("mean", "[0.5,0.5,0.5]"),
            ("std", "[0.25,0.25,0.25]"),
        ];
        pairs.map(|(name, text)| (name.to_owned(), text.to_owned())).into()
    }

    #[test]
    fn what_train_py_writes_is_read() {
        let declared = Declaration::read(&metadata()).unwrap();
        assert_eq!(declared.classes, ["cat", "dog"]);
        assert_eq!(declared.size, Size { width: 64, height: 48 });
        assert_eq!(format!("{:?}", declared.std), "[0.25, 0.25, 0.25]");
    }

    #[test]
    fn what_is_missing_or_wrong_is_named() {
        for name in metadata().keys() {
            let mut without = metadata();
            without.remove(name);
            let told = Declaration::read(&without).unwrap_err().to_string();
            assert!(told.contains(&format!("'{name}'")), "{name}: {told}");
        }
        let wrong = [
            ("classes", r#"["cat","cat"]"#, "twice"),
            ("classes", "[]", "no class"),
            ("input_width", "32", "32 x 48"),
            ("std", "[1,1,0]", "std"),
            ("mean", "[0.5]", "mean"),
            ("rendition", "w=a", "rendition"),
        ];
        for (name, text, told) in wrong {
            let mut metadata = metadata();
            metadata.insert(name.to_owned(), text.to_owned());
            let error = Declaration::read(&metadata).unwrap_err().to_string();
            assert!(error.contains(told), "{name}={text}: {error}");
        }
    }
}
