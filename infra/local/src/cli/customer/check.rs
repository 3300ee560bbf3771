//! `darkroom customer check`: tries, with the customer's own rights, all that serving it needs, and
//! says line by line what works and what is missing.

use std::process::ExitCode;

use customer::{Bucket, Condition, Customer, ObjectKey, StoreError, Timestamp, UploadId};

use super::{
    super::{operator::Operator, say, user},
    Named,
};

/// One line: what was tried, and what is missing and would help where it did not work.
struct Line {
    tried: String,
    missing: Option<String>,
}

pub(super) async fn run(named: &Named) -> anyhow::Result<ExitCode> {
    let operator = Operator::at(&named.place).await?;
    let customer = operator.customer(&named.name).await?;
    let bucket = operator.buckets.of(&customer).await;
    let mut lines = vec![status(&customer), keys(&customer), users(&operator, &customer).await];
    lines.extend(own_prefixes(&bucket).await);
    lines.extend(conditions(&bucket).await);
    lines.extend(sources(&customer, &bucket).await);
    lines.extend(kept_out(&operator, &customer, &bucket).await?);
    lines.push(notifications(&customer));
    let mut complete = true;
    for Line { tried, missing } in lines {
        complete &= missing.is_none();
        match missing {
            None => say(format_args!("ok       {tried}"))?,
            Some(missing) => say(format_args!("MISSING  {tried}: {missing}"))?,
        }
    }
    Ok(if complete { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn line(tried: impl Into<String>, missing: Option<impl Into<String>>) -> Line {
    Line { tried: tried.into(), missing: missing.map(Into::into) }
}

fn status(customer: &Customer) -> Line {
    let missing = (!customer.is_active()).then_some("darkroom customer resume lets its users in");
    line("the customer is active", missing)
}

fn keys(customer: &Customer) -> Line {
    let missing = customer
        .signing_key(Timestamp::now())
        .is_none()
        .then_some("no key signs cookies and URLs; darkroom customer key rotate makes one");
    line(format!("{} of 2 keys in use", customer.edge_keys.len()), missing)
}

async fn users(operator: &Operator, customer: &Customer) -> Line {
    match user::all_of(operator, &customer.id).await {
        Ok(users) => {
            let nobody = users.is_empty().then_some("darkroom user add invites the first");
            line(format!("{} users", users.len()), nobody)
        }
        Err(error) => line("users", Some(format!("{error:#}"))),
    }
}

/// Writes, reads, lists and deletes under one name that nothing else uses.
async fn own_prefixes(bucket: &Bucket) -> Vec<Line> {
    let key = ObjectKey::Quarantine(UploadId::random());
    let put = bucket.put(&key, "check", Some("text/plain"), Condition::Always).await;
    vec![
        done(format!("write to bucket {}", bucket.name()), put.map(drop)),
        done("read from it", bucket.get(&key).await.map(drop)),
        done("list it", list(bucket).await),
        done("delete from it", bucket.delete(&key).await),
        done("tell a missing object from a forbidden one", bucket.get(&key).await.map(drop)),
    ]
}

async fn list(bucket: &Bucket) -> Result<(), StoreError> {
    for prefix in ObjectKey::CUSTOMER_PREFIXES {
        bucket.list(prefix, None, 1).await?;
    }
    Ok(())
}

/// What versions rest on: the store must refuse a put or delete whose condition does not hold.
async fn conditions(bucket: &Bucket) -> Vec<Line> {
    let key = ObjectKey::Quarantine(UploadId::random());
    let put = async |condition| bucket.put(&key, "check", Some("text/plain"), condition).await;
    let made = put(Condition::Absent).await;
    let again = put(Condition::Absent).await;
    let stale = put(Condition::Matches("\"00000000000000000000000000000000\"")).await;
    let kept = bucket.delete_if(&key, "\"00000000000000000000000000000000\"").await;
    let lines = vec![
        done("create once", made.map(drop)),
        refused("a second creation is refused", again.map(drop)),
        refused("a change of another version is refused", stale.map(drop)),
        refused("deletion of another version is refused", kept),
    ];
    let cleaned = bucket.delete(&key).await;
    if let Err(error) = cleaned {
        tracing::warn!(error = &error as &dyn std::error::Error, "the check's object stays");
    }
    lines
}

async fn sources(customer: &Customer, bucket: &Bucket) -> Vec<Line> {
    let mut lines = Vec::new();
    for source in &customer.sources {
        let listed = bucket.list(source, None, 1).await;
        lines.push(done(format!("list the customer's own {source}"), listed.map(drop)));
    }
    lines
}

/// The customer's session must open nobody else's bucket.
async fn kept_out(
    operator: &Operator,
    customer: &Customer,
    bucket: &Bucket,
) -> anyhow::Result<Vec<Line>> {
    let mut lines = Vec::new();
    for id in operator.registry.ids().await? {
        let other = operator.customer(&id).await?;
        if other.bucket != customer.bucket {
            let elsewhere = bucket.elsewhere(&other.bucket);
            let listed = elsewhere.list(ObjectKey::RECORDS, None, 1).await.map(drop);
            lines.push(forbidden(format!("the bucket of {id} stays closed"), listed));
        }
    }
    Ok(lines)
}

fn notifications(customer: &Customer) -> Line {
    let what = "S3 tells of uploads";
    match &customer.role {
        Some(role) if !role.arn.contains("::000000000000:") => line(
            format!(
                "{what}: launch infra/customer.yaml and turn on EventBridge for the bucket; the sweep finds what is not told"
            ),
            None::<String>,
        ),
        _ => line(what, None::<String>),
    }
}

fn done(tried: impl Into<String>, result: Result<(), StoreError>) -> Line {
    let cause = |error: StoreError| format!("{:#}", anyhow::Error::from(error));
    line(tried, result.err().map(cause))
}

fn refused(tried: &str, result: Result<(), StoreError>) -> Line {
    let missing = match result {
        Err(StoreError::PreconditionFailed { .. }) => None,
        Err(error) => Some(format!("{:#}", anyhow::Error::from(error))),
        Ok(()) => Some("the store ignores conditions: changes could be lost on it".to_owned()),
    };
    line(tried, missing)
}

fn forbidden(tried: String, result: Result<(), StoreError>) -> Line {
    let missing = match result {
        Err(StoreError::AccessDenied { .. }) => None,
        Err(error) => Some(format!("{:#}", anyhow::Error::from(error))),
        Ok(()) => Some("the session opens it: the role allows too much".to_owned()),
    };
    line(tried, missing)
}
