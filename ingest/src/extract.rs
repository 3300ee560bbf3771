//! What handlers read of a request. Whatever cannot be read is refused with a problem document.

use std::{fmt, marker::PhantomData};

use axum::{
    extract::{FromRequest, FromRequestParts, Request},
    http::request::Parts,
};
use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, Error, MapAccess, Visitor, value::MapAccessDeserializer},
};

use crate::error::ApiError;

/// The variable segment of the path, or a tuple of several.
pub(crate) struct Path<T = String>(pub T);

/// The query.
pub(crate) struct Query<T>(pub T);

/// A body of JSON that is an object.
pub(crate) struct Json<T>(pub T);

/// A JSON object. By itself serde takes an array of the fields' values for a struct, too.
#[derive(Debug, Default)]
pub(crate) struct Object<T>(pub T);

/// A whole number of JSON, which `900.0` is as much as `900`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Whole(pub u64);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Path<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let axum::extract::Path(segments) =
            axum::extract::Path::from_request_parts(parts, state).await?;
        Ok(Self(segments))
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let axum::extract::Query(query) =
            axum::extract::Query::from_request_parts(parts, state).await?;
        Ok(Self(query))
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let axum::Json(Object(body)) = axum::Json::from_request(request, state).await?;
        Ok(Self(body))
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Fields(PhantomData)).map(Self)
    }
}

struct Fields<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Fields<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, fields: A) -> Result<T, A::Error> {
        T::deserialize(MapAccessDeserializer::new(fields))
    }
}

impl<'de> Deserialize<'de> for Whole {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = serde_json::Number::deserialize(deserializer)?;
        let whole = number.as_u64().or_else(|| number.as_f64()?.to_string().parse().ok());
        let wrong = || D::Error::custom(format!("{number} is no whole number from 0"));
        whole.map(Self).ok_or_else(wrong)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Asked {
        bytes: Option<Whole>,
    }

    fn read(json: &str) -> Result<Option<u64>, String> {
        let read = serde_json::from_str::<Object<Asked>>(json);
        read.map(|Object(asked)| asked.bytes.map(|Whole(bytes)| bytes)).map_err(|e| e.to_string())
    }

    #[test]
    fn an_array_is_no_object() {
        let array = "invalid type: sequence, expected an object at line 1 column 0";
        assert_eq!(read("[3]"), Err(array.to_owned()));
        assert_eq!(read("{}"), Ok(None));
        assert!(read(r#"{"bites": 3}"#).unwrap_err().starts_with("unknown field `bites`"));
    }

    #[test]
    fn a_whole_number_is_one_however_it_is_spelled() {
        for (json, bytes) in [
            ("null", None),
            ("3", Some(3)),
            ("3.0", Some(3)),
            ("3e2", Some(300)),
            ("18446744073709551615", Some(u64::MAX)),
        ] {
            assert_eq!(read(&format!("{{\"bytes\": {json}}}")), Ok(bytes), "{json}");
        }
        for json in ["3.5", "-3", "-3.0", "1e30", "18446744073709551616", "\"3\"", "true"] {
            assert!(read(&format!("{{\"bytes\": {json}}}")).is_err(), "{json}");
        }
    }
}
