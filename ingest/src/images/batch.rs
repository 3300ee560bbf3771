//! `POST /v1/images:batchDelete`: many images at a time, each by itself.

use std::{collections::BTreeSet, ops::RangeInclusive};

use axum::{Json, extract::State};
use futures::{StreamExt, stream};
use serde::{Deserialize, Serialize};

use super::{delete_one, tell_edge};
use crate::{App, auth::Caller, error::ApiError, extract};

/// As many as S3 deletes at a time.
const IMAGES: RangeInclusive<usize> = 1..=1_000;
const AT_ONCE: usize = 16;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Asked {
    ids: Vec<String>,
}

/// What became of each.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Deleted {
    /// These are tombstones now, or were before.
    deleted: Vec<String>,
    failed: Vec<Failed>,
}

#[derive(Debug, Serialize)]
struct Failed {
    id: String,
    code: &'static str,
    detail: String,
}

/// Deletes each image that is named. One that fails stops none of the others; asked again, all that is left is done.
pub(crate) async fn delete_many(
    State(app): State<App>,
    caller: Caller,
    extract::Json(Asked { ids }): extract::Json<Asked>,
) -> Result<Json<Deleted>, ApiError> {
    let ids: BTreeSet<String> = ids.into_iter().collect();
    if !IMAGES.contains(&ids.len()) {
        let (least, most) = (IMAGES.start(), IMAGES.end());
        return Err(ApiError::Invalid(format!("ids are {least} to {most} images")));
    }
    let delete = async |id: String| match delete_one(&caller, &id, None).await {
        Ok(record) => {
            tell_edge(&app, &record).await;
            Ok(id)
        }
        Err(error) => {
            let (code, detail) = error.told();
            Err(Failed { id, code, detail })
        }
    };
    let mut found = Deleted::default();
    let mut ended = stream::iter(ids).map(delete).buffered(AT_ONCE);
    while let Some(ended) = ended.next().await {
        match ended {
            Ok(id) => found.deleted.push(id),
            Err(failed) => found.failed.push(failed),
        }
    }
    Ok(Json(found))
}
